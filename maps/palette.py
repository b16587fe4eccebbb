"""Colours, class limits and legend words of the heat map. Pure: no database, no web.

A colour must mean the same count wherever it is seen. So the limits are whole numbers, made once from all cells of
the district for a period, and neither panning nor zooming nor a narrower filter of channels moves them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLASSES: Final = 5
"""More classes than five are not told apart on an office screen."""

SMALL_COUNT: Final = 5
"""Fewer reports in a cell than this do not leave the circle of those who handle the cases (trust.md §4)."""

TOP_SHARE: Final = 0.99
"""The highest class begins at this quantile of the cells that have reports: one per cent of them is dark red."""

Ints = NDArray[np.int64]


class Theme(StrEnum):
    """Paper or wall."""

    LIGHT = "light"
    DARK = "dark"


YL_OR_RD: Final = ("#ffeda0", "#fecb5c", "#fd8d3c", "#e8382a", "#a8001f")
"""Light paper: ColorBrewer's YlOrRd, safe for the colour-blind, its ends drawn in so that both stand off the paper
and lightness falls from class to class."""

VIRIDIS: Final = ("#3e4c8a", "#2a788e", "#22a884", "#7ad151", "#fde725")
"""Dark wall: viridis from its second tone, so that the lowest class stands off the ground; lightness rises."""

PU_OR: Final = ("#b35806", "#f1a340", "#f7f7f7", "#998ec3", "#542788")
"""Comparison with another period, from much more to much less: ColorBrewer's PuOr."""

RAMPS: Final = {Theme.LIGHT: YL_OR_RD, Theme.DARK: VIRIDIS}


@dataclass(frozen=True, slots=True)
class LegendRow:
    """One class: the counts it holds in words, and its colour on either ground."""

    words: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What the reader needs to read the map: unit, period, time, classes from low to high, and what is not shown."""

    title_zh: str
    title_en: str
    rows: tuple[LegendRow, ...]
    small_zh: str | None
    small_en: str | None


def geometric_limits(counts: ArrayLike, *, smallest: int = 1, classes: int = CLASSES) -> tuple[int, ...]:
    """The lowest count of each class, ascending, at most `classes` of them; () when no cell reaches `smallest`.

    The steps grow by a constant factor from `smallest` to the count that only `1 - TOP_SHARE` of the cells reach,
    because reports crowd in few places: equal steps would leave four classes to one per cent of the cells. Limits
    are rounded to figures a person can keep in mind; where few different counts exist there are fewer classes.
    """
    if smallest < 1:
        raise ValueError(f"a class begins at one report or more, not at {smallest}")
    values = np.asarray(counts, dtype=np.int64)
    values = values[values >= smallest]
    if not len(values):
        return ()
    top = max(int(np.quantile(values, TOP_SHARE)), smallest)
    limits = [smallest]
    for raw in np.geomspace(smallest, top, classes)[1:]:
        limit = max(round_figure(float(raw)), limits[-1] + 1)
        if limit <= int(values.max()):
            limits.append(limit)
    return tuple(limits)


def round_figure(value: float) -> int:
    """The nearest whole number up to 10; the nearest multiple of 5 up to 100, of 10 up to 500, of 50 beyond."""
    for below, step in ((10.0, 1), (100.0, 5), (500.0, 10)):
        if value <= below:
            return max(step * int(value / step + 0.5), 1)
    return 50 * int(value / 50 + 0.5)


def class_of(counts: ArrayLike, limits: Sequence[int]) -> Ints:
    """The class of each count, 0 the lowest; -1 below the first limit."""
    values = np.asarray(counts, dtype=np.int64)
    return np.asarray(np.searchsorted(np.asarray(limits, dtype=np.int64), values, side="right") - 1, dtype=np.int64)


def pick(colours: Sequence[str], classes: int) -> tuple[str, ...]:
    """So many colours from a ramp, spread over its whole length; the darkest is kept to the last."""
    if not 0 <= classes <= len(colours):
        raise ValueError(f"a ramp of {len(colours)} colours has no {classes} classes")
    if classes == 1:
        return (colours[len(colours) // 2],)
    return tuple(colours[round(i * (len(colours) - 1) / max(classes - 1, 1))] for i in range(classes))


def suppress(counts: ArrayLike, *, smallest: int = SMALL_COUNT) -> NDArray[np.bool_]:
    """Which cells may be shown to a wider circle: those with at least `smallest` reports, but never so that what is
    hidden can be found by subtracting what is shown from the total.

    If the hidden cells together hold fewer than `smallest` reports, the smallest shown cell is hidden with them.
    Cells without reports are shown: they say nothing of anybody.
    """
    values = np.asarray(counts, dtype=np.int64)
    shown = (values >= smallest) | (values == 0)
    hidden = int(values[~shown].sum())
    if 0 < hidden < smallest:
        candidates = np.flatnonzero(shown & (values > 0))
        if len(candidates):
            shown[candidates[np.argmin(values[candidates])]] = False
    return np.asarray(shown, dtype=np.bool_)


def legend(limits: Sequence[int], *, days: int, resolution: int, smallest: int | None) -> Legend:
    """The legend of a heat map of so many days. `smallest` = counts below it are left out; None when all are shown."""
    size = CELL_WORDS[resolution]
    light, dark = (pick(RAMPS[theme], len(limits)) for theme in (Theme.LIGHT, Theme.DARK))
    words = [class_words(limits, i) for i in range(len(limits))]
    rows = tuple(LegendRow(*row) for row in zip(words, light, dark, strict=True))
    return Legend(
        title_zh=f"每格件数 · 近 {days} 天 · 格宽约 {size[0]}",
        title_en=f"Reports per cell · last {days} days · cells about {size[1]} across",
        rows=rows,
        small_zh=None if smallest is None else f"少于 {smallest} 件的格不显示",
        small_en=None if smallest is None else f"Cells with fewer than {smallest} are not shown",
    )


CELL_WORDS: Final = {8: ("1 公里", "1 km"), 9: ("350 米", "350 m"), 10: ("130 米", "130 m")}
"""Width of an H3 cell across its flats at our latitudes."""


def class_words(limits: Sequence[int], i: int) -> str:
    """ "5–9", "7", or "≥ 40" for the last class."""
    if i == len(limits) - 1:
        return f"≥ {limits[i]}"
    last = limits[i + 1] - 1
    return str(limits[i]) if last == limits[i] else f"{limits[i]}–{last}"
