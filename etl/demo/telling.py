"""Each report as its reporter told it: who, where in which words, and the whole text in the manner of the channel."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from etl.demo.houses import Houses
from etl.demo.matters import Reports
from etl.demo.phrases import phrases, pick, topics
from etl.demo.roads import Roads
from etl.demo.saying import NEAR, Said, Site, plain, say
from etl.demo.sizes import COUNTY, stream

KINDS: Final = ("clean", "damaged", "vague", "wrong", "missing")
KIND_SHARES: Final = (0.55, 0.25, 0.12, 0.05, 0.03)
CLEAN_GRID: Final = 0.45
"""Share of grid workers' reports whose place is made clean, whatever was drawn: they stand on the spot."""
ROOM_SHARE: Final = {"neighbour": 0.8, "family": 0.75, "property": 0.45, "noise": 0.5, "help": 0.6, "safety": 0.35,
                     "facility": 0.3, "illegal_building": 0.4}  # fmt: skip
"""Reports from buildings with rooms that tell the room, by category; a few per cent in the others."""
PERSONAL_SHARE: Final = 0.07
IN_WORDS_SHARE: Final = 0.6
"""Reports with no place in its own field that tell it in their words."""
AT_HOME: Final = frozenset(
    {"facility", "neighbour", "family", "property", "noise", "safety", "help", "illegal_building"}
)
"""Categories in which people say "I live at …"."""
OWN_TIME: Final = ("{d}", "{h}", "每天", "连续", "去年", "又坏了", "交了物业费", "今天", "上次", "这个月", "不按时间")
"""Lines that say when or how long by themselves; nothing of the kind is put before them."""
IN_ESTATES: Final = ("小区", "我家楼下")
DRAWS: Final = 48
"""Random numbers set aside for one report."""
SAME_HOUSE: Final = 0.72
"""Reporters who live in the building they report about, where anybody lives there."""


Person = tuple[str, str, bool]
"""Name, phone ("" for none), whether a woman."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the text of a report is made of."""

    channel: str
    topic: int
    where: str
    level: str
    person: str
    phone: str
    is_woman: bool
    is_personal: bool


@dataclass(frozen=True, slots=True)
class _Sources:
    """Look-ups by building: its row, its rooms, the people and the shop in it; roads that cross a road."""

    buildings: list[dict[str, Any]]
    rooms: dict[int, list[tuple[int, str, str]]]
    residents: dict[int, tuple[int, int]]
    names: list[str]
    phones: list[str]
    women: list[bool]
    shops: dict[int, str]
    shop_blocks: dict[int, list[str]]
    crossing: dict[str, list[str]]
    doubled: frozenset[str]
    towns: list[str]
    villages: list[str]


def tell(
    houses: Houses, reports: Reports, people: pl.DataFrame, firms: pl.DataFrame, roads: Roads, towns: list[str],
    villages: list[str], seed: int,
) -> pl.DataFrame:  # fmt: skip
    """For each report, in its order: words, place, person, phone, and of the truth source_ref, level, noise (tags)."""
    rng = stream(seed, "words")
    sources = _sources(houses, people, firms, roads, towns, villages)
    table = reports.table
    kinds = np.array(KINDS)[np.searchsorted(np.cumsum(KIND_SHARES), rng.random(len(table)) * 0.999_999)]
    is_clean = (table["channel"] == "grid").to_numpy() & (rng.random(len(table)) < CLEAN_GRID)
    kinds = np.where(is_clean, "clean", kinds).tolist()
    reporters: dict[int, Person] = {}
    told = []
    columns = ("thread", "category", "channel", "topic", "building", "same_person")
    for start in range(0, len(table), 20_000):
        part = table.slice(start, 20_000)
        luck = rng.random((len(part), DRAWS)).tolist()
        for number, (row, draws) in enumerate(zip(part.select(columns).iter_rows(), luck, strict=True)):
            told.append(_report(row, kinds[start + number], iter(draws), sources, reporters))
    schema: dict[str, Any] = {
        "words": pl.String, "place": pl.String, "person": pl.String, "phone": pl.String, "source_ref": pl.String,
        "level": pl.String, "noise": pl.List(pl.String),
    }  # fmt: skip
    return pl.DataFrame(told, schema=schema, orient="row")


