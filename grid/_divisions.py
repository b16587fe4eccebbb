"""Loading divisions. Behind the door: call `grid.service.load_divisions`."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.rows import Outcome, Reject
from grid._years import forget_adopted
from grid.codes import division_code, is_usual, level_of, parent_of
from grid.errors import ColumnsMissing
from grid.geometry import as_multipolygon, in_wgs84
from grid.records import DAWN, Level
from grid.version import change
from grid.yearly import LEVEL_WORDS

JOINED_LEVELS = (Level.COUNTY, Level.TOWN, Level.VILLAGE)


@dataclass(slots=True)
class _Row:
    row_no: int
    code: str
    level: Level
    name: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    successor_code: str | None
    full_name: str = ""
    shape: BaseGeometry | None = None

    def values(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "level": self.level.value,
            "name": self.name,
            "full_name": self.full_name,
            "parent_code": self.parent_code,
            "successor_code": self.successor_code,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "geom": None if self.shape is None else shapely.to_wkb(self.shape, include_srid=True),
        }


def load_divisions(
    session: Session, frame: pl.DataFrame, shapes: gpd.GeoDataFrame | None = None, *, actor: Actor, at: datetime
) -> Outcome:
    """Take in divisions; the same rows again change nothing.

    `frame`: code, name; optional level (our words, 县区/乡镇街道/村社区, or 1-5; else read off the code), parent_code
    (else by the digits), valid_from (null: since ever), valid_to, successor_code, row_no. `shapes`: code, geometry;
    areas of codes that are not in the frame are ignored. A row without area keeps the area it had. A newer row of a
    code closes the older one on the day it begins. Rejected: no code, no name, dates the wrong way round.
    `counts["unusual_codes"]` are accepted codes outside the ranges of standards §1. Writes one audit row.
    """
    rows, rejected = _read(frame)
    if rows:
        forget_adopted(session)
    _join_names(session, rows)
    _draw(rows, shapes)
    accepted = repeated = 0
    for row in sorted(rows, key=lambda row: (row.code, row.valid_from)):
        if _write(session, row):
            accepted += 1
        else:
            repeated += 1
    if accepted:
        change(session)
        record(session, actor, "grid.divisions_loaded", "grid.division", "", at, {"accepted": accepted})
    counts = {"unusual_codes": sum(not is_usual(row.code) for row in rows)}
    return Outcome(accepted, repeated, tuple(rejected), counts)


def _read(frame: pl.DataFrame) -> tuple[list[_Row], list[Reject]]:
    missing = [name for name in ("code", "name") if name not in frame.columns]
    if missing:
        raise ColumnsMissing(missing)
    rows: list[_Row] = []
    rejected: list[Reject] = []
    seen: dict[tuple[str, date], int] = {}
    for position, raw in enumerate(frame.iter_rows(named=True), start=1):
        row = _one(raw, int(raw.get("row_no") or position))
        if isinstance(row, _Row):
            key = (row.code, row.valid_from)
            if key in seen:
                row = Reject(
                    row.row_no, f"与第 {seen[key]} 行代码和生效日期相同", f"same code and date as row {seen[key]}"
                )
            else:
                seen[key] = row.row_no
        if isinstance(row, Reject):
            rejected.append(row)
        else:
            rows.append(row)
    return rows, rejected


def _one(raw: dict[str, Any], row_no: int) -> _Row | Reject:
    code = division_code(raw["code"])
    if code is None:
        return Reject(row_no, f"区划代码不是 12 位数字：{raw['code']}", f"not a division code: {raw['code']}", "code")
    name = str(raw["name"] or "").strip()
    if not name:
        return Reject(row_no, "区划名称为空", "the name is empty", "name")
    level_word = str(raw.get("level") or "").strip()
    level = LEVEL_WORDS.get(level_word) if level_word else level_of(code)
    if level is None:
        return Reject(row_no, f"级别不认识：{level_word}", f"unknown level: {level_word}", "level")
    begins, ends = raw.get("valid_from") or DAWN, raw.get("valid_to")
    if ends is not None and ends <= begins:
        return Reject(
            row_no,
            f"失效日期不晚于生效日期：{begins} / {ends}",
            f"ends before it begins: {begins} / {ends}",
            "valid_to",
        )
    parent = division_code(raw.get("parent_code")) or parent_of(code)
    return _Row(row_no, code, level, name, parent, begins, ends, division_code(raw.get("successor_code")))


def _join_names(session: Session, rows: list[_Row]) -> None:
    """full_name: county, town and village names without a break, as addresses begin."""
    known = {
        code: (Level(level), name, parent)
        for code, level, name, parent in session.execute(
            text("SELECT code, level, name, parent_code FROM grid.division WHERE valid_to IS NULL")
        )
    }
    known |= {row.code: (row.level, row.name, row.parent_code) for row in rows}
    for row in rows:
        names = [row.name]
        parent = row.parent_code
        while parent in known and len(names) < len(JOINED_LEVELS):
            level, name, above = known[parent]
            if level not in JOINED_LEVELS:
                break
            names.append(name)
            parent = above
        row.full_name = "".join(reversed(names))


def _draw(rows: list[_Row], shapes: gpd.GeoDataFrame | None) -> None:
    if shapes is None or shapes.empty:
        return
    drawn = {
        division_code(code): as_multipolygon(shape)
        for code, shape in zip(shapes["code"], in_wgs84(shapes).geometry, strict=True)
        if shape is not None
    }
    for row in rows:
        row.shape = drawn.get(row.code) if row.valid_to is None else None


def _write(session: Session, row: _Row) -> bool:
    """Insert or change one row; False when it says nothing new."""
    values = row.values()
    same = text("""
        SELECT id, (level, name, full_name, parent_code, successor_code, valid_to) IS NOT DISTINCT FROM
                   (:level, :name, :full_name, CAST(:parent_code AS text), CAST(:successor_code AS text),
                    CAST(:valid_to AS date))
               AND (CAST(:geom AS bytea) IS NULL OR (geom IS NOT NULL AND ST_AsEWKB(geom) = :geom)) AS is_same
        FROM grid.division WHERE code = :code AND valid_from = :valid_from
    """)
    known = session.execute(same, values).one_or_none()
    if known is not None and known.is_same:
        return False
    if known is None and row.valid_to is None:
        session.execute(
            text("""
                UPDATE grid.division SET valid_to = :valid_from
                WHERE code = :code AND valid_to IS NULL AND valid_from < :valid_from
            """),
            values,
        )
    session.execute(
        text("""
            INSERT INTO grid.division
                (code, level, name, full_name, parent_code, successor_code, valid_from, valid_to, geom)
            VALUES (:code, :level, :name, :full_name, :parent_code, :successor_code, :valid_from, :valid_to,
                    ST_GeomFromEWKB(:geom))
            ON CONFLICT (code, valid_from) DO UPDATE SET level = excluded.level, name = excluded.name,
                full_name = excluded.full_name, parent_code = excluded.parent_code,
                successor_code = excluded.successor_code, valid_to = excluded.valid_to,
                geom = coalesce(excluded.geom, division.geom)
        """),
        values,
    )
    return True
