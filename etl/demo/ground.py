"""The ground of the district: blocks that tile it, on a lattice of whole metres, and the edges between them.

Blocks are Voronoi cells of seeds that lie in rows where the city is and at random where the fields are. Every
division and grid is a union of blocks and every road runs along their edges, so that coverage is exact by making.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from etl.demo.sizes import CENTRE_LAT, CENTRE_LON, METRES_LAT, METRES_LON, Sizes, stream

Points = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


class Zone(IntEnum):
    """What a block is like."""

    CORE = 0
    SUBURB = 1
    CENTRE = 2
    RURAL = 3


PITCH_M: Final = {Zone.CORE: 205.0, Zone.SUBURB: 360.0, Zone.CENTRE: 170.0, Zone.RURAL: 780.0}
"""Distance between the seeds of neighbouring blocks."""
CORE_SHARE, SUBURB_SHARE = 0.27, 0.44
"""Radius of the city core and of the suburbs as shares of the district's."""
CENTRE_RADIUS_M: Final = 430.0
CENTRE_APART_M: Final = 5_200.0
SHORT_EDGE_SHARE: Final = 0.22
"""An edge shorter than this share of the pitch is drawn together to one crossing."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Blocks and the edges between them; metres east and north of the district's centre, whole numbers.

    `edges` names nodes, `sides` the blocks left and right of an edge (-1 outside); `lines[e]` runs from
    `edges[e, 0]` to `edges[e, 1]`.
    """

    nodes: Points
    edges: Numbers
    sides: Numbers
    lines: list[Points]
    blocks: npt.NDArray[Any]
    centres: Points
    zones: Numbers
    areas: Points
    core_radius_m: float


def to_degrees(points: Points) -> Points:
    """Metres of the lattice as longitude and latitude; affine, so that shared edges stay shared."""
    lon = CENTRE_LON + points[..., 0] / METRES_LON
    lat = CENTRE_LAT + points[..., 1] / METRES_LAT
    return np.asarray(np.round(np.stack([lon, lat], axis=-1), 7), dtype=np.float64)


def in_degrees(geometry: Any) -> Any:
    """A geometry, or an array of them, moved from the lattice to longitude and latitude."""
    return shapely.transform(geometry, to_degrees)


def make_ground(sizes: Sizes, seed: int) -> Ground:
    """Lay the district out in blocks."""
    rng = stream(seed, "ground")
    seeds, zones, is_inside = _seeds(sizes.radius_m, rng)
    diagram = Voronoi(seeds)
    cluster, places = _draw_together(diagram, seeds, zones)
    inner = np.flatnonzero(is_inside)
    number_of = np.full(len(seeds) + 1, -1)
    number_of[inner] = np.arange(len(inner))
    ridge_points = np.asarray(diagram.ridge_points)
    ridge_ends = np.array(diagram.ridge_vertices)
    keep = (ridge_ends >= 0).all(axis=1) & is_inside[ridge_points].any(axis=1)
    ridge_points, ends = ridge_points[keep], cluster[ridge_ends[keep]]
    keep = ends[:, 0] != ends[:, 1]
    ridge_points, ends = ridge_points[keep], ends[keep]
    sides = number_of[np.where(is_inside[ridge_points], ridge_points, len(seeds))]
    sides = _left_first(places, ends, sides, seeds[ridge_points])
    used, edges = np.unique(ends, return_inverse=True)
    nodes, edges = places[used], edges.reshape(-1, 2)
    lines, blocks = _shapes(nodes, edges, sides, zones[inner], rng)
    return Ground(
        nodes=nodes,
        edges=edges,
        sides=sides,
        lines=lines,
        blocks=blocks,
        centres=shapely.get_coordinates(shapely.centroid(blocks)),
        zones=zones[inner],
        areas=shapely.area(blocks),
        core_radius_m=sizes.radius_m * CORE_SHARE,
    )


