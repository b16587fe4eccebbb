"""Cells spoiled by spreadsheets, positions judged, reasons without cells: pure, and for any input."""

from functools import partial
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.coords import Crs, from_wgs84
from core.errors import BadInput
from core.rows import Reject
from etl import datum, headers
from etl.cells import tidy
from etl.coordinates import in_wgs84, system_of, without_words
from etl.quiet import without_cells
from etl.writers import DANGEROUS, Format, Item, safe, written

RESIDENTS = next(one for one in headers.shipped() if one.kind == "residents")
BUSINESSES = next(one for one in headers.shipped() if one.kind == "businesses")
DIVISIONS = next(one for one in headers.shipped() if one.kind == "divisions")


def frame(**columns: list[str | None]) -> pl.DataFrame:
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    return table.with_row_index("row_no", offset=2).with_columns(pl.col("row_no").cast(pl.Int64))


@pytest.mark.parametrize(
    ("written_as", "meant"),
    [
        ("2023-11-01 00:00:00", "2023-11-01"), ("2023/1/5", "2023-01-05"), ("2023年1月5日", "2023-01-05"),
        ("20230105", "2023-01-05"), ("2023.1.5", "2023-01-05"), ("45231", "2023-11-01"), ("45231.0", "2023-11-01"),
        ("2023-02-30", "2023-02-30"), ("去年", "去年"),
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(written_as: str, meant: str) -> None:
    told, rejected = tidy(frame(成立日期=[written_as], 信用代码=["1"], 企业名称=["甲"], 地址=["乙"]), BUSINESSES)
    assert (told["成立日期"].to_list(), rejected) == ([meant], [])


@pytest.mark.parametrize("cell", ["5.10603E+17", "5.1e17", "5E+11"])
def test_a_number_that_lost_its_digits_is_refused_not_guessed(cell: str) -> None:
    told, rejected = tidy(frame(姓名=["甲"], 身份证号=[cell], 现住址=["乙"]), RESIDENTS)
    assert told.height == 0
    assert [(one.row_no, one.column) for one in rejected] == [(2, "身份证号")]
    assert cell not in rejected[0].zh


@pytest.mark.parametrize("cell", ['="510603001000"', "'510603001000", "510603001000.0", " 510603001000 "])
def test_a_code_kept_as_text_by_a_trick_is_the_code(cell: str) -> None:
    told, _ = tidy(frame(区划代码=[cell], 级别=["county"], 名称=["甲"]), DIVISIONS)
    assert told["区划代码"].to_list() == ["510603001000"]


@settings(deadline=None)
@given(st.lists(st.none() | st.text(), min_size=1))
def test_any_cells_are_rows_or_rejects(cells: list[str | None]) -> None:
    rows = frame(姓名=cells, 身份证号=cells, 现住址=cells, 出生日期=cells)
    told, rejected = tidy(rows, RESIDENTS)
    assert sorted([*told["row_no"], *(one.row_no for one in rejected)]) == rows["row_no"].to_list()
    assert not any("\0" in (cell or "") for cell in told["姓名"])


@settings(deadline=None)
@given(st.lists(st.none() | st.text() | st.floats().map(str), min_size=1))
def test_any_positions_are_numbers_or_rejects(cells: list[str | None]) -> None:
    rows = frame(lon=cells, lat=cells[::-1])
    told, rejected = without_words(rows)
    assert told.height + len(rejected) == rows.height
    assert told["lon"].cast(pl.Float64).is_finite().fill_null(value=True).all()
    for system in (Crs.GCJ02, Crs.BD09, 4544):
        assert in_wgs84(told, system).height == told.height


@pytest.mark.parametrize("word", ["wgs84", "WGS-84", "GCJ02", "gcj-02", "bd09", "EPSG:4544", "4544", "epsg4490"])
def test_a_system_is_known_by_its_names(word: str) -> None:
    assert system_of(word) in {*Crs, 4544}


@pytest.mark.parametrize("word", ["", "mars", "EPSG:99999", "12"])
def test_an_unknown_system_names_the_choices(word: str) -> None:
    with pytest.raises(BadInput, match="wgs84"):
        system_of(word)


SIDE = 0.02


def checkers(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of the square a point lies in: a town of communities of 2 km."""
    return (np.floor(lon / SIDE) * 10_000 + np.floor(lat / SIDE)).astype(np.int64)


def fits(named: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> datum.Bools:
    return checkers(np.nan_to_num(lon), np.nan_to_num(lat)) == named


def points(seed: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    chance = np.random.default_rng(seed)
    lon, lat = chance.uniform(104.3, 104.6, count), chance.uniform(31.0, 31.3, count)
    named = checkers(lon, lat)
    wrong = chance.random(count) < 0.03  # people write the neighbouring community now and then
    return lon, lat, np.where(wrong, named + 1, named)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("crs", [Crs.WGS84, Crs.GCJ02, Crs.BD09])
def test_the_system_is_told_by_where_rows_say_they_are(crs: Crs, seed: int) -> None:
    lon, lat, named = points(seed, 400)
    judged = datum.judge(*from_wgs84(lon, lat, crs), (104.3, 31.0, 104.6, 31.3), partial(fits, named))
    assert (judged.system, judged.is_sure) == (crs, True)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("other", [Crs.GCJ02, Crs.BD09])
def test_two_systems_in_one_file_are_told(other: Crs, seed: int) -> None:
    lon, lat, named = points(seed, 800)
    x, y = from_wgs84(lon, lat, other)
    is_other = np.random.default_rng(seed).random(800) < 0.5
    judged = datum.judge(np.where(is_other, x, lon), np.where(is_other, y, lat), None, partial(fits, named))
    assert (judged.system, judged.is_sure) == (None, True)
    assert "混有两种坐标系" in judged.zh


def test_what_nothing_decides_is_not_decided() -> None:
    lon, lat, named = points(1, 20)
    assert datum.judge(lon, lat, None, partial(fits, named)) is datum.UNKNOWN
    assert datum.judge(lon[:0], lat[:0], None, partial(fits, named[:0])) is datum.UNKNOWN


def test_a_reason_keeps_no_cell() -> None:
    chance = Random(3)
    rows = frame(a=["张三丰收", "李四"], b=["510603199001011234", str(chance.randrange(10**9, 10**10))])
    said = without_cells(
        [
            Reject(2, "号码 510603199001011234 不对：张三丰收", "510603199001011234 is wrong: 张三丰收"),
            Reject(3, "级别不认识：李四", "unknown level: 李四"),
            Reject(9, "没有这一行", "no such row"),
        ],
        rows,
    )
    assert [one.zh for one in said] == ["号码 … 不对", "级别不认识", "没有这一行"]
    assert not any(cell in one.en for one in said for cell in ("510603199001011234", "张三丰收", "李四"))


@settings(deadline=None)
@given(st.text())
def test_no_cell_is_a_formula(cell: str) -> None:
    assert not safe(cell).startswith(DANGEROUS)
    assert "\0" not in safe(cell)


@pytest.mark.parametrize("cell", ["=1+1", "+86 138", "-3", "@x", "\tx", "=cmd|'/C calc'!A0"])
def test_our_own_reader_takes_the_guard_off(cell: str) -> None:
    told, _ = tidy(frame(姓名=[safe(cell)], 身份证号=["1"], 现住址=["x"]), RESIDENTS)
    assert told["姓名"].to_list() == [cell]


@pytest.mark.parametrize("form", [Format.CSV, Format.GEOJSON])
def test_a_file_without_rows_is_a_whole_file(form: Format) -> None:
    body = b"".join(written(form, "x", ["甲"], []))
    assert "甲".encode() in body if form is Format.CSV else b"]}" in body


@pytest.mark.parametrize("form", list(Format))
def test_more_rows_than_a_piece_come_out_whole(form: Format) -> None:
    point = bytes.fromhex("0101000000000000000000f03f000000000000f03f")
    body = b"".join(written(form, "x", ["甲"], (Item([str(n)], point) for n in range(11_000))))
    assert len(body) > 11_000
