"""The heat of the database: counts by day made from reports by a job, and read back as numbers with expectations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import jobs
from core.actors import Actor
from core.clock import SHANGHAI, day_of
from grid import cells
from incidents import heat as numbers
from incidents.records import HeatFrame, HotCell

HISTORY_DAYS: Final = 3 * 364
"""How far back the expectation looks: older reports weigh less than an eighth."""
HOT_DAYS: Final = 30
HOUR_DAYS: Final = 91
HOT_RESOLUTION: Final = 9


@jobs.handler("heat.refresh")
def refresh(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Count the named days anew."""
    del actor, at
    refresh_days(session, [date.fromisoformat(day) for day in payload["days"]])


def refresh_days(session: Session, days: Sequence[date]) -> None:
    """Make incidents.heat_day of these days (Asia/Shanghai) equal to the reports; repeats of a matter count once.

    Two refreshes of the same day wait for each other.
    """
    if not days:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('incidents.heat'))"))
    session.execute(text("DELETE FROM incidents.heat_day WHERE day = ANY(:days)"), {"days": list(days)})
    start, end = midnight(min(days)), midnight(max(days) + timedelta(days=1))
    for resolution in cells.RESOLUTIONS:
        session.execute(
            text(f"""
                INSERT INTO incidents.heat_day (resolution, day, h3, category, source, channel, grid_id, n)
                SELECT {int(resolution)}, d.day, h3_{int(resolution)}, category, source, channel, coalesce(grid_id, -1),
                       count(*)
                FROM incidents.report r
                CROSS JOIN LATERAL (SELECT (r.received_at AT TIME ZONE 'Asia/Shanghai')::date AS day) d
                WHERE r.received_at >= :start AND r.received_at < :end AND d.day = ANY(:days)
                  AND r.h3_{int(resolution)} IS NOT NULL AND NOT r.is_repeat
                GROUP BY 2, 3, 4, 5, 6, 7
            """),
            {"days": list(days), "start": start, "end": end},
        )


def heat(
    session: Session,
    *,
    resolution: int,
    since: date,
    until: date,
    categories: Sequence[str] | None = None,
    channels: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    grid_ids: Sequence[int] | None = None,
) -> HeatFrame:
    """Reports from `since` to `until` (both counted, Shanghai days) by cell, and what to expect in the next week.

    The expectation looks at three years before `until` under the same filters.
    """
    asked: dict[str, Any] = {
        "resolution": resolution, "start": until - timedelta(days=HISTORY_DAYS - 1), "until": until,
        "categories": _or_none(categories), "channels": _or_none(channels), "sources": _or_none(sources),
        "grids": None if grid_ids is None else list(grid_ids),
    }  # fmt: skip
    rows = session.execute(
        text(f"""
            SELECT h3, day, sum(n)::bigint AS n FROM incidents.heat_day
            WHERE resolution = :resolution AND day BETWEEN :start AND :until {_FILTERS}
            GROUP BY h3, day
        """),
        asked,
    ).all()
    cell = np.array([row.h3 for row in rows], dtype=np.int64)
    day = np.array([row.day.toordinal() for row in rows], dtype=np.int64)
    n = np.array([row.n for row in rows], dtype=np.int64)
    unplaced = session.execute(
        text(f"""
            SELECT count(*) FROM incidents.v_report
            WHERE h3_{int(resolution)} IS NULL AND NOT is_repeat AND received_at >= :first AND received_at < :last {_FILTERS}
        """),
        {**asked, "first": midnight(since), "last": midnight(until + timedelta(days=1))},
    ).scalar_one()
    return _frame(cell, day, n, since, until, int(unplaced))


