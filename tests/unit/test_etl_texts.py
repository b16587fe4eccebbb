"""Encodings are judged on the whole file, delimiters on the first rows, headers by what offices call things."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import heading
from etl.errors import FileUnreadable
from etl.headers import canonical, knower
from etl.readers import read_table
from etl.texts import decode, delimiter_of, rows_of

NOWHERE = Path("x.csv")
is_known = knower()
WORDS = st.text(st.characters(codec="gb18030", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffd\ufeff"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_an_office_has_is_told(encoding: str) -> None:
    text = "姓名,现住址\n" + "张三,文昌街12号阳光花园3栋\n" * 3
    assert decode(text.encode(encoding)).words == text


@settings(deadline=None)
@given(st.lists(WORDS.filter(lambda word: any(ord(sign) > 0x7F for sign in word)), min_size=1))
def test_whatever_is_written_in_utf8_is_read_in_utf8(words: list[str]) -> None:
    text = "\n".join(words)
    assert decode(text.encode()).words == text


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_some_text(raw: bytes) -> None:
    assert decode(raw).encoding in ("utf-8", "gb18030", "utf-16")


@settings(deadline=None)
@given(st.text())
def test_any_text_is_some_rows_or_one_sentence(text: str) -> None:
    with suppress(FileUnreadable):
        list(rows_of(text, NOWHERE))


@settings(deadline=None)
@given(st.lists(st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=6), min_size=1, max_size=12))
def test_any_rows_have_a_header(rows: list[list[str | None]]) -> None:
    top, names = heading.find(rows, is_known)
    assert len(names) == len(set(names)) == len(rows[top])
    assert all(names)


def test_lines_of_another_encoding_are_told_by_their_number(tmp_path: Path) -> None:
    good = [f"张{n},文昌街{n}号阳光花园三栋二单元" for n in range(20)]
    raw = ["姓名,现住址".encode(), *(line.encode() for line in good)]
    raw[7] = good[6].encode("gb18030")
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join(raw))
    table = read_table(path)
    assert [one.row_no for one in table.rejected] == [8]
    assert table.spare[8] == good[6].split(",")  # readable in the sheet of refused rows


def test_one_line_of_utf8_in_a_file_of_gbk_is_no_gibberish(tmp_path: Path) -> None:
    lines = [f"张三,文昌街{n}号阳光花园三栋" for n in range(9)]
    raw = ["姓名,现住址".encode("gb18030"), *(line.encode("gb18030") for line in lines)]
    raw[4] = lines[3].encode()
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join(raw))
    assert [one.row_no for one in read_table(path).rejected] == [5]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_told_by_the_first_rows(delimiter: str) -> None:
    text = f"人口登记表\n姓名{delimiter}现住址{delimiter}备注\n" + f"张三{delimiter}文昌街12号{delimiter}甲,乙\n" * 5
    assert delimiter_of(text) == delimiter


def test_titles_groups_and_line_breaks_stand_above_a_header() -> None:
    rows = [
        ["旌原区人口登记表", None, None, None],
        [None, None, "填表日期：2026年3月", None],
        ["姓名", "＊公民身份\n号码", "住址信息", None],
        [None, None, "现 住 址（必填）", "户籍地址"],
        ["张三", "1", "文昌街", "本地"],
    ]
    assert heading.find(rows, is_known) == (3, ["姓名", "＊公民身份号码", "现住址（必填）", "户籍地址"])


@pytest.mark.parametrize("header", ["经度", "＊经度", "经 度：", "经度\n", "ＬＯＮ", "经度（WGS84）", "Lon"])
def test_a_header_is_known_however_it_is_dressed(header: str) -> None:
    assert is_known(header)


def test_folding_a_header_twice_changes_nothing() -> None:
    assert canonical(canonical("＊公民身份\n号码 ：")) == canonical("公民身份号码")
