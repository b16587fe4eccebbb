"""Files as people have them become one frame of text; what cannot be read is told by its row."""

import zipfile
from pathlib import Path

import pytest

from etl.errors import FileUnreadable, KindUnknown
from etl.headers import apply, recognise
from etl.readers import read_table
from etl.texts import decode


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_an_encoding_is_judged_on_the_whole_file(tmp_path: Path, encoding: str) -> None:
    table = read_table(write(tmp_path / "a.csv", "姓名,现住址\n欧阳㛃,文昌街12号\n".encode(encoding)))
    assert table.frame.rows() == [(2, "欧阳㛃", "文昌街12号")]


def test_a_line_that_cannot_be_decoded_is_rejected_by_its_number(tmp_path: Path) -> None:
    raw = "姓名,现住址\n".encode() + b"\xff\xff,x\n" + "张三,文昌街\n".encode()
    table = read_table(write(tmp_path / "a.csv", raw))
    assert [reject.row_no for reject in table.rejected] == [2]
    assert table.frame["姓名"].to_list() == ["张三"]


def test_a_row_with_too_many_cells_is_rejected_not_shifted(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "a.csv", b"a,b\n1,2\n1,2,3\n"))
    assert table.frame.height == 1
    assert table.rejected[0].row_no == 3


def test_nothing_is_lost_between_lines(tmp_path: Path) -> None:
    raw = b"a,b\n" + b"\n".join(b"%d,x" % n for n in range(500)) + b"\n"
    table = read_table(write(tmp_path / "a.csv", raw))
    assert table.frame.height + len(table.rejected) == 500


def test_decode_prefers_utf8() -> None:
    assert decode("街".encode()).encoding == "utf-8"


@pytest.mark.parametrize("name", ["empty.csv", "what.pdf", "broken.xlsx"])
def test_what_cannot_be_a_table_gets_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadable) as told:
        read_table(write(tmp_path / name, b"" if name == "empty.csv" else b"no table"))
    assert told.value.zh
    assert told.value.where == name


def test_a_bomb_is_weighed_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", b"A" * 60_000_000)
    assert path.stat().st_size < 200_000
    with pytest.raises(FileUnreadable):
        read_table(path)


def test_a_kind_is_told_by_its_headers() -> None:
    found = recognise(["row_no", "姓名", "公民身份号码", "现住址", "联系电话"])
    assert found.kind == "residents"


def test_unknown_headers_name_the_choices() -> None:
    with pytest.raises(KindUnknown) as told:
        recognise(["row_no", "甲", "乙"])
    assert "addresses" in told.value.zh


def test_a_missing_column_is_named() -> None:
    with pytest.raises(KindUnknown) as told:
        recognise(["姓名"], "residents")
    assert "公民身份号码" in told.value.zh


def test_absent_optional_columns_come_as_null(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "a.csv", "姓名,身份证号,现住址\n甲,1,乙\n".encode()))
    frame = apply(recognise(table.frame.columns), table.frame)
    assert frame["phone"].to_list() == [None]
    assert frame["id_no"].to_list() == ["1"]
