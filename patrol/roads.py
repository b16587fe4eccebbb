"""The road graph: junctions, the edges between them, and the line each edge draws.

Everything is arrays, so that a county fits in a few megabytes. Pure: reads no file (`roadfiles` does) and no
database. Which edges a profile may use, and how fast, is `network`'s business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.coords import EARTH_RADIUS_M, metres_between
from patrol.profiles import BIT, CLASSES, Profile, allowed_mask

F8 = npt.NDArray[np.float64]
I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]
U1 = npt.NDArray[np.uint8]
M_PER_DEGREE_NORTH = float(np.pi * EARTH_RADIUS_M / 180)

DIGITS = 7
"""Coordinates are kept to 1e-7 degrees (about a centimetre), the precision of OSM itself."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Junctions and edges; `xy[at[e]:at[e + 1]]` is edge e's line, lon first, from `a[e]` to `b[e]`.

    `forward` and `backward` hold one bit a profile (`profiles.BIT`): who may go from a to b, and back.
    """

    lon: F8
    lat: F8
    a: I4
    b: I4
    kind: npt.NDArray[np.int16]  # index into profiles.CLASSES
    name: npt.NDArray[np.object_]  # '' when the road has none
    forward: U1
    backward: U1
    length_m: F8
    xy: F8
    at: I8

    @property
    def junctions(self) -> int:
        return len(self.lon)

    @property
    def edges(self) -> int:
        return len(self.a)

    def line(self, edge: int) -> F8:
        """The (n, 2) line of one edge from a to b."""
        found: F8 = self.xy[self.at[edge] : self.at[edge + 1]]
        return found

    def digest(self) -> str:
        """A fingerprint of the content: the same roads give the same text on every machine."""
        seen = hashlib.sha256()
        for part in (np.round(self.xy * 10**DIGITS).astype("<i8"), self.at.astype("<i8"), self.kind.astype("<i2")):
            seen.update(part.tobytes())
        seen.update(self.forward.tobytes() + self.backward.tobytes())
        seen.update("\n".join(map(str, self.name)).encode())
        return seen.hexdigest()


def masks_of(road_class: str, oneway: int, allowed: int | None = None) -> tuple[int, int]:
    """(forward, backward) masks of a road: `oneway` 1 along the line, -1 against it, 0 both.

    Walkers go both ways everywhere. `allowed` replaces what the class alone would allow.
    """
    mask = allowed_mask(road_class) if allowed is None else allowed
    foot = mask & BIT[Profile.FOOT]
    return (foot if oneway < 0 else mask), (foot if oneway > 0 else mask)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Lines as they come from a file, before they are cut into edges; every array one row a line.

    `key` names the node of each vertex: equal keys are the same place, where roads may meet.
    """

    xy: F8
    at: I8
    key: I8
    kind: npt.NDArray[np.int16]
    name: npt.NDArray[np.object_]
    forward: U1
    backward: U1


def build(pieces: Pieces, *, cut_inside: bool = True) -> Graph:
    """Cut lines at shared vertices, then melt the degree-2 junctions away.

    With `cut_inside` false only shared end points join (a file that is already noded at its junctions).
    """
    return contract(_cut(pieces, cut_inside))


def _cut(pieces: Pieces, cut_inside: bool) -> Graph:
    line_of = np.repeat(np.arange(len(pieces.kind)), np.diff(pieces.at))
    is_end = np.zeros(len(pieces.key), bool)
    is_end[pieces.at[:-1]] = True
    is_end[pieces.at[1:] - 1] = True
    uniq, index, counts = np.unique(pieces.key, return_inverse=True, return_counts=True)
    is_cut = is_end | (counts[index] > 1) if cut_inside else is_end
    stops = np.flatnonzero(is_cut)
    same_line = line_of[stops[:-1]] == line_of[stops[1:]]
    first, last = stops[:-1][same_line], stops[1:][same_line]
    used, ends = np.unique(np.concatenate([index[first], index[last]]), return_inverse=True)
    where = np.zeros(len(uniq), np.int64)
    where[index[stops]] = stops
    node_xy = pieces.xy[where[used]]
    owner = line_of[first]
    sizes = last - first + 1
    at = np.concatenate([[0], np.cumsum(sizes)])
    take = np.arange(at[-1]) + np.repeat(first - at[:-1], sizes)
    xy = pieces.xy[take]
    return Graph(
        lon=node_xy[:, 0].copy(),
        lat=node_xy[:, 1].copy(),
        a=ends[: len(first)].astype(np.int32),
        b=ends[len(first) :].astype(np.int32),
        kind=pieces.kind[owner],
        name=pieces.name[owner],
        forward=pieces.forward[owner],
        backward=pieces.backward[owner],
        length_m=lengths_m(xy, at),
        xy=xy,
        at=at,
    )


