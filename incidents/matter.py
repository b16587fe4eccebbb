"""Do two reports tell of the same matter? Nearness in place, time, subject and words, as evidence for a person.

Nothing is joined here, and nobody is compared: texts and places only. A suggestion names the earlier report, the
metres, the days and the likeness of the words.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.coords import metres_between

FINE_M: Final = 60.0
"""A place known no worse than this is a place; a coarser one is somewhere on its road, in its estate or village."""
REACH_M: Final = 1200.0
"""A coarse place is looked for no farther than this around its point."""
SHARED: Final = 2
"""Pairs of letters that the words of two places have in common when they name one road, estate or village."""
_DIVISION: Final = re.compile(r"^(?:[^号路街道]{2,7}?(?:省|市|县|(?<![小社园校])区))+")
_NUMBER: Final = re.compile(
    r"[0-9０-９一二三四五六七八九十零两]+(?:号楼|号|栋|幢|座|单元|室|组|层|#)?|附近|旁边|斜?对面|门口"
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When two reports are worth showing together. Data (`incidents.threshold`), these are the shipped values.

    `share`: a report placed coarsely is shown with others only when this share of what it may mean lies in one place.
    `likeness` counts where the model of words knows no subject.
    """

    radius_m: float = 120.0
    days: float = 14.0
    likeness: float = 0.34
    share: float = 0.65
    suggests: int = 3
    looks_back: int = 400


@dataclass(frozen=True, slots=True)
class Spots:
    """Reports in time order, as arrays. `at_days` are days, with fractions; `code` 0 = none.

    `metres` is how precisely the place is known (inf = not at all). Only reports of equal `kind` are compared: the
    number of the subject, or of the category where the words tell no subject (`is_sure` False). `places` are the
    words of the place, `words` those of the report.
    """

    at_days: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    metres: NDArray[np.float64]
    code: NDArray[np.int64]
    kind: NDArray[np.int64]
    is_sure: NDArray[np.bool_]
    places: Sequence[str]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A later report and the earlier one it may repeat (positions in `Spots`)."""

    later: int
    earlier: int
    likeness: float
    metres: float
    days: float
    same_code: bool


def numbered(values: Sequence[str | None]) -> NDArray[np.int64]:
    """Equal numbers for equal values, 0 for None."""
    order = {value: n for n, value in enumerate(sorted({v for v in values if v is not None}), start=1)}
    return np.array([0 if v is None else order[v] for v in values], dtype=np.int64)


def spots_of(rows: Sequence[Any]) -> Spots:
    """Spots of rows with received_at, lon, lat, precision_m, code, category, subject, location_words and words."""

    def floats(values: Sequence[float | None], missing: float) -> NDArray[np.float64]:
        return np.array([missing if value is None else value for value in values], dtype=np.float64)

    return Spots(
        at_days=np.array([row.received_at.timestamp() / 86_400 for row in rows]),
        lon=floats([row.lon for row in rows], np.nan), lat=floats([row.lat for row in rows], np.nan),
        metres=floats([row.precision_m for row in rows], np.inf), code=numbered([row.code for row in rows]),
        kind=numbered([row.subject or f"{row.category}?" for row in rows]),
        is_sure=np.array([row.subject is not None for row in rows], dtype=np.bool_),
        places=[row.location_words for row in rows], words=[row.words for row in rows],
    )  # fmt: skip


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters and figures of a text, spaces and punctuation left out."""
    letters = "".join(c for c in text if c.isalnum())
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def names_in(place: str) -> frozenset[str]:
    """The pairs of letters of the names in the words of a place: county, numbers and "beside" left out."""
    return bigrams(_NUMBER.sub("", _DIVISION.sub("", place)))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared bigrams of two texts, 0 … 1 (Dice). Two texts without any are not alike."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def same_matter(spots: Spots, limits: Thresholds, is_new: NDArray[np.bool_] | None = None) -> list[Pair]:
    """For each report, the earlier ones it most resembles, best first, at most `limits.suggests`.

    Only pairs with at least one new report (default: all are).
    """
    pairs: list[Pair] = []
    names = _Cache(spots.places, names_in)
    words = _Cache(spots.words, bigrams)
    for later, earlier in _candidates(spots, limits, is_new):
        found = _alike(spots, limits, later, earlier, names, words)
        pairs += [p for p in found if is_new is None or is_new[later] or is_new[p.earlier]][: limits.suggests]
    return pairs


