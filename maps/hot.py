"""The hot list: which cells to look at first, where they are in words, and whether that is new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as addresses
from core.clock import day_of
from core.coords import Place
from core.errors import NotFound
from grid import service as grids
from grid.cells import cell_centre, centres, resolutions
from maps import areas
from maps.picture import Picture, aligned, heat_of

NEAR_M: Final = 400.0
"""How far from the middle of a cell its road or estate may lie to give it words: about a cell's width."""

NEW_FACTOR: Final = 2.0
NEW_LEAST: Final = 5
"""New = at least five reports and at least twice as many as in the period before."""


class Order(StrEnum):
    """What comes first: what is expected next week (the score that measured best), or what was counted."""

    EXPECTED = "expected"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class HotPlace:
    """One cell of the list. `before` = count of the period before, None when the reports do not
    go back so far.

    `road` is the nearest road or estate in words, "" when none is near; grid names are "" outside all grids.
    """

    cell: int
    centre: Place
    n: int
    before: int | None
    expected: float
    is_new: bool
    road: str
    village: str
    grid_id: int | None
    grid_name: str


def hot_places(
    session: Session, shown: Picture, *, area: str | None = None, order: Order = Order.EXPECTED, limit: int = 10
) -> list[HotPlace]:
    """The first cells of a picture, inside an area where one is named; ties by count, then by cell."""
    return _places(session, shown, _first(session, shown, area, order, limit))


def place_of(session: Session, shown: Picture, cell: int) -> HotPlace:
    """One cell of a picture in the same words. Raises NotFound for a cell without a report in a year."""
    position = position_of(shown, cell)
    if position is None:
        raise NotFound(zh="这个格一年内没有反映。", en="No report came from this cell within a year.")
    return _places(session, shown, np.array([position]))[0]


def position_of(shown: Picture, cell: int) -> int | None:
    """Where a cell stands in the picture; None when it is not in it."""
    found = int(np.searchsorted(shown.shapes.cells, cell))
    return found if found < len(shown.shapes.cells) and int(shown.shapes.cells[found]) == cell else None


def is_hidden(shown: Picture, cell: int) -> bool:
    """Whether the count of a cell is kept from the picture's audience."""
    position = position_of(shown, cell)
    return position is not None and bool(shown.hidden[position])


def _places(session: Session, shown: Picture, chosen: NDArray[np.int64]) -> list[HotPlace]:
    before = _before(session, shown)
    where = describe(session, shown.shapes.cells[chosen], shown.at)
    return [
        HotPlace(
            cell=int(shown.shapes.cells[i]),
            centre=cell_centre(int(shown.shapes.cells[i])),
            n=int(shown.n[i]),
            before=None if before is None or _is_small(int(before[i]), shown) else int(before[i]),
            expected=float(shown.expected[i]),
            is_new=before is not None and is_new(int(shown.n[i]), int(before[i])),
            road=words.road,
            village=words.village,
            grid_id=words.grid_id,
            grid_name=words.grid_name,
        )
        for i, words in zip(chosen.tolist(), where, strict=True)
    ]


def is_new(n: int, before: int) -> bool:
    """Whether a count is much more than in the period before."""
    return n >= NEW_LEAST and n >= NEW_FACTOR * before


def _is_small(count: int, shown: Picture) -> bool:
    """Whether a count must not be told to the picture's audience."""
    smallest = shown.audience.smallest
    return smallest is not None and 0 < count < smallest


def _first(session: Session, shown: Picture, area: str | None, order: Order, limit: int) -> NDArray[np.int64]:
    """Positions of the first cells. Inside an area are those with a report from its grids."""
    candidates = np.flatnonzero(shown.n > 0)
    if area is not None:
        inside = heat_of(session, shown.view, shown.at, grid_ids=areas.grid_ids_of(session, area))
        candidates = candidates[np.isin(shown.shapes.cells[candidates], inside.cell[inside.n > 0])]
    n, expected = shown.n[candidates], shown.expected[candidates]
    keys = (candidates, -n, -expected) if order is Order.EXPECTED else (candidates, -expected, -n)
    return np.asarray(candidates[np.lexsort(keys)[:limit]], dtype=np.int64)


def _before(session: Session, shown: Picture) -> NDArray[np.int64] | None:
    """Counts of the period before in the picture's order; None when the reports do not go back to its first day."""
    since, _ = shown.view.window_before(shown.at)
    earliest = session.execute(text("SELECT min(received_at) FROM incidents.v_report")).scalar_one()
    if earliest is None or day_of(earliest) > since:
        return None
    frame = heat_of(session, shown.view, shown.at, before=True)
    known = np.isin(frame.cell, shown.shapes.cells)
    return np.asarray(aligned(frame.cell[known], frame.n[known], shown.shapes.cells), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Where:
    """A cell in words."""

    road: str
    village: str
    grid_id: int | None
    grid_name: str


def describe(
    session: Session, cells: Sequence[int] | NDArray[np.int64], at: datetime, *, with_roads: bool = True
) -> list[Where]:
    """The words of each cell: the grid that most of its reports lie in, its village and, at the price of a question
    for each cell, the road or estate near its middle. The cells are of one size."""
    lon, lat = centres(cells)
    found = grids_of(session, cells, at).tolist()
    known = {grid_id: grids.grid(session, grid_id) for grid_id in set(found) if grid_id >= 0}
    out = []
    for x, y, grid_id in zip(lon.tolist(), lat.tolist(), found, strict=True):
        near = addresses.nearest(session, Place(x, y), NEAR_M) if with_roads else None
        own = known.get(grid_id)
        out.append(
            Where(
                road="" if near is None else road_words(near),
                village="" if own is None else own.village_name or "",
                grid_id=None if own is None else own.id,
                grid_name="" if own is None else own.name,
            )
        )
    return out


def grids_of(session: Session, cells: Sequence[int] | NDArray[np.int64], at: datetime) -> NDArray[np.int32]:
    """The grid of each cell: where most reports of the last year lie, else where its middle lies; -1 outside all."""
    wanted = np.asarray(cells, dtype=np.int64)
    if not len(wanted):
        return np.zeros(0, dtype=np.int32)
    lon, lat = centres(wanted)
    found = grids.locate(session, lon, lat, day_of(at))
    rows = session.execute(
        text(f"""
            SELECT h3_{int(resolutions(wanted)[0])} AS cell, mode() WITHIN GROUP (ORDER BY grid_id) AS grid_id
            FROM incidents.v_report
            WHERE h3_{int(resolutions(wanted)[0])} = ANY(:cells) AND received_at > :since AND grid_id IS NOT NULL
            GROUP BY 1
        """),
        {"cells": wanted.tolist(), "since": at - timedelta(days=365)},
    )
    told = {row.cell: row.grid_id for row in rows}
    return np.array([told.get(c, g) for c, g in zip(wanted.tolist(), found.tolist(), strict=True)], dtype=np.int32)


def road_words(near: addresses.AddressRecord) -> str:
    """The estate, else the road of an address, without numbers: a cell is not a house."""
    return str(near.parts.get("estate") or near.parts.get("road") or near.parts.get("lane") or "")
