"""One profile's way through the road graph: snapping, travel times, and the line walked between two stops.

Only edges inside a strongly connected part are kept, so that whoever gets in gets out. Parts stay apart: a river
without a bridge gives no path, and "no path" is the answer (infinite minutes), never a straight line.
Pure: arrays in, arrays out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from patrol.profiles import BIT, CLASSES, SPEED_KMH, WALK_KMH, Profile
from patrol.roads import F8, I4, I8, M_PER_DEGREE_NORTH, Graph, lengths_m

SNAP_MAX_M = 300.0
"""A stop farther than this from every usable road is off the road: left out, and said so."""

STUB_M = 200.0
"""A connected part with less road than this is a drawing slip or a car park, not a place to be lost on."""

CHUNK = 128
"""Sources solved at a time: 128 rows of a county's junctions are about 13 MB."""

NOWHERE = -1
SHORTEST_MINUTES = 1e-7
"""Two junctions drawn on one spot: above zero, so that the sparse matrix keeps the edge."""


@dataclass(frozen=True, slots=True)
class Snaps:
    """Where points stand on the road: edge (-1 = off the road), share of the edge from its a end, metres away."""

    edge: I4
    share: F8
    away_m: F8

    def __len__(self) -> int:
        return len(self.edge)


@dataclass(frozen=True, slots=True)
class Leg:
    """One way walked: minutes, metres, and its line (n, 2), lon first. Infinite and empty when there is none."""

    minutes: float
    metres: float
    line: F8


