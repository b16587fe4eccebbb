"""From words to an address: exact numbers, weighted names, and an answer that says why (pure).

The index holds sorted 64-bit hashes of composite keys, each level of each address once, in flat arrays. A look-up goes
from the finest level that was said to the coarsest; only *names* may be repaired (by sound, then by one slip of the
pen), and only to one that has the numbers: what does not exist climbs to what does, and never hops to a neighbour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from address._keys import Key, hash_of, keys_of, keys_said
from address.answers import (
    ABROAD,
    FAULT_COST,
    NOTHING,
    SCORES,
    Candidate,
    Explanation,
    Level,
    Match,
    Matches,
    Why,
    in_columns,
    offset_m,
)  # fmt: skip
from address.areas import Area, areas_of, crossing_of, spread_m, within_town
from address.gazetteer import TOWN_ENDS, VILLAGE_ENDS, Gazetteer, stem
from address.normalise import Trace, fold_width, normalise, silent, simplify
from address.parse import Parts, parse_standard
from address.repair import Meant, Slip, Spellings

COLUMNS: Final = (
    "town", "village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "room",
)  # fmt: skip
SAME_SPOT_M: Final = 1.0
SAME_PLATE_M: Final = 60.0
"""Points of one plate (its entrances, its flats) lie no farther apart."""
FLOOR_DASH: Final = r"^(\d{1,2})-(\d)$"
FLOOR_DASH_WIDE: Final = r"^(\d{1,2})-(\d{2})$"
"""Rooms told as floor and flat (5-1, 5-01) are the same as 501."""
KEPT_REPAIRS: Final = 50_000


class Reading(NamedTuple):
    """One way to understand the names of a text, with the slip it supposes; weak ones need a witness."""

    road: str
    estate: str
    faults: int = 0
    is_weak: bool = False


class Look(NamedTuple):
    """What a reading leads to: the answer, the finest level it asked for, whether the answer is that fine."""

    match: Match | None
    asked: Level
    is_full: bool
    is_witnessed: bool = False


Tell = Callable[[Level, str, int], None]


def _untold(level: Level, words: str, count: int) -> None:
    """Tell nobody."""


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
    road: NDArray[np.int32]
    has_estate: NDArray[np.bool_]
    towns: dict[str, int]
    villages: dict[str, int]
    roads: dict[str, int]
    areas: dict[tuple[str, str], Area]
    spellings: dict[str, Spellings]
    _repairs: dict[tuple[str, str], list[Meant]] = field(default_factory=dict)

    @classmethod
    def build(cls, frame: pl.DataFrame, counties: Sequence[str] = ()) -> "AddressIndex":
        """Index a frame with level, the columns of `COLUMNS` (text, null or "" when absent), lon, lat.

        A room told only by its `floor` is that floor; a row of level town or village only makes its name and middle
        known. `counties` are the site's own; with them a text that names another county is refused.
        """
        if "floor" in frame.columns:
            is_floor = (
                (pl.col("level") == "room") & (pl.col("room").fill_null("") == "") & pl.col("floor").is_not_null()
            )
            frame = frame.with_columns(pl.when(is_floor).then(pl.col("floor") + "F").otherwise("room").alias("room"))
        table = frame.select(
            *(pl.col(c).cast(pl.String).fill_null("").alias(c) for c in COLUMNS), "level", "lon", "lat"
        )
        for name in ("lane", "group", "building"):
            told = {word: simplify(word) for word in table[name].unique().to_list()}
            table = table.with_columns(pl.col(name).replace({old: new for old, new in told.items() if old != new}))
        table = table.with_columns(
            pl.col("room").str.replace(FLOOR_DASH, "${1}0${2}").str.replace(FLOOR_DASH_WIDE, "${1}${2}")
        )
        columns = {name: table[name].to_list() for name in COLUMNS}
        keys, rows = keys_of(columns, table["level"].to_list())
        order = np.argsort(keys, kind="stable")
        towns, town = _numbered(columns["town"])
        villages, village = _numbered(columns["village"])
        roads, road = _numbered(columns["road"])
        estates = set(columns["estate"]) - {""}
        names = Gazetteer(counties=counties, towns=towns, villages=villages, roads=roads, estates=estates)
        kinds = {"town": names.towns, "village": names.villages, "road": names.roads, "estate": names.estates}
        return cls(
            names=names,
            keys=keys[order],
            rows=rows[order],
            lon=table["lon"].cast(pl.Float64).to_numpy(),
            lat=table["lat"].cast(pl.Float64).to_numpy(),
            town=town,
            village=village,
            road=road,
            has_estate=(table["estate"] != "").to_numpy(),
            towns=towns,
            villages=villages,
            roads=roads,
            areas=areas_of(table),
            spellings={kind: Spellings(known.spelled) for kind, known in kinds.items()},
        )

    def match_many(self, texts: Sequence[str]) -> Matches:
        """The answers to many texts; each different text is worked on once."""
        seen = {text: self.match_one(text) for text in dict.fromkeys(texts)}
        return in_columns([seen[text] for text in texts])

    def match_one(self, text: str) -> Match:
        """The answer to one text."""
        return self._decide(parse_standard(normalise(text), self.names), text, _untold)

    def explain(self, text: str) -> Explanation:
        """The same with every step kept."""
        steps: list[tuple[str, str]] = []
        tried: list[Candidate] = []

        def trace(step: str, told: str) -> None:
            steps.append((step, told))

        standard = normalise(text, trace)
        parts = parse_standard(standard, self.names, trace)
        decision = self._decide(parts, text, lambda level, words, n: tried.append(Candidate(level, words, n)))
        return Explanation(steps, parts, tried, decision)

    def _decide(self, said: Parts, text: str, tell: Tell) -> Match:
        if said.foreign:
            return ABROAD
        parts, faults = self._with_divisions(said)
        readings = self._readings(parts)
        plain = self._look(parts, readings[0], faults, text, tell)
        if plain.match is not None and (plain.is_full or len(readings) == 1):
            return self._beside(plain.match, parts)
        looks = [(reading, self._look(parts, reading, faults, text, tell)) for reading in readings[1:]]
        full = {
            look.match.row: look.match
            for reading, look in looks
            if look.match is not None and look.is_full and (look.is_witnessed or not reading.is_weak)
        }
        if len(full) == 1:
            return self._beside(next(iter(full.values())), parts)
        if plain.match is not None:
            return self._beside(plain.match, parts)
        sure = [(reading, look) for reading, look in looks if not reading.is_weak]
        if not full and len(sure) == 1:
            return self._beside(self._area(parts, sure[0][0], faults), parts)
        return self._beside(self._area(parts, readings[0], faults), parts)

    def _with_divisions(self, said: Parts) -> tuple[Parts, int]:
        """Town and village as they are spelled here, when they sound like one of ours; how many were repaired."""
        faults = 0
        for kind, known, name in (("town", self.towns, said.town), ("village", self.villages, said.village)):
            if name and name not in known and (meant := self.spellings[kind].sounding(name)):
                said, faults = replace(said, **{kind: meant}), faults + 1
        return said, faults

    def _readings(self, parts: Parts) -> list[Reading]:
        """The text as it stands, then with unknown names repaired, the surest first."""
        readings = [Reading(parts.road, parts.estate)]
        roads = self._meant(parts.road, "road")
        estates = self._meant(parts.estate, "estate")
        if parts.building and parts.road and not parts.number:
            estates = estates or self._meant(parts.road + parts.estate, "estate")
        if not roads and not estates:
            return readings
        own_road, own_estate = Meant(parts.road, Slip.NONE, 0), Meant(parts.estate, Slip.NONE, 0)
        for road, estate in product([*roads, own_road], [*estates, own_estate]):
            slips = [one for one in (road, estate) if one[1]]
            if slips:
                is_weak = any(length < slip.sure_length for _, slip, length in slips)
                is_weak = is_weak or (estate.slip > Slip.SWAP and not parts.room)
                faults = sum(1 + (slip >= Slip.DROPPED) for _, slip, _ in slips)
                readings.append(Reading(road[0], estate[0], faults, is_weak))
        return readings

    def _meant(self, name: str, kind: str) -> list[Meant]:
        known = self.names.roads if kind == "road" else self.names.estates
        if not name or name in known:
            return []
        if (kind, name) not in self._repairs:
            if len(self._repairs) > KEPT_REPAIRS:
                self._repairs.clear()
            self._repairs[kind, name] = self.spellings[kind].meant(name)
        return self._repairs[kind, name]

    def _look(self, parts: Parts, reading: Reading, faults: int, text: str, tell: Tell) -> Look:
        """The finest place that has the numbers under the names of one reading."""
        keys = keys_said(parts, reading.road, reading.estate)
        faults += reading.faults
        asked = Level(keys[0].level) if keys else Level.NONE
        for key in keys:
            level = Level(key.level)
            hits, differs, is_witnessed = self._hits(key, parts)
            if tell is not _untold:
                tell(level, " ".join(part for part in key.parts if part), len(hits))
            if (
                key.parts[0] == "d"
                and level != Level.DOOR
                and reading.estate
                and reading.estate not in self.names.estates
            ):
                hits = hits[~self.has_estate[hits]]
            if not len(hits):
                continue
            if not self._is_one(hits):
                hits = self._named_nearby(hits, text)
                is_witnessed = is_witnessed or len(hits) == 1
            if not self._is_one(hits):
                return Look(self._tie(hits, reading.road), asked, level == asked and not key.is_plate_only)
            is_climbed = level != asked or key.is_plate_only
            found = self._found(int(hits[0]), level, faults, differs=differs, is_climbed=is_climbed)
            return Look(found, asked, not is_climbed, is_witnessed)
        return Look(None, asked, is_full=False)

    def _hits(self, key: Key, parts: Parts) -> tuple[NDArray[np.int32], bool, bool]:
        """(the rows that have a key, whether they contradict the divisions that were said, or agree with them).

        Several rows are narrowed by town and village; one that lies elsewhere stays, as people mistake the borders,
        but not where villages of one name tell only by their town.
        """
        wanted = hash_of(key.parts)
        start = int(np.searchsorted(self.keys, wanted, "left"))
        if start == len(self.keys) or self.keys[start] != wanted:
            return NO_ROWS, False, False
        end = start + 1
        while end < len(self.keys) and self.keys[end] == wanted:
            end += 1
        rows = self.rows[start:end]
        differs, agrees = False, False
        for said, known, column in (
            (parts.village, self.villages, self.village), (parts.town, self.towns, self.town),
        ):  # fmt: skip
            if said in known:
                kept = rows[column[rows] == known[said]]
                agrees = agrees or len(kept) > 0
                differs = differs or not len(kept)
                rows = kept if len(kept) or len(rows) > 1 or key.parts[0] == "g" else rows
                if not len(rows):
                    break
        if key.parts[0] == "g" and parts.town and parts.town not in self.towns and not parts.county:
            return NO_ROWS, True, False
        return rows, differs, agrees and not differs

    def _named_nearby(self, rows: NDArray[np.int32], text: str) -> NDArray[np.int32]:
        """The rows whose village, else whose town, stands anywhere in the text, be it without its classifying end."""
        text = simplify(fold_width(text))
        for known, column, ends in (
            (self.villages, self.village, VILLAGE_ENDS), (self.towns, self.town, TOWN_ENDS),
        ):  # fmt: skip
            numbers = {number: name for name, number in known.items()}
            stems = {at: simplify(stem(numbers.get(at, ""), ends)) for at in set(column[rows].tolist())}
            named = [row for row in rows.tolist() if (word := stems[int(column[row])]) and word in text]
            if named and len(named) < len(rows):
                return np.array(named, dtype=np.int32)
        return rows

    def _is_one(self, rows: NDArray[np.int32]) -> bool:
        """Whether rows with one key are one place: on one spot, or near each other in one village."""
        if len(rows) == 1:
            return True
        apart = spread_m(self.lon[rows], self.lat[rows])
        is_one_village = (self.village[rows] == self.village[rows[0]]).all()
        return apart < SAME_SPOT_M or bool(apart < SAME_PLATE_M and is_one_village)

    def _tie(self, hits: NDArray[np.int32], road: str) -> Match:
        lon, lat = float(self.lon[hits].mean()), float(self.lat[hits].mean())
        spread = spread_m(self.lon[hits], self.lat[hits])
        return Match(-1, Level.ROAD if road else Level.VILLAGE, Why.TIE, 0.3, 0.0, lon, lat, spread, len(hits))

    def _found(self, row: int, level: Level, faults: int, *, differs: bool, is_climbed: bool) -> Match:
        why = (
            Why.BUILDING_ONLY if is_climbed and level in (Level.BUILDING, Level.UNIT)
            else Why.PLATE_ONLY if is_climbed
            else Why.NAME_REPAIRED if faults
            else Why.DIVISION_DIFFERS if differs
            else Why.EXACT
        )  # fmt: skip
        score = max(0.05, SCORES[level] - FAULT_COST * (faults + is_climbed + differs))
        return Match(row, level, why, score, score, float(self.lon[row]), float(self.lat[row]), level.metres)

    def _area(self, parts: Parts, reading: Reading, faults: int) -> Match:
        if parts.crossing and (corner := self._corner(reading.road, parts.crossing)) is not None:
            score = SCORES[Level.ROAD]
            return Match(-1, Level.ROAD, Why.CROSSING, score, score, corner.lon, corner.lat, corner.spread_m)
        estate = reading.estate
        if estate and estate not in self.names.estates and (within := self.names.estates.at(estate, 0)) is not None:
            estate = within[0]
        is_elsewhere = parts.town != "" and parts.town not in self.names.towns and not parts.county
        village = "" if is_elsewhere else parts.village
        for level, name in (
            (Level.ESTATE, estate), (Level.ROAD, reading.road), (Level.VILLAGE, within_town(parts.town, village)),
            (Level.VILLAGE, village), (Level.TOWN, parts.town),
        ):  # fmt: skip
            area = self.areas.get((level.value, name)) if name else None
            if area is not None:
                score = max(0.05, SCORES[level] - FAULT_COST * (faults + reading.faults))
                metres = max(level.metres, area.spread_m)
                return Match(-1, level, Why.AREA_ONLY, score, score, area.lon, area.lat, metres)
        return NOTHING

    def _corner(self, road: str, other: str) -> Area | None:
        if road not in self.roads or other not in self.roads:
            return None
        both = [np.flatnonzero((self.road == self.roads[name]) & np.isfinite(self.lon)) for name in (road, other)]
        return crossing_of(*(np.column_stack((self.lon[rows], self.lat[rows])) for rows in both))

    def _beside(self, match: Match, parts: Parts) -> Match:
        """The same place, but as far off as the words lead: 对面, 往东200米."""
        beside = offset_m(parts.direction) if match.row >= 0 else 0.0
        return replace(match, precision_m=match.precision_m + beside) if beside else match


NO_ROWS: Final = np.array([], dtype=np.int32)


def _numbered(values: list[str]) -> tuple[dict[str, int], NDArray[np.int32]]:
    numbers: dict[str, int] = {}
    column = np.fromiter(
        (numbers.setdefault(value, len(numbers)) for value in values), dtype=np.int32, count=len(values)
    )
    numbers.pop("", None)
    return numbers, column


__all__ = ["AddressIndex", "Candidate", "Explanation", "Level", "Match", "Matches", "Trace", "Why", "silent"]