def lengths_m(xy: F8, at: I8) -> F8:
    """Metres along each line of a packed set of lines."""
    if len(at) < 2:
        return np.zeros(0)
    step = np.zeros(len(xy))
    step[1:] = metres_between(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    step[at[:-1]] = 0.0
    return np.add.reduceat(step, at[:-1])


def contract(graph: Graph) -> Graph:
    """Join two edges that meet at a node where nothing else does, when class, name and directions agree.

    Lines are kept whole, so that a point in the middle of a long edge still snaps to its true place.
    """
    chains = _chains(graph, _meltable(graph))
    whole = [len(chain) == 1 for chain in chains]
    lines: list[F8] = []
    ends: list[tuple[int, int]] = []
    for chain, single in zip(chains, whole, strict=True):
        first_edge, along = chain[0]
        tail_edge, tail_along = chain[-1]
        start = graph.a[first_edge] if along else graph.b[first_edge]
        stop = graph.b[tail_edge] if tail_along else graph.a[tail_edge]
        ends.append((int(start), int(stop)))
        if single and along:
            lines.append(graph.line(first_edge))
            continue
        parts = [graph.line(e) if ahead else graph.line(e)[::-1] for e, ahead in chain]
        lines.append(np.concatenate([parts[0], *(p[1:] for p in parts[1:])]))
    if not chains:
        return graph
    head = np.array([chain[0][0] for chain in chains])
    ahead = np.array([chain[0][1] for chain in chains])
    at = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    xy = np.concatenate(lines)
    pair = np.array(ends, np.int64)
    used, number = np.unique(pair.ravel(), return_inverse=True)
    ends_now: I4 = number.reshape(-1, 2).astype(np.int32)
    return Graph(
        lon=graph.lon[used],
        lat=graph.lat[used],
        a=ends_now[:, 0].copy(),
        b=ends_now[:, 1].copy(),
        kind=graph.kind[head],
        name=graph.name[head],
        forward=np.where(ahead, graph.forward[head], graph.backward[head]).astype(np.uint8),
        backward=np.where(ahead, graph.backward[head], graph.forward[head]).astype(np.uint8),
        length_m=lengths_m(xy, at),
        xy=xy,
        at=at,
    )


def _incident(graph: Graph) -> tuple[I8, I8]:
    """For every node its edge ends: (offsets, edge numbers), a loop counted twice."""
    node = np.concatenate([graph.a, graph.b])
    edge = np.tile(np.arange(graph.edges), 2)
    order = np.argsort(node, kind="stable")
    at = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=graph.junctions))])
    return at.astype(np.int64), edge[order]


def _meltable(graph: Graph) -> npt.NDArray[np.bool_]:
    """Which nodes only pass on: two different edges, alike, and open in the same directions."""
    at, edge = _incident(graph)
    nodes = np.flatnonzero(np.diff(at) == 2)
    e1, e2 = edge[at[nodes]], edge[at[nodes] + 1]
    into1 = np.where(graph.b[e1] == nodes, graph.forward[e1], graph.backward[e1])
    out1 = np.where(graph.b[e1] == nodes, graph.backward[e1], graph.forward[e1])
    out2 = np.where(graph.a[e2] == nodes, graph.forward[e2], graph.backward[e2])
    into2 = np.where(graph.a[e2] == nodes, graph.backward[e2], graph.forward[e2])
    is_alike = (
        (e1 != e2)
        & (graph.a[e1] != graph.b[e1])
        & (graph.a[e2] != graph.b[e2])
        & (graph.kind[e1] == graph.kind[e2])
        & (graph.name[e1] == graph.name[e2])
        & (into1 == out2)
        & (out1 == into2)
    )
    found = np.zeros(graph.junctions, bool)
    found[nodes[is_alike]] = True
    return found


def _chains(graph: Graph, melt: npt.NDArray[np.bool_]) -> list[list[tuple[int, bool]]]:
    """Edges strung together through meltable nodes: lists of (edge, is walked from a to b)."""
    at_, edge_ = _incident(graph)
    at, edge = at_.tolist(), edge_.tolist()
    a, b, passes = graph.a.tolist(), graph.b.tolist(), melt.tolist()
    is_done = [False] * graph.edges

    def walk(start: int, along: bool) -> list[tuple[int, bool]]:
        chain = [(start, along)]
        is_done[start] = True
        node = b[start] if along else a[start]
        here = start
        while passes[node]:
            first, second = edge[at[node]], edge[at[node] + 1]
            here = second if first == here else first
            if is_done[here]:
                break  # a ring came back to where it began
            is_done[here] = True
            ahead = a[here] == node
            chain.append((here, ahead))
            node = b[here] if ahead else a[here]
        return chain

    every = range(graph.edges)
    chains = [walk(e, not passes[a[e]]) for e in every if not is_done[e] and not (passes[a[e]] and passes[b[e]])]
    return chains + [walk(e, True) for e in every if not is_done[e]]  # what is left are rings


def from_edges(
    nodes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int, str, int]], names: Sequence[str] = ()
) -> Graph:
    """A graph from node positions (lon, lat) and straight edges (a, b, class, oneway), not contracted."""
    lonlat = np.array(nodes, float).reshape(-1, 2)
    a = np.array([e[0] for e in edges], np.int32)
    b = np.array([e[1] for e in edges], np.int32)
    xy = np.stack([lonlat[a], lonlat[b]], axis=1).reshape(-1, 2)
    at = np.arange(0, 2 * len(edges) + 1, 2, dtype=np.int64)
    masks = np.array([masks_of(e[2], e[3]) for e in edges], np.uint8).reshape(-1, 2)
    return Graph(
        lon=lonlat[:, 0].copy(),
        lat=lonlat[:, 1].copy(),
        a=a,
        b=b,
        kind=np.array([CLASSES.index(e[2]) for e in edges], np.int16),
        name=np.array(list(names) or [""] * len(edges), object),
        forward=masks[:, 0].copy(),
        backward=masks[:, 1].copy(),
        length_m=lengths_m(xy, at),
        xy=xy,
        at=at,
    )
