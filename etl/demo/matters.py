"""A year of matters and the reports about them, with the truth of each: where, what, and which belong together.

Four things make the picture: a background that follows the people; hot places of heavy-tailed strength that flare
up and fade over the year; bursts, when one breakdown makes many call within hours; and repeats of a matter within
days, through the same channel or another.
"""

from dataclasses import dataclass
from datetime import date, time
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from etl.demo.houses import Houses
from etl.demo.phrases import Topic, topics
from etl.demo.seasons import CATEGORIES, CHANNEL_HOURS, CHANNELS, channels_of_category, day_weights, hour_weights
from etl.demo.sizes import Sizes, stream

Numbers = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]

DAYS: Final = 365
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
REPEAT_SHARE: Final = 0.2
"""Reports that tell again of a matter told before."""
BURST_SHARE: Final = 0.025
"""Reports that belong to bursts."""
BURST_HOURS: Final = 30
HOT_SHARE: Final = 0.34
"""First reports that come from hot places."""
HOT_PLACES: Final = 520
"""Hot places of a year at scale 1; they shrink with the root of the scale, so that none outshines a small district."""
HOTTEST: Final = 0.0045
"""No hot place makes more than this share of all reports, where there are enough hot places to share them."""
HOT_TAIL: Final = 1.25
"""Shape of the Pareto weights of hot places: a few make much of the noise."""
CHRONIC_SHARE: Final = 0.15
REPEAT_DAYS: Final = 3.2
SAME_PERSON: Final = 0.65
SAME_MATTER_DAYS: Final = 14
"""What is told of one thing at one building, or of one hot place, is one matter while it is told again within so long."""


@dataclass(frozen=True, slots=True)
class Reports:
    """`table`, in the order of time: matter, thread (a first report and its repeats), category and channel (texts),
    topic (running number), building (row of houses.buildings), at (seconds since the first day), is_again, same_person.
    `first_day`, and `end` in seconds since it.

    A matter holds whole threads: two people who tell, unasked, of one thing in one place within days tell of one matter.
    """

    table: pl.DataFrame
    first_day: date
    end: int


def happen(houses: Houses, sizes: Sizes, seed: int, until: date, upto: time) -> Reports:
    """Draw the year that ends on the day `until` at the time `upto`; exactly `sizes.reports` rows."""
    rng = stream(seed, "matters")
    first_day = (np.datetime64(until) - np.timedelta64(DAYS - 1, "D")).astype(date)
    days = np.datetime64(first_day) + np.arange(DAYS)
    places = Places(houses, topics())
    end = (DAYS - 1) * DAY_S + upto.hour * HOUR_S + upto.minute * 60 + upto.second
    bursts = _told_by(end, _bursts(places, round(sizes.reports * BURST_SHARE), days, rng))
    count = sizes.reports - len(bursts) - round(sizes.reports * REPEAT_SHARE)
    first = _told_by(end, _first_reports(places, count, sizes, days, rng))
    again = _repeats(places, first, sizes.reports - len(bursts) - count, days, end, rng)
    bursts = bursts.with_columns(pl.col("thread") + count)
    table = pl.concat([first, again, bursts]).sort("at", "thread", "channel", maintain_order=True)
    table = table.with_columns(matter=_matters(table)).drop("spot")
    names = dict(enumerate(CATEGORIES)), dict(enumerate(CHANNELS))
    return Reports(
        table.with_columns(
            pl.col("category").replace_strict(names[0], return_dtype=pl.String),
            pl.col("channel").replace_strict(names[1], return_dtype=pl.String),
        ),
        first_day,
        end,
    )


