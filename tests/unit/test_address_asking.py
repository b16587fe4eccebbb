"""A search box: codes, letters, words with and without the division, pieces, rooms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from address.asking import Question, read
from address.sounds import SoundBook

COUNTIES = ["旌原区"]


@pytest.mark.parametrize("typed", ["A01BTD8D91M1", "a01b-td8d-91m1", " A01B TD8D 91M1 ", "Ａ０１Ｂ-ＴＤ８Ｄ-９１Ｍ１"])
def test_a_whole_code_in_any_form(typed: str) -> None:
    assert read(typed) == Question(code="A01BTD8D91M1")


def test_the_beginning_of_a_code_and_the_code_of_another_body() -> None:
    assert read("a01btd").code_starts == ("A01BTD",)
    assert read("A01B-TD8D").code_starts == ("A01B-TD8D", "A01BTD8D")
    assert read("5199010010011234").code_starts == ("5199010010011234",)
    assert read("12号").code_starts == ()


def test_letters_are_a_sound_first() -> None:
    assert read("thl") == Question(letters="thl")
    assert read("TaiHe").letters == "taihe"


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("解放", ("解放",)),
        ("泰河路12号3栋", ("泰河路", "12号", "3栋")),
        ("四川省原州市旌原区城南街道 泰河路", ("城南街道", "泰河路")),
        ("旌原区生活区5幢", ("生活区", "5栋")),
        ("棉纺厂生活区", ("棉纺厂生活区",)),
        ("泰河路十二号", ("泰河路", "12号")),
        ("1号附1号", ("1号", "附1号")),
    ],
)
def test_words_fall_into_pieces(typed: str, pieces: tuple[str, ...]) -> None:
    assert read(typed, COUNTIES).wordings[0].pieces == pieces


def test_a_word_of_numerals_is_also_searched_as_it_stands() -> None:
    assert [wording.whole for wording in read("五一").wordings] == ["51", "五一"]


def test_unit_and_room_are_looked_for_inside() -> None:
    for typed in ("明珠花园3栋2单元501", "明珠花园3-2-501", "明珠花园3幢二单元501室"):
        asked = read(typed)
        assert (asked.wordings[0].whole, asked.unit, asked.room) == ("明珠花园3栋", "2", "501")


def test_a_number_is_not_the_tail_of_a_longer_one() -> None:
    assert read("泰河路2号").wordings[0].patterns == ["泰河路", "(^|[^0-9])2号"]


def test_one_character_says_too_little() -> None:
    assert read("路") == Question()
    assert read("") == Question()


@given(st.text(max_size=200))
def test_any_text_is_read(typed: str) -> None:
    for wording in read(typed, COUNTIES).wordings:
        assert wording.pieces
        assert all(0 < gram < 2**63 for gram in wording.grams)


def test_sounds_lead_to_names_by_first_letters_and_by_spelling() -> None:
    book = SoundBook(["泰河路", "泰和公馆", "太平镇", "天河路一段"])
    assert book.names("thl", 5) == ["泰河路", "天河路一段"]
    assert book.names("taihe", 5) == ["泰河路", "泰和公馆"]
    assert book.names("x", 5) == []
    assert book.names("t", 2) == ["太平镇", "泰河路"]
