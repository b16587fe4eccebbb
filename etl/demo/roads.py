"""Names and classes for the pieces of the network: a road is a chain of pieces that runs on without a sharp turn."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from etl.demo.dividing import Division
from etl.demo.ground import Ground, Zone
from etl.demo.naming import MARKET_STREETS, Names, lane_words, road_words, shuffled
from etl.demo.sizes import stream
from etl.demo.streets import Network, Piece

SHARP_TURN: Final = 0.6
"""Radians; beyond it a road ends and another begins."""


@dataclass(frozen=True, slots=True)
class Road:
    """A named road: the numbers of its pieces from one end to the other, and its OSM highway class."""

    name: str
    pieces: list[int]
    highway: str


def name_roads(ground: Ground, division: Division, network: Network, seed: int) -> list[Road]:
    """Name every chain; town roads are unique in the district, market streets repeat from town to town on purpose."""
    rng = stream(seed, "names")
    taken: set[str] = set()
    stems, lanes = Names(road_words(rng), taken), Names(lane_words(rng), taken)
    markets = {t: shuffled(MARKET_STREETS, rng) for t in range(len(division.town_codes))}
    roads = []
    for chain in sorted(_chains(network), key=lambda c: -sum(_length(network.pieces[p]) for p in c)):
        piece = network.pieces[chain[0]]
        zone, town = _where(ground, division, piece)
        length = sum(_length(network.pieces[p]) for p in chain)
        highway = _highway(piece, zone, length)
        roads.append(Road(_name(piece, zone, length, stems, lanes, markets[town]), chain, highway))
    return roads


def _name(piece: Piece, zone: Zone, length: float, stems: Names, lanes: Names, market: list[str]) -> str:
    if piece.kind == "bridge":
        return stems.take() + "桥"
    if piece.kind == "lane":
        return lanes.take() + "巷"
    if zone == Zone.CENTRE:
        return market.pop() if market else stems.take() + "街"
    if zone == Zone.RURAL:
        return stems.take() + "路" if length > 2500 or piece.radial >= 0 else ""
    return stems.take() + ("大道" if length > 2600 else "路" if length > 500 else "街")


def _highway(piece: Piece, zone: Zone, length: float) -> str:
    if piece.kind == "lane":
        return "footway" if zone == Zone.CORE and length < 120 else "service"
    if piece.kind == "bridge" or piece.radial >= 0:
        return "secondary"
    if zone == Zone.RURAL:
        return "unclassified"
    return "primary" if length > 2600 else "tertiary" if length > 900 else "residential"


def _where(ground: Ground, division: Division, piece: Piece) -> tuple[Zone, int]:
    sides = [side for side in (piece.left, piece.right) if side >= 0]
    if not sides:
        return Zone.CORE, 0
    block = min(sides, key=lambda side: (ground.zones[side], side))
    return Zone(int(ground.zones[block])), int(division.block_town[block])


def _chains(network: Network) -> list[list[int]]:
    at: dict[int, list[int]] = {}
    for number, piece in enumerate(network.pieces):
        at.setdefault(piece.a, []).append(number)
        at.setdefault(piece.b, []).append(number)
    free = np.ones(len(network.pieces), dtype=bool)
    chains = []
    for number, piece in enumerate(network.pieces):
        if not free[number]:
            continue
        free[number] = False
        ahead = _follow(network, at, free, number, piece.b)
        behind = _follow(network, at, free, number, piece.a)
        chains.append([*behind[::-1], number, *ahead])
    return chains


def _follow(
    network: Network,
    at: dict[int, list[int]],
    free: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    number: int,
    node: int,
) -> list[int]:
    """The pieces that carry on from a node, taken off the free ones as they are found."""
    found: list[int] = []
    kind = network.pieces[number].kind
    heading = _heading(network.pieces[number], node, leaving=False)
    while kind not in ("lane", "bridge"):
        turns = [
            (abs(_turn(heading, _heading(network.pieces[n], node, leaving=True))), n)
            for n in at[node]
            if free[n] and network.pieces[n].kind == kind
        ]
        turn, best = min(turns, default=(np.inf, -1))
        if turn > SHARP_TURN:
            break
        free[best] = False
        found.append(best)
        piece = network.pieces[best]
        node = piece.b if piece.a == node else piece.a
        heading = _heading(piece, node, leaving=False)
    return found


def _heading(piece: Piece, node: int, *, leaving: bool) -> float:
    """Direction of travel at a node: on leaving it along the piece, or on arriving at it."""
    line = piece.line if piece.a == node else piece.line[::-1]
    step = line[1] - line[0]
    angle = float(np.arctan2(step[1], step[0]))
    return angle if leaving else angle + np.pi


def _turn(before: float, after: float) -> float:
    return float(np.angle(np.exp(1j * (after - before))))


def _length(piece: Piece) -> float:
    return float(np.hypot(*np.diff(piece.line, axis=0).T).sum())
