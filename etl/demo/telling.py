"""How a report is told: its words, its words for the place with their damage, and the truth beside them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from etl.demo.houses import Houses, full_prefix
from etl.demo.matters import Reports
from etl.demo.phrases import MATTERS, NEAR_WORDS, OPENINGS, PERSONAL, PLACE_SPEECH, SINCE, WISHES
from etl.demo.sizes import COUNTY, stream

KINDS: Final = ("clean", "damaged", "vague", "wrong", "missing")
KIND_SHARES: Final = (0.55, 0.25, 0.12, 0.05, 0.03)
WITH_ROOM: Final = 0.35
PERSONAL_SHARE: Final = 0.04
"""Reports whose words hold a name or a phone number: the masking is there for them."""
WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")
CHINESE: Final = "零一二三四五六七八九"
FAR_NUMBER: Final = 4_000
"""Added to a house number to make one that no road here has."""


@dataclass(frozen=True, slots=True)
class Site:
    """What can be said about one place."""

    road: str
    number: str
    estate: str
    building: str
    unit: str
    room: str
    group: str
    village: str
    town: str


def tell(houses: Houses, reports: Reports, town_names: list[str], village_names: list[str], seed: int) -> pl.DataFrame:
    """words, place, noise (tags), level, source_ref (null for areas) for each report, in its order."""
    rng = stream(seed, "words")
    rooms = _rooms_of(houses)
    buildings = houses.buildings.select(
        "id", "road", "number", "estate", "building", "group", "village", "town", "source_ref", "use"
    ).rows(named=True)
    rows = []
    kinds = rng.choice(KINDS, len(reports.table), p=KIND_SHARES)
    for kind, category, number in zip(
        kinds.tolist(), reports.table["category"].to_list(), reports.table["building"].to_list(), strict=True
    ):
        house = buildings[number]
        held = rooms.get(house["id"])
        room = held[int(rng.integers(len(held)))] if held and rng.random() < WITH_ROOM else None
        site = _site(house, room, town_names, village_names)
        place, level, noise = _place(kind, site, rng)
        has_row = level in ("room", "building", "door")
        ref = (room[2] if room and level == "room" else house["source_ref"]) if has_row else None
        rows.append((_words(category, site, place, rng), place, [kind, *noise], level, ref))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "words": pl.String,
        "place": pl.String,
        "noise": pl.List(pl.String),
        "level": pl.String,
        "source_ref": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rooms_of(houses: Houses) -> dict[int, list[tuple[int, int, str]]]:
    found: dict[int, list[tuple[int, int, str]]] = {}
    for building, unit, room, ref in houses.rooms.select("building_id", "unit", "room", "source_ref").iter_rows():
        found.setdefault(building, []).append((unit, room, ref))
    return found


def _site(house: dict[str, object], room: tuple[int, int, str] | None, towns: list[str], villages: list[str]) -> Site:
    def said(key: str) -> str:
        return "" if house[key] is None else str(house[key])

    unit = str(room[0]) if room and room[0] else ""
    return Site(
        said("road"), said("number"), said("estate"), said("building"), unit, str(room[1]) if room else "",
        said("group"), villages[int(str(house["village"]))], towns[int(str(house["town"]))],
    )  # fmt: skip


def _place(kind: str, site: Site, rng: np.random.Generator) -> tuple[str, str, list[str]]:
    """(the words, the level they tell at best, tags of what was done to them)."""
    level = "room" if site.room else "building" if site.estate else "door"
    if kind == "missing":
        return "", "none", []
    if kind == "vague":
        return _vague(site, rng)
    if kind == "wrong":
        wrong = Site(site.road, str(int(site.number or 1) + FAR_NUMBER), "", "", "", "", site.group, site.village, "")
        place = _plain(wrong, COUNTY, "栋")
        return place, "road" if site.road else "village", ["no_such_number"]
    prefix = ("", COUNTY, f"原州市{COUNTY}", full_prefix(site.town, site.village))[int(rng.integers(4))]
    if kind == "clean":
        return _plain(site, prefix, "栋"), level, []
    return _damaged(site, prefix if rng.random() < 0.4 else "", level, rng)


def _plain(site: Site, prefix: str, tower: str) -> str:
    if site.group:
        return f"{prefix.removesuffix(site.village)}{site.village}{site.group}组{site.number}号"
    plate = f"{site.road}{site.number}号" if site.number else ""
    inside = f"{site.estate}{site.building}{tower}" if site.estate else ""
    unit = f"{site.unit}单元" if site.unit else ""
    return f"{prefix}{plate}{inside}{unit}{site.room}"


def _vague(site: Site, rng: np.random.Generator) -> tuple[str, str, list[str]]:
    near = NEAR_WORDS[int(rng.integers(len(NEAR_WORDS)))]
    if site.estate and rng.random() < 0.6:
        return f"{site.estate}{near}", "estate", ["estate_only", "near"]
    if site.road and rng.random() < 0.7:
        return f"{site.road}{near}", "road", ["road_only", "near"]
    return f"{site.town}{site.village}", "village", ["village_only"]


def _damaged(site: Site, prefix: str, level: str, rng: np.random.Generator) -> tuple[str, str, list[str]]:
    """One or two kinds of light damage."""
    tags = []
    tower = "栋"
    if site.estate:
        tower = ("幢", "号楼", "座", "动")[int(rng.integers(4))]
        tags.append("tower_word")
    place = _plain(site, prefix, tower)
    if rng.random() < 0.3:
        place, tag = place.translate(WIDE), "full_width"
        tags.append(tag)
    elif rng.random() < 0.3 and site.building and int(site.building) < 10:
        place = place.replace(f"{site.building}{tower}", f"{CHINESE[int(site.building)]}{tower}")
        tags.append("chinese_number")
    elif site.unit and rng.random() < 0.4:
        place = place.replace(f"{site.building}{tower}{site.unit}单元", f"{site.building}-{site.unit}-")
        tags.append("dashes")
    if not tags or rng.random() < 0.2:
        place = PLACE_SPEECH[int(rng.integers(3, len(PLACE_SPEECH)))].format(p=place)
        tags.append("speech")
    return place, level, tags


def _words(category: str, site: Site, place: str, rng: np.random.Generator) -> str:
    def one(choices: tuple[str, ...]) -> str:
        return choices[int(rng.integers(len(choices)))]

    where = (
        one(PLACE_SPEECH).format(p=place) if place and rng.random() < 0.5 else site.estate or site.road or site.village
    )
    personal = ""
    if rng.random() < PERSONAL_SHARE:
        personal = one(PERSONAL).format(s=one(tuple("王李张刘陈杨")), p=f"12{int(rng.integers(10**8, 10**9))}")
    return f"{one(OPENINGS)}{where}，{one(SINCE)}{one(MATTERS[category])}。{one(WISHES)}{personal}"