def _sources(
    houses: Houses, people: pl.DataFrame, firms: pl.DataFrame, roads: Roads, towns: list[str], villages: list[str]
) -> _Sources:
    rooms: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for building, unit, said, ref in houses.rooms.select("building_id", "unit", "said", "source_ref").iter_rows():
        rooms[building].append((unit, said, ref))
    ordered = people.select("building_id", "姓名", "联系电话", pl.col("性别") == "女").sort(
        "building_id", maintain_order=True
    )
    starts = ordered.with_row_index().group_by("building_id", maintain_order=True).agg(pl.col("index").min(), pl.len())
    open_now = firms.filter(pl.col("企业类型") == "个体工商户")
    shops = dict(zip(open_now["building_id"].to_list(), open_now["企业名称"].to_list(), strict=True))
    block_of = houses.buildings["block"].to_list()
    shop_blocks: dict[int, list[str]] = defaultdict(list)
    for building, name in shops.items():
        shop_blocks[block_of[building]].append(name)
    crossing: dict[str, set[str]] = defaultdict(set)
    at_node: dict[int, set[str]] = defaultdict(set)
    for piece, name in zip(roads.pieces, roads.names, strict=True):
        if name and not name.endswith("桥"):
            at_node[piece.a].add(name)
            at_node[piece.b].add(name)
    for met in at_node.values():
        for name in met:
            crossing[name] |= met - {name}
    buildings = houses.buildings
    doubled = set()
    for part in ("road", "estate"):
        counted = buildings.filter(pl.col(part).is_not_null()).group_by(part).agg(pl.col("town").n_unique())
        doubled |= set(counted.filter(pl.col("town") > 1)[part].to_list())
    return _Sources(
        buildings.to_dicts(), rooms, {b: (i, i + n) for b, i, n in starts.iter_rows()}, ordered["姓名"].to_list(),
        ordered["联系电话"].to_list(), ordered["性别"].to_list(), shops, shop_blocks, {name: sorted(met) for name, met in crossing.items()},
        frozenset(doubled), towns, villages,
    )  # fmt: skip


def _report(
    row: tuple[int, str, str, int, int, bool], kind: str, luck: Any, sources: _Sources, reporters: dict[int, Person]
) -> tuple[str, str, str, str, str | None, str, list[str]]:
    thread, category, channel, topic, building, same_person = row
    draw = luck.__next__
    site = _site(sources.buildings[building], category, topic, sources, draw)
    person = _reporter(building, sources, draw)
    if same_person and thread in reporters:
        person = reporters[thread]
    reporters.setdefault(thread, person)
    is_missing = kind == "missing"
    said = say("clean" if is_missing else kind, site, draw)
    if is_missing and draw() > IN_WORDS_SHARE:
        said = Said("", "none", None, ())
    tags = ["missing", *(["in_words"] if said.words else [])] if is_missing else list(said.tags)
    if said.ref and sources.doubled.intersection((site.road, site.estate)) and site.town not in said.words:
        tags.append("homonym")
    where = said.words if is_missing or draw() < 0.55 else _short(site, said, draw)
    is_personal = draw() < PERSONAL_SHARE and channel != "grid" and bool(person[1])
    told = _Told(channel, topic, where, said.level, *person, is_personal)
    tags += ["personal"] if is_personal else []
    place = ("", "无", "不详", "-")[int(draw() * 4)] if is_missing else said.words
    return _words(told, site, draw), place, person[0], person[1], said.ref, said.level, tags


def _site(house: dict[str, Any], category: str, topic: int, sources: _Sources, draw: Any) -> Site:
    held = sources.rooms.get(house["id"])
    unit, room, room_ref = 0, "", ""
    if held and draw() < ROOM_SHARE.get(category, 0.06):
        unit, room, room_ref = held[int(draw() * len(held))]
    met = sources.crossing.get(house["road"] or "", ())
    shop = _shop(house, topics()[topic].trades, sources, draw)
    return Site(
        road=house["road"] or "", number=house["number"] or 0, plate=house["plate"], estate=house["estate"] or "",
        building=house["building"] or "", label=house["label"] or "{}", tower=house["tower"] or "", unit=unit, room=room,
        hamlet=house["hamlet"] or "", village=sources.villages[house["village"]], town=sources.towns[house["town"]],
        crossing=pick(met, draw()) if met else "", shop=shop, ref=house["source_ref"], room_ref=room_ref,
    )  # fmt: skip


