"""Clocks: which one runs, when it is due by the calendar, and how near that is."""

from datetime import date, datetime, timedelta

import pytest

from cases._rules import WorkingTime
from cases.clocks import ClockRule, Due, Stage, Subject, Unit, due_at, shipped_rules, soon_at, standing, starting
from cases.workflow import END_STATUSES, MOVES, Verb
from core.clock import SHANGHAI
from core.workdays import Calendar, announced, assumed
from incidents.classify import shipped_rules as shipped_words
from incidents.kinds import Urgency

CALENDAR = WorkingTime(Calendar({**announced(2026), **assumed(2027)}, known_until=date(2026, 12, 31)))
TODAY = date(2026, 3, 2)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


def subject(
    category: str = "noise", urgency: str = "ordinary", channel: str = "12345", is_urban: bool = False
) -> Subject:
    return Subject(category, channel, urgency, is_urban)


def dues(verb: Verb, of: Subject, start: datetime = MONDAY) -> dict[Stage, tuple[str, datetime]]:
    rules = starting(shipped_rules(), verb, of, start.date())
    return {rule.stage: (rule.code, due_at(rule, start, CALENDAR)) for rule in rules}


def rule(amount: int, unit: Unit) -> ClockRule:
    return ClockRule(
        "x", Stage.CLOSE, "x", "x", amount, unit, frozenset({Verb.OPEN}), frozenset({Verb.CLOSE}), 0, "ours"
    )


def minutes(n: int) -> datetime:
    return MONDAY + timedelta(minutes=n)


def test_one_two_three() -> None:
    danger = subject(urgency="danger")
    assert dues(Verb.ASSIGN, danger)[Stage.SIGN] == ("sign.alarm", minutes(1))
    assert dues(Verb.SIGN, danger)[Stage.CONTACT] == ("contact.alarm", minutes(2))
    assert dues(Verb.OPEN, danger)[Stage.ORDER] == ("order.alarm", minutes(3))


def test_ten_thirty() -> None:
    assert dues(Verb.ASSIGN, subject(urgency="danger", is_urban=True))[Stage.ARRIVE] == ("arrive.urban", minutes(10))
    assert dues(Verb.ASSIGN, subject(urgency="danger"))[Stage.ARRIVE] == ("arrive.district", minutes(30))
    assert Stage.ARRIVE not in dues(Verb.ASSIGN, subject(is_urban=True))


@pytest.mark.parametrize(
    ("of", "code", "due"),
    [
        (subject(urgency="danger"), "close.danger", MONDAY + timedelta(hours=2)),
        (subject(urgency="urgent"), "close.urgent", MONDAY + timedelta(hours=24)),
        (subject(), "close.ordinary", MONDAY + timedelta(days=7)),
        (subject(urgency="complex"), "close.complex", MONDAY + timedelta(days=15)),
        (subject("help"), "close.help", datetime(2026, 3, 6, tzinfo=SHANGHAI)),
        (subject("market"), "close.complaint", datetime(2026, 3, 20, tzinfo=SHANGHAI)),
        (subject("consumer"), "close.consumer", datetime(2026, 3, 20, tzinfo=SHANGHAI)),
        (subject("appearance"), "close.appearance", datetime(2026, 3, 4, tzinfo=SHANGHAI)),
        (subject("illegal_building"), "close.illegal_building", datetime(2026, 3, 24, tzinfo=SHANGHAI)),
        (subject("help", urgency="danger"), "close.danger", MONDAY + timedelta(hours=2)),
    ],
)
def test_handling_by_category_and_urgency(of: Subject, code: str, due: datetime) -> None:
    assert dues(Verb.OPEN, of)[Stage.CLOSE] == (code, due)


