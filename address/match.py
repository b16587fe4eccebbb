"""From words to an address: exact numbers, weighted names, and an answer that says why (pure).

The index holds sorted 64-bit hashes of composite keys, each level of each address once, in flat arrays. A look-up goes
from the finest level that was said to the coarsest; only *names* may be repaired (by pinyin, then by similarity),
numbers never: what does not exist climbs to what does, and never hops to a neighbour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from address._keys import hash_of, keys_of
from address.gazetteer import Gazetteer
from address.normalise import Trace, normalise, silent
from address.parse import Parts, parse_standard

NAME_SCORE: Final = 82.0
"""rapidfuzz ratio from which a misspelt road or estate counts as the known one."""
METRES_DEGREE: Final = 111_320.0


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


class Why(StrEnum):
    """What an answer rests on."""

    EXACT = "every part equal"
    NAME_REPAIRED = "name misspelt, numbers equal"
    BUILDING_ONLY = "room unknown, building found"
    PLATE_ONLY = "building unknown, plate or estate found"
    AREA_ONLY = "number unknown, only the road, estate or village found"
    TIE = "several places fit, none better"
    NOT_FOUND = "nothing known was named"


@dataclass(frozen=True, slots=True)
class Match:
    """One answer. `row` is a row of the index's frame, -1 for an area or nothing; `k` how many places fit."""

    row: int
    level: Level
    why: Why
    score: float
    margin: float
    lon: float
    lat: float
    precision_m: float
    k: int = 1


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


@dataclass(slots=True)
class _Area:
    """The middle and spread of everything under one name."""

    lon: float
    lat: float
    spread_m: float


NOTHING: Final = Match(-1, Level.NONE, Why.NOT_FOUND, 0.0, 0.0, float("nan"), float("nan"), float("inf"), 0)
COLUMNS: Final = (
    "town",
    "village",
    "group",
    "road",
    "lane",
    "number",
    "sub_number",
    "estate",
    "building",
    "unit",
    "room",
)
SCORES: Final = {
    Level.ROOM: 1.0, Level.UNIT: 0.95, Level.BUILDING: 0.95, Level.DOOR: 0.95, Level.ESTATE: 0.6, Level.ROAD: 0.4,
    Level.VILLAGE: 0.3, Level.TOWN: 0.15, Level.NONE: 0.0,
}  # fmt: skip
FAULT_COST: Final = 0.1
"""Taken off the score for each repaired name and for each level the answer is coarser than what was said."""


