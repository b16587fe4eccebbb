"""Does a set of grids cover the ground once, without overlap and without gap (pure).

Areas are measured after a plain stretch of degrees to metres, not after a map projection: a projection bends the
straight edge between two corners, and a third corner lying on that edge would seem to leave a sliver.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from core.coords import EARTH_RADIUS_M

MAX_FAULT_M2 = 1.0  # publishing refuses more than this inside one community, unless signed off (trust.md §3)
METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Fault:
    """Ground of one group of grids that lies in two grids, or in none, in square metres."""

    group: str
    overlap_m2: float
    gap_m2: float
    with_groups: tuple[str, ...] = ()

    @property
    def is_serious(self) -> bool:
        """Whether it is more than rounding."""
        return self.overlap_m2 > MAX_FAULT_M2 or self.gap_m2 > MAX_FAULT_M2


def metric(shapes: Shapes, latitude: float) -> Shapes:
    """The same shapes in metres east and north of 0/0, straight lines staying straight. Good near `latitude`."""
    stretch = np.array([METRES_PER_DEGREE * np.cos(np.radians(latitude)), METRES_PER_DEGREE])
    moved: Shapes = shapely.transform(shapes, lambda xy: xy * stretch)
    return moved


def check(groups: Sequence[str], shapes: Shapes, outlines: Mapping[str, BaseGeometry]) -> dict[str, Fault]:
    """Overlap and gap of every group (a community, or the base grid of micro-grids), shapes in degrees.

    `outlines` are the areas that groups should fill; a group without one is only searched for holes. Overlaps
    between groups count for both. Faultless groups are in the answer, too.
    """
    if len(groups) == 0:
        return {}
    latitude = float(np.nanmean(shapely.bounds(shapes)[:, [1, 3]]))
    flat = metric(shapes, latitude)
    overlap, others = _overlaps(groups, flat)
    unions = _unions(groups, flat)
    names = sorted(outlines.keys() & unions.keys())
    flat_outlines = dict(
        zip(names, metric(np.array([outlines[n] for n in names], dtype=object), latitude), strict=True)
    )
    return {
        group: Fault(
            group,
            overlap.get(group, 0.0),
            _gap(union, unions, flat_outlines.get(group)),
            tuple(sorted(others.get(group, ()))),
        )
        for group, union in unions.items()
    }


def _overlaps(groups: Sequence[str], flat: Shapes) -> tuple[dict[str, float], dict[str, set[str]]]:
    total: dict[str, float] = {}
    others: dict[str, set[str]] = {}
    if bool(shapely.coverage_is_valid(flat)):
        return total, others
    left, right = shapely.STRtree(flat).query(flat, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    areas = shapely.area(shapely.intersection(flat[left], flat[right]))
    for i, j, area in zip(left.tolist(), right.tolist(), areas.tolist(), strict=True):
        if area <= 0:
            continue
        for here, there in {(groups[i], groups[j]), (groups[j], groups[i])}:
            total[here] = total.get(here, 0.0) + area
            if area > MAX_FAULT_M2 and here != there:
                others.setdefault(here, set()).add(there)
    return total, others


def _unions(groups: Sequence[str], flat: Shapes) -> dict[str, BaseGeometry]:
    members: dict[str, list[int]] = {}
    for position, group in enumerate(groups):
        members.setdefault(group, []).append(position)
    return {group: shapely.union_all(flat[rows]) for group, rows in members.items()}


def _gap(union: BaseGeometry, unions: Mapping[str, BaseGeometry], outline: BaseGeometry | None) -> float:
    """Area of the outline that no grid of the group fills; without outline, of holes that nobody else fills."""
    if outline is not None:
        return float(shapely.area(shapely.difference(outline, union)))
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    if not holes:
        return 0.0
    covered = shapely.union_all(list(unions.values()))  # the group itself too: it may have an island in its hole
    return float(shapely.area(shapely.difference(shapely.union_all(holes), covered)))