def test_calling_back_is_due_on_the_next_working_day() -> None:
    friday = datetime(2026, 3, 6, 17, 0, tzinfo=SHANGHAI)
    assert dues(Verb.ANSWER, subject(), friday)[Stage.CALL_BACK][1] == datetime(2026, 3, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "n", "last_day"),
    [
        (datetime(2026, 9, 30, 15, tzinfo=SHANGHAI), 1, date(2026, 10, 8)),
        (datetime(2026, 10, 10, 9, tzinfo=SHANGHAI), 1, date(2026, 10, 12)),
        (datetime(2026, 2, 13, 9, tzinfo=SHANGHAI), 5, date(2026, 2, 27)),
    ],
)
def test_working_days_around_holidays_end_with_the_day(start: datetime, n: int, last_day: date) -> None:
    """The checks of the standards: a deadline in working days is the midnight that ends the last one."""
    due = due_at(rule(n, Unit.WORKING_DAY), start, CALENDAR)
    assert due == datetime(last_day.year, last_day.month, last_day.day, tzinfo=SHANGHAI) + timedelta(days=1)


def test_working_hours_jump_noon_night_and_the_holidays() -> None:
    hours = dues(Verb.ASSIGN, subject(), datetime(2026, 9, 30, 16, 0, tzinfo=SHANGHAI))[Stage.SIGN]
    assert hours == ("sign.ordinary", datetime(2026, 10, 8, 11, 0, tzinfo=SHANGHAI))


@pytest.mark.parametrize(
    ("unit", "later"),
    [(Unit.MINUTE, timedelta(minutes=5)), (Unit.HOUR, timedelta(hours=5)), (Unit.DAY, timedelta(days=5))],
)
def test_plain_time_runs_through_holidays(unit: Unit, later: timedelta) -> None:
    start = datetime(2026, 9, 30, 23, 0, tzinfo=SHANGHAI)
    assert due_at(rule(5, unit), start, CALENDAR) == start + later


def test_soon_and_late() -> None:
    due = MONDAY + timedelta(hours=4)
    soon = soon_at(MONDAY, due)
    assert soon == MONDAY + timedelta(hours=3)
    second = timedelta(seconds=1)
    moments = [MONDAY, soon - second, soon, due - second, due, due + second]
    told = [standing(due, soon, now) for now in moments]
    assert told == [Due.FINE, Due.FINE, Due.SOON, Due.SOON, Due.LATE, Due.LATE]
    assert standing(None, None, MONDAY) is Due.NONE


def test_the_best_rule_is_taken_and_only_while_it_is_valid() -> None:
    plain = rule(7, Unit.DAY)
    special = ClockRule(
        "y", Stage.CLOSE, "y", "y", 1, Unit.DAY, frozenset({Verb.OPEN}), frozenset({Verb.CLOSE}), 0, "ours",
        category="noise", valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 3),
    )  # fmt: skip
    days = (date(2025, 12, 31), TODAY, date(2026, 3, 3))
    chosen = [starting([plain, special], Verb.OPEN, subject(), on)[0].code for on in days]
    assert chosen == ["x", "y", "x"]
    assert starting([plain, special], Verb.OPEN, subject("family"), TODAY) == [plain]
    assert starting([plain, special], Verb.SIGN, subject(), TODAY) == []


@pytest.mark.parametrize("category", [category.code for category in shipped_words().categories])
@pytest.mark.parametrize("urgency", Urgency)
def test_every_case_has_a_clock_to_its_closing(category: str, urgency: Urgency) -> None:
    assert Stage.CLOSE in dues(Verb.OPEN, subject(category, urgency.value))


def test_shipped_rules_have_their_own_codes_name_their_source_and_what_they_start_on_can_be_done() -> None:
    rules = shipped_rules()
    assert len({one.code for one in rules}) == len(rules)
    possible = {verb for moves in MOVES.values() for verb in moves} | {Verb.OPEN}
    enders = {verb for moves in MOVES.values() for verb, to in moves.items() if to in END_STATUSES}
    for one in rules:
        assert one.source.endswith(("(sure)", "ours"))
        assert one.starts_on | one.stops_on <= possible
        assert one.stops_on & enders
