"""Refused rows become a sheet with everything they held; positions of another system become WGS84."""

from pathlib import Path

import polars as pl
import pytest

from core.coords import Crs
from core.rows import Reject
from etl.coordinates import in_wgs84
from etl.errors import FileUnreadable
from etl.readers import read_headers, read_table
from etl.rejected import is_rejected, write_rejected

NO = "没有门牌"


def table_of(folder: Path, words: str) -> Path:
    path = folder / "名单.csv"
    path.write_text(words, encoding="utf-8")
    return path


def test_a_refused_row_keeps_its_cells_its_number_and_the_reason(tmp_path: Path) -> None:
    table = read_table(table_of(tmp_path, "姓名,地址\n甲,一\n乙,二\n"))
    sheet = write_rejected(table, [Reject(3, NO, "no plate")])
    assert read_table(sheet).frame.rows() == [(2, "3", f"{NO} / no plate", "乙", "二")]


def test_a_line_with_too_many_cells_loses_none_of_them(tmp_path: Path) -> None:
    table = read_table(table_of(tmp_path, "姓名,地址\n甲,一\n乙,二,三\n"))
    sheet = write_rejected(table, table.rejected)
    row = read_table(sheet).frame.row(0)
    assert row[3:] == ("乙", "二", "三")


def test_a_cell_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    table = read_table(table_of(tmp_path, "姓名,地址\n=1+1,@x\n"))
    assert read_table(write_rejected(table, [Reject(2, NO, NO)])).frame.row(0)[3:] == ("=1+1", "@x")


def test_a_sheet_is_never_written_over(tmp_path: Path) -> None:
    table = read_table(table_of(tmp_path, "姓名,地址\n甲,一\n"))
    first, second = (write_rejected(table, [Reject(2, NO, NO)]) for _ in range(2))
    again = write_rejected(read_table(second), [Reject(2, NO, NO)])
    assert [path.name for path in (first, second, again)] == [
        "名单.rejected.xlsx",
        "名单.rejected.2.xlsx",
        "名单.rejected.3.xlsx",
    ]
    assert all(is_rejected(path) for path in (first, second, again))
    assert not is_rejected(table.path)


def test_the_sheet_may_be_read_by_whoever_may_read_the_file(tmp_path: Path) -> None:
    path = table_of(tmp_path, "姓名,地址\n甲,一\n")
    path.chmod(0o600)
    sheet = write_rejected(read_table(path), [Reject(2, NO, NO)])
    assert sheet.stat().st_mode & 0o777 == 0o600


def test_headers_are_read_without_the_rest(tmp_path: Path) -> None:
    path = table_of(tmp_path, "姓名,地址\n" + "甲,一\n" * 100_000)
    assert read_headers(path) == ["姓名", "地址"]


def test_quotes_that_do_not_close_are_told_with_the_line(tmp_path: Path) -> None:
    path = table_of(tmp_path, '姓名,地址\n甲,"一\n' + "乙,二\n" * 100_000)
    with pytest.raises(FileUnreadable) as told:
        read_table(path)
    assert told.value.where == path.name


@pytest.mark.parametrize(("crs", "metres"), [(Crs.GCJ02, 300), (Crs.BD09, 800)])
def test_a_position_moves_by_what_the_system_shifts(crs: Crs, metres: float) -> None:
    rows = pl.DataFrame({"lon": ["104.39", "无", None], "lat": ["31.13", "31.13", None]})
    moved = in_wgs84(rows, crs)
    east = (104.39 - float(moved["lon"][0])) * 95_000
    north = (31.13 - float(moved["lat"][0])) * 111_000
    assert metres < (east**2 + north**2) ** 0.5 < metres + 500
    assert moved.row(1)[0] == "无"  # left for the room to refuse
    assert moved.row(2) == (None, None)


def test_the_national_system_stays_as_it_is() -> None:
    rows = pl.DataFrame({"lon": ["104.390000"], "lat": ["31.13"]})
    assert in_wgs84(rows, Crs.CGCS2000).equals(rows)