def _frame(cell: Any, day: Any, n: Any, since: date, until: date, unplaced: int) -> HeatFrame:
    if not len(cell):
        none = np.zeros(0, dtype=np.int64)
        return HeatFrame(none, none, np.zeros(0), unplaced)
    found, mass = numbers.decayed(cell, (until.toordinal() - day).astype(np.float64), n)
    window = numbers.exposure(min(HISTORY_DAYS, until.toordinal() - int(day.min()) + 1))
    in_period = day >= since.toordinal()
    held, counted = numbers.counts(cell[in_period], n[in_period])
    shown = np.zeros(len(found), dtype=np.int64)
    shown[np.searchsorted(found, held)] = counted
    return HeatFrame(found, shown, numbers.expected(mass, window).mean, unplaced)


def hot_cells(session: Session, *, grid_ids: Sequence[int], at: datetime, limit: int) -> list[HotCell]:
    """The cells of these grids with most to expect, counted from what residents reported, the hottest first."""
    until = day_of(at)
    frame = heat(
        session, resolution=HOT_RESOLUTION, since=until - timedelta(days=HOT_DAYS - 1), until=until,
        sources=["reported"], grid_ids=grid_ids,
    )  # fmt: skip
    best = np.argsort(-frame.expected, kind="stable")[:limit]
    wanted = [int(frame.cell[i]) for i in best]
    told = _told(session, wanted, grid_ids, at)
    found = []
    for i in best:
        cell = int(frame.cell[i])
        grid_id, by_hour, zh, en = told.get(cell, (-1, (0,) * 24, "", ""))
        if grid_id < 0:
            continue
        n = int(frame.n[i])
        found.append(
            HotCell(
                cell, cells.cell_centre(cell), grid_id, n, float(frame.expected[i]), by_hour,
                f"近 {HOT_DAYS} 天 {n} 件，以{zh}为多", f"{n} reports in {HOT_DAYS} days, mostly {en}",
            )
        )  # fmt: skip
    return found


def _told(
    session: Session, wanted: Sequence[int], grid_ids: Sequence[int], at: datetime
) -> Mapping[int, tuple[int, tuple[int, ...], str, str]]:
    """For each cell: the grid most of its reports lie in, reports by hour, its commonest category."""
    rows = session.execute(
        text("""
            SELECT r.h3_9 AS cell, r.grid_id, r.category, c.name_zh, c.name_en,
                   extract(hour FROM r.received_at AT TIME ZONE 'Asia/Shanghai')::int AS hour, count(*) AS n
            FROM incidents.v_report r JOIN incidents.category c ON c.code = r.category
            WHERE r.h3_9 = ANY(:cells) AND r.grid_id = ANY(:grids) AND r.source = 'reported' AND NOT r.is_repeat
              AND r.received_at >= :since AND r.received_at <= :at
            GROUP BY 1, 2, 3, 4, 5, 6
        """),
        {"cells": list(wanted), "grids": list(grid_ids), "since": at - timedelta(days=HOUR_DAYS), "at": at},
    ).all()
    by_cell: dict[int, list[Any]] = {}
    for row in rows:
        by_cell.setdefault(row.cell, []).append(row)
    told = {}
    for cell, held in by_cell.items():
        hours, grids, names = [0] * 24, dict[int, int](), dict[tuple[str, str], int]()
        for row in held:
            hours[row.hour] += row.n
            grids[row.grid_id] = grids.get(row.grid_id, 0) + row.n
            names[row.name_zh, row.name_en] = names.get((row.name_zh, row.name_en), 0) + row.n
        zh, en = max(names, key=lambda name: names[name])
        told[cell] = (max(grids, key=lambda g: grids[g]), tuple(hours), zh, en)
    return told


def midnight(day: date) -> datetime:
    """The beginning of a Shanghai day."""
    return datetime.combine(day, time(0), SHANGHAI)


def _or_none(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]


_FILTERS: Final = """
    AND (cast(:categories AS text[]) IS NULL OR category = ANY(:categories))
    AND (cast(:channels AS text[]) IS NULL OR channel = ANY(:channels))
    AND (cast(:sources AS text[]) IS NULL OR source = ANY(:sources))
    AND (cast(:grids AS int[]) IS NULL OR grid_id = ANY(:grids))
"""
