"""The ground around some places, small enough for a phone to draw by itself: roads, outlines and names of grids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.coords import Place
from maps.export import GREAT_ROADS

STEP: Final = 1e-5
"""Coordinates are whole numbers of this many degrees: about a metre."""
SMOOTH: Final = 3 * STEP
"""Lines are simplified by three metres."""
DEGREE_M: Final = 111_320.0
WIDE_M: Final = 6_000.0
"""A box wider than this shows the great roads only."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A road (rank 0 = great, 1 = small) or the outline of a grid: its name and its line as [lon, lat, …] in `STEP`."""

    name: str
    rank: int
    line: list[int]


@dataclass(frozen=True, slots=True)
class Ground:
    """`box` = west, south, east, north in degrees."""

    box: Box
    roads: tuple[Shape, ...]
    grids: tuple[Shape, ...]

    def as_json(self) -> dict[str, Any]:
        """For `phone_map.js`."""
        return {
            "step": STEP,
            "box": self.box,
            "roads": [{"name": one.name, "rank": one.rank, "line": one.line} for one in self.roads],
            "grids": [{"name": one.name, "line": one.line} for one in self.grids],
        }


def ground(session: Session, places: Sequence[Place], *, margin_m: float = 500.0) -> Ground:
    """What lies around the places, with a margin. Raises ValueError without any place."""
    box = box_around(places, margin_m)
    is_wide = (box[3] - box[1]) * DEGREE_M > WIDE_M
    values = {"west": box[0], "south": box[1], "east": box[2], "north": box[3], "smooth": SMOOTH}
    roads = session.execute(
        text(f"""
            SELECT coalesce(name, '') AS name, (NOT class = ANY(:great))::int AS rank,
                   ST_AsBinary(ST_Simplify(geom, :smooth)) AS shape
            FROM patrol.v_road WHERE geom && {_BOX} AND (NOT :is_wide OR class = ANY(:great)) ORDER BY id
        """),
        {**values, "great": list(GREAT_ROADS), "is_wide": is_wide},
    ).all()
    grids = session.execute(
        text(f"""
            SELECT name, ST_AsBinary(ST_SimplifyPreserveTopology(geom, :smooth)) AS shape
            FROM grid.v_grid_shape WHERE layer <> 'micro' AND geom && {_BOX} ORDER BY code
        """),
        values,
    ).all()
    return Ground(
        box,
        tuple(Shape(r.name, r.rank, whole(line)) for r in roads for line in lines(shapely.from_wkb(bytes(r.shape)))),
        tuple(Shape(r.name, 0, whole(ring)) for r in grids for ring in lines(shapely.from_wkb(bytes(r.shape)))),
    )


def box_around(places: Sequence[Place], margin_m: float) -> Box:
    """West, south, east, north around the places. Raises ValueError without any."""
    lons, lats = [place.lon for place in places], [place.lat for place in places]
    up = margin_m / DEGREE_M
    across = up / cos(radians(max(lats)))
    return min(lons) - across, min(lats) - up, max(lons) + across, max(lats) + up


def lines(shape: shapely.Geometry) -> Iterable[shapely.Geometry]:
    """The lines of a line or the outer rings of an area, one by one."""
    for part in shapely.get_parts(shape):
        yield shapely.get_exterior_ring(part) if isinstance(part, shapely.Polygon) else part


def whole(line: shapely.Geometry) -> list[int]:
    """The coordinates of a line, lon before lat, in whole `STEP`s."""
    flat: list[int] = np.rint(shapely.get_coordinates(line) / STEP).astype(int).ravel().tolist()
    return flat


_BOX: Final = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
