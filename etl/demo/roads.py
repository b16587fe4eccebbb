"""Which pieces make one road, what it is called, how wide it is, and where along it each piece lies."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from etl.demo import naming
from etl.demo.dividing import Division
from etl.demo.ground import Ground, Numbers, Points, Zone, in_degrees
from etl.demo.sizes import stream
from etl.demo.streets import Network, Piece

STRAIGHT_ON: Final = 0.7
"""Two pieces belong to one road when the turn between them is smaller than this (radians, 40 degrees)."""
SECTION_M: Final = 1_300.0
"""Long roads are cut in sections (一段, 二段) of about this length, each with its own door numbers."""
LONG_ROAD_M: Final = 2_300.0
AVENUES: Final = 9
BANK_ROADS: Final = ("滨河东", "滨河西", "沿江", "河堤")

Chain = list[tuple[int, bool]]
"""Pieces of one road in order, each with whether it is walked from a to b."""


@dataclass(frozen=True, slots=True)
class Roads:
    """One row a piece: its road's name ("" when it has none), class, one-way flag, the series of door numbers it
    belongs to, the metres at which its start lies in that series, and whether it runs along the series."""

    pieces: list[Piece]
    names: list[str]
    classes: list[str]
    oneway: Numbers
    series: Numbers
    start_m: Points
    is_forward: npt.NDArray[np.bool_]
    zones: Numbers
    towns: Numbers


def make_roads(network: Network, ground: Ground, division: Division, town_names: list[str], seed: int) -> Roads:
    """Join pieces to roads and name them."""
    pieces = network.pieces
    count = len(pieces)
    zones = np.array([_zone(p, ground) for p in pieces])
    towns = np.array([_town(p, division) for p in pieces])
    roads = Roads(
        pieces, [""] * count, ["unclassified"] * count, np.zeros(count, np.int64), np.zeros(count, np.int64),
        np.zeros(count), np.ones(count, bool), zones, towns,
    )  # fmt: skip
    namer = _Namer(roads, town_names, stream(seed, "streets"))
    for chain in sorted(_chains(network), key=lambda chain: -_total(pieces, chain)):
        namer.name(chain)
    return roads


def road_table(roads: Roads) -> gpd.GeoDataFrame:
    """The roads as the file roads.gpkg holds them."""
    lines = in_degrees(np.array([shapely.LineString(p.line) for p in roads.pieces]))
    columns: dict[str, Any] = {"路名": roads.names, "等级": roads.classes, "单行": roads.oneway}
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs=4326)


def length(piece: Piece) -> float:
    """Metres of a piece."""
    return float(np.hypot(*np.diff(piece.line, axis=0).T).sum())


def _total(pieces: list[Piece], chain: Chain) -> float:
    return sum(length(pieces[number]) for number, _ in chain)


def _zone(piece: Piece, ground: Ground) -> int:
    blocks = [block for block in (piece.left, piece.right) if block >= 0]
    return min((int(ground.zones[block]) for block in blocks), default=int(Zone.CORE))


def _town(piece: Piece, division: Division) -> int:
    block = piece.left if piece.left >= 0 else piece.right
    return int(division.block_town[block]) if block >= 0 else 0


def _heading(piece: Piece, node: int) -> float:
    """Direction in which a piece leaves a node."""
    away = piece.line[1] - piece.line[0] if piece.a == node else piece.line[-2] - piece.line[-1]
    return float(np.arctan2(away[1], away[0]))


def _partners(network: Network) -> dict[tuple[int, int], int]:
    """For each piece end, the piece that carries the road on: pairs with the smallest turn first."""
    at_node: dict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(network.pieces):
        at_node[piece.a].append(number)
        at_node[piece.b].append(number)
    partner: dict[tuple[int, int], int] = {}
    for node, numbers in at_node.items():
        headings = {n: _heading(network.pieces[n], node) for n in numbers}
        turns = []
        for i, one in enumerate(numbers):
            for other in numbers[i + 1 :]:
                p, q = network.pieces[one], network.pieces[other]
                if p.kind == q.kind and p.radial == q.radial and p.kind != "bridge":
                    turn = abs(abs((headings[one] - headings[other] + np.pi) % (2 * np.pi) - np.pi) - np.pi)
                    turns.append((0.0 if p.radial >= 0 else turn, one, other))
        for turn, one, other in sorted(turns):
            if turn < STRAIGHT_ON and (one, node) not in partner and (other, node) not in partner:
                partner[one, node], partner[other, node] = other, one
    return partner


def _chains(network: Network) -> list[Chain]:
    """The pieces of each road in order, from the end nearer to the middle of the district."""
    partner = _partners(network)
    seen: set[int] = set()
    chains: list[Chain] = []
    pieces = network.pieces
    ends_first = sorted(
        range(len(pieces)),
        key=lambda n: ((n, pieces[n].a) in partner) and ((n, pieces[n].b) in partner),
    )
    for first in ends_first:
        if first in seen:
            continue
        at = pieces[first].a if (first, pieces[first].a) not in partner else pieces[first].b
        chain: Chain = []
        number = first
        while number not in seen:
            seen.add(number)
            is_forward = pieces[number].a == at
            at = pieces[number].b if is_forward else pieces[number].a
            chain.append((number, is_forward))
            number = partner.get((number, at), number)
        chains.append(_outward(network, chain))
    return chains


def _outward(network: Network, chain: Chain) -> Chain:
    (first, first_forward), (last, last_forward) = chain[0], chain[-1]
    start = network.pieces[first].line[0 if first_forward else -1]
    end = network.pieces[last].line[-1 if last_forward else 0]
    if np.hypot(*start) <= np.hypot(*end):
        return chain
    return [(number, not is_forward) for number, is_forward in reversed(chain)]


@dataclass(frozen=True, slots=True)
class _Called:
    """What a road is called before it is cut in sections, and its class."""

    stem: str
    suffix: str
    road_class: str
    may_split: bool = False


class _Namer:
    """Names roads one after the other, the longest first, and numbers their series."""

    def __init__(self, roads: Roads, town_names: list[str], rng: np.random.Generator) -> None:
        self.roads, self.town_names, self.rng = roads, town_names, rng
        self.taken: set[str] = set()
        self.in_town: dict[int, set[str]] = defaultdict(set)
        self.words = naming.Names(naming.road_words(rng), self.taken)
        self.lanes = naming.Names(naming.lane_words(rng), self.taken)
        self.series, self.avenues, self.banks = 0, 0, 0

    def name(self, chain: Chain) -> None:
        """Name one road and lay its door numbers out."""
        pieces = self.roads.pieces
        total = _total(pieces, chain)
        metres = np.zeros(4)
        for number, _ in chain:
            metres[self.roads.zones[number]] += length(pieces[number])
        zone = Zone(int(metres.argmax()))
        called = self._free(self._called(pieces[chain[0][0]], zone, total, chain), zone, chain)
        section_of = self._sections(chain, total, called)
        begun, since, before = 0.0, 0.0, ""
        for number, is_forward in chain:
            run = length(pieces[number])
            section = section_of((begun + run / 2) / total) if called.stem else ""
            if begun == 0.0 or section != before:
                self.series += 1
                since, before = begun, section
            self._write(number, called, section)
            self.roads.series[number], self.roads.is_forward[number] = self.series, is_forward
            self.roads.start_m[number] = begun - since + (0.0 if is_forward else run)
            begun += run
        if pieces[chain[0][0]].kind == "lane" and self.rng.random() < 0.15:
            self.roads.oneway[chain[0][0]] = int(self.rng.choice((-1, 1)))

    def _write(self, number: int, called: _Called, section: str) -> None:
        is_side = section.endswith(called.suffix)
        full = called.stem + section if is_side and section else called.stem + called.suffix + section
        self.roads.names[number] = full if called.stem else ""
        self.roads.classes[number] = called.road_class

    def _free(self, called: _Called, zone: Zone, chain: Chain) -> _Called:
        """The same road under a name that no other road has in any town it passes."""
        passed = {int(self.roads.towns[number]) for number, _ in chain}
        stem = called.stem
        while stem and zone != Zone.CENTRE and any(stem + called.suffix in self.in_town[t] for t in passed):
            stem = self.words.take()
        for town in passed:
            self.in_town[town].add(stem + called.suffix)
        return _Called(stem, called.suffix, called.road_class, called.may_split)

    def _called(self, first: Piece, zone: Zone, total: float, chain: Chain) -> _Called:
        if first.kind == "bridge":
            return _Called(self.words.take(), "大桥", "secondary")
        if first.kind == "bank":
            self.banks += 1
            is_named = zone != Zone.RURAL and self.banks <= len(BANK_ROADS)
            return _Called(
                BANK_ROADS[self.banks - 1] if is_named else "", "路", "tertiary" if is_named else "unclassified"
            )
        if first.radial >= 0:
            name = "旌" + self.town_names[first.radial][0]
            name = self.words.take() if name in self.taken else name
            self.taken.add(name)
            return _Called(name, "路", "primary" if total > 4_000 else "secondary")
        if first.kind == "lane":
            road_class = str(self.rng.choice(("residential", "service", "footway"), p=(0.7, 0.15, 0.15)))
            return _Called(self.lanes.take(), "巷", road_class)
        if zone == Zone.CENTRE:
            return self._market_street(chain)
        if zone == Zone.RURAL:
            is_named = total > 1_600 or self.rng.random() < 0.3
            return _Called(self.words.take() if is_named else "", "路", "tertiary" if total > 3_500 else "unclassified")
        return self._city_road(total)

    def _city_road(self, total: float) -> _Called:
        if total > 3_000 and self.avenues < AVENUES:
            self.avenues += 1
            return _Called(self.words.take(), "大道" if self.avenues % 2 else "路", "primary", may_split=True)
        if total > 1_400:
            return _Called(self.words.take(), "路", "secondary", may_split=True)
        if total > 500:
            return _Called(self.words.take(), "街" if self.rng.random() < 0.4 else "路", "tertiary")
        return _Called((self.lanes if total < 260 else self.words).take(), "巷" if total < 260 else "街", "residential")

    def _market_street(self, chain: Chain) -> _Called:
        """Streets of market towns have the same few names everywhere: homonyms, unique within a town."""
        passed = {int(self.roads.towns[number]) for number, _ in chain}
        for name in naming.shuffled(naming.MARKET_STREETS, self.rng):
            if not any(name in self.in_town[town] for town in passed):
                return _Called(name[:-1], name[-1], "tertiary")
        return _Called(self.words.take(), "街", "residential")

    def _sections(self, chain: Chain, total: float, called: _Called) -> Callable[[float], str]:
        """From the share of the road walked to the words of the section: 二段, or 东路 for the whole ending."""
        draw = self.rng.random()
        if not called.may_split or total < LONG_ROAD_M or draw > 0.85:
            return lambda share: ""
        if draw < 0.5 or called.suffix != "路":
            count = max(2, round(total / SECTION_M))
            return lambda share: naming.SECTIONS[min(int(share * count), count - 1, 9)]
        pieces = self.roads.pieces
        east, north = pieces[chain[-1][0]].line[-1] - pieces[chain[0][0]].line[0]
        words = ("西", "东") if abs(east) > abs(north) else ("南", "北")
        words = words if (east if abs(east) > abs(north) else north) > 0 else words[::-1]
        return lambda share: words[int(share >= 0.5)] + called.suffix
