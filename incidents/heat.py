"""Heat as numbers: counts, decayed counts, what to expect next week, and how sure that is. Arrays in, arrays out.

The score is an exponentially weighted mean with a half-life of 52 weeks, pulled towards the mean of its category
as far as the data of the cell are thin (Gamma-Poisson). It beat "the last 28 days" and kernel maps on five cities
(docs: measured §3). All functions are pure; times are whole days counted from any common origin.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HALF_LIFE_DAYS: Final = 364.0
"""52 weeks: the default of the score, from measured §3."""

WEEK_DAYS: Final = 7.0

PILE_SHARE: Final = 0.005
PILE_TEXTS: Final = 20
"""More than 0.5 % of the rows and at least 20 different addresses on one point: a geocoder's default point."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a window of days amounts to under the decay.

    `weeks` is the decayed length in weeks. `spread` is sum(w²)/sum(w): a decayed count divided by it behaves like a
    plain Poisson count, which is what the shrinking needs.
    """

    weeks: float
    spread: float


@dataclass(frozen=True, slots=True)
class Expected:
    """Events expected in the next seven days, with the standard deviation of that expectation, for each input."""

    mean: Floats
    sd: Floats
    prior_mean: float


def counts(cells: Ints, weights: Ints | None = None) -> tuple[Ints, Ints]:
    """Cells in ascending order, and how many events each has. `weights` are counts of pre-added rows."""
    found, where = np.unique(cells, return_inverse=True)
    n = np.bincount(where, weights=weights, minlength=len(found))
    return found, np.rint(n).astype(np.int64)


def decay(age_days: Floats, half_life_days: float = HALF_LIFE_DAYS) -> Floats:
    """Weight of an event of this age; 1 today, ½ after one half-life. Events of the future weigh nothing."""
    return np.where(age_days < 0, 0.0, np.exp2(-np.maximum(age_days, 0.0) / half_life_days))


def decayed(
    cells: Ints, age_days: Floats, weights: Ints | None = None, half_life_days: float = HALF_LIFE_DAYS
) -> tuple[Ints, Floats]:
    """Cells in ascending order, and the sum of the decayed weights of each."""
    found, where = np.unique(cells, return_inverse=True)
    weight = decay(age_days, half_life_days) * (1 if weights is None else weights)
    return found, np.asarray(np.bincount(where, weights=weight, minlength=len(found)), dtype=np.float64)


def exposure(days: int, half_life_days: float = HALF_LIFE_DAYS) -> Exposure:
    """The decayed length of a window of so many days that ends today (ages 0 … days-1).

    Raises ValueError for a window of no days.
    """
    if days < 1:
        raise ValueError(f"a window has at least one day, not {days}")
    q = np.exp2(-1.0 / half_life_days)
    total = (1 - q**days) / (1 - q)
    squares = (1 - q ** (2 * days)) / (1 - q**2)
    return Exposure(weeks=float(total / WEEK_DAYS), spread=float(squares / total))


def expected(mass: Floats, window: Exposure, cells_at_risk: int | None = None) -> Expected:
    """Events expected next week per cell, from decayed counts of one category at one resolution.

    `cells_at_risk` counts the cells that could have had an event, silent ones included (default: those given);
    it matters for the mean that thin cells are pulled to. A cell's mean is (a + k) / (b + t), its deviation
    sqrt(a + k) / (b + t), with k and t the count and the weeks made Poisson by `Exposure.spread`, and a, b the
    Gamma prior fitted by moments. Cells that differ no more than chance allows all get the common mean.
    """
    if not len(mass):
        return Expected(np.zeros(0), np.zeros(0), 0.0)
    k, t = mass / window.spread, window.weeks / window.spread
    size = max(len(mass), cells_at_risk or 0)
    mean = float(k.sum()) / t / size
    silent = size - len(mass)
    variance = float(((k / t - mean) ** 2).sum() + silent * mean**2) / max(size - 1, 1)
    beyond_chance = variance - mean / t
    if mean <= 0:
        return Expected(np.zeros(len(mass)), np.zeros(len(mass)), 0.0)
    if beyond_chance <= 0:
        return Expected(np.full(len(mass), mean), np.full(len(mass), np.sqrt(mean / (t * size))), mean)
    a, b = mean**2 / beyond_chance, mean / beyond_chance
    return Expected((a + k) / (b + t), np.sqrt(a + k) / (b + t), mean)


def fallback_piles(lon: Floats, lat: Floats, texts: Ints) -> NDArray[np.bool_]:
    """Which rows sit on a geocoder's default point, to be shown as "not placed exactly" and kept out of the heat.

    `texts` are numbers that are equal when the location words are. A point with more than `PILE_SHARE` of all rows
    and at least `PILE_TEXTS` different texts is such a pile; many reports with one address are not.
    """
    if not len(lon):
        return np.zeros(0, dtype=np.bool_)
    _, point = np.unique(np.column_stack([lon, lat]), axis=0, return_inverse=True)
    point = point.reshape(-1)
    rows = np.bincount(point)
    pairs = np.unique(np.column_stack([point, texts]), axis=0)
    different = np.bincount(pairs[:, 0], minlength=len(rows))
    is_pile = (rows > PILE_SHARE * len(lon)) & (different >= PILE_TEXTS)
    return np.asarray(is_pile[point], dtype=np.bool_)
