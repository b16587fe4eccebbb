"""Working time: the three checks of the standards, in-lieu days, office hours, and what nobody knows yet."""

from datetime import date, datetime

import pytest

from core.clock import SHANGHAI
from core.workdays import Calendar, CalendarUnknown, announced, assumed

CALENDAR = Calendar({**announced(2026), **assumed(2027)}, known_until=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 10), 1, date(2026, 10, 12)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
    ],
)
def test_working_days(start: date, n: int, due: date) -> None:
    assert CALENDAR.add_working_days(start, n) == due


def test_an_in_lieu_saturday_is_worked() -> None:
    assert CALENDAR.is_working(date(2026, 10, 10))
    assert not CALENDAR.is_working(date(2026, 10, 11))


def test_a_deadline_in_days_is_the_end_of_the_day_in_shanghai() -> None:
    due = CALENDAR.due_after_days(datetime(2026, 9, 30, 15, tzinfo=SHANGHAI), 1)
    assert due == datetime(2026, 10, 9, 0, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ((2026, 3, 2, 10, 0), 1, (2026, 3, 2, 11, 0)),
        ((2026, 3, 2, 11, 30), 1, (2026, 3, 2, 14, 30)),
        ((2026, 3, 2, 17, 0), 4, (2026, 3, 3, 12, 0)),
        ((2026, 9, 30, 17, 30), 1, (2026, 10, 8, 9, 30)),
        ((2026, 3, 7, 3, 0), 5, (2026, 3, 9, 16, 0)),
    ],
)
def test_working_hours(start: tuple[int, ...], hours: float, due: tuple[int, ...]) -> None:
    begin = datetime(*start, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]
    assert CALENDAR.add_working_hours(begin, hours) == datetime(*due, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]


def test_beyond_the_calendar_is_an_error_and_no_guess() -> None:
    with pytest.raises(CalendarUnknown, match="2028-01-01"):
        CALENDAR.add_working_days(date(2027, 12, 31), 1)


def test_december_reaches_into_the_assumed_year() -> None:
    assert CALENDAR.add_working_days(date(2026, 12, 30), 2) == date(2027, 1, 4)
    assert CALENDAR.known_until == date(2026, 12, 31)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        CALENDAR.due_after_days(datetime(2026, 3, 2), 1)  # noqa: DTZ001 - that is the point