@dataclass(slots=True)
class AddressIndex:
    """All addresses of a site, ready to be asked. Made by `build`; pickles."""

    names: Gazetteer
    keys: NDArray[np.uint64]
    rows: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    town: NDArray[np.int32]
    village: NDArray[np.int32]
    towns: dict[str, int]
    villages: dict[str, int]
    areas: dict[tuple[str, str], _Area]
    pinyin: dict[str, str]
    _repaired: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def build(cls, frame: pl.DataFrame) -> "AddressIndex":
        """Index a frame with code, level, the columns of `COLUMNS` (text, null or "" when absent), lon, lat."""
        table = frame.select(
            *(pl.col(c).cast(pl.String).fill_null("").alias(c) for c in COLUMNS), "level", "lon", "lat"
        )
        table = table.with_row_index("row")
        columns = {name: table[name].to_list() for name in COLUMNS}
        keys, rows = keys_of(columns, table["level"].to_list())
        order = np.argsort(keys, kind="stable")
        towns, town = _numbered(columns["town"])
        villages, village = _numbered(columns["village"])
        names = Gazetteer(
            towns=towns, villages=villages, roads=set(columns["road"]) - {""}, estates=set(columns["estate"]) - {""}
        )
        return cls(
            names=names,
            keys=keys[order],
            rows=rows[order],
            lon=table["lon"].to_numpy(),
            lat=table["lat"].to_numpy(),
            town=town,
            village=village,
            towns=towns,
            villages=villages,
            areas=_areas(table),
            pinyin=_pinyin_keys([*names.roads.all(), *names.estates.all()]),
        )

    def match_many(self, texts: Sequence[str]) -> Matches:
        """The answers to many texts; each different text is worked on once."""
        seen: dict[str, Match] = {}
        found: list[Match] = []
        for text in texts:
            if text not in seen:
                seen[text] = self.match_one(text)
            found.append(seen[text])
        return Matches(
            row=np.array([m.row for m in found], dtype=np.int32),
            level=[m.level.value for m in found],
            why=[m.why.value for m in found],
            score=np.array([m.score for m in found], dtype=np.float64),
            margin=np.array([m.margin for m in found], dtype=np.float64),
            lon=np.array([m.lon for m in found], dtype=np.float64),
            lat=np.array([m.lat for m in found], dtype=np.float64),
            precision_m=np.array([m.precision_m for m in found], dtype=np.float64),
        )

    def match_one(self, text: str) -> Match:
        """The answer to one text."""
        return self._decide(parse_standard(normalise(text), self.names), _untold)

    def explain(self, text: str) -> Explanation:
        """The same with every step kept."""
        steps: list[tuple[str, str]] = []
        tried: list[Candidate] = []

        def trace(step: str, told: str) -> None:
            steps.append((step, told))

        parts = parse_standard(normalise(text, trace), self.names, trace)
        decision = self._decide(parts, lambda level, words, count: tried.append(Candidate(level, words, count)))
        return Explanation(steps, parts, tried, decision)

    def _decide(self, parts: Parts, tell: "Tell") -> Match:
        faults = 0
        road, was_repaired = self._repair(parts.road, "road")
        estate, estate_repaired = self._repair(parts.estate, "estate")
        faults += was_repaired + estate_repaired
        said = _said(parts, road, estate)
        wanted = [level for level, _ in said]
        best_level = wanted[0] if wanted else Level.NONE
        for level, key in said:
            hits = self._hits(key, parts)
            tell(level, " ".join(part for part in key if part), len(hits))
            if len(hits) == 1:
                return self._found(int(hits[0]), level, best_level, faults, parts)
            if len(hits) > 1 and (one := self._same_spot(hits)) is not None:
                return self._found(one, level, best_level, faults, parts)
            if len(hits) > 1:
                lon, lat = float(self.lon[hits].mean()), float(self.lat[hits].mean())
                return Match(-1, Level.ROAD if road else Level.VILLAGE, Why.TIE, 0.3, 0.0, lon, lat,
                             self._spread(hits), len(hits))  # fmt: skip
        return self._area(parts, road, estate, faults)

    def _hits(self, key: tuple[str, ...], parts: Parts) -> NDArray[np.int32]:
        """The rows that have a key, narrowed by the town and village that were said; a contradiction empties it."""
        wanted = hash_of(key)
        start, end = np.searchsorted(self.keys, wanted, "left"), np.searchsorted(self.keys, wanted, "right")
        rows = self.rows[start:end]
        for said, known, column in (
            (parts.village, self.villages, self.village), (parts.town, self.towns, self.town),
        ):  # fmt: skip
            if len(rows) and said in known:
                kept = rows[column[rows] == known[said]]
                rows = kept if len(kept) or len(rows) > 1 else rows
        return rows

    def _same_spot(self, rows: NDArray[np.int32]) -> int | None:
        """The first of several rows that stand on one spot (the same object told twice), else None."""
        return int(rows[0]) if self._spread(rows) < 1 else None

    def _spread(self, rows: NDArray[np.int32]) -> float:
        return _spread_m(self.lon[rows], self.lat[rows])

    def _found(self, row: int, level: Level, asked: Level, faults: int, parts: Parts) -> Match:
        steps = list(Level)
        climbed = steps.index(level) - steps.index(asked)
        why = (
            Why.BUILDING_ONLY if climbed and level in (Level.BUILDING, Level.UNIT)
            else Why.PLATE_ONLY if climbed
            else Why.NAME_REPAIRED if faults
            else Why.EXACT
        )  # fmt: skip
        score = max(0.05, SCORES[level] - FAULT_COST * (faults + (climbed > 0)))
        metres = level.metres
        return Match(row, level, why, score, score, float(self.lon[row]), float(self.lat[row]), metres)

    def _area(self, parts: Parts, road: str, estate: str, faults: int) -> Match:
        for level, name in (
            (Level.ESTATE, estate), (Level.ROAD, road), (Level.VILLAGE, parts.village), (Level.TOWN, parts.town),
        ):  # fmt: skip
            area = self.areas.get((level.value, name)) if name else None
            if area is not None:
                score = max(0.05, SCORES[level] - FAULT_COST * faults)
                metres = max(level.metres, area.spread_m)
                return Match(-1, level, Why.AREA_ONLY, score, score, area.lon, area.lat, metres)
        return NOTHING

    def _repair(self, name: str, kind: str) -> tuple[str, bool]:
        """The known road or estate that a name means: itself, the same sound, or the closest spelling by far."""
        known = self.names.roads if kind == "road" else self.names.estates
        if not name or name in known:
            return name, False
        if (kind, name) not in self._repaired:
            self._repaired[kind, name] = self._closest(name, known.all())
        found = self._repaired[kind, name]
        return (found, True) if found else (name, False)

    def _closest(self, name: str, known: list[str]) -> str:
        from rapidfuzz import fuzz, process

        sound = _sound(name)
        if sound in self.pinyin and self.pinyin[sound] in known:
            return self.pinyin[sound]
        best = process.extract(name, known, scorer=fuzz.ratio, limit=2, score_cutoff=NAME_SCORE)
        if best and (len(best) == 1 or best[0][1] > best[1][1]):
            return str(best[0][0])
        return ""