class Network:
    """The part of a graph that one profile can use; built once, asked often. Keeps no state between questions."""

    def __init__(self, graph: Graph, profile: Profile) -> None:
        self.graph, self.profile = graph, profile
        speed = np.array([SPEED_KMH[profile].get(c, 0.0) for c in CLASSES])[graph.kind]
        can_go = ((graph.forward & BIT[profile]) > 0) & (speed > 0)
        can_come = ((graph.backward & BIT[profile]) > 0) & (speed > 0)
        minutes = np.maximum(
            np.divide(graph.length_m * 0.06, speed, out=np.zeros_like(speed), where=speed > 0), SHORTEST_MINUTES
        )
        keep = self._connected(graph, can_go, can_come)
        self.edge = np.flatnonzero(keep).astype(np.int32)
        self.go = np.where(can_go, minutes, np.inf)
        self.come = np.where(can_come, minutes, np.inf)
        self._build_matrix()
        self._lat0 = float(graph.lat[graph.a[self.edge]].mean()) if len(self.edge) else 0.0
        self._tree = shapely.STRtree(self._drawn())

    def _connected(
        self, graph: Graph, can_go: npt.NDArray[np.bool_], can_come: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        start = np.concatenate([graph.a[can_go], graph.b[can_come]])
        stop = np.concatenate([graph.b[can_go], graph.a[can_come]])
        shape = (graph.junctions, graph.junctions)
        links = csr_array((np.ones(len(start)), (start, stop)), shape=shape)
        _, self.part = connected_components(links, directed=True, connection="strong")
        inside = (can_go | can_come) & (self.part[graph.a] == self.part[graph.b])
        road_m = np.bincount(self.part[graph.a[inside]], graph.length_m[inside], minlength=self.part.max(initial=0) + 1)
        self.main = int(road_m.argmax()) if len(road_m) else NOWHERE
        keep: npt.NDArray[np.bool_] = inside & (road_m[self.part[graph.a]] >= min(STUB_M, road_m.max(initial=0.0)))
        return keep

    def _build_matrix(self) -> None:
        """The directed matrix over junctions, the fastest of parallel edges, and which edge that was."""
        graph, e, n = self.graph, self.edge, self.graph.junctions
        start = np.concatenate([graph.a[e], graph.b[e]]).astype(np.int64)
        stop = np.concatenate([graph.b[e], graph.a[e]]).astype(np.int64)
        cost = np.concatenate([self.go[e], self.come[e]])
        edge = np.concatenate([e, e])
        is_open = np.isfinite(cost) & (start != stop)
        start, stop, cost, edge = start[is_open], stop[is_open], cost[is_open], edge[is_open]
        order = np.lexsort((cost, start * n + stop))
        key = (start * n + stop)[order]
        first = np.concatenate([[True], key[1:] != key[:-1]]) if len(key) else np.zeros(0, bool)
        pick = order[first]
        self._key, self._key_edge = key[first], edge[pick]
        self._indices, self._cost = stop[pick].astype(np.int32), cost[pick]
        rows = np.bincount(start[pick], minlength=n)
        self._indptr = np.concatenate([[0], np.cumsum(rows)]).astype(np.int32)

    def links(self) -> csr_array:
        """Minutes between neighbouring junctions, as a sparse matrix."""
        size = self.graph.junctions
        return csr_array((self._cost, self._indices, self._indptr), shape=(size, size))

    def _drawn(self) -> npt.NDArray[np.object_]:
        """The kept edges as lines in metres around the middle of the graph, for snapping only."""
        graph = self.graph
        sizes = np.diff(graph.at)[self.edge]
        ends = np.cumsum(sizes)
        take = np.arange(ends[-1] if len(ends) else 0) + np.repeat(graph.at[self.edge] - (ends - sizes), sizes)
        flat = self._metric(graph.xy[take, 0], graph.xy[take, 1])
        return np.asarray(shapely.linestrings(flat, indices=np.repeat(np.arange(len(sizes)), sizes)), object)

    def _metric(self, lon: F8, lat: F8) -> F8:
        return np.column_stack([lon * np.cos(np.radians(self._lat0)), lat]) * M_PER_DEGREE_NORTH

    @property
    def usable_km(self) -> float:
        """Kilometres of road this profile can use."""
        return float(self.graph.length_m[self.edge].sum() / 1000)

    def snap(self, lon: F8, lat: F8, max_m: float = SNAP_MAX_M) -> Snaps:
        """The nearest usable road of each point; off the road when it is farther than `max_m`."""
        count = len(lon)
        found = Snaps(np.full(count, NOWHERE, np.int32), np.zeros(count), np.full(count, np.inf))
        if count == 0 or len(self.edge) == 0:
            return found
        points = np.asarray(shapely.points(self._metric(np.asarray(lon, float), np.asarray(lat, float))), object)
        hit, away = self._tree.query_nearest(points, max_distance=max_m, return_distance=True, all_matches=False)
        row, near = hit
        found.edge[row] = self.edge[near]
        found.share[row] = shapely.line_locate_point(self._tree.geometries[near], points[row], normalized=True)
        found.away_m[row] = away
        return found

    def matrix(self, snaps: Snaps) -> npt.NDArray[np.float32]:
        """Minutes from every point to every point (row → column); infinite where there is no path.

        The steps between a stop and its road are walked, whatever the profile.
        """
        count = len(snaps)
        out = np.full((count, count), np.inf, np.float32)
        on = np.flatnonzero(snaps.edge != NOWHERE)
        if len(on):
            a, b, from_a, from_b = self._arrivals(snaps, on)
            for begin in range(0, len(on), CHUNK):
                rows = on[begin : begin + CHUNK]
                reached = self._solve(snaps, rows)
                best = np.minimum(reached[:, a] + from_a, reached[:, b] + from_b)
                best = np.minimum(best, self._along(snaps, rows, on))
                best += (snaps.away_m[rows, None] + snaps.away_m[None, on]) * 0.06 / WALK_KMH
                out[np.ix_(rows, on)] = best
        np.fill_diagonal(out, 0.0)
        return out

    def _arrivals(self, snaps: Snaps, on: I8) -> tuple[I4, I4, F8, F8]:
        edge, share = snaps.edge[on], snaps.share[on]
        return (
            self.graph.a[edge],
            self.graph.b[edge],
            _part(share, self.go[edge]),
            _part(1 - share, self.come[edge]),
        )

    def _solve(self, snaps: Snaps, rows: I8) -> F8:
        """Minutes from each point to every junction, one extra vertex a point."""
        links, _ = self._with_points(snaps, rows)
        n = self.graph.junctions
        reached: F8 = dijkstra(links, directed=True, indices=np.arange(n, n + len(rows)))
        return reached[:, :n]

    def _with_points(self, snaps: Snaps, rows: I8) -> tuple[csr_array, F8]:
        """The matrix with one row more for each point, leading to the two ends of its edge."""
        n, edge, share = self.graph.junctions, snaps.edge[rows], snaps.share[rows]
        cost = np.column_stack([_part(share, self.come[edge]), _part(1 - share, self.go[edge])])
        target = np.column_stack([self.graph.a[edge], self.graph.b[edge]])
        is_open = np.isfinite(cost)
        indptr = np.concatenate([self._indptr, self._indptr[-1] + np.cumsum(is_open.sum(axis=1))])
        data = np.concatenate([self._cost, np.maximum(cost[is_open], SHORTEST_MINUTES)])
        indices = np.concatenate([self._indices, target[is_open]])
        size = n + len(rows)
        return csr_array((data, indices.astype(np.int32), indptr.astype(np.int32)), shape=(size, size)), cost

    def _along(self, snaps: Snaps, rows: I8, on: I8) -> F8:
        """Minutes between two points of one edge without leaving it; infinite on different edges."""
        edge = snaps.edge[rows]
        ahead = snaps.share[None, on] - snaps.share[rows, None]
        cost = np.where(ahead >= 0, _part(ahead, self.go[edge][:, None]), _part(-ahead, self.come[edge][:, None]))
        return np.where(edge[:, None] == snaps.edge[None, on], cost, np.inf)

    def legs(self, snaps: Snaps, order: Sequence[int]) -> list[Leg]:
        """The ways between consecutive points of `order`: one fewer than it has entries."""
        return [self._leg(snaps, i, j) for i, j in pairwise(order)]

    def _leg(self, snaps: Snaps, i: int, j: int) -> Leg:
        nothing = Leg(np.inf, np.inf, np.zeros((0, 2)))
        if snaps.edge[i] == NOWHERE or snaps.edge[j] == NOWHERE:
            return nothing
        if i == j:
            return Leg(0.0, 0.0, self._piece(int(snaps.edge[i]), snaps.share[i], snaps.share[i]))
        away_m = float(snaps.away_m[i] + snaps.away_m[j])
        direct = float(self._along(snaps, np.array([i]), np.array([j]))[0, 0])
        links, _ = self._with_points(snaps, np.array([i]))
        n, edge, share = self.graph.junctions, int(snaps.edge[j]), float(snaps.share[j])
        reached, before = dijkstra(links, directed=True, indices=np.array([n]), return_predecessors=True)
        by_a = float(reached[0, self.graph.a[edge]] + _part(share, self.go[edge]))
        by_b = float(reached[0, self.graph.b[edge]] + _part(1 - share, self.come[edge]))
        minutes = min(direct, by_a, by_b)
        if not np.isfinite(minutes):
            return nothing
        if direct <= min(by_a, by_b):
            pieces = [self._piece(edge, snaps.share[i], share)]
        else:
            end, tail = (self.graph.a[edge], 0.0) if by_a <= by_b else (self.graph.b[edge], 1.0)
            pieces = [*self._walk_back(snaps, i, int(end), before[0]), self._piece(edge, tail, share)]
        line = _joined(pieces)
        metres = _metres(line) + away_m
        return Leg(minutes + away_m * 0.06 / WALK_KMH, metres, line)

    def _walk_back(self, snaps: Snaps, i: int, end: int, before: I4) -> list[F8]:
        n, graph = self.graph.junctions, self.graph
        nodes = [end]
        while before[nodes[-1]] != n:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        edge, share = int(snaps.edge[i]), float(snaps.share[i])
        leaves_by_a = graph.a[edge] == nodes[0] and np.isfinite(self.come[edge])
        if graph.a[edge] == graph.b[edge] and np.isfinite(self.go[edge]):  # a loop: the shorter way round
            leaves_by_a = leaves_by_a and share <= 1 - share
        pieces = [self._piece(edge, share, 0.0 if leaves_by_a else 1.0)]
        for u, v in pairwise(nodes):
            used = int(self._key_edge[np.searchsorted(self._key, u * n + v)])
            line = graph.line(used)
            is_ahead = graph.a[used] == u
            pieces.append(line if is_ahead else line[::-1])
        return pieces

    def _piece(self, edge: int, start: float, stop: float) -> F8:
        """The part of an edge's line between two shares of it, in walking order."""
        line = self.graph.line(edge)
        low, high = sorted((start, stop))
        step = np.hypot(*(np.diff(line, axis=0) * [np.cos(np.radians(self._lat0)), 1.0]).T)
        along = np.concatenate([[0.0], np.cumsum(step)])
        along = along / along[-1] if along[-1] > 0 else along
        inner = line[(along > low) & (along < high)]
        ends = np.column_stack([np.interp([low, high], along, line[:, 0]), np.interp([low, high], along, line[:, 1])])
        piece: F8 = np.concatenate([ends[:1], inner, ends[1:]])
        return piece if start <= stop else piece[::-1]


def _part(share: F8 | float, minutes: F8 | float) -> F8:
    """A share of an edge's minutes; a closed direction stays closed even for no distance at all."""
    closed = np.isinf(minutes)
    return np.where(closed, np.inf, np.asarray(share) * np.where(closed, 0.0, minutes))


def _joined(pieces: Sequence[F8]) -> F8:
    line = np.concatenate(pieces)
    is_new = np.concatenate([[True], (np.abs(np.diff(line, axis=0)) > 1e-9).any(axis=1)])
    kept: F8 = line[is_new]
    return kept


def _metres(line: F8) -> float:
    return float(lengths_m(line, np.array([0, len(line)]))[0]) if len(line) > 1 else 0.0