def alike_to(spots: Spots, limits: Thresholds, one: int, others: NDArray[np.int64]) -> list[Pair]:
    """Which of the others, earlier or later, tell of the same matter as one report: the likest first."""
    is_near = np.isfinite(spots.metres[others]) & (np.abs(spots.at_days[others] - spots.at_days[one]) <= limits.days)
    others = others[is_near & (spots.kind[others] == spots.kind[one])]
    if not np.isfinite(spots.metres[one]) or not len(others):
        return []
    return _alike(spots, limits, one, others, _Cache(spots.places, names_in), _Cache(spots.words, bigrams))


class _Cache:
    """The pairs of letters of texts, made when first asked for."""

    def __init__(self, texts: Sequence[str], made: Callable[[str], frozenset[str]]) -> None:
        self._texts, self._made = texts, made
        self._held: dict[int, frozenset[str]] = {}

    def __getitem__(self, i: int) -> frozenset[str]:
        if i not in self._held:
            self._held[i] = self._made(self._texts[i])
        return self._held[i]


def _alike(
    spots: Spots, limits: Thresholds, later: int, earlier: NDArray[np.int64], names: _Cache, words: _Cache
) -> list[Pair]:
    here = np.full(len(earlier), spots.lon[later]), np.full(len(earlier), spots.lat[later])
    metres = metres_between(*here, spots.lon[earlier], spots.lat[earlier])
    kept = _in_one_place(spots, limits, later, earlier, metres, names)
    pairs = [
        Pair(
            later, int(i), likeness(words[later], words[int(i)]), float(far),
            float(spots.at_days[later] - spots.at_days[i]), bool(spots.code[i] and spots.code[later] == spots.code[i]),
        )
        for i, far in zip(earlier[kept].tolist(), metres[kept].tolist(), strict=True)
    ]  # fmt: skip
    alike = [pair for pair in pairs if spots.is_sure[later] or pair.likeness >= limits.likeness]
    return sorted(alike, key=lambda pair: (not pair.same_code, -pair.likeness, pair.metres))


def _candidates(
    spots: Spots, limits: Thresholds, is_new: NDArray[np.bool_] | None
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each placed report with the latest earlier ones of its kind within the days."""
    is_placed = np.isfinite(spots.metres)
    for kind in np.unique(spots.kind[is_placed]):
        rows = np.flatnonzero(is_placed & (spots.kind == kind))
        at = spots.at_days[rows]
        first = np.maximum(np.searchsorted(at, at - limits.days), np.arange(len(rows)) - limits.looks_back)
        fresh = np.append(0, np.cumsum(np.ones(len(rows)) if is_new is None else is_new[rows]))
        for n, since in enumerate(first.tolist()):
            if since < n and fresh[n + 1] > fresh[since]:
                yield int(rows[n]), rows[since:n]


def _in_one_place(
    spots: Spots, limits: Thresholds, later: int, earlier: NDArray[np.int64], metres: NDArray[np.float64], names: _Cache
) -> NDArray[np.int64]:
    """Which of the earlier ones lie where the later one does.

    Both known finely: within the radius, or the same code. One known coarsely: within its reach, when the words of
    both name one road, estate or village, and when those that fit lie mostly in one place.
    """
    rough = np.where(spots.metres[earlier] > FINE_M, np.minimum(spots.metres[earlier], REACH_M), 0)
    own = min(float(spots.metres[later]), REACH_M) if spots.metres[later] > FINE_M else 0.0
    is_same = (spots.code[later] != 0) & (spots.code[earlier] == spots.code[later])
    fits = is_same | (metres <= limits.radius_m)
    if own == 0 and fits.any():
        return np.flatnonzero(fits)
    maybe = np.flatnonzero(~fits & (own + rough > 0) & (metres <= limits.radius_m + own + rough))
    fits[[n for n in maybe.tolist() if len(names[later] & names[int(earlier[n])]) >= SHARED]] = True
    kept = np.flatnonzero(fits)
    if len(kept) < 2:
        return kept
    lon, lat = spots.lon[earlier[kept]], spots.lat[earlier[kept]]
    size = (len(kept), len(kept))
    apart = metres_between(
        np.broadcast_to(lon[:, None], size), np.broadcast_to(lat[:, None], size),
        np.broadcast_to(lon, size), np.broadcast_to(lat, size),
    )  # fmt: skip
    beside = apart <= limits.radius_m * 1.5
    most = int(beside.sum(axis=1).argmax())
    return kept[beside[most]] if beside[most].mean() >= limits.share else kept[:0]
