"""Which number is which: 3-2-501 behind an estate is building, unit and room (pure).

The numbers of one run fill the slots of an address from left to right; words behind them narrow what they can be. All
ways to read a run come out, the likeliest first: the index tells which of them exist.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from address.hearing import Number

GROUP, LANE, NUMBER, SUB, BUILDING, UNIT, FLOOR, ROOM = range(8)
SLOTS: Final = {
    "estate": (NUMBER, BUILDING, UNIT, FLOOR, ROOM),
    "road": (LANE, NUMBER, SUB, BUILDING, UNIT, FLOOR, ROOM),
    "quarter": (NUMBER, SUB, FLOOR, ROOM),
    "village": (GROUP, NUMBER, SUB, BUILDING, UNIT, FLOOR, ROOM),
}  # fmt: skip
BARE: Final = (NUMBER, SUB, BUILDING, UNIT, FLOOR, ROOM)
BY_SIGN: Final[dict[str, tuple[int, ...]]] = {
    "N": (NUMBER, SUB, BUILDING, ROOM), "B": (BUILDING,), "U": (UNIT,), "F": (FLOOR, BUILDING), "R": (ROOM,),
    "G": (GROUP,), "L": (LANE,), "S": (SUB, ROOM), "H": (BUILDING, NUMBER), "-": (GROUP, *BARE),
}  # fmt: skip
MOST: Final = 7
"""Numbers of the longest run that is read."""
MOST_WAYS: Final = 4
UNLIKELY: Final = 2.5
"""So much dearer than the likeliest way a way is not tried."""


class Slots(NamedTuple):
    """The numbers of an address by what they are; "" where none was said."""

    group: str = ""
    lane: str = ""
    number: str = ""
    sub: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""


@lru_cache(maxsize=100_000)
def read(kind: str, numbers: tuple[Number, ...]) -> tuple[Slots, ...]:
    """The ways to read a run behind a name of this kind (estate, quarter, road or village), the likeliest first."""
    if len(numbers) > MOST:
        return ()
    shape = tuple(
        [(sign, len(value) if value.isdigit() else 0, is_dashed) for sign, value, is_dashed in numbers]
    )  # fmt: skip
    found = []
    for way in _ways(kind, shape):
        filled = [""] * 8
        for slot, number in zip(way, numbers, strict=True):
            filled[slot] += number.value
        if filled[FLOOR] and filled[ROOM]:
            filled[ROOM] = _room(filled[FLOOR], filled[ROOM])
            if not filled[ROOM]:
                continue
        found.append(Slots._make(filled))
    return tuple(found)


def _room(floor: str, room: str) -> str:
    """The room's number from its floor and what was said behind it: 5 and 2 are 502, 5 and 502 too; "" when not."""
    if not room.isdigit():
        return room
    if len(room) < 3:
        return f"{floor}{int(room):02d}"
    return room if room[:-2] == floor else ""


@lru_cache(maxsize=20_000)
def _ways(kind: str, shape: tuple[tuple[str, int, bool], ...]) -> tuple[tuple[int, ...], ...]:
    """The slots of each number, for every way that is possible, the likeliest first."""
    found: list[tuple[float, tuple[int, ...]]] = []

    def fill(at: int, way: tuple[int, ...], cost: float) -> None:
        if at == len(shape):
            found.append((cost + _cost_of_whole(kind, way, shape), way))
            return
        sign, length, is_dashed = shape[at]
        following = shape[at + 1][0] if at + 1 < len(shape) else ""
        for slot in BY_SIGN[sign]:
            if slot not in SLOTS[kind] or (way and (slot < way[-1] or (slot == way[-1] and slot != LANE))):
                continue
            own = _cost(kind, slot, sign, length, following, is_dashed=is_dashed, is_floor=FLOOR in way)
            if own is not None:
                fill(at + 1, (*way, slot), cost + own)

    fill(0, (), 0.0)
    found.sort()
    return tuple(way for cost, way in found[:MOST_WAYS] if cost <= found[0][0] + UNLIKELY)


def _cost(
    kind: str, slot: int, sign: str, length: int, following: str, *, is_dashed: bool, is_floor: bool
) -> float | None:
    """How unlikely it is that a number with this word is this part; None when it cannot be. `length` 0 is a letter."""
    if sign == "N":
        if slot == NUMBER:
            return 0.0 if kind != "estate" else 1.0
        if slot == SUB:
            return 0.0 if is_dashed and length < 4 else None
        if slot == BUILDING:
            return (0.5 if kind == "estate" or following == "U" else 3.0) if length < 4 else None
        return 0.0 if length > 2 or is_floor else 1.5
    if sign == "F" and slot == BUILDING:
        return 0.5 if following == "U" else 2.0
    if sign == "S" and slot == ROOM:
        return 0.0 if is_floor else None
    if sign == "H" and slot == NUMBER:
        return 1.0 if kind == "estate" else 0.5
    if sign != "-":
        return 0.0
    if slot == GROUP:
        return 0.6 if kind == "village" and length < 3 and following else None
    if slot == NUMBER:
        return {"road": 0.0, "quarter": 0.0, "village": 0.2}.get(kind, 3.0) if length else None
    if slot == SUB:
        return 0.5 if is_dashed and length < 3 else None
    if slot == BUILDING:
        return (0.0 if kind == "estate" else 1.0) if length < 4 else None
    if slot == UNIT:
        return 0.0 if length < 3 else None
    if slot == FLOOR:
        return 1.0 if 0 < length < 3 else None
    return 0.0 if length > 2 or is_floor else 2.0


def _cost_of_whole(kind: str, way: tuple[int, ...], shape: tuple[tuple[str, int, bool], ...]) -> float:
    """Parts that are left out where their children were said."""
    used = set(way)
    cost = 0.0
    if BUILDING not in used and used & {UNIT, ROOM}:
        cost += 2.0 if kind == "estate" or UNIT in used else 0.5
    if NUMBER not in used and kind == "road":
        cost += 3.0
    if FLOOR in used and UNIT not in used and BUILDING in used:
        cost += 0.5
    return cost + 0.01 * sum(a > b for a, b in pairwise(way))
