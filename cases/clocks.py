"""Which clock runs for a case, when it is due, and how near that is. Pure: rules and calendar are handed in."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from cases.workflow import Verb

SOON_SHARE: Final = 0.25
"""A clock counts as "soon" when a quarter of its time or less is left."""

LONG_AGO: Final = date(2000, 1, 1)
"""The shipped rules are valid from here: history that is imported gets its clock too."""


class Stage(StrEnum):
    """What a clock waits for."""

    ORDER = "order"
    SIGN = "sign"
    CONTACT = "contact"
    ARRIVE = "arrive"
    CALL_BACK = "call_back"
    CLOSE = "close"


class Unit(StrEnum):
    """In what a limit is counted. Working time follows the calendar, holidays and in-lieu days included."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"


class Due(StrEnum):
    """How a running clock stands. On screens ▲ late, ● soon, ■ fine, always with the word."""

    LATE = "late"
    SOON = "soon"
    FINE = "fine"
    NONE = "none"


class WorkingTime(Protocol):
    """What this module needs of `core.workdays.Calendar`."""

    def add_working_days(self, start: datetime, n: int) -> datetime:
        """The moment `n` working days later."""
        ...

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The moment `hours` working hours later."""
        ...


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One row of cases.clock_rule. None in category, channel, urgency or place = fits all."""

    code: str
    stage: Stage
    zh: str
    en: str
    amount: int
    unit: Unit
    starts_on: frozenset[Verb]
    stops_on: frozenset[Verb]
    rank: int
    source: str
    category: str | None = None
    channel: str | None = None
    urgency: str | None = None
    place: str | None = None
    valid_from: date = LONG_AGO
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a case decides its clocks."""

    category: str
    channel: str
    urgency: str
    is_urban: bool = False


@lru_cache(maxsize=1)
def shipped_rules() -> tuple[ClockRule, ...]:
    """The rules as shipped in `clocks.toml`."""
    text = Path(__file__).with_name("clocks.toml").read_text(encoding="utf-8")
    return tuple(_rule(row) for row in tomllib.loads(text)["rule"])


def _rule(row: Mapping[str, object]) -> ClockRule:
    starts, stops = row["starts_on"], row["stops_on"]
    if not isinstance(starts, list) or not isinstance(stops, list):
        raise ValueError(f"clock rule {row['code']}: starts_on and stops_on are lists")
    if not isinstance(row["amount"], int) or not isinstance(row["rank"], int):
        raise ValueError(f"clock rule {row['code']}: amount and rank are whole numbers")
    optional = {k: str(row[k]) for k in ("category", "channel", "urgency", "place") if k in row}
    return ClockRule(
        code=str(row["code"]),
        stage=Stage(str(row["stage"])),
        zh=str(row["zh"]),
        en=str(row["en"]),
        amount=row["amount"],
        unit=Unit(str(row["unit"])),
        starts_on=frozenset(Verb(str(v)) for v in starts),
        stops_on=frozenset(Verb(str(v)) for v in stops),
        rank=row["rank"],
        source=str(row["source"]),
        category=optional.get("category"),
        channel=optional.get("channel"),
        urgency=optional.get("urgency"),
        place=optional.get("place"),
    )


def starting(rules: Iterable[ClockRule], verb: Verb, subject: Subject, on: date) -> list[ClockRule]:
    """The rules whose clock this verb starts for this case on this day: the best one for each stage.

    Best = highest rank; of equal rank the one with more conditions, then the code, so that the choice is stable.
    """
    best: dict[Stage, ClockRule] = {}
    for rule in rules:
        if verb in rule.starts_on and _fits(rule, subject, on):
            held = best.get(rule.stage)
            if held is None or _weight(rule) > _weight(held):
                best[rule.stage] = rule
    return [best[stage] for stage in Stage if stage in best]


def _fits(rule: ClockRule, subject: Subject, on: date) -> bool:
    return (
        rule.category in (None, subject.category)
        and rule.channel in (None, subject.channel)
        and rule.urgency in (None, subject.urgency)
        and (rule.place is None or (rule.place == "urban" and subject.is_urban))
        and rule.valid_from <= on
        and (rule.valid_to is None or on < rule.valid_to)
    )


def _weight(rule: ClockRule) -> tuple[int, int, str]:
    conditions = sum(x is not None for x in (rule.category, rule.channel, rule.urgency, rule.place))
    return rule.rank, conditions, rule.code


def due_at(rule: ClockRule, start: datetime, calendar: WorkingTime) -> datetime:
    """When the clock that starts at `start` is due, in the zone of `start`. Working time by the calendar."""
    return _ADDERS[rule.unit](start, rule.amount, calendar)


_ADDERS: Final[Mapping[Unit, Callable[[datetime, int, WorkingTime], datetime]]] = {
    Unit.MINUTE: lambda start, n, _: start + timedelta(minutes=n),
    Unit.HOUR: lambda start, n, _: start + timedelta(hours=n),
    Unit.DAY: lambda start, n, _: start + timedelta(days=n),
    Unit.WORKING_HOUR: lambda start, n, calendar: calendar.add_working_hours(start, n),
    Unit.WORKING_DAY: lambda start, n, calendar: calendar.add_working_days(start, n),
}


def soon_at(start: datetime, due: datetime) -> datetime:
    """From when on the clock counts as soon due."""
    return due - (due - start) * SOON_SHARE


def standing(due: datetime | None, soon: datetime | None, now: datetime) -> Due:
    """How a clock stands now. Due exactly now is late: the time is used up."""
    if due is None or soon is None:
        return Due.NONE
    if now >= due:
        return Due.LATE
    return Due.SOON if now >= soon else Due.FINE
