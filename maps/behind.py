"""What lies behind the colours: the reports of a cell and their cases, the unplaced ones, and the day's counters.

Reads the published views of the rooms below. Words of reports are masked before they ever come there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.clock import SHANGHAI, day_of
from maps.view import View

WEEKS: Final = 26
"""Half a year of weeks in the small line of a cell."""

LISTED: Final = 60
"""Reports handed to the page for one cell; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report with its case, as a line of a list. `place` is the place in the words of the report, masked."""

    id: UUID
    received_at: datetime
    channel: str
    category: str
    words: str
    place: str
    precision: str
    placed_why: str
    case_id: UUID | None
    case_number: str | None
    case_status: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Behind:
    """The reports of one cell: counts by category of the period, counts of the last `WEEKS` weeks (the oldest first,
    the last one ends today), and the newest reports of the period."""

    by_category: Mapping[str, int]
    weeks: tuple[int, ...]
    reports: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class Counters:
    """Reports received today, open cases past their time, and when the newest report was taken in."""

    today: int
    overdue: int
    newest_at: datetime | None


_LINES: Final = """
    SELECT r.id, r.received_at, r.channel, r.category, r.words, r.location_words, r.precision, r.placed_why,
           c.id AS case_id, c.number, c.status, c.due_at
    FROM incidents.v_report r LEFT JOIN cases.v_case c ON c.report_id = r.id
"""


def behind(session: Session, cell: int, view: View, *, at: datetime) -> Behind:
    """What lies behind a cell in a view. For those who may read the cases; row security narrows it further."""
    since, _ = view.window(at)
    values = _values(view, at)
    start = min(since, day_of(at) - timedelta(days=7 * WEEKS - 1))
    rows = session.execute(
        text(f"""
            SELECT r.received_at, r.category FROM incidents.v_report r
            WHERE r.h3_{view.resolution} = :cell AND NOT r.is_repeat AND r.received_at >= :start
              AND r.received_at <= :at {_filters(view)}
        """),
        {**values, "cell": cell, "start": midnight(start)},
    ).all()
    lines = session.execute(
        text(f"""
            {_LINES} WHERE r.h3_{view.resolution} = :cell AND r.received_at >= :since AND r.received_at <= :at
            {_filters(view)} ORDER BY r.received_at DESC LIMIT {LISTED}
        """),
        {**values, "cell": cell},
    ).all()
    return Behind(
        by_category=dict(Counter(row.category for row in rows if row.received_at >= values["since"]).most_common()),
        weeks=by_week([row.received_at for row in rows], at),
        reports=tuple(_line(row) for row in lines),
    )


def unplaced(session: Session, view: View, *, at: datetime, limit: int = LISTED) -> tuple[ReportLine, ...]:
    """The newest reports of a view that are known too vaguely for a cell of its size."""
    rows = session.execute(
        text(f"""
            {_LINES} WHERE r.h3_{view.resolution} IS NULL AND r.received_at >= :since AND r.received_at <= :at
            {_filters(view)} ORDER BY r.received_at DESC LIMIT :limit
        """),
        {**_values(view, at), "limit": limit},
    ).all()
    return tuple(_line(row) for row in rows)


def counters(session: Session, *, at: datetime) -> Counters:
    """The figures at the top of the page."""
    row = session.execute(
        text("""
            SELECT (SELECT count(*) FROM incidents.v_report
                    WHERE received_at >= :midnight AND received_at <= :at) AS today,
                   (SELECT count(*) FROM cases.v_case WHERE due_at < :at) AS overdue,
                   (SELECT max(received_at) FROM incidents.v_report WHERE received_at <= :at) AS newest_at
        """),
        {"midnight": midnight(day_of(at)), "at": at},
    ).one()
    return Counters(row.today, row.overdue, row.newest_at)


def by_week(moments: Sequence[datetime], at: datetime) -> tuple[int, ...]:
    """How many fall into each of the last `WEEKS` weeks of days; the last week ends with the day of `at`."""
    today = day_of(at)
    ages = np.array([(today - day_of(moment)).days // 7 for moment in moments], dtype=np.int64)
    ages = ages[(ages >= 0) & (ages < WEEKS)]
    return tuple(np.bincount(ages, minlength=WEEKS)[::-1].tolist())


def midnight(day: date) -> datetime:
    """The first instant of a Shanghai day."""
    return datetime.combine(day, time(), SHANGHAI)


def _filters(view: View) -> str:
    """The view's filters as SQL; the values come from `_values`."""
    parts = []
    if view.category is not None:
        parts.append("AND r.category = :category")
    if view.channel is not None:
        parts.append("AND r.channel = :channel")
    if view.reported_only:
        parts.append("AND r.source = 'reported'")
    return " ".join(parts)


def _values(view: View, at: datetime) -> dict[str, Any]:
    since, _ = view.window(at)
    return {"since": midnight(since), "at": at, "category": view.category, "channel": view.channel}


def _line(row: Row[Any]) -> ReportLine:
    return ReportLine(
        row.id, row.received_at, row.channel, row.category, row.words, row.location_words, row.precision,
        row.placed_why, row.case_id, row.number, row.status, row.due_at,
    )  # fmt: skip
