"""The one line of a list says what a report is about, not who speaks and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gist import gist


@pytest.mark.parametrize(
    ("words", "place", "told"),
    [
        ("市民来电：我家在天元广场3栋501，楼上半夜拖桌子。", "天元广场3栋501", "楼上半夜拖桌子。"),
        ("来电人表示：大概位置在迎宾路，在厂里受伤，不给钱", "迎宾路86号", "在厂里受伤，不给钱"),
        ("来电人称：泰溪街，在这家店买的东西坏了，不给换", "泰溪街26号", "在这家店买的东西坏了，不给换"),
        ("冯女士来电反映，位置在金河社 区7组10号，希望增加公交站，太远", "", "希望增加公交站，太远"),
        ("报警称地址是胜利路57号，棋牌室低音炮震得玻璃响，请派警。", "胜利路57号", "棋牌室低音炮震得玻璃响，请派警。"),
        ("巡查发现：金利蛋糕店门口，井盖松动，已拍照上报。", "金利蛋糕店门口", "井盖松动，已拍照上报。"),
        ("路灯不亮", "", "路灯不亮"),
        ("市民来电：天元广场", "天元广场", "天元广场"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_the_line_says_what_it_is_about(words: str, place: str, told: str) -> None:
    assert gist(words, place) == told


@given(st.text(alphabet="市民来电反映：，。在我家路12号这里附近abc<>", max_size=60), st.text(max_size=10))
def test_the_line_is_always_the_end_of_the_words(words: str, place: str) -> None:
    told = gist(words, place)
    assert words.endswith(told)
    assert bool(told) == bool(words)
