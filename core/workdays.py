"""Working time by the State Council's calendar, with holidays and in-lieu working days (调休).

The calendar is a table that an administrator may edit, seeded from chinesecalendar. The year after the last announced
one is seeded too, as `assumed` (Monday to Friday, without New Year's Day): clocks must not stop in December, and
`known_until` says from where on days are assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.clock import SHANGHAI, aware
from core.errors import Refused
from core.models import WorkingDayRow

ANNOUNCED = "chinesecalendar"
ASSUMED = "assumed"
FIRST_SEEDED_YEAR = 2024
LAST_ANNOUNCED_YEAR = max(day.year for day in chinese_calendar.holidays)
FRIDAY = 4

WORK_HOURS: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(14), time(18)))
"""Office hours of 工作时 clocks: ours; a district with other hours hands its own to Calendar."""


class CalendarUnknown(Refused):
    """Nobody knows yet whether that day is worked."""

    def __init__(self, day: date) -> None:
        super().__init__(
            zh=f"{day} 是否工作日尚未公布，请在工作日历中补充该年",
            en=f"whether {day} is a working day is not known yet; add that year to the working-day calendar",
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Pure: days with yes or no, the last day that is announced rather than assumed, and the office hours."""

    days: Mapping[date, bool]
    known_until: date | None = None
    hours: tuple[tuple[time, time], ...] = WORK_HOURS

    def is_working(self, day: date) -> bool:
        """Whether this day is worked. Raises CalendarUnknown outside the calendar."""
        try:
            return self.days[day]
        except KeyError as exc:
            raise CalendarUnknown(day) from exc

    def add_working_days(self, start: date, n: int) -> date:
        """The n-th working day after `start` (which itself never counts). n >= 0; 0 gives `start`."""
        day, left = start, n
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working(day)
        return day

    def due_after_days(self, start: datetime, n: int) -> datetime:
        """The end (24:00, Shanghai) of the n-th working day after the instant's day, as an instant."""
        last = self.add_working_days(aware(start).astimezone(SHANGHAI).date(), n)
        return datetime.combine(last + timedelta(days=1), time(0), SHANGHAI).astimezone(start.tzinfo)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The instant after so many office hours; time outside them does not count."""
        at, left = aware(start).astimezone(SHANGHAI), timedelta(hours=hours)
        while True:
            if self.is_working(at.date()):
                for opens, closes in self.hours:
                    begin = max(at, datetime.combine(at.date(), opens, SHANGHAI))
                    end = datetime.combine(at.date(), closes, SHANGHAI)
                    if begin < end:
                        if left <= end - begin:
                            return (begin + left).astimezone(start.tzinfo)
                        left -= end - begin
            at = datetime.combine(at.date() + timedelta(days=1), time(0), SHANGHAI)


def announced(year: int) -> dict[date, bool]:
    """Every day of a year that chinesecalendar knows."""
    day, found = date(year, 1, 1), {}
    while day.year == year:
        found[day] = bool(chinese_calendar.is_workday(day))
        day += timedelta(days=1)
    return found


def assumed(year: int) -> dict[date, bool]:
    """Every day of a year nobody has announced: Monday to Friday, without New Year's Day."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return {day: day.weekday() <= FRIDAY and (day.month, day.day) != (1, 1) for day in days if day.year == year}


def seed(session: Session) -> int:
    """Fill core.working_day with the shipped years; rows that are there are kept, editors' rows too.

    Assumed rows are replaced once their year is announced. Returns the number of rows written.
    """
    rows = [
        {"day": day, "is_working": works, "source": ANNOUNCED}
        for year in range(FIRST_SEEDED_YEAR, LAST_ANNOUNCED_YEAR + 1)
        for day, works in announced(year).items()
    ]
    rows += [
        {"day": day, "is_working": works, "source": ASSUMED} for day, works in assumed(LAST_ANNOUNCED_YEAR + 1).items()
    ]
    words = insert(WorkingDayRow).values(rows)
    words = words.on_conflict_do_update(
        index_elements=["day"],
        set_={"is_working": words.excluded.is_working, "source": words.excluded.source},
        where=(WorkingDayRow.source == ASSUMED) & (words.excluded.source == ANNOUNCED),
    )
    return len(session.execute(words.returning(WorkingDayRow.day)).all())


def calendar(session: Session) -> Calendar:
    """The calendar of this installation."""
    rows = session.execute(select(WorkingDayRow.day, WorkingDayRow.is_working, WorkingDayRow.source)).all()
    known = [row.day for row in rows if row.source != ASSUMED]
    return Calendar({row.day: row.is_working for row in rows}, max(known, default=None))
