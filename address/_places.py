"""The places of an index: which rows have the numbers under a name, narrowed by what else was said (pure)."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from address._frames import compared, twins_of
from address._keys import keys_said
from address.answers import Level
from address.areas import spread_m
from address.asks import Ask, Said
from address.gazetteer import TOWN_ENDS, VILLAGE_ENDS, stem
from address.hearing import Heard, fold
from address.sites import ESTATE, QUARTER, ROAD, VILLAGE, Sites, sites_of

SAME_SPOT_M: Final = 1.0
SAME_PLATE_M: Final = 60.0
"""Points of one plate (its entrances, its flats) lie no farther apart."""
KIND_OF: Final = {"estate": ESTATE, "road": ROAD, "village": VILLAGE, "quarter": QUARTER}
NO_PLATE: Final = ("",) * 6


class Look(NamedTuple):
    """What an ask leads to: rows, how fine, whether that is as fine as was asked, the faults on the way."""

    rows: list[int]
    level: Level
    is_full: bool
    faults: tuple[str, ...]
    is_witnessed: bool = False


NOWHERE: Final = Look([], Level.NONE, is_full=False, faults=())
Tell = Callable[[Level, str, int], None]


def untold(level: Level, words: str, count: int) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Places:
    """Rows by their keys, with what they are compared by. `lon`, `lat` in degrees, WGS84, NaN where unknown."""

    sites: Sites
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    columns: dict[str, "array[int]"]
    """town, village, road, estate, number, unit and fault of each row, as ordinal numbers."""
    twins: frozenset[str]
    """Names that more than one estate has."""

    @classmethod
    def of(cls, table: pl.DataFrame) -> "Places":
        """The places of a tidied table."""
        sites = sites_of(table)
        return cls(sites, _floats(table, "lon"), _floats(table, "lat"), compared(table, sites), twins_of(table))

    def with_rows(self, table: pl.DataFrame) -> "Places":
        """These and more, numbered on."""
        first = len(self.lon)
        fresh = sites_of(table, self.sites)
        columns = compared(table, fresh)
        estates = table.filter(pl.col("level") == "estate")["estate"].to_list()
        again = {name for name in estates if self.rows_of(ESTATE, name, NO_PLATE)}
        return Places(
            sites=self.sites.joined(fresh, first),
            lon=np.concatenate((self.lon, _floats(table, "lon"))),
            lat=np.concatenate((self.lat, _floats(table, "lat"))),
            columns={name: column + columns[name] for name, column in self.columns.items()},
            twins=self.twins | twins_of(table) | again,
        )

    def without(self, rows: Iterable[int]) -> "Places":
        """These but some."""
        return replace(self, sites=replace(self.sites, hidden=self.sites.hidden | {int(row) for row in rows}))

    def spots_of(self, kind: str, name: str) -> NDArray[np.float64]:
        """Positions (columns lon, lat) of everything under a name of a compared column."""
        column = np.frombuffer(self.columns[kind], dtype=np.int32)
        rows = np.flatnonzero((column == self.sites.names.get(name, -1)) & np.isfinite(self.lon))
        return np.column_stack((self.lon[rows], self.lat[rows]))

    def rows_of(self, kind: str, name: str, numbers: tuple[str, ...]) -> list[int]:
        """The rows with one key."""
        return self.sites.find(self.sites.key(kind, name, numbers))

    def look(self, ask: Ask, said: Said, tell: Tell) -> Look:
        """The finest place under a name that has the numbers, in the likeliest reading that exists."""
        best = NOWHERE
        sites, kind = self.sites, KIND_OF[ask.kind]
        for at, slots in enumerate(ask.readings):
            for level, numbers, faults in keys_said(ask.kind, slots):
                rows = sites.find(sites.key(kind, ask.name, numbers))
                if tell is not untold:
                    tell(level, " ".join([ask.name, *(n for n in numbers if n)]), len(rows))
                if not rows:
                    if at:
                        break
                    continue
                rows, more, is_witnessed = self._narrowed(rows, ask, said)
                if not rows:
                    break
                is_full = "climbed" not in faults and "climbed" not in ask.faults
                look = Look(rows, level, is_full, (*ask.faults, *more, *faults), is_witnessed)
                if is_full:
                    return look
                best = best if best.rows else look
                break
        return best

    def has(self, ask: Ask) -> bool:
        """Whether any way to read the numbers exists under the name."""
        for slots in ask.readings:
            for _, numbers, faults in keys_said(ask.kind, slots):
                if faults:
                    break
                if self.rows_of(KIND_OF[ask.kind], ask.name, numbers):
                    return True
        return False

    def _narrowed(self, rows: list[int], ask: Ask, said: Said) -> tuple[list[int], tuple[str, ...], bool]:
        """(the rows that the divisions and the road leave, the faults, whether a division or the road agrees).

        Several rows are narrowed by town and village; one that lies elsewhere stays, as people mistake the borders,
        but not where villages of one name tell only by their town.
        """
        if ask.kind == "village" and said.has_unknown_town and not said.town:
            return [], (), False
        faults: list[str] = []
        agrees = False
        names = self.sites.names
        if ask.name in self.twins and ask.kind == "estate" and (said.village or said.town or said.road):
            rows = self._of_the_estate_meant(rows, ask.name, said)
        for kind, name in (("village", said.village), ("town", said.town)):
            if not name or (kind == "village" and ask.kind == "village"):
                continue
            column, number = self.columns[kind], names.get(name, -1)
            kept = [row for row in rows if column[row] == number]
            if kept:
                rows, agrees = kept, True
            else:
                faults.append("division.differs")
                if ask.kind == "village":
                    return [], (), False
        if said.road and ask.kind == "estate":
            column, number = self.columns["road"], names.get(said.road, -1)
            kept = [row for row in rows if column[row] == number]
            if kept:
                rows, agrees = kept, True
                if said.number and not any(
                    self.columns["number"][row] == self.sites.words.get(said.number) for row in rows
                ):
                    faults.append("number.differs")
            else:
                faults.append("road.differs")
        return rows, tuple(dict.fromkeys(faults)), agrees and "division.differs" not in faults

    def _of_the_estate_meant(self, rows: list[int], name: str, said: Said) -> list[int]:
        """Without the rows of its namesakes, where the text says by town, village or road which estate it means."""
        estates = self.rows_of(ESTATE, name, NO_PLATE)
        if len(estates) < 2:
            return rows
        names, words = self.sites.names, self.sites.words
        for kind, number in (
            ("road", names.get(said.road, 0)), ("number", words.get(said.number, 0) if said.road else 0),
            ("village", names.get(said.village, 0)), ("town", names.get(said.town, 0)),
        ):  # fmt: skip
            column = self.columns[kind]
            if number and any(column[row] == number for row in estates):
                estates = [row for row in estates if column[row] == number]
                rows = [row for row in rows if column[row] == number]
        return rows

    def is_one(self, rows: list[int]) -> bool:
        """Whether rows with one key are one place: of one unit, on one spot or near each other in one village."""
        apart = spread_m(self.lon[rows], self.lat[rows])
        village, unit = self.columns["village"], self.columns["unit"]
        if any(unit[row] != unit[rows[0]] for row in rows):
            return False
        is_one_village = all(village[row] == village[rows[0]] for row in rows)
        return apart < SAME_SPOT_M or bool(apart < SAME_PLATE_M and is_one_village)

    def named_nearby(self, rows: list[int], heard: Heard) -> list[int]:
        """The rows whose village, town or plate stands anywhere in the text, be it without its classifying end."""
        text = heard.whole
        spelled = list(self.sites.names)
        for kind, ends in (("village", VILLAGE_ENDS), ("town", TOWN_ENDS)):
            column = self.columns[kind]
            stems = {at: fold(stem(spelled[at], ends)) for at in {column[row] for row in rows}}
            named = [row for row in rows if (word := stems[column[row]]) and word in text]
            if named and len(named) < len(rows):
                return named
        column = self.columns["number"]
        plates = {self.sites.words.get(n.value, -1) for run in heard.runs for n in run.numbers if n.sign == "N"}
        return [row for row in rows if column[row] in plates] or rows


def _floats(table: pl.DataFrame, column: str) -> NDArray[np.float64]:
    return table[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