def _shop(house: dict[str, Any], trades: tuple[str, ...], sources: _Sources, draw: Any) -> str:
    """The shop in the house, or one of its block; of the right trade where the topic wants one."""
    own = sources.shops.get(house["id"], "")
    if own and (not trades or own.endswith(trades)):
        return own
    near = [name for name in sources.shop_blocks.get(house["block"], ()) if not trades or name.endswith(trades)]
    return pick(near, draw()) if near else ""


def _reporter(building: int, sources: _Sources, draw: Any) -> Person:
    """Somebody of the house for most, else anybody of the district."""
    first, last = sources.residents.get(building, (0, 0))
    if last > first and draw() < SAME_HOUSE:
        number = first + int(draw() * (last - first))
    else:
        number = int(draw() * len(sources.names))
    for other in range(number, min(number + 6, len(sources.phones))):
        if sources.phones[other]:
            number = other
            break
    return sources.names[number], sources.phones[number], sources.women[number]


def _short(site: Site, said: Said, draw: Any) -> str:
    """What the text says of the place when another field has the address: less, and never more than that field."""
    if said.level in ("none", "road", "village", "estate"):
        return said.words if draw() < 0.5 else ""
    if site.hamlet:
        return site.village + (site.hamlet if draw() < 0.5 else "")
    if site.estate:
        return site.estate
    return site.road if draw() < 0.6 else plain(site)


def _words(report: _Told, site: Site, draw: Any) -> str:
    """The whole text: opening, place, since when, the matter, what it does to people, what is asked."""
    words, topic = phrases(), topics()[report.topic]
    title = report.person[:1] + ("女士" if report.is_woman else "先生")
    opening = pick(words.opening[report.channel], draw()).replace("{name}", title)
    said = pick(topic.lines, draw())
    line = _line(said, site, topic.trades, draw)
    is_timed = topic.when == "none" or report.channel == "grid" or any(word in said for word in OWN_TIME)
    since = "" if is_timed else pick(words.speech[f"since_{topic.when}"], draw())
    impact = pick(words.impact.get(topic.category, words.impact["default"]), draw()) if not topic.is_plain else ""
    closing = "。" if topic.is_plain else pick(words.closing[report.channel], draw())
    if report.is_personal:
        told = pick(words.personal, draw())
        closing += (
            told.replace("{s}", report.person[:1])
            .replace("{t}", title)
            .replace("{name}", report.person)
            .replace("{f}", report.phone)
        )
    return f"{opening}{_where(report, site, draw)}{since}{line}{impact}{closing}"


def _where(report: _Told, site: Site, draw: Any) -> str:
    """The place as a part of the sentence; home words only for what happens at home."""
    speech = phrases().speech
    if not report.where:
        near = [words for words in speech["where_none"] if site.estate or not words.startswith(IN_ESTATES)]
        return pick(near, draw()) if report.channel != "grid" else ""
    has_number = any(char.isdigit() or char in "一二三四五六七八九十零" for char in report.where)
    if report.where.endswith(NEAR):
        return f"{report.where}，"
    if report.level not in ("room", "building", "door") or not has_number:
        return pick(speech["where_vague"], draw()).replace("{p}", report.where)
    frames = speech["where"]
    if topics()[report.topic].category in AT_HOME and report.channel != "grid":
        frames = (*frames, *speech["where_home"] * 2)
    if report.level == "building":
        frames = (*frames, *speech["where_below"])
    return pick(frames, draw()).replace("{p}", report.where)


def _line(line: str, site: Site, trades: tuple[str, ...], draw: Any) -> str:
    """A topic's line with its slots filled."""
    if "{" not in line:
        return line
    speech = phrases().speech
    trade = pick(trades, draw()) if trades else "店"
    shop = (site.shop.removeprefix(COUNTY) if draw() < 0.6 else site.shop) or f"这家{trade}"
    for slot, word in (
        ("{shop}", shop), ("{d}", pick(speech["how_long"], draw())), ("{h}", pick(speech["hour"], draw())),
        ("{e}", pick(speech["evening"], draw())), ("{m}", pick(speech["money"], draw())), ("{n}", str(2 + int(draw() * 7))),
    ):  # fmt: skip
        line = line.replace(slot, word)
    return line
