"""The road network: planar, noded at every crossing, in one piece, with a river that few bridges cross."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree

from etl.demo.dividing import Division
from etl.demo.ground import Ground, Numbers, Points, Zone
from etl.demo.sizes import Sizes, stream

RIVER_MIN_BLOCKS: Final = 150
"""A smaller district lies on one bank."""
BANK_M: Final = 32.0
BRIDGE_APART_M: Final = {True: 900.0, False: 3_500.0}
"""Distance along the river from one bridge to the next: in town, in the country."""
DROPPED_RURAL: Final = 0.38
"""Share of the field edges beyond a spanning tree that carry no road."""


class Use:
    """What the inside of a block is for."""

    ESTATE, LANES, PLAIN = 0, 1, 2


@dataclass(slots=True)
class Piece:
    """One stretch of road between two crossings; `line` runs from node `a` to node `b`."""

    a: int
    b: int
    line: Points
    left: int
    right: int
    kind: str = "street"
    """street | bank | bridge | lane"""
    radial: int = -1


@dataclass(slots=True)
class Network:
    """Crossings and pieces, river and uses of the blocks."""

    nodes: list[Points]
    pieces: list[Piece]
    uses: Numbers
    river: list[int] = field(default_factory=list)

    def add_node(self, place: Points) -> int:
        """A new crossing on the lattice."""
        self.nodes.append(np.round(place))
        return len(self.nodes) - 1


def make_network(ground: Ground, division: Division, sizes: Sizes, seed: int) -> Network:
    """Lay roads along the edges of the blocks and lanes through some of them."""
    rng = stream(seed, "streets")
    inner = np.flatnonzero((ground.sides >= 0).all(axis=1))
    town = ground.zones != Zone.RURAL
    uses = np.where(town & (rng.random(len(town)) < 0.5), Use.ESTATE, Use.PLAIN)
    uses = np.where(town & (uses == Use.PLAIN) & (rng.random(len(town)) < 0.62), Use.LANES, uses)
    network = Network(nodes=list(ground.nodes), pieces=[], uses=uses)
    river = _river(ground, inner, sizes) if len(ground.blocks) >= RIVER_MIN_BLOCKS else []
    is_river = np.isin(inner, river)
    network.pieces = [_piece(ground, edge) for edge in inner[~is_river]]
    if river:
        _banks(network, ground, inner, river)
    _mark_radials(network, ground, division)
    network.pieces = _thin_out(network, ground, rng)
    _lanes(network, ground, rng)
    network.pieces = _largest(network)
    return network


def _piece(ground: Ground, edge: int) -> Piece:
    a, b = ground.edges[edge]
    left, right = ground.sides[edge]
    return Piece(int(a), int(b), ground.lines[edge], int(left), int(right))


def _length(line: Points) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _graph(pieces: list[Piece], count: int, weight: Points | None = None) -> csr_matrix:
    a, b = np.array([p.a for p in pieces]), np.array([p.b for p in pieces])
    values = np.array([_length(p.line) for p in pieces]) if weight is None else weight
    keep = _first_of_pair(a, b, values)
    return csr_matrix(coo_matrix((values[keep], (a[keep], b[keep])), shape=(count, count)))


def _first_of_pair(a: Numbers, b: Numbers, values: Points) -> Numbers:
    """Positions of the shortest piece between each two crossings (a sparse matrix would add them up)."""
    order = np.argsort(values, kind="stable")
    key = np.minimum(a, b) * (max(int(a.max()), int(b.max())) + 1) + np.maximum(a, b)
    return np.asarray(order[np.unique(key[order], return_index=True)[1]])


def _river(ground: Ground, inner: Numbers, sizes: Sizes) -> list[int]:
    """Edges of the river, in order from the northern border to the southern one, past the east of the middle."""
    pieces = [_piece(ground, edge) for edge in inner]
    outer = np.unique(ground.edges[(ground.sides < 0).any(axis=1)])
    linked = np.intersect1d(outer, ground.edges[inner])
    places = ground.nodes
    top = linked[np.argmax(places[linked, 1] - np.abs(places[linked, 0]))]
    bottom = linked[np.argmax(-places[linked, 1] - np.abs(places[linked, 0]))]
    inside = np.setdiff1d(np.unique(ground.edges[inner]), outer)
    middle = inside[np.argmin(np.hypot(places[inside, 0] - 0.11 * sizes.radius_m, places[inside, 1]))]
    weight = np.array([_length(p.line) for p in pieces])
    at_border = np.isin(ground.edges[inner], outer).any(axis=1)
    graph = _graph(pieces, len(places), weight + np.where(at_border, 1e5, 0))
    before = dijkstra(graph, directed=False, indices=[middle], return_predecessors=True)[1][0]
    path = [*_walk(before, top)[::-1], *_walk(before, bottom)[1:]]
    path = [node for i, node in enumerate(path) if node not in path[:i]] if len(set(path)) < len(path) else path
    edge_of = {frozenset(ground.edges[edge].tolist()): int(edge) for edge in inner}
    river = [edge_of.get(frozenset(pair), -1) for pair in pairwise(path)]
    return river if -1 not in river else []


def _walk(before: Numbers, end: int) -> list[int]:
    """Nodes from a tree's root to `end`, reversed: root first."""
    path = [int(end)]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _banks(network: Network, ground: Ground, inner: Numbers, river: list[int]) -> None:
    """Part the roads at the river, lead a road along each bank and bridge it here and there."""
    path = _in_order(ground, river)
    network.river = path
    bank_of_block = _bank_of_block(ground, inner, river)
    places = ground.nodes
    left_bank = bank_of_block[_side(ground, river[0], path[0], path[1], left=True)]
    node_at: dict[tuple[int, int], int] = {}
    for i, node in enumerate(path):
        along = places[path[min(i + 1, len(path) - 1)]] - places[path[max(i - 1, 0)]]
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1.0) * BANK_M
        for bank in (0, 1):
            offset = across if bank == left_bank else -across
            node_at[node, bank] = network.add_node(places[node] + offset)
    for piece in network.pieces:
        for end in ("a", "b"):
            if (getattr(piece, end), 0) in node_at:
                moved = node_at[getattr(piece, end), int(bank_of_block[piece.left])]
                setattr(piece, end, moved)
                piece.line = piece.line.copy()
                piece.line[0 if end == "a" else -1] = network.nodes[moved]
    since, is_first = 0.0, True
    for i, edge in enumerate(river):
        for bank in (0, 1):
            a, b = node_at[path[i], bank], node_at[path[i + 1], bank]
            block = _side(ground, edge, path[i], path[i + 1], left=bank == left_bank)
            sides = (block, -1) if bank == left_bank else (-1, block)
            network.pieces.append(Piece(a, b, np.array([network.nodes[a], network.nodes[b]]), *sides, kind="bank"))
        in_town = float(np.hypot(*places[path[i]])) < ground.core_radius_m * 1.5
        since += _length(ground.lines[edge])
        if is_first or since > BRIDGE_APART_M[in_town]:
            a, b = node_at[path[i + 1], 0], node_at[path[i + 1], 1]
            network.pieces.append(Piece(a, b, np.array([network.nodes[a], network.nodes[b]]), -1, -1, kind="bridge"))
            since, is_first = 0.0, False


