"""What a team's ground needs on a day, asked of the rooms below: open cases, hot cells, time since the last visit.

The one seam to `incidents` and `cases`: what they hand out becomes `plan.Must`, `plan.Spot` and `plan.Ground` here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cases import service as cases
from core.clock import SHANGHAI
from core.coords import Place
from grid import cells as h3
from incidents import service as incidents
from patrol.models import Task, Visit
from patrol.plan import WINDOW_MINUTES, WINDOWS, Ground, Must, Reason, Spot

HOT_CELLS = 60
"""Hot cells asked for: about three times what a day's route can hold."""

RESOLUTION = 9
"""Cells of about 0.1 km²: what one stop of a quarter of an hour can look after."""

LEAST_EXPECTED = 0.5
"""Reports a week below which a cell is no reason for a visit, unless one came in the last 30 days."""

SMOOTHING = 0.5
"""Added to each two-hour window's count, so that few reports do not make an hour look certain."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that may be visited, and what has a task on that day already."""

    musts: tuple[Must, ...]
    spots: tuple[Spot, ...]
    grounds: tuple[Ground, ...]
    tasked_cases: frozenset[UUID]
    tasked_cells: frozenset[int]


def gather(session: Session, grid_ids: Collection[int], on: date, at: datetime) -> Needs:
    """The needs of some grids for a day, as they are known at `at`."""
    wanted = sorted(grid_ids)
    by_cell, by_grid = _last_visits(session, wanted)
    tasked = session.execute(select(Task.case_id, Task.grid_id).where(Task.on_date == on, Task.status != "done")).all()
    cells = session.scalars(_TASKED_CELLS, {"on": on}).all()
    return Needs(
        musts=_musts(session, wanted, on),
        spots=_spots(session, wanted, at, by_cell),
        grounds=_grounds(session, wanted, at, by_grid),
        tasked_cases=frozenset(row.case_id for row in tasked if row.case_id is not None),
        tasked_cells=frozenset(cells),
    )


_TASKED_CELLS = text("""
    select distinct s.cell from patrol.task t join patrol.stop s on s.id = t.stop_id
     where t.on_date = :on and s.cell is not null""")


def _musts(session: Session, grid_ids: Sequence[int], on: date) -> tuple[Must, ...]:
    found = [c for c in cases.open_cases_in(session, grid_ids=grid_ids) if c.needs_visit and c.grid_id is not None]
    places = _places(session, [c.code for c in found if c.code is not None])
    return tuple(
        Must(
            case_id=c.id,
            title=Reason(f"{c.category_zh} · {c.place_words}", f"{c.category_en} · {c.place_words}"),
            grid_id=c.grid_id if c.grid_id is not None else -1,
            place=places.get(c.code or "") or (h3.cell_centre(c.h3_9) if c.h3_9 is not None else None),
            cell=c.h3_9,
            code=c.code,
            due=_minutes(c.due_at, on) if c.due_at is not None else None,
            case_number=c.number,
            due_words=_due_words(c.number, c.due_at, on),
        )
        for c in found
    )


def _due_words(number: str, due_at: datetime | None, on: date) -> Reason:
    if due_at is None:
        return Reason(f"案件 {number} 未办结", f"case {number} is open")
    local = due_at.astimezone(SHANGHAI)
    if local.date() < on:
        return Reason(
            f"案件 {number} 已超时（{local:%m-%d %H:%M} 到期）", f"case {number} is overdue since {local:%d %b %H:%M}"
        )
    return Reason(f"案件 {number} 须于 {local:%m-%d %H:%M} 前处置", f"case {number} is due {local:%d %b %H:%M}")


def _minutes(moment: datetime, on: date) -> float:
    midnight = datetime(on.year, on.month, on.day, tzinfo=SHANGHAI)
    return (moment - midnight) / timedelta(minutes=1)


def _places(session: Session, codes: Sequence[str]) -> Mapping[str, Place]:
    if not codes:
        return {}
    rows = session.execute(
        text("select code, lon, lat from address.v_place where code = any(:codes) and lon is not null"),
        {"codes": list(set(codes))},
    )
    return {row.code: Place(row.lon, row.lat) for row in rows}


def _spots(
    session: Session, grid_ids: Sequence[int], at: datetime, by_cell: Mapping[int, datetime]
) -> tuple[Spot, ...]:
    hot = incidents.hot_cells(session, grid_ids=grid_ids, at=at, limit=HOT_CELLS)
    return tuple(
        Spot(
            cell=h.cell,
            grid_id=h.grid_id,
            place=h.place,
            n=h.n,
            expected=h.expected,
            title=Reason(h.title_zh, h.title_en),
            by_window=shares(h.by_hour),
            days_since=_days(by_cell.get(h.cell), at),
        )
        for h in hot
        if h.n > 0 or h.expected >= LEAST_EXPECTED
    )


def shares(by_hour: Sequence[int]) -> tuple[float, ...]:
    """Counts of 24 hours as shares of the day's two-hour windows, smoothed."""
    hours = WINDOW_MINUTES // 60
    counts = np.asarray(by_hour, float).reshape(WINDOWS, hours).sum(axis=1) + SMOOTHING
    return tuple(float(x) for x in counts / counts.sum())


def _grounds(
    session: Session, grid_ids: Sequence[int], at: datetime, by_grid: Mapping[int, datetime]
) -> tuple[Ground, ...]:
    rows = session.execute(
        text("select id, name, lon, lat from grid.v_grid where id = any(:ids) and lon is not null order by id"),
        {"ids": list(grid_ids)},
    )
    return tuple(Ground(r.id, r.name, Place(r.lon, r.lat), _days(by_grid.get(r.id), at)) for r in rows)


def _last_visits(session: Session, grid_ids: Sequence[int]) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """The last visit by cell and by grid."""
    rows = session.execute(
        select(Visit.grid_id, Visit.cell, func.max(Visit.at).label("at"))
        .where(Visit.grid_id.in_(grid_ids))
        .group_by(Visit.grid_id, Visit.cell)
    ).all()
    by_cell: dict[int, datetime] = {}
    by_grid: dict[int, datetime] = {}
    for row in rows:
        by_grid[row.grid_id] = max(row.at, by_grid.get(row.grid_id, row.at))
        if row.cell is not None:
            by_cell[row.cell] = max(row.at, by_cell.get(row.cell, row.at))
    return by_cell, by_grid


def _days(last: datetime | None, at: datetime) -> float | None:
    return None if last is None else max((at - last) / timedelta(days=1), 0.0)
