"""A few grids get other boundaries: what is wrong with the new ones, and how they fit without a sliver (pure).

Shapes are in degrees. Only the grids that are redrawn and those beside them are looked at; all others stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from grid.coverage import MAX_FAULT_M2, METRES_PER_DEGREE

Drawn = Mapping[str, BaseGeometry]
"""Code of a grid → its ground."""
OVERLAP: Final = "overlap"
GAP: Final = "gap"
OUTSIDE: Final = "outside"
FOREIGN: Final = "foreign"


@dataclass(frozen=True, slots=True)
class Place:
    """Ground that would lie in two grids (overlap), in none any more (gap), beyond the county (outside), or in the
    grid of another community (foreign), and the grids concerned."""

    kind: str
    m2: float
    codes: tuple[str, ...]
    shape: BaseGeometry


def places(
    old: Drawn, new: Drawn, beside: Drawn, village_of: Mapping[str, str], outlines: Drawn, county: BaseGeometry | None
) -> list[Place]:
    """Everything of more than 1 m² that is wrong with `new` in the place of `old`, the largest first.

    `beside`: the grids that stay and touch. `village_of`: code → community, whose `outlines` may be known.
    """
    found = [*_overlaps(new, beside)]
    before, after = shapely.union_all(list(old.values())), shapely.union_all(list(new.values()))
    gap = _areas(before.difference(after))
    found.append(Place(GAP, area_m2(gap), _holding(old, gap), gap))
    if county is not None:
        outside = _areas(after.difference(shapely.union_all([before, county])))
        found.append(Place(OUTSIDE, area_m2(outside), _holding(new, outside), outside))
    for village, outline in outlines.items():
        was = shapely.union_all([shape for code, shape in old.items() if village_of[code] == village])
        now = shapely.union_all([shape for code, shape in new.items() if village_of[code] == village])
        lost = _areas(_areas(_areas(was.intersection(outline)).difference(now)).difference(gap))
        takers = _holding({code: shape for code, shape in new.items() if village_of[code] != village}, lost)
        found.append(Place(FOREIGN, area_m2(lost), takers, lost))
    return sorted((place for place in found if place.m2 > MAX_FAULT_M2), key=lambda place: -place.m2)


def coverage(drawn: Drawn, county: BaseGeometry | None) -> list[Place]:
    """Ground of more than 1 m² that lies in two of these grids, in none, or beyond the county; the largest first.

    Without the county's area only holes between grids are known to be gaps. Each gap is a place of its own.
    """
    if not drawn:
        return []
    union = shapely.union_all(list(drawn.values()))
    if county is None:
        rings = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
        gaps = shapely.union_all(rings).difference(union) if rings else shapely.MultiPolygon()
        outside: BaseGeometry = shapely.MultiPolygon()
    else:
        gaps, outside = county.difference(union), union.difference(county)
    codes, shapes = list(drawn), np.array(list(drawn.values()), dtype=object)
    tree = shapely.STRtree(shapes)
    found = _overlaps(drawn, {})
    for kind, ground in ((GAP, gaps), (OUTSIDE, outside)):
        for part in shapely.get_parts(_areas(ground)):
            near = tuple(sorted(codes[at] for at in tree.query(part, predicate="intersects")))
            found.append(Place(kind, area_m2(part), near, part))
    return sorted((place for place in found if place.m2 > MAX_FAULT_M2), key=lambda place: -place.m2)


def _holding(drawn: Drawn, ground: BaseGeometry) -> tuple[str, ...]:
    return tuple(sorted(code for code, shape in drawn.items() if shape.intersection(ground).area > 0))


def _overlaps(new: Drawn, beside: Drawn) -> list[Place]:
    codes = [*new, *beside]
    shapes = np.array([*new.values(), *beside.values()], dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes[: len(new)], predicate="intersects")
    found = []
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        if j > i:
            both = _areas(shapes[i].intersection(shapes[j]))
            found.append(Place(OVERLAP, area_m2(both), tuple(sorted((codes[i], codes[j]))), both))
    return found


def area_m2(shape: BaseGeometry) -> float:
    """Square metres, straight lines in degrees taken as straight."""
    if shape.is_empty:
        return 0.0
    latitude = float(np.mean(shapely.bounds(shape)[[1, 3]]))
    return float(shape.area) * METRES_PER_DEGREE**2 * float(np.cos(np.radians(latitude)))


def fitted(old: Drawn, new: Drawn, beside: Drawn) -> dict[str, BaseGeometry]:
    """The new shapes without the slivers that are too small to be refused: no ground in two of them or in none.

    What two share stays with the first code; what all of them leave of the old ground goes to the one that touches it
    longest.
    """
    taken = shapely.union_all(list(beside.values()))
    made: dict[str, BaseGeometry] = {}
    for code in sorted(new):
        made[code] = _areas(new[code].difference(taken))
        taken = taken.union(made[code])
    for piece in shapely.get_parts(_areas(shapely.union_all(list(old.values())).difference(taken))):
        edges = [
            (piece.boundary.intersection(shape).length, -piece.distance(shape), code) for code, shape in made.items()
        ]
        nearest = max(edges)[2]
        made[nearest] = _areas(made[nearest].union(piece))
    return made


def _areas(shape: BaseGeometry) -> BaseGeometry:
    """What has an area: lines and points where shapes touch would upset the next overlay."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.MultiPolygon(polygons)


def changed_ground(old: Drawn, new: Drawn) -> BaseGeometry:
    """Ground whose grid is another one now."""
    nothing = shapely.MultiPolygon()
    return shapely.union_all(
        [old.get(code, nothing).symmetric_difference(new.get(code, nothing)) for code in {*old, *new}]
    )