def _outline(angle: Points, rng: np.random.Generator) -> Points:
    """How far the border lies, as a share of the radius, in each direction: a lobed, uneven shape."""
    share = np.ones_like(angle)
    for wave in range(2, 7):
        share += rng.uniform(0.02, 0.16) / wave * 1.6 * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return share


def _seeds(radius: float, rng: np.random.Generator) -> tuple[Points, Numbers, npt.NDArray[np.bool_]]:
    """Seeds of all blocks, their zones, and whether they lie in the district; those outside close the border."""
    core, suburb = radius * CORE_SHARE, radius * SUBURB_SHARE
    reach = radius * 1.5 + 3 * PITCH_M[Zone.RURAL]
    centres = _town_centres(radius, suburb, rng)
    near = cKDTree(centres) if len(centres) else None
    layers: list[tuple[Zone, Points]] = []
    for zone, tilt in ((Zone.CORE, 0.21), (Zone.SUBURB, 0.21), (Zone.RURAL, None)):
        points = _lattice(PITCH_M[zone], reach, tilt, rng)
        away = np.hypot(points[:, 0] * 0.92, points[:, 1] * 1.08)
        lower, upper = {Zone.CORE: (0, core), Zone.SUBURB: (core, suburb), Zone.RURAL: (suburb, np.inf)}[zone]
        points = points[(away >= lower) & (away < upper)]
        if near is not None and zone != Zone.CORE:
            points = points[near.query(points)[0] > CENTRE_RADIUS_M + PITCH_M[zone] * 0.35]
        layers.append((zone, points))
    for centre in centres:
        points = _lattice(PITCH_M[Zone.CENTRE], CENTRE_RADIUS_M * 1.5, rng.uniform(0, np.pi / 2), rng)
        points = points[np.hypot(points[:, 0], points[:, 1]) < CENTRE_RADIUS_M * rng.uniform(0.8, 1.1)]
        layers.append((Zone.CENTRE, points + centre))
    seeds = np.concatenate([points for _, points in layers])
    zones = np.concatenate([np.full(len(points), int(zone)) for zone, points in layers])
    angle = np.arctan2(seeds[:, 1], seeds[:, 0])
    is_inside = np.hypot(seeds[:, 0], seeds[:, 1]) < radius * _outline(angle, rng)
    return seeds, zones, is_inside


def _lattice(pitch: float, reach: float, tilt: float | None, rng: np.random.Generator) -> Points:
    """Points in rows, tilted and a little uneven; without a tilt strongly uneven, as fields are."""
    steps = np.arange(-int(reach / pitch) - 1, int(reach / pitch) + 2)
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * pitch
    points = points + rng.uniform(-1, 1, points.shape) * pitch * (0.055 if tilt is not None else 0.34)
    turn = tilt or 0.0
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray(points @ matrix, dtype=np.float64)


def _town_centres(radius: float, suburb: float, rng: np.random.Generator) -> Points:
    """Where the market towns of the countryside stand, well apart."""
    chosen: list[Points] = []
    lowest = suburb + CENTRE_RADIUS_M * 1.7
    highest = radius * 0.84
    if highest <= lowest:
        return np.empty((0, 2))
    for _ in range(400):
        away = np.sqrt(rng.uniform(lowest**2, highest**2))
        angle = rng.uniform(0, 2 * np.pi)
        point = np.array([np.cos(angle), np.sin(angle)]) * away
        if all(np.hypot(*(point - other)) > CENTRE_APART_M for other in chosen):
            chosen.append(point)
    return np.array(chosen).reshape(-1, 2)