def _in_order(ground: Ground, river: list[int]) -> list[int]:
    first, second = ground.edges[river[0]], ground.edges[river[1]]
    at = int(first[0]) if first[1] in second else int(first[1])
    path = [at]
    for edge in river:
        a, b = (int(v) for v in ground.edges[edge])
        at = b if a == at else a
        path.append(at)
    return path


def _side(ground: Ground, edge: int, start: int, end: int, *, left: bool) -> int:
    """The block left or right of an edge when walking from `start` to `end`."""
    is_forward = int(ground.edges[edge, 0]) == start and int(ground.edges[edge, 1]) == end
    return int(ground.sides[edge, 0 if is_forward == left else 1])


def _bank_of_block(ground: Ground, inner: Numbers, river: list[int]) -> Numbers:
    dry = ground.sides[np.setdiff1d(inner, river)]
    count = len(ground.blocks)
    graph = coo_matrix((np.ones(len(dry)), (dry[:, 0], dry[:, 1])), shape=(count, count))
    banks = connected_components(graph, directed=False)[1]
    return np.minimum(banks, 1).astype(np.int64)


def _mark_radials(network: Network, ground: Ground, division: Division) -> None:
    """The shortest ways from the middle to each market town are its main roads."""
    places = np.array(network.nodes)
    used = np.unique([[p.a, p.b] for p in network.pieces])
    middle = used[np.argmin(np.hypot(*places[used].T))]
    before = dijkstra(_graph(network.pieces, len(places)), directed=False, indices=[middle], return_predecessors=True)[
        1
    ][0]
    number_of = {frozenset((p.a, p.b)): i for i, p in enumerate(network.pieces)}
    for town, is_street in enumerate(division.is_street):
        members = np.flatnonzero(division.block_town == town)
        heart = ground.centres[members[np.argmax(division.weight[members] / ground.areas[members])]]
        goal = used[np.argmin(np.hypot(*(places[used] - heart).T))]
        path = [] if is_street else _walk(before, goal)
        for pair in pairwise(path):
            piece = network.pieces[number_of[frozenset(pair)]]
            if np.hypot(*piece.line.mean(axis=0)) > ground.core_radius_m and piece.radial < 0:
                piece.radial = town


