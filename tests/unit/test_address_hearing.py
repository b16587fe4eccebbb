"""What a text says: folded signs, names, runs of numbers, and which number is which."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from address import hearing
from address.gazetteer import Gazetteer
from address.hearing import Heard, Number, fold, runs_of, without_remarks
from address.lexicon import Lexicon, lexicon_of
from address.roles import Slots, read

WORDS = tuple("1 2 12 305 栋 幢 号楼 # - 单元 门 楼 室 号 房 附 之 组 社 小组 村民小组".replace(" ", "|").split("|"))
LETTERS = "真建花园文昌街和平村12350一二十零栋单元号楼室组附之#-、,（）()【】 　Ａo·~叁號樓"
TEXT = st.text(st.sampled_from(LETTERS), max_size=40)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    names = Gazetteer(
        counties=["旌阳区"],
        towns=["东湖街道"],
        villages=["和平村"],
        roads=["文昌街", "延安路二段"],
        estates=["真建花园"],
    )
    return lexicon_of(names, ["台电新村"], [], fold)


def heard(lexicon: Lexicon, text: str) -> Heard:
    plain = without_remarks(fold(text))
    mentions = lexicon.mentions(plain)
    return Heard(plain, mentions, runs_of(plain, mentions), plain)


def said(lexicon: Lexicon, text: str) -> list[list[str]]:
    return [[sign + value for sign, value, _ in run.numbers] for run in heard(lexicon, text).runs]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("真建花园3栋2单元501室", [["B3", "U2", "R501"]]),
        ("真建花园贰栋叁单元壹零贰", [["B2", "U3", "-102"]]),
        ("真建花园2撞1单远20l", [["B2", "U1", "-201"]]),
        ("真建花园第3栋2梯401户", [["B3", "U2", "R401"]]),
        ("真建花园3/2/501", [["-3", "-2", "-501"]]),
        ("真建花园2鑫1单园６零４", [["-2", "U1", "-604"]]),
        ("真建花园2单元1102楼上装修", [["U2", "-1102"]]),
        ("文昌街12號附3號", [["N12", "S3"]]),
        ("文昌街17号之6四楼", [["N17", "S6", "F4"]]),
        ("文昌街十二", [["-12"]]),
        ("文昌街12号3天没来水了", [["N12"]]),
        ("文昌街12号，电话13812345678", [["N12"]]),
        ("上个月28号文昌街8号", [["N8"]]),
        ("文昌街一带有三四个人", []),
        ("和平村十一村民小组7号", [["G11", "N7"]]),
        ("文昌街54巷5弄13号", [["L54巷", "L5弄", "N13"]]),
        ("文昌街KTV", []),
    ],
)
def test_numbers_keep_the_sign_of_their_word(lexicon: Lexicon, text: str, numbers: list[list[str]]) -> None:
    assert said(lexicon, text) == numbers


def test_names_are_found_before_numbers(lexicon: Lexicon) -> None:
    found = heard(lexicon, "延安路2段57号")
    assert [mention.senses[0].name for mention in found.mentions] == ["延安路二段"]
    assert [number.value for number in found.runs[0].numbers] == ["57"]


def test_a_blank_between_two_digits_is_kept_for_later() -> None:
    assert fold("真建 花园 3 2　501") == "真建花园3_2_501"


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        ("estate", "-3 -2 -501", Slots(building="3", unit="2", room="501")),
        ("estate", "-3 -501", Slots(building="3", room="501")),
        ("estate", "B3 U2 F5 -1", Slots(building="3", unit="2", floor="5", room="501")),
        ("estate", "N2 U1 R201", Slots(building="2", unit="1", room="201")),
        ("road", "N12 B3 U2 R501", Slots(number="12", building="3", unit="2", room="501")),
        ("road", "H278", Slots(number="278")),
        ("village", "G3 -9", Slots(group="3", number="9")),
    ],
)
def test_the_likeliest_reading_comes_first(kind: str, numbers: str, expected: Slots) -> None:
    told = tuple(Number(word[0], word[1:], at > 0) for at, word in enumerate(numbers.split()))
    assert read(kind, told)[0] == expected


def test_a_room_of_another_floor_is_no_reading() -> None:
    numbers = (Number("B", "3", False), Number("F", "5", False), Number("R", "601", False))
    assert all(slots.room != "601" for slots in read("estate", numbers))


def test_the_quick_way_reads_as_the_slow_one() -> None:
    chance, quick = random.Random(1), 0
    for _ in range(20_000):
        text = "文昌街" + "".join(chance.choice(WORDS) for _ in range(chance.randint(1, 7)))
        usual = hearing._usual(text, 3, len(text))
        if usual is not None:
            slow: list[hearing.Run] = []
            hearing._gather(text, 3, len(text), slow, is_after_name=True)
            quick += 1
            assert [run.numbers for run in slow] == [usual.numbers], text
    assert quick > 500


@given(TEXT | st.text(max_size=30))
def test_any_text_is_heard(text: str) -> None:
    names = Gazetteer(villages=["和平村"], roads=["文昌街"], estates=["真建花园"])
    plain = without_remarks(fold(text))
    mentions = lexicon_of(names, [], [], fold).mentions(plain)
    at = 0
    for start, end, senses in mentions:
        assert at <= start < end <= len(plain)
        assert senses
        at = end
    at = 0
    for run in runs_of(plain, mentions):
        assert at <= run.start < run.end <= len(plain)
        assert run.numbers
        assert not any(mention.start < run.end and run.start < mention.end for mention in mentions)
        at = run.start


@given(TEXT | st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once.replace("_", "-")) == once.replace("_", "-")
