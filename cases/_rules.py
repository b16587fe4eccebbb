"""The clock rules and the working-day calendar, read once a transaction."""

from collections.abc import Iterable, Mapping
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
            r.code, Stage(r.stage), r.zh, r.en, r.amount, Unit(r.unit),
            frozenset(Verb(v) for v in r.starts_on), frozenset(Verb(v) for v in r.stops_on), r.rank, r.origin, r.category, r.channel, r.urgency, r.place,
            r.valid_from, r.valid_to,
        )
        for r in rows
    ]  # fmt: skip


def urban_grids(session: Session, grid_ids: Iterable[int | None]) -> frozenset[int]:
    """Which of these grids lie in the main urban area: those of a street office (001-099 in the town's code)."""
    asked = sorted({grid_id for grid_id in grid_ids if grid_id is not None})
    if not asked:
        return frozenset()
    rows = session.execute(
        text("SELECT id FROM grid.v_grid WHERE id = ANY(:ids) AND substr(town_code, 7, 3) BETWEEN '001' AND '099'"),
        {"ids": asked},
    )
    return frozenset(row.id for row in rows)


def desks(session: Session) -> Mapping[str, str]:
    """The desk that receives from each channel, by the channel's code."""
    rows = session.execute(text("SELECT code, desk_unit FROM incidents.v_channel"))
    return {row.code: row.desk_unit for row in rows}


def category_names(session: Session) -> Mapping[str, tuple[str, str]]:
    """The names of the categories in both languages, by code."""
    rows = session.execute(text("SELECT code, name_zh, name_en FROM incidents.v_category"))
    return {row.code: (row.name_zh, row.name_en) for row in rows}