def _draw_together(diagram: Voronoi, seeds: Points, zones: Numbers) -> tuple[Numbers, Points]:
    """Crossings: vertices joined by a very short edge become one. Returns each vertex's crossing and the places."""
    vertices = np.asarray(diagram.vertices)
    ends = np.array(diagram.ridge_vertices)
    points = np.asarray(diagram.ridge_points)
    is_finite = (ends >= 0).all(axis=1)
    ends, points = ends[is_finite], points[is_finite]
    length = np.hypot(*(vertices[ends[:, 0]] - vertices[ends[:, 1]]).T)
    pitch = np.array([PITCH_M[zone] for zone in Zone])[zones[points]].min(axis=1)
    short = ends[length < pitch * SHORT_EDGE_SHARE]
    graph = coo_matrix((np.ones(len(short)), (short[:, 0], short[:, 1])), shape=(len(vertices), len(vertices)))
    count, cluster = connected_components(graph, directed=False)
    weight = np.bincount(cluster, minlength=count)
    places = np.stack([np.bincount(cluster, vertices[:, axis], count) / weight for axis in (0, 1)], axis=1)
    return cluster.astype(np.int64), np.asarray(np.round(np.clip(places, -1e6, 1e6)), dtype=np.float64)


def _left_first(places: Points, ends: Numbers, sides: Numbers, seeds: Points) -> Numbers:
    """Order the two sides of each edge as left, right when walking from its first end to its second."""
    start, along = places[ends[:, 0]], places[ends[:, 1]] - places[ends[:, 0]]
    toward = seeds[:, 0] - start
    is_left = along[:, 0] * toward[:, 1] - along[:, 1] * toward[:, 0] > 0
    return np.where(is_left[:, None], sides, sides[:, ::-1])


def _shapes(
    nodes: Points, edges: Numbers, sides: Numbers, zones: Numbers, rng: np.random.Generator
) -> tuple[list[Points], npt.NDArray[Any]]:
    """Edge lines, winding in the countryside, and the blocks they close; straightened where a bend would cross."""
    zone = np.where(sides >= 0, zones[np.maximum(sides, 0)], int(Zone.RURAL)).min(axis=1)
    lines = [_wind(nodes[a], nodes[b], bool(z == Zone.RURAL), rng) for (a, b), z in zip(edges, zone, strict=True)]
    around: list[list[int]] = [[] for _ in range(len(zones))]
    for number, pair in enumerate(sides):
        for block in pair:
            if block >= 0:
                around[block].append(number)
    for _ in range(6):
        blocks = np.array([shapely.Polygon(_ring(around[b], edges, lines)) for b in range(len(zones))])
        crossing = ~shapely.is_valid(blocks)
        if not crossing.any() and shapely.coverage_is_valid(blocks):
            return lines, blocks
        faulty = np.flatnonzero(crossing | ~shapely.is_empty(shapely.coverage_invalid_edges(blocks)))
        for number in {number for block in faulty for number in around[block]}:
            lines[number] = nodes[edges[number]]
    raise RuntimeError("the blocks of the demo district do not tile it; another seed will")


def _wind(start: Points, end: Points, is_rural: bool, rng: np.random.Generator) -> Points:
    bends = rng.uniform(-1, 1, 3)
    length = float(np.hypot(*(end - start)))
    if not is_rural or length < 220:
        return np.array([start, end])
    across = np.array([-(end - start)[1], (end - start)[0]]) * 0.055
    middle = [
        start + (end - start) * share + across * bend for share, bend in zip((0.27, 0.5, 0.74), bends, strict=True)
    ]
    return np.round(np.array([start, *middle, end]))


def _ring(numbers: list[int], edges: Numbers, lines: list[Points]) -> Points:
    """The edges of one block put head to tail."""
    rest = list(numbers)
    first = rest.pop()
    parts, at = [lines[first]], edges[first, 1]
    while rest:
        position = next(i for i, number in enumerate(rest) if at in edges[number])
        number = rest.pop(position)
        is_forward = edges[number, 0] == at
        parts.append((lines[number] if is_forward else lines[number][::-1])[1:])
        at = edges[number, 1] if is_forward else edges[number, 0]
    return np.concatenate(parts)
