"""What the matcher answers with: how fine, why, how sure (pure)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from address.parse import Parts


class Level(StrEnum):
    """How fine an answer is."""

    ROOM = "room"
    UNIT = "unit"
    BUILDING = "building"
    DOOR = "door"
    ESTATE = "estate"
    ROAD = "road"
    VILLAGE = "village"
    TOWN = "town"
    NONE = "none"

    @property
    def metres(self) -> float:
        """How far the truth may lie from the answer's point, by kind; areas say their own spread instead."""
        return METRES[self]


METRES: Final = {
    Level.ROOM: 10.0, Level.UNIT: 10.0, Level.BUILDING: 10.0, Level.DOOR: 20.0, Level.ESTATE: 150.0, Level.ROAD: 400.0,
    Level.VILLAGE: 800.0, Level.TOWN: 3_000.0, Level.NONE: float("inf"),
}  # fmt: skip
SCORES: Final = {
    Level.ROOM: 0.998, Level.UNIT: 0.998, Level.BUILDING: 0.998, Level.DOOR: 0.998, Level.ESTATE: 0.9, Level.ROAD: 0.4,
    Level.VILLAGE: 0.3, Level.TOWN: 0.15, Level.NONE: 0.0,
}  # fmt: skip
FAULTS: Final[dict[str, float]] = {
    "name.former": 0.99, "name.alias": 0.99, "order.turned": 0.98, "name.sound": 0.97, "name.swap": 0.97,
    "name.shape": 0.95, "name.short": 0.93, "name.dropped": 0.95, "name.added": 0.95, "name.other": 0.85,
    "name.telling": 0.75,
    "division.former": 0.99, "code.former": 0.99, "division.differs": 0.95, "road.differs": 0.85, "number.differs": 0.8,
    "floor.unknown": 0.95, "climbed": 0.5,
}  # fmt: skip
"""How often an answer with this fault was right, of a hundred, on noise made for districts that are none of ours."""
BESIDE_M: Final = 30.0
"""How far 旁边, 对面 and 附近 are, a convention of this system."""
AT_M: Final = 10.0
"""How far a gate is (门口)."""
OFFSET: Final = re.compile(r"([0-9]+)米")


class Why(StrEnum):
    """What an answer rests on."""

    EXACT = "every part equal"
    FORMER_NAME = "a former name, the rest equal"
    NAME_REPAIRED = "name misspelt, numbers equal"
    DIVISION_DIFFERS = "another town or village was named, the rest equal"
    BUILDING_ONLY = "room unknown, building found"
    PLATE_ONLY = "building unknown, plate or estate found"
    AREA_ONLY = "number unknown, only the road, estate or village found"
    CROSSING = "where the two roads meet"
    TIE = "several places fit, none better"
    FOREIGN = "another city, county or province was named"
    NOT_FOUND = "nothing known was named"


class Match(NamedTuple):
    """One answer. `row` is a row of the index's frame, -1 for an area or nothing; `k` how many places fit.

    `score` is how often such an answer is right; `faults` are what was forgiven (keys of `FAULTS`), `tied` the rows
    that fit equally well when there are several.
    """

    row: int
    level: Level
    why: Why
    score: float
    margin: float
    lon: float
    lat: float
    precision_m: float
    k: int = 1
    faults: tuple[str, ...] = ()
    tied: tuple[int, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether it is one place, as fine as the question."""
        return self.row >= 0 and self.why not in (Why.BUILDING_ONLY, Why.PLATE_ONLY, Why.TIE)


NOTHING: Final = Match(-1, Level.NONE, Why.NOT_FOUND, 0.0, 0.0, float("nan"), float("nan"), float("inf"), 0)
ABROAD: Final = Match(-1, Level.NONE, Why.FOREIGN, 0.0, 0.0, float("nan"), float("nan"), float("inf"), 0)


@dataclass(frozen=True, slots=True)
class Matches:
    """The answers to many texts, in their order; arrays as long as the texts."""

    row: NDArray[np.int32]
    level: list[str]
    why: list[str]
    score: NDArray[np.float64]
    margin: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    precision_m: NDArray[np.float64]
    faults: list[tuple[str, ...]]
    tied: list[tuple[int, ...]]


def score_of(level: Level, faults: tuple[str, ...], *, is_climbed: bool) -> float:
    """How often an answer of this level with these faults is right; areas have the score of their level."""
    score = SCORES[level] * (0.5 if is_climbed and "climbed" not in faults else 1.0)
    for fault in faults:
        score *= FAULTS[fault]
    return score


def in_columns(found: list[Match]) -> Matches:
    """The answers as arrays."""
    columns = list(zip(*found, strict=True)) or [()] * len(Match._fields)
    row, level, why, score, margin, lon, lat, precision_m, _, faults, tied = columns
    return Matches(
        row=np.array(row, dtype=np.int32),
        level=list(level),
        why=list(why),
        score=np.array(score, dtype=np.float64),
        margin=np.array(margin, dtype=np.float64),
        lon=np.array(lon, dtype=np.float64),
        lat=np.array(lat, dtype=np.float64),
        precision_m=np.array(precision_m, dtype=np.float64),
        faults=list(faults),
        tied=list(tied),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A level that was tried: its key in words and how many places have it."""

    level: Level
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that led to an answer."""

    steps: list[tuple[str, str]]
    parts: Parts
    candidates: list[Candidate]
    decision: Match


def offset_m(direction: str) -> float:
    """How far from the named place its words lead: 往东200米, 对面, 门口; 0 without such words."""
    if not direction:
        return 0.0
    if (told := OFFSET.search(direction)) is not None:
        return float(told.group(1))
    return AT_M if direction.startswith("门口") else BESIDE_M
