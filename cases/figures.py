"""The counters over a list of cases."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.workflow import OPEN_STATUSES
from core.clock import SHANGHAI, day_of


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases are open; of them late or soon due; opened and closed since midnight in Shanghai."""

    open: int
    late: int
    soon: int
    opened_today: int
    closed_today: int


def figures(session: Session, *, at: datetime) -> Figures:
    """The counters at an instant, of the cases that this session may read."""
    row = session.execute(
        _FIGURES,
        {
            "at": at,
            "midnight": datetime.combine(day_of(at), time(), SHANGHAI),
            "open": [status.value for status in OPEN_STATUSES],
        },
    ).one()
    return Figures(row.open, row.late, row.soon, row.opened_today, row.closed_today)


_FIGURES: Final = text("""
    SELECT (SELECT count(*) FROM cases."case" WHERE status = ANY(:open)) AS open,
           (SELECT count(*) FROM cases."case" WHERE due_at <= :at) AS late,
           (SELECT count(*) FROM cases."case" WHERE due_at > :at AND soon_at <= :at) AS soon,
           (SELECT count(*) FROM cases."case" WHERE opened_at >= :midnight) AS opened_today,
           (SELECT count(*) FROM cases."case" WHERE closed_at >= :midnight) AS closed_today
""")
