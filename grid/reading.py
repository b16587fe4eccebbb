"""Questions about divisions and grids."""

from datetime import date
from typing import Any

import polars as pl
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.coords import Place
from grid.errors import DivisionNotFound, GridNotFound
from grid.records import DivisionRecord, GridRecord, Layer, Level

DIVISION_SCHEMA = {
    "code": pl.String,
    "level": pl.String,
    "name": pl.String,
    "full_name": pl.String,
    "parent_code": pl.String,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
    "lon": pl.Float64,
    "lat": pl.Float64,
}

_GRID = """
    SELECT v.id, v.code, v.name, v.layer, v.parent_id, v.village_code, v.village_name, v.town_code, v.town_name,
           v.office, v.lon, v.lat
    FROM grid.v_grid v
"""
_DIVISION = """
    SELECT id, code, level, name, full_name, parent_code, valid_from, valid_to, successor_code, lon, lat
    FROM grid.v_division_dated
"""
_VALID_ON = "valid_from <= :on AND (valid_to IS NULL OR valid_to > :on)"


def grid(session: Session, grid_id: int) -> GridRecord:
    """One grid. Raises GridNotFound."""
    row = session.execute(text(f"{_GRID} WHERE v.id = :id"), {"id": grid_id}).one_or_none()
    if row is None:
        raise GridNotFound(grid_id)
    return _grid_record(row)


def grids(session: Session, layer: Layer | None = None) -> list[GridRecord]:
    """All grids, or those of one layer, by code."""
    where = "" if layer is None else "WHERE v.layer = :layer"
    rows = session.execute(text(f"{_GRID} {where} ORDER BY v.code"), {} if layer is None else {"layer": layer.value})
    return [_grid_record(row) for row in rows]


def division(session: Session, code: str, on: date) -> DivisionRecord:
    """One division as it was on that day. Raises DivisionNotFound."""
    rows = session.execute(text(f"{_DIVISION} WHERE code = :code AND {_VALID_ON}"), {"code": code, "on": on})
    row = rows.one_or_none()
    if row is None:
        raise DivisionNotFound(code)
    return _division_record(row)


def division_tree(session: Session, on: date | None = None) -> list[DivisionRecord]:
    """Divisions open today, or valid on a day, by code: every parent comes before its children."""
    where, values = ("valid_to IS NULL", {}) if on is None else (_VALID_ON, {"on": on})
    return [_division_record(row) for row in session.execute(text(f"{_DIVISION} WHERE {where} ORDER BY code"), values)]


def divisions_frame(session: Session, on: date) -> pl.DataFrame:
    """The divisions valid on a day, columns as in DIVISION_SCHEMA; lon and lat are null where no area is known."""
    names = ", ".join(DIVISION_SCHEMA)
    rows = session.execute(
        text(f"SELECT {names} FROM grid.v_division_dated WHERE {_VALID_ON} ORDER BY code"), {"on": on}
    )
    return pl.DataFrame([tuple(row) for row in rows], schema=DIVISION_SCHEMA, orient="row")


def county(session: Session) -> DivisionRecord:
    """The county this installation serves: the open county-level division with the lowest code.

    Raises DivisionNotFound before divisions are loaded.
    """
    row = session.execute(
        text(f"{_DIVISION} WHERE level = 'county' AND valid_to IS NULL ORDER BY code LIMIT 1")
    ).one_or_none()
    if row is None:
        raise DivisionNotFound("county")
    return _division_record(row)


def district_bounds(session: Session) -> tuple[float, float, float, float] | None:
    """West, south, east, north of everything drawn so far, degrees; None while no area at all is known."""
    row = session.execute(
        text("""
            SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) FROM (
                SELECT ST_Extent(geom) AS box FROM (
                    SELECT geom FROM grid.division WHERE valid_to IS NULL AND geom IS NOT NULL
                    UNION ALL SELECT geom FROM grid.boundary WHERE valid_to IS NULL) known) extent
        """)
    ).one()
    return None if row[0] is None else (float(row[0]), float(row[1]), float(row[2]), float(row[3]))


def outline(session: Session) -> BaseGeometry | None:
    """The ground of the county: its own area, else all grids together, else None."""
    drawn: list[Any] = list(
        session.execute(
            text("""
                SELECT ST_AsBinary(geom) FROM grid.division
                WHERE level = 'county' AND valid_to IS NULL AND geom IS NOT NULL
            """)
        ).scalars()
    ) or list(session.execute(text("SELECT ST_AsBinary(geom) FROM grid.v_grid_shape WHERE layer <> 'micro'")).scalars())
    return shapely.union_all(shapely.from_wkb([bytes(wkb) for wkb in drawn])) if drawn else None


def _place(lon: float | None, lat: float | None) -> Place | None:
    return None if lon is None or lat is None else Place(lon=lon, lat=lat)


def _grid_record(row: Row[Any]) -> GridRecord:
    return GridRecord(
        row.id, row.code, row.name, Layer(row.layer), row.parent_id, row.village_code, row.village_name,
        row.town_code, row.town_name, row.office, _place(row.lon, row.lat),
    )  # fmt: skip


def _division_record(row: Row[Any]) -> DivisionRecord:
    return DivisionRecord(
        row.id, row.code, Level(row.level), row.name, row.full_name, row.parent_code, row.valid_from, row.valid_to,
        row.successor_code, _place(row.lon, row.lat),
    )  # fmt: skip
