"""Many near-identical texts within minutes are one cluster; the same words over days, or other words, are none."""

import numpy as np
import pytest

from incidents.bursts import Limits, bursts

LIMITS = Limits()
TEXT = "强烈要求取消小区停车收费，还业主公道"


def told(gap: float, texts: list[str]) -> list[list[int]]:
    return bursts(np.arange(len(texts)) * gap, texts, LIMITS)


def test_nine_of_nearly_the_same_words_within_the_hour_are_one_cluster() -> None:
    texts = [f"{TEXT}{end}" for end in ("", "！", "。谢谢", "，求处理", "", "，急", "", "！！", "。")]
    assert told(5, texts) == [list(range(9))]


@pytest.mark.parametrize(("gap", "count"), [(40, 9), (5, 7)], ids=["spread over hours", "too few"])
def test_less_is_no_burst(gap: float, count: int) -> None:
    assert told(gap, [TEXT] * count) == []


def test_other_words_between_them_are_left_out() -> None:
    texts = [TEXT if n % 2 else f"路灯坏了第{n}盏没人修" * (1 + n % 3) + "街" * n for n in range(20)]
    (held,) = [held for held in told(2, texts) if 1 in held]
    assert held == list(range(1, 20, 2))
