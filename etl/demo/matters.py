"""A year of matters and the reports about them, with the truth of each: where, what, and which belong together."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from etl.demo.houses import Houses
from etl.demo.layouts import REPORT_FILES
from etl.demo.phrases import NIGHT, SUMMER, WEIGHTS, WINTER
from etl.demo.sizes import Sizes, stream

CHANNELS: Final = tuple(file.channel for file in REPORT_FILES)
CHANNEL_SHARES: Final = (0.55, 0.12, 0.05, 0.04, 0.08, 0.12, 0.04)
REPEAT_SHARE: Final = 0.26
"""Reports that repeat a matter already told, through the same channel or another."""
DAYS: Final = 365
HOUR_S: Final = 3600
DAY_HOURS: Final = np.array([1, 1, 0.6, 0.4, 0.4, 0.6, 1.5, 3, 6, 8, 8, 7, 5, 5, 7, 7, 6.5, 6, 5.5, 5.5, 5, 4, 3, 2])
NIGHT_HOURS: Final = np.array([5, 3.5, 2, 1, 0.6, 0.8, 1.5, 2, 2, 2, 2, 2, 3, 2.5, 2, 2, 2, 2.5, 4, 6, 8, 9, 9, 7])
HOT_TAIL: Final = 1.15
"""Shape of the Pareto weights of blocks: a few places make much of the noise."""


@dataclass(frozen=True, slots=True)
class Reports:
    """`table`: matter, channel, category, building (row of houses.buildings), at (seconds since the first day)."""

    table: pl.DataFrame
    first_day: date


def happen(houses: Houses, sizes: Sizes, seed: int, until: date) -> Reports:
    """Draw the year that ends with the day `until`; rows in the order of time."""
    rng = stream(seed, "matters")
    count = round(sizes.reports * (1 - REPEAT_SHARE))
    categories = np.array(list(WEIGHTS))
    share = np.array(list(WEIGHTS.values()))
    category = rng.choice(len(categories), count, p=share / share.sum())
    at = _times(category, categories, rng)
    building = _places(houses, category, at, rng)
    matter = np.arange(count)
    channel = rng.choice(len(CHANNELS), count, p=CHANNEL_SHARES)
    again = _repeats(sizes.reports - count, count, at, rng)
    later = at[again] + rng.exponential(2.2 * 24 * HOUR_S, len(again)) + 600
    table = pl.DataFrame({
        "matter": np.concatenate([matter, again]),
        "channel": np.concatenate([channel, rng.choice(len(CHANNELS), len(again), p=CHANNEL_SHARES)]),
        "category": categories[np.concatenate([category, category[again]])],
        "building": building[np.concatenate([matter, again])],
        "at": np.minimum(np.concatenate([at, later]), DAYS * 24 * HOUR_S - 60).astype(np.int64),
    })  # fmt: skip
    first_day = (np.datetime64(until) - np.timedelta64(DAYS - 1, "D")).astype(date)
    return Reports(table.sort("at", "matter"), first_day)


def _times(
    category: npt.NDArray[np.int64], names: npt.NDArray[np.str_], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Seconds since the first day: season, weekday and hour by category."""
    day = np.arange(DAYS)
    season = 1 + 0.25 * np.cos(2 * np.pi * (day - 240) / 365)
    at = np.zeros(len(category))
    for number, name in enumerate(names):
        members = np.flatnonzero(category == number)
        wave = 1.0 if name not in SUMMER | WINTER else np.where(name in SUMMER, season, 2 - season)
        weight = np.where(day % 7 >= 5, 0.78, 1.0) * wave
        hours = NIGHT_HOURS if name in NIGHT else DAY_HOURS
        drawn = rng.choice(DAYS, len(members), p=weight / weight.sum())
        hour = rng.choice(24, len(members), p=hours / hours.sum())
        at[members] = drawn * 24 * HOUR_S + hour * HOUR_S + rng.uniform(0, HOUR_S, len(members))
    return at


def _places(
    houses: Houses, category: npt.NDArray[np.int64], at: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """The building of each matter: heavy-tailed hot blocks, other ones for each category, moving over the year."""
    block = houses.buildings["block"].to_numpy()
    used, position = np.unique(block, return_inverse=True)
    held = np.bincount(position)
    base = held * rng.pareto(HOT_TAIL, len(used))
    order = np.argsort(position, kind="stable")
    starts = np.concatenate([[0], np.cumsum(held)])
    chosen = np.zeros(len(category), dtype=np.int64)
    season = (at // (DAYS * 24 * HOUR_S / 4)).astype(int)
    for number in range(len(WEIGHTS)):
        taste = rng.lognormal(0, 0.8, len(used))
        for quarter in range(4):
            taste = taste * rng.lognormal(0, 0.25, len(used))
            members = np.flatnonzero((category == number) & (season == quarter))
            weight = base * taste
            blocks = rng.choice(len(used), len(members), p=weight / weight.sum())
            inside = (rng.random(len(members)) ** 2.2 * held[blocks]).astype(int)
            chosen[members] = order[starts[blocks] + inside]
    return chosen


def _repeats(count: int, matters: int, at: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Which matters are told again: few of them many times."""
    appetite = rng.pareto(1.6, matters)
    appetite[at > (DAYS - 1) * 24 * HOUR_S] = 0
    return rng.choice(matters, count, p=appetite / appetite.sum()).astype(np.int64)