def _thin_out(network: Network, ground: Ground, rng: np.random.Generator) -> list[Piece]:
    """Drop some of the field edges, never cutting anything off."""
    pieces, count = network.pieces, len(network.nodes)
    draw = rng.random(len(pieces))
    zones = np.append(ground.zones, int(Zone.RURAL))
    is_field = np.array([
        piece.kind in ("street", "bank") and piece.radial < 0
        and zones[piece.left] == Zone.RURAL and zones[piece.right] == Zone.RURAL
        for piece in pieces
    ])  # fmt: skip
    tree = minimum_spanning_tree(_graph(pieces, count, np.where(is_field, 1 + draw, 0.001 + draw * 1e-6)))
    in_tree = {frozenset(pair) for pair in np.transpose(tree.nonzero()).tolist()}
    is_kept = ~is_field | (draw > DROPPED_RURAL)
    return [p for p, keep in zip(pieces, is_kept, strict=True) if keep or frozenset((p.a, p.b)) in in_tree]


def _lanes(network: Network, ground: Ground, rng: np.random.Generator) -> None:
    """Lead a lane through each block meant for lanes, from the middle of one side to that of the opposite one."""
    around: dict[int, list[int]] = {}
    for number, piece in enumerate(network.pieces):
        for block in {piece.left, piece.right}:
            if block >= 0 and piece.kind == "street" and _length(piece.line) > 70:
                around.setdefault(block, []).append(number)
    middle: dict[int, int] = {}
    lanes: list[Piece] = []
    for block in np.flatnonzero(network.uses == Use.LANES).tolist():
        numbers = around.get(block, [])
        if len(numbers) < 2:
            continue
        heart = ground.centres[block]
        points = np.array([network.pieces[n].line[[0, -1]].mean(axis=0) for n in numbers]) - heart
        angles = np.arctan2(points[:, 1], points[:, 0])
        first = int(rng.integers(len(numbers)))
        facing = np.abs(np.angle(np.exp(1j * (angles - angles[first] - np.pi))))
        second = int(facing.argmin())
        if facing[second] > 0.8:
            continue
        ends = []
        for number in (numbers[first], numbers[second]):
            line = network.pieces[number].line
            if number not in middle:
                middle[number] = network.add_node(
                    line[[0, -1]].mean(axis=0) if len(line) == 2 else line[len(line) // 2]
                )
            ends.append(middle[number])
        a, b = ends
        lanes.append(Piece(a, b, np.array([network.nodes[a], network.nodes[b]]), block, block, kind="lane"))
    network.pieces = _split(network, middle) + lanes


def _split(network: Network, middle: dict[int, int]) -> list[Piece]:
    pieces: list[Piece] = []
    for number, p in enumerate(network.pieces):
        if number not in middle:
            pieces.append(p)
            continue
        node, half = middle[number], len(p.line) // 2
        place = network.nodes[node][None]
        before = np.concatenate([p.line[:half], place])
        after = np.concatenate([place, p.line[half + (len(p.line) > 2) :]])
        pieces.append(Piece(p.a, node, before, p.left, p.right, p.kind, p.radial))
        pieces.append(Piece(node, p.b, after, p.left, p.right, p.kind, p.radial))
    return pieces


def _largest(network: Network) -> list[Piece]:
    labels = connected_components(_graph(network.pieces, len(network.nodes)), directed=False)[1]
    main = np.bincount(labels[[p.a for p in network.pieces]]).argmax()
    return [p for p in network.pieces if labels[p.a] == main]


def node_array(network: Network) -> npt.NDArray[np.float64]:
    """All crossings as one array."""
    return np.array(network.nodes)
