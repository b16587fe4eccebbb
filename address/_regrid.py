"""Giving addresses the grids of today. Behind the door: call `address.service.relink_grids`."""

from datetime import date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from address._recode import ask_for_recode, recode_places
from address.version import change
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_rows
from grid import service as grid
from grid.records import Redrawn

SCHEMA = {"code": pl.String, "lon": pl.Float64, "lat": pl.Float64, "old": pl.Int32}


def relink_grids(session: Session, *, actor: Actor, at: datetime) -> int:
    """After grids were drawn or redrawn: give every address the grid it lies in at `at`. How many changed.

    Plates may come before the first grids: grids are drafted from plates. Town and village of an address without any
    are filled from its grid. Codes, names and positions stay. Writes one audit row when something changed.
    """
    rows = session.execute(text("SELECT code, lon, lat, grid_id FROM address.address WHERE status <> 'historic'"))
    known = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
    if known.is_empty():
        return 0
    found = grid.locate(session, known["lon"].to_numpy(), known["lat"].to_numpy(), day_of(at)).astype(np.int32)
    moved = _write(session, known, found, actor, at)
    if moved:
        ask_for_recode(session, at)
    return len(moved)


MovedCode = tuple[str, int | None, int | None]
"""An address code, its grid before and its grid now."""


def move_grids(session: Session, ground: Redrawn, *, actor: Actor, at: datetime) -> list[MovedCode]:
    """After a few grids were redrawn: give the addresses on the ground that changed their grid of today. Which moved.

    As `relink_grids`, but only addresses inside the box of that ground are looked at, and their dated codes in other
    bodies' schemes follow.
    """
    if ground.box is None:
        return []
    west, south, east, north = ground.box
    rows = session.execute(
        text("""
            SELECT code, lon, lat, grid_id FROM address.address
            WHERE status <> 'historic' AND (grid_id = ANY(:ids) OR (:is_wider AND grid_id IS NULL))
              AND lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north
        """),
        {
            "ids": list(ground.near_ids),
            "is_wider": ground.is_wider,
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        },
    )
    known = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
    found = grid.locate_among(session, ground.near_ids, known["lon"].to_numpy(), known["lat"].to_numpy())
    moved = _write(session, known, found, actor, at)
    if moved:
        recode_places(session, [code for code, _, _ in moved], actor=actor, at=at)
    return moved


def grids_on(session: Session, on: date) -> pl.DataFrame:
    """Every address known by the end of a day and the grid it lay in by the boundaries of that day (-1: none).

    Columns code, level, name, lon, lat, grid_id (as it is kept now), found. Made from positions and dated boundaries:
    a redrawing after that day changes nothing of it.
    """
    rows = session.execute(
        text("""
            SELECT code, level, name, lon, lat, coalesce(grid_id, -1) FROM address.address
            WHERE status <> 'historic' AND (created_at AT TIME ZONE 'Asia/Shanghai')::date <= :on ORDER BY code
        """),
        {"on": on},
    )
    names = dict.fromkeys(("code", "level", "name"), pl.String) | dict.fromkeys(("lon", "lat"), pl.Float64)
    known = pl.DataFrame([tuple(row) for row in rows], schema=names | {"grid_id": pl.Int32}, orient="row")
    found = grid.locate(session, known["lon"].to_numpy(), known["lat"].to_numpy(), on)
    return known.with_columns(pl.Series("found", found, dtype=pl.Int32))


def _write(
    session: Session, known: pl.DataFrame, found: NDArray[np.int32], actor: Actor, at: datetime
) -> list[MovedCode]:
    told = known.with_columns(pl.Series("new", found, dtype=pl.Int32))
    moved = told.filter(pl.col("new") != pl.col("old").fill_null(-1)).with_columns(pl.col("new").replace(-1, None))
    if moved.is_empty():
        return []
    session.execute(text('CREATE TEMP TABLE address_regrid (code text COLLATE "C", grid_id int) ON COMMIT DROP'))
    copy_rows(session, "address_regrid", ("code", "grid_id"), moved.select("code", "new").iter_rows())
    session.execute(text("ANALYZE address_regrid"))
    session.execute(_MOVE)
    session.execute(text("DROP TABLE address_regrid"))
    change(session)
    record(session, actor, "address.grids_relinked", "address.address", "", at, {"moved": len(moved)})
    return list(moved.select("code", "old", "new").iter_rows())


_MOVE = text("""
    UPDATE address.address a
    SET grid_id = r.grid_id, town_code = coalesce(a.town_code, g.town_code),
        village_code = coalesce(a.village_code, g.village_code)
    FROM address_regrid r LEFT JOIN grid.v_grid g ON g.id = r.grid_id
    WHERE a.code = r.code
""")