def _told_by(end: int, table: pl.DataFrame) -> pl.DataFrame:
    """What would lie after the end of the year was told at the same hour a day before."""
    at = pl.col("at")
    return table.with_columns(pl.when(at >= end).then(at - ((at - end) // DAY_S + 1) * DAY_S).otherwise(at).alias("at"))


def _matters(table: pl.DataFrame) -> Numbers:
    """The matter of each report: threads, joined where they tell of one topic at one building or hot place within
    `SAME_MATTER_DAYS` of each other."""
    order = table.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    links = []
    for keys in (["thread"], ["topic", "building"], ["topic", "spot"]):
        near = order.drop_nulls(keys).sort(*keys, "at", maintain_order=True)
        is_same = pl.all_horizontal(pl.col(key) == pl.col(key).shift() for key in keys)
        if keys != ["thread"]:
            is_same &= pl.col("at") - pl.col("at").shift() <= SAME_MATTER_DAYS * DAY_S
        links.append(near.with_columns(before=pl.col("row").shift()).filter(is_same).select("row", "before"))
    rows, before = (pl.concat(links)[name].to_numpy() for name in ("row", "before"))
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, before)), shape=(len(table), len(table)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


class Places:
    """Which buildings a topic can concern, grouped by block, and how many people stand behind each."""

    def __init__(self, houses: Houses, known: tuple[Topic, ...]) -> None:
        self.topics = known
        table = houses.buildings
        self.use = table["use"].to_numpy()
        self.block = table["block"].to_numpy()
        rooms = np.bincount(houses.rooms["building_id"].to_numpy(), minlength=len(table))
        self.people = 1.0 + rooms**0.7
        self.by_topic = [np.flatnonzero(np.isin(self.use, topic.uses)) for topic in known]
        self.hotline = list(CHANNELS).index("12345")
        self.is_odd = np.array([[channel in topic.not_by for channel in CHANNELS] for topic in known])
        self.of_category = [
            [number for number, topic in enumerate(known) if topic.category == name] for name in CATEGORIES
        ]

    def draw(self, topic: int, count: int, rng: np.random.Generator) -> Numbers:
        """Buildings for so many matters of a topic, where people are; anywhere when no building fits."""
        rows = self.by_topic[topic] if len(self.by_topic[topic]) else np.arange(len(self.use))
        sums = np.cumsum(self.people[rows])
        return np.asarray(rows[np.minimum(np.searchsorted(sums, rng.random(count) * sums[-1]), len(rows) - 1)])

    def fitting(self, topic: Numbers, channel: Numbers) -> Numbers:
        """The same channels, the hotline where nobody would tell the topic through the one drawn."""
        return np.asarray(np.where(self.is_odd[topic, channel], self.hotline, channel))

    def in_block(self, topic: int, block: int) -> Numbers:
        """Fitting buildings of a block."""
        rows = self.by_topic[topic]
        return np.asarray(rows[self.block[rows] == block])


def _first_reports(
    places: Places, count: int, sizes: Sizes, days: npt.NDArray[np.datetime64], rng: np.random.Generator
) -> pl.DataFrame:
    hot = _hot_reports(places, round(count * HOT_SHARE), sizes, days, rng)
    share = np.array(list(CATEGORIES.values()))
    category = rng.choice(len(share), count - len(hot), p=share / share.sum())
    topic, building = np.zeros(len(category), dtype=np.int64), np.zeros(len(category), dtype=np.int64)
    for number, known in enumerate(places.of_category):
        members = np.flatnonzero(category == number)
        topic[members] = np.array(known)[rng.integers(0, len(known), len(members))]
    for number in range(len(places.topics)):
        members = np.flatnonzero(topic == number)
        building[members] = places.draw(number, len(members), rng)
    channel = places.fitting(topic, _channels(category, rng))
    at = _moments(category, channel, days, rng)
    background = _frame(category, channel, topic, building, at)
    table = pl.concat([background, hot]).sort("at", "building", "channel", maintain_order=True)
    return table.with_row_index("thread").with_columns(pl.col("thread").cast(pl.Int64)).select(_COLUMNS)


_COLUMNS: Final = ("thread", "category", "channel", "topic", "building", "spot", "at", "is_again", "same_person")


def _frame(
    category: Numbers, channel: Numbers, topic: Numbers, building: Numbers, at: Weights, spot: Numbers | None = None
) -> pl.DataFrame:
    """`spot`: the hot place, where they come from one."""
    where = pl.Series("spot", [None] * len(at) if spot is None else spot, dtype=pl.Int64)
    return pl.DataFrame({
        "category": category, "channel": channel, "topic": topic, "building": building, "spot": where,
        "at": at.astype(np.int64),
        "is_again": np.zeros(len(at), dtype=bool), "same_person": np.zeros(len(at), dtype=bool),
    })  # fmt: skip


def _channels(category: Numbers, rng: np.random.Generator) -> Numbers:
    sums = np.cumsum(channels_of_category(), axis=1)
    passed = (rng.random(len(category))[:, None] > sums[category]).sum(axis=1)
    return np.asarray(np.minimum(passed, len(CHANNELS) - 1), dtype=np.int64)


def _moments(
    category: Numbers, channel: Numbers, days: npt.NDArray[np.datetime64], rng: np.random.Generator
) -> Weights:
    """Seconds since the first day, in the rhythm of category and channel."""
    at = np.zeros(len(category))
    for c, name in enumerate(CATEGORIES):
        for h, way in enumerate(CHANNELS):
            members = np.flatnonzero((category == c) & (channel == h))
            weight = day_weights(name, way, days)
            day = rng.choice(len(days), len(members), p=weight / weight.sum())
            at[members] = day * DAY_S + _seconds(name, way, len(members), rng)
    return at


def _seconds(category: str, channel: str, count: int, rng: np.random.Generator) -> Weights:
    hour = rng.choice(24, count, p=hour_weights(category, channel))
    return np.asarray(hour * HOUR_S + rng.uniform(0, HOUR_S, count))


def _hot_reports(
    places: Places, count: int, sizes: Sizes, days: npt.NDArray[np.datetime64], rng: np.random.Generator
) -> pl.DataFrame:
    """Reports of hot places: each has one topic, a few buildings, a time in which it flares up, and a strength."""
    share = np.array(list(CATEGORIES.values()))
    spots = max(2 * len(share), round(HOT_PLACES * sizes.scale**0.5))
    category = np.append(np.repeat(np.arange(len(share)), 2), rng.choice(len(share), spots, p=share / share.sum()))[
        :spots
    ]
    topic = np.array([places.of_category[c][int(rng.integers(len(places.of_category[c])))] for c in category])
    heart = np.array([int(places.draw(t, 1, rng)[0]) for t in topic])
    start = rng.uniform(-70, DAYS, spots)
    lasts = np.where(rng.random(spots) < CHRONIC_SHARE, 500.0, rng.lognormal(3.7, 0.7, spots))
    open_days = np.minimum(start + lasts, DAYS) - np.maximum(start, 0)
    strength = np.minimum(1 + rng.pareto(HOT_TAIL, spots), 60) * np.maximum(open_days, 0.5) ** 0.7
    strength *= open_days > 0
    spot = rng.choice(spots, count, p=_capped(share[category] * _shares(strength, category), sizes.reports / count))
    begin, end = np.maximum(start, 0)[spot], np.minimum(start + lasts, DAYS)[spot]
    building = np.zeros(count, dtype=np.int64)
    for number in range(spots):
        members = np.flatnonzero(spot == number)
        near = places.in_block(int(topic[number]), int(places.block[heart[number]]))
        near = near if len(near) else heart[number : number + 1]
        around = near[np.argsort(np.abs(near - heart[number]), kind="stable")][: int(rng.integers(2, 9))]
        building[members] = around[(rng.random(len(members)) ** 1.8 * len(around)).astype(np.int64)]
    channel = places.fitting(topic[spot], _channels(category[spot], rng))
    day = np.floor(begin + rng.random(count) * np.maximum(end - begin, 0.01))
    at = np.zeros(count)
    for c, name in enumerate(CATEGORIES):
        for h, way in enumerate(CHANNELS):
            members = np.flatnonzero((category[spot] == c) & (channel == h))
            at[members] = _working(day[members], way, days) * DAY_S + _seconds(name, way, len(members), rng)
    return _frame(category[spot], channel, topic[spot], building, at, spot)


def _shares(strength: Weights, category: Numbers) -> Weights:
    """The strength of each hot place as a share of its category's."""
    sums = np.bincount(category, strength)[category]
    return np.asarray(strength / np.maximum(sums, 1e-9))


def _capped(weight: Weights, reports_a_draw: float) -> Weights:
    """Chances of the hot places, none above HOTTEST of all reports or four times the mean, whichever is more."""
    chance = weight / weight.sum()
    highest = max(HOTTEST * reports_a_draw, 4 / len(weight))
    for _ in range(60):
        chance = np.minimum(chance, highest)
        chance = chance / chance.sum()
    return np.asarray(chance)


def _working(day: Weights, channel: str, days: npt.NDArray[np.datetime64]) -> Weights:
    """The same days, moved to the Friday before where the channel rests on the weekend."""
    if channel not in ("petition", "mediation", "walk_in"):
        return day
    weekday = (days.astype("datetime64[D]").astype(np.int64)[np.minimum(day, DAYS - 1).astype(np.int64)] + 3) % 7
    return np.maximum(day - np.maximum(weekday - 4, 0), 0)


def _next_working(day: Weights, channel: str, days: npt.NDArray[np.datetime64]) -> Weights:
    """The same days, moved to the Monday after where the channel rests on the weekend."""
    if channel == "grid":
        return day
    weekday = (days.astype("datetime64[D]").astype(np.int64)[0] + day.astype(np.int64) + 3) % 7
    return day + np.where(weekday > 4, 7 - weekday, 0)


def _bursts(places: Places, count: int, days: npt.NDArray[np.datetime64], rng: np.random.Generator) -> pl.DataFrame:
    """Breakdowns of which many tell within hours, from different buildings of one block; each is one matter."""
    known = [number for number, topic in enumerate(places.topics) if topic.burst and len(places.by_topic[number])]
    names, ways = list(CATEGORIES), list(CHANNELS)
    parts: list[pl.DataFrame] = []
    left, matter = count, 0
    while left > 0:
        topic = int(rng.choice(known))
        size = min(int(rng.integers(8, 41)), left)
        near = places.in_block(topic, int(places.block[places.draw(topic, 1, rng)[0]]))
        begin = rng.uniform(0, len(days) - 1.5) // 1 * DAY_S + _seconds("facility", "12345", 1, rng)[0]
        category = np.full(size, names.index(places.topics[topic].category))
        channel = rng.choice([ways.index("12345"), ways.index("web"), ways.index("110")], size, p=(0.78, 0.14, 0.08))
        at = begin + np.sort(np.minimum(rng.exponential(5, size), BURST_HOURS)) * HOUR_S
        part = _frame(category, channel, np.full(size, topic), rng.choice(near, size), at)
        is_again = pl.Series(np.arange(size) > 0)
        parts.append(part.with_columns(pl.lit(matter, pl.Int64).alias("thread"), is_again.alias("is_again")))
        left, matter = left - size, matter + 1
    nothing = np.empty(0, dtype=np.int64)
    empty = _frame(nothing, nothing, nothing, nothing, np.empty(0))
    empty = empty.with_columns(pl.lit(None, pl.Int64).alias("thread"))
    return pl.concat([*parts, empty], how="diagonal").select(_COLUMNS)


def _repeats(
    places: Places,
    first: pl.DataFrame,
    count: int,
    days: npt.NDArray[np.datetime64],
    end: int,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Later reports of the same matters; some matters are told again and again."""
    weight = 1 + rng.pareto(1.6, len(first))
    latest = end - 60
    weight = np.minimum(weight, 14) * (first["at"].to_numpy() < latest - 2 * HOUR_S)
    rows = rng.choice(len(first), count, p=weight / weight.sum())
    again = first[rows]
    channel = np.where(
        rng.random(count) < 0.45, again["channel"].to_numpy(), _channels(again["category"].to_numpy(), rng)
    )
    channel = places.fitting(again["topic"].to_numpy(), channel)
    delay = rng.exponential(REPEAT_DAYS, count) * DAY_S + 900
    at = np.minimum(again["at"].to_numpy() + delay, latest - rng.uniform(0, HOUR_S, count))
    at = np.maximum(at, again["at"].to_numpy() + 60)
    ways = np.array(list(CHANNELS))[channel]
    for way in CHANNEL_HOURS:
        members = np.flatnonzero(ways == way)
        day = _next_working(at[members] // DAY_S + (way != "grid"), way, days)
        at[members] = day * DAY_S + _seconds("help", way, len(members), rng)
    late = (at > latest) | (at <= again["at"].to_numpy())
    channel = np.where(late, 0, channel)
    at = np.where(late, np.minimum(again["at"].to_numpy() + delay / 8 + 600, latest), at)
    return again.with_columns(
        pl.Series("channel", channel), pl.Series("at", at.astype(np.int64)),
        pl.lit(value=True).alias("is_again"), pl.Series("same_person", rng.random(count) < SAME_PERSON),
    ).select(_COLUMNS)  # fmt: skip