Tell = Callable[[Level, str, int], None]


def _untold(level: Level, words: str, count: int) -> None:
    """Tell nobody."""


def _said(p: Parts, road: str, estate: str) -> list[tuple[Level, tuple[str, ...]]]:
    """The keys that the parts can be looked up by, the finest first."""
    plates: list[tuple[str, ...]] = []
    if estate:
        plates.append(("e", estate))
    if road and p.number:
        plates.append(("d", road, p.lane, p.number, p.sub_number))
    if not road and not estate and p.number and (p.village or p.group):
        plates.append(("g", p.village, p.group, p.number, p.sub_number))
    keys: list[tuple[Level, tuple[str, ...]]] = []
    if p.room:
        keys += [(Level.ROOM, (*plate, p.building, p.unit, p.room)) for plate in plates]
        if not p.unit:
            keys += [(Level.ROOM, (*plate, p.building, "*", p.room)) for plate in plates]
    if p.unit:
        keys += [(Level.UNIT, (*plate, p.building, p.unit, "")) for plate in plates]
    if p.building:
        keys += [(Level.BUILDING, (*plate, p.building, "", "")) for plate in plates]
    keys += [(Level.DOOR, (*plate, "", "", "")) for plate in plates if plate[0] != "e"]
    keys += [(Level.ESTATE, (*plate, "", "", "")) for plate in plates if plate[0] == "e"]
    return keys


def _numbered(values: list[str]) -> tuple[dict[str, int], NDArray[np.int32]]:
    numbers: dict[str, int] = {}
    column = np.fromiter(
        (numbers.setdefault(value, len(numbers)) for value in values), dtype=np.int32, count=len(values)
    )
    numbers.pop("", None)
    return numbers, column


def _areas(table: pl.DataFrame) -> dict[tuple[str, str], _Area]:
    found: dict[tuple[str, str], _Area] = {}
    for level in (Level.TOWN, Level.VILLAGE, Level.ROAD, Level.ESTATE):
        spots = table.filter((pl.col(level.value) != "") & pl.col("lon").is_not_nan()).group_by(level.value).agg(
            pl.col("lon").median().alias("x"), pl.col("lat").median().alias("y"),
            ((pl.col("lon").quantile(0.9) - pl.col("lon").quantile(0.1)) * METRES_DEGREE * 0.86).alias("dx"),
            ((pl.col("lat").quantile(0.9) - pl.col("lat").quantile(0.1)) * METRES_DEGREE).alias("dy"),
        )  # fmt: skip
        for name, x, y, dx, dy in spots.iter_rows():
            found[level.value, name] = _Area(float(x), float(y), float(np.hypot(dx, dy) / 2))
    return found


def _spread_m(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
    across = float(np.ptp(lon)) * METRES_DEGREE * float(np.cos(np.radians(lat[0])))
    return float(np.hypot(across, float(np.ptp(lat)) * METRES_DEGREE))


def _pinyin_keys(names: list[str]) -> dict[str, str]:
    """Sound → name, for names whose sound no other name has."""
    sounds: dict[str, Any] = {}
    for name in names:
        sounds.setdefault(_sound(name), []).append(name)
    return {sound: same[0] for sound, same in sounds.items() if len(same) == 1}


def _sound(name: str) -> str:
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(name))


__all__ = ["AddressIndex", "Candidate", "Explanation", "Level", "Match", "Matches", "Trace", "Why", "silent"]
