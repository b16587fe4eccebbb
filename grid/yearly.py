"""Yearly tables of divisions as offices get them: one row a division, or one row a village with its town (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from core.rows import Reject
from grid.codes import division_code, level_of, parent_of
from grid.records import LEVEL_NAMES_ZH, Level
from grid.succession import Node

LEVEL_WORDS: Final = (
    {word: level for level, word in LEVEL_NAMES_ZH.items()}
    | {level.value: level for level in Level}
    | {str(depth): level for depth, level in enumerate(Level, start=1)}  # as the statistics office counts them
)
YEARS: Final = range(1949, 2100)
ABOVE: Final = (("county", Level.COUNTY), ("town", Level.TOWN))
Tables = dict[int, dict[str, Node]]


@dataclass(frozen=True, slots=True)
class Read:
    """Tables by year; the division each row told of; and the refused rows."""

    tables: Tables
    told: set[tuple[int, str]]
    rejected: tuple[Reject, ...]


def read_tables(frame: pl.DataFrame) -> Read:
    """Yearly tables out of rows.

    `frame`, all text: year and either code (2-12 digits), name, and optional level and parent_code; or county_code,
    county, town_code, town, village (null or "" in a town's own row) and optional village_code. `row_no` optional.
    """
    is_wide = "town_code" in frame.columns and frame["town_code"].null_count() < frame.height
    tables: Tables = {}
    rejected: list[Reject] = []
    told: set[tuple[int, str]] = set()
    for position, row in enumerate(frame.iter_rows(named=True), start=1):
        row_no = int(row.get("row_no") or position)
        year = _year(row.get("year"))
        if year is None:
            rejected.append(_bad_year(row_no, row.get("year")))
            continue
        nodes = list(_wide(row)) if is_wide else list(_narrow(row))
        if not nodes:
            rejected.append(_bad_row(row_no, row, is_wide=is_wide))
            continue
        table = tables.setdefault(year, {})
        if (other := table.get(nodes[-1].key)) is not None and other.name != nodes[-1].name:
            rejected.append(_two_names(row_no, nodes[-1], other, year))
            continue
        told.add((year, nodes[-1].key))
        table.update((node.key, node) for node in nodes)
    return Read(tables, told, tuple(rejected))


def _year(told: object) -> int | None:
    digits = str(told or "").strip().removesuffix("年").removesuffix(".0")
    return int(digits) if digits.isdigit() and int(digits) in YEARS else None


def _text(told: object) -> str:
    return "" if told is None else str(told).strip()


def _narrow(row: dict[str, object]) -> Iterable[Node]:
    code, name = division_code(row.get("code")), _text(row.get("name"))
    level = LEVEL_WORDS.get(_text(row.get("level"))) or (level_of(code) if code else None)
    if code and name and level:
        yield Node(code, name, level, division_code(row.get("parent_code")) or parent_of(code) or "")


def _wide(row: dict[str, object]) -> Iterable[Node]:
    """County and town of the row, and its village when there is one; the last is what the row tells."""
    told: list[Node] = []
    for column, level in ABOVE:
        code, name = division_code(row.get(f"{column}_code")), _text(row.get(column))
        if code is None or not name:
            return []
        told.append(Node(code, name, level, parent_of(code) or ""))
    if village := _text(row.get("village")):
        town = told[-1].key
        told.append(Node(division_code(row.get("village_code")) or f"{town}/{village}", village, Level.VILLAGE, town))
    return told


def _bad_year(row_no: int, told: object) -> Reject:
    if told is None:
        zh = "没有年份；请加一列“年份”，或用 wangge grid years 文件 --year 年份"
        return Reject(row_no, zh, "no year: add a column 年份, or use wangge grid years FILE --year YEAR", "year")
    return Reject(row_no, f"年份不认识：{told}", f"not a year: {told}", "year")


def _bad_row(row_no: int, row: dict[str, object], *, is_wide: bool) -> Reject:
    if is_wide:
        told = f"{row.get('county_code')} {row.get('county')} {row.get('town_code')} {row.get('town')}"
        return Reject(row_no, f"县、镇的代码或名称不全：{told}", f"code or name of county or town missing: {told}")
    told = f"{row.get('code')} {row.get('name')}"
    return Reject(row_no, f"区划代码不对或名称为空：{told}", f"no division code, or no name: {told}", "code")


def _two_names(row_no: int, node: Node, other: Node, year: int) -> Reject:
    return Reject(
        row_no,
        f"{year} 年的 {node.key} 有两个名称：{other.name}、{node.name}",
        f"{node.key} has two names in {year}: {other.name}, {node.name}",
        "name",
    )
