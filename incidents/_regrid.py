"""Reports follow the grid of the ground they lie on. Behind the door: call `incidents.service.move_grids`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_rows
from grid import service as grid
from grid.records import Redrawn
from incidents._refresh import recount_grids
from incidents.kinds import CELL_PRECISION_M

Moved = list[tuple[UUID, int | None]]
"""Reports and their grid of today."""


def move_grids(session: Session, ground: Redrawn | None, *, actor: Actor, at: datetime) -> Moved:
    """After grids were redrawn: give the reports on the ground that changed their grid of today; the heat follows.

    `ground` None looks at every report. Where a report lies does not change, so its grid on any other day can still be
    told: see `grids_on`. Writes one audit row when something moved.
    """
    if ground is not None and ground.box is None:
        return []
    rows = session.execute(text(_NEAR if ground else _ALL), _values(ground)).all()
    lon, lat = (np.array([row[place] for row in rows], dtype=np.float64) for place in (2, 3))
    if ground is None:
        found = grid.locate(session, lon, lat, day_of(at))
    else:
        found = grid.locate_among(session, ground.near_ids, lon, lat)
    moved = [
        (row[0], row[1], row[4], int(new) if new >= 0 else None)
        for row, new in zip(rows, found.tolist(), strict=True)
        if new != (-1 if row[4] is None else row[4])
    ]
    if not moved:
        return []
    session.execute(
        text("CREATE TEMP TABLE report_regrid (id uuid, received_at timestamptz, grid_id int) ON COMMIT DROP")
    )
    copy_rows(session, "report_regrid", ("id", "received_at", "grid_id"), [(one[0], one[1], one[3]) for one in moved])
    session.execute(text("ANALYZE report_regrid"))
    session.execute(_MOVE)
    session.execute(text("DROP TABLE report_regrid"))
    days = sorted({day_of(one[1]) for one in moved})
    recount_grids(session, days, {before for _, _, before, _ in moved} | {after for _, _, _, after in moved})
    record(session, actor, "incidents.grids_relinked", "incidents.report", "", at, {"moved": len(moved)})
    return [(one[0], one[3]) for one in moved]


def grids_on(
    session: Session, since: datetime, until: datetime, categories: Sequence[str] | None = None
) -> NDArray[np.int32]:
    """For every placed report of a time: the grid it lay in on the day it was received, by the boundaries of that day.

    Figures of the past made from this do not change when grids are redrawn later.
    """
    rows = session.execute(
        text(f"""
            SELECT lon, lat, (received_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM incidents.report
            WHERE {PLACED} AND received_at >= :since AND received_at < :until
              AND (cast(:categories AS text[]) IS NULL OR category = ANY(:categories))
            ORDER BY day
        """),
        {"since": since, "until": until, "categories": categories, "fine": CELL_PRECISION_M[10]},
    ).all()
    found = np.full(len(rows), -1, dtype=np.int32)
    days = np.array([row.day.toordinal() for row in rows])
    lon, lat = (np.array([row[place] for row in rows], dtype=np.float64) for place in (0, 1))
    for day in np.unique(days):
        here = days == day
        found[here] = grid.locate(session, lon[here], lat[here], rows[int(np.argmax(here))].day)
    return found


def _values(ground: Redrawn | None) -> dict[str, object]:
    if ground is None or ground.box is None:
        return {"fine": CELL_PRECISION_M[10]}
    west, south, east, north = ground.box
    edges = {"west": west, "south": south, "east": east, "north": north}
    return edges | {"ids": list(ground.near_ids), "is_wider": ground.is_wider, "fine": CELL_PRECISION_M[10]}


PLACED: Final = "lon IS NOT NULL AND lat IS NOT NULL AND (grid_id IS NOT NULL OR precision_m <= :fine)"
_ALL: Final = f"SELECT id, received_at, lon, lat, grid_id FROM incidents.report WHERE {PLACED}"
_NEAR: Final = (
    _ALL
    + """
    AND (grid_id = ANY(:ids) OR (:is_wider AND grid_id IS NULL))
    AND lon BETWEEN :west AND :east AND lat BETWEEN :south AND :north
"""
)
_MOVE: Final = text("""
    UPDATE incidents.report r SET grid_id = m.grid_id FROM report_regrid m
    WHERE r.id = m.id AND r.received_at = m.received_at
""")
