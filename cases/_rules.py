"""The clock rules and the working-day calendar, read once a transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.clocks import ClockRule, Stage, Unit
from cases.workflow import Verb
from core import workdays
from core.workdays import Calendar


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The county's calendar as clocks want it: instants in, instants out."""

    calendar: Calendar

    def add_working_days(self, start: datetime, n: int) -> datetime:
        """The end of the n-th working day after the instant's day."""
        return self.calendar.due_after_days(start, n)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The instant after so many office hours."""
        return self.calendar.add_working_hours(start, hours)


def working_time(session: Session) -> WorkingTime:
    """The calendar of the database."""
    return WorkingTime(workdays.calendar(session))


def clock_rules(session: Session) -> list[ClockRule]:
    """All rules, whatever their dates; `clocks.starting` chooses."""
    rows = session.execute(
        text("""
            SELECT code, stage, zh, en, amount, unit, starts_on, stops_on, rank, origin, category, channel, urgency, place,
                   valid_from, valid_to FROM cases.clock_rule ORDER BY code
        """)
    )
    return [
        ClockRule(
            r.code, Stage(r.stage), r.zh, r.en, r.amount, Unit(r.unit), Verb(r.starts_on),
            frozenset(Verb(v) for v in r.stops_on), r.rank, r.origin, r.category, r.channel, r.urgency, r.place,
            r.valid_from, r.valid_to,
        )
        for r in rows
    ]  # fmt: skip
