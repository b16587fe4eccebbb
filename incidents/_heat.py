"""The heat of the database: read back as numbers with expectations. `_refresh` makes what is read here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import day_of
from grid import cells
from incidents import heat as numbers
from incidents._refresh import midnight
from incidents.records import HeatFrame, HotCell

HISTORY_DAYS: Final = 3 * 364
"""How far back the expectation looks: older reports weigh less than an eighth."""
HOT_DAYS: Final = 30
HOUR_DAYS: Final = 91
HOT_RESOLUTION: Final = 9


@dataclass(frozen=True, slots=True)
class _Held:
    """One entry for each cell and category: reports in the window, decayed reports, the category's rank."""

    cell: NDArray[np.int64]
    n: NDArray[np.int64]
    mass: NDArray[np.float64]
    category: NDArray[np.int64]
    withheld: int
    first: date


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

    The expectation looks at three years before `until` under the same filters, each category shrunk by itself.
    Sensitive categories are left out and counted in `withheld`.
    """
    asked: dict[str, Any] = {
        "resolution": resolution, "since": since, "until": until, "start": until - timedelta(days=HISTORY_DAYS - 1),
        "categories": _or_none(categories), "channels": _or_none(channels), "sources": _or_none(sources),
        "grids": None if grid_ids is None else list(grid_ids),
    }  # fmt: skip
    held = _held(session, asked)
    days = min(HISTORY_DAYS, (until - held.first).days + 1)
    return _frame(held, max(days, 1), _unplaced(session, asked))


def _held(session: Session, asked: Mapping[str, Any]) -> _Held:
    row = session.execute(_HELD, {**asked, "half": numbers.HALF_LIFE_DAYS}).one()
    return _Held(
        cell=np.array(row.cell or [], dtype=np.int64),
        n=np.array(row.n or [], dtype=np.int64),
        mass=np.array(row.mass or [], dtype=np.float64),
        category=np.array(row.category or [], dtype=np.int64),
        withheld=int(row.withheld or 0),
        first=row.first or asked["until"],
    )


def _frame(held: _Held, days: int, unplaced: int) -> HeatFrame:
    found, where = np.unique(held.cell, return_inverse=True)
    window = numbers.exposure(days)
    mean, variance = np.zeros(len(found)), np.zeros(len(found))
    for category in np.unique(held.category):
        of_it = held.category == category
        told = numbers.expected(held.mass[of_it], window, cells_at_risk=len(found))
        mean[where[of_it]] += told.mean
        variance[where[of_it]] += told.sd**2
    n = np.bincount(where, weights=held.n, minlength=len(found)).astype(np.int64)
    return HeatFrame(found, n, mean, np.sqrt(variance), unplaced, held.withheld)


def _unplaced(session: Session, asked: Mapping[str, Any]) -> int:
    """Reports of the window without a cell of this size; none of them is a repeat of a matter."""
    values = {**asked, "first": midnight(asked["since"]), "last": midnight(asked["until"] + timedelta(days=1))}
    counted = session.execute(
        text(f"""
            SELECT count(*) FROM incidents.report r
            WHERE r.h3_9 IS NULL AND r.h3_{int(asked["resolution"])} IS NULL AND NOT r.is_repeat
              AND r.received_at >= :first AND r.received_at < :last {_FILTERS}
        """),
        values,
    ).scalar_one()
    return int(counted)


def hot_cells(session: Session, *, grid_ids: Sequence[int], at: datetime, limit: int) -> list[HotCell]:
    """The cells of these grids with most to expect, counted from what residents reported, the hottest first."""
    until = day_of(at)
    frame = heat(
        session, resolution=HOT_RESOLUTION, since=until - timedelta(days=HOT_DAYS - 1), until=until,
        sources=["reported"], grid_ids=grid_ids,
    )  # fmt: skip
    best = np.argsort(-frame.expected, kind="stable")[:limit]
    told = _told(session, frame.cell[best].tolist(), grid_ids, at)
    found = []
    for i in best.tolist():
        cell = int(frame.cell[i])
        if cell not in told:
            continue
        grid_id, by_hour, (zh, en) = told[cell]
        n, expected, sd = int(frame.n[i]), float(frame.expected[i]), float(frame.sd[i])
        found.append(
            HotCell(
                cell, cells.cell_centre(cell), grid_id, n, expected, by_hour,
                f"近 {HOT_DAYS} 天 {n} 件，以{zh}为多；未来 7 天预计 {expected:.1f}±{sd:.1f} 件",
                f"{n} reports in {HOT_DAYS} days, mostly {en}; {expected:.1f}±{sd:.1f} expected in 7 days",
            )
        )  # fmt: skip
    return found


def _told(
    session: Session, wanted: Sequence[int], grid_ids: Sequence[int], at: datetime
) -> Mapping[int, tuple[int, tuple[int, ...], tuple[str, str]]]:
    """For each cell: the grid most of its reports lie in, reports by hour, its commonest category."""
    rows = session.execute(
        _TOLD, {"cells": list(wanted), "grids": list(grid_ids), "since": at - timedelta(days=HOUR_DAYS), "at": at}
    ).all()
    hours: dict[int, Counter[int]] = {}
    grids: dict[int, Counter[int]] = {}
    names: dict[int, Counter[tuple[str, str]]] = {}
    for row in rows:
        hours.setdefault(row.cell, Counter())[row.hour] += row.n
        grids.setdefault(row.cell, Counter())[row.grid_id] += row.n
        names.setdefault(row.cell, Counter())[row.name_zh, row.name_en] += row.n
    return {
        cell: (
            grids[cell].most_common(1)[0][0],
            tuple(hours[cell][hour] for hour in range(24)),
            names[cell].most_common(1)[0][0],
        )
        for cell in hours
    }


_TOLD: Final = text("""
    SELECT r.h3_9 AS cell, r.grid_id, c.name_zh, c.name_en,
           extract(hour FROM r.received_at AT TIME ZONE 'Asia/Shanghai')::int AS hour, count(*) AS n
    FROM incidents.report r JOIN incidents.category c ON c.code = r.category AND NOT c.is_sensitive
    WHERE r.h3_9 = ANY(:cells) AND r.grid_id = ANY(:grids) AND r.source = 'reported' AND NOT r.is_repeat
      AND r.received_at >= :since AND r.received_at <= :at
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
""")

_FILTERS: Final = """
    AND (cast(:categories AS text[]) IS NULL OR r.category = ANY(:categories))
    AND (cast(:channels AS text[]) IS NULL OR r.channel = ANY(:channels))
    AND (cast(:sources AS text[]) IS NULL OR r.source = ANY(:sources))
    AND (cast(:grids AS int[]) IS NULL OR r.grid_id = ANY(:grids))
"""

_HELD: Final = text(f"""
    SELECT array_agg(h3) FILTER (WHERE NOT is_sensitive) AS cell, array_agg(n) FILTER (WHERE NOT is_sensitive) AS n,
           array_agg(mass) FILTER (WHERE NOT is_sensitive) AS mass,
           array_agg(rank) FILTER (WHERE NOT is_sensitive) AS category,
           sum(n) FILTER (WHERE is_sensitive) AS withheld,
           (SELECT min(day) FROM incidents.heat_day WHERE resolution = :resolution) AS first
    FROM (
        SELECT r.h3, k.rank, k.is_sensitive, coalesce(sum(r.n) FILTER (WHERE r.day >= :since), 0)::int AS n,
               sum(r.n * exp(-ln(2.0::float8) * (cast(:until AS date) - r.day) / :half)) AS mass
        FROM incidents.heat_day r JOIN incidents.category k ON k.code = r.category
        WHERE r.resolution = :resolution AND r.day BETWEEN :start AND :until {_FILTERS}
        GROUP BY r.h3, k.rank, k.is_sensitive
    ) held
""")
"""Arrays instead of rows: a year of a district is tens of thousands of pairs, and rows cost more than the counting."""


def _or_none(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else [str(value) for value in values]
