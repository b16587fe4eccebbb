"""The keys that a name with its numbers is looked up by (pure)."""

from collections.abc import Iterator
from typing import Final

from address.answers import Level
from address.hearing import Number
from address.roles import Slots
from address.sites import ANY_UNIT

CLIMBED: Final = ("climbed",)
Key = tuple[Level, tuple[str, ...], tuple[str, ...]]
"""The level, its numbers (lane or group, number, sub-number, building, unit, room), the faults of an answer from it."""


def kinds_of(numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """The kinds of name that numbers with these words can stand behind."""
    first = numbers[0].sign
    if first == "G":
        return ("village",)
    if first in "BUFR" or (first in "H-" and len(numbers) > 2):
        return ("estate",)
    if first in "LS":
        return ("road",)
    return ("road", "quarter", "village") if len(numbers) == 1 else ("estate", "road", "quarter", "village")


def keys_said(kind: str, slots: Slots) -> Iterator[Key]:
    """From the finest that was said to the coarsest."""
    group, lane, number, sub, building, unit, floor, room = slots
    plate: tuple[str, str, str]
    if kind == "estate":
        plate = ("", "", "")
    elif not number:
        return
    else:
        plate = (lane or group, number, sub)
    less: tuple[str, ...] = ()
    if room:
        yield Level.ROOM, (*plate, building, unit, room), less
        if not unit:
            yield Level.ROOM, (*plate, building, ANY_UNIT, room), less
        less = CLIMBED
    elif floor:
        yield Level.ROOM, (*plate, building, unit, f"{floor}F"), less
        less = ("floor.unknown",)
    if unit:
        yield Level.UNIT, (*plate, building, unit, ""), less
        less = CLIMBED
    if building:
        yield Level.BUILDING, (*plate, building, "", ""), less
        less = CLIMBED
    yield Level.ESTATE if kind == "estate" else Level.DOOR, (*plate, "", "", ""), less
    if sub:
        yield Level.DOOR, (plate[0], number, "", "", "", ""), CLIMBED
