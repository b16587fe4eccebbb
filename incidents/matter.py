"""Do two reports tell of the same matter? Nearness in place, time, kind and words, as evidence for a person.

Nothing is joined here. A suggestion names the earlier report, the metres, the days and the likeness of the words.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.coords import metres_between
from grid.cells import neighbours


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When two reports are worth showing together. Data (`incidents.threshold`), these are the shipped values."""

    radius_m: float = 50.0
    days: float = 14.0
    likeness: float = 0.34
    looks_back: int = 12
    suggests: int = 3


@dataclass(frozen=True, slots=True)
class Spots:
    """Reports in time order, as arrays: place, cell, code of the building (0 = none), category number, words.

    `cell` is the resolution-10 cell (0 = placed too coarsely). `at_days` are days, with fractions.
    """

    at_days: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    cell: NDArray[np.int64]
    code: NDArray[np.int64]
    category: NDArray[np.int64]
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


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters and figures of a text, spaces and punctuation left out."""
    letters = "".join(c for c in text if c.isalnum())
    return frozenset(letters[i : i + 2] for i in range(len(letters) - 1))


def likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared bigrams of two texts, 0 … 1 (Dice). Two texts without any are not alike."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def same_matter(spots: Spots, limits: Thresholds, is_new: NDArray[np.bool_] | None = None) -> list[Pair]:
    """For each report, the earlier ones it most resembles, best first, at most `limits.suggests`.

    Only pairs with at least one new report (default: all are). Compared are reports of one category, with the same
    code or at most `radius_m` apart, at most `days` apart, the latest `looks_back` of each cell and code.
    """
    grams: dict[int, frozenset[str]] = {}

    def grams_of(i: int) -> frozenset[str]:
        if i not in grams:
            grams[i] = bigrams(spots.words[i])
        return grams[i]

    pairs: list[Pair] = []
    for later, earlier in _candidates(spots, limits):
        if is_new is not None and not is_new[later] and not is_new[earlier].any():
            continue
        near = _near(spots, limits, later, earlier)
        best = [
            Pair(later, int(i), alike, float(metres), float(spots.at_days[later] - spots.at_days[i]), bool(same))
            for i, metres, same in near
            if (alike := likeness(grams_of(later), grams_of(int(i)))) >= limits.likeness
            and (is_new is None or is_new[later] or is_new[i])
        ]
        pairs.extend(sorted(best, key=lambda pair: -pair.likeness)[: limits.suggests])
    return pairs


def _candidates(spots: Spots, limits: Thresholds) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each report with the latest earlier ones that share its category and its code, or lie in its cell or beside."""
    seen: defaultdict[tuple[str, int, int], list[int]] = defaultdict(list)
    around = {cell: (cell, *neighbours(cell)) for cell in np.unique(spots.cell).tolist() if cell}
    at, cells, codes, kinds = (a.tolist() for a in (spots.at_days, spots.cell, spots.code, spots.category))
    for i in range(len(at)):
        kind = kinds[i]
        keys = [("cell", cell, kind) for cell in around.get(cells[i], ())]
        if codes[i]:
            keys.append(("code", codes[i], kind))
        earlier = {j for key in keys for j in seen.get(key, ())[-limits.looks_back :] if at[i] - at[j] <= limits.days}
        if earlier:
            yield i, np.array(sorted(earlier), dtype=np.int64)
        if cells[i]:
            seen["cell", cells[i], kind].append(i)
        if codes[i]:
            seen["code", codes[i], kind].append(i)


def _near(
    spots: Spots, limits: Thresholds, later: int, earlier: NDArray[np.int64]
) -> Iterator[tuple[int, float, bool]]:
    metres = metres_between(
        np.full(len(earlier), spots.lon[later]), np.full(len(earlier), spots.lat[later]),
        spots.lon[earlier], spots.lat[earlier],
    )  # fmt: skip
    for i, distance in zip(earlier.tolist(), metres.tolist(), strict=True):
        is_same_code = bool(spots.code[later]) and spots.code[later] == spots.code[i]
        if is_same_code or distance <= limits.radius_m:
            yield i, distance, bool(is_same_code)
