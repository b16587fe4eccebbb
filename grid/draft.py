"""A first draft of base grids for a district that has none: door plates in, a coverage without gap or overlap out.

Every plate's own neighbourhood (its Voronoi cell) goes to the grid of the plate, so each plate lies in the grid of
its village. A draft for people to redraw; the size is the guideline of standards §1.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2

from grid.codes import number_grids
from grid.coverage import METRES_PER_DEGREE
from grid.records import Layer

PLATES_PER_GRID = 400  # 300-500 households an urban grid is the guideline (GB/T 34300)
MARGIN_M = 500.0  # how far beyond the outermost plates the ground is taken
ROUNDS = 12  # k-means rounds: more change nothing that a person would see
DECIMALS = 6  # plates nearer than about 0.1 m are one

Floats = NDArray[np.float64]


def draft_grids(
    lon: Floats, lat: Floats, village_codes: Sequence[str], *, seed: int, plates_per_grid: int = PLATES_PER_GRID
) -> gpd.GeoDataFrame:
    """Base grids in the layout `service.load_grids` takes: code, name, layer, parent_code, village_code, geometry.

    Same input and seed, same grids. A grid may have several parts where villages interlace. Raises ValueError when
    fewer than three different positions are given.
    """
    xy = np.column_stack([np.round(lon, DECIMALS), np.round(lat, DECIMALS)])
    xy, first = np.unique(xy, axis=0, return_index=True)
    if len(xy) < 3:
        raise ValueError("at least three different positions are needed to draft grids")
    villages = np.asarray(village_codes, dtype=object)[first]
    stretch = np.array([METRES_PER_DEGREE * np.cos(np.radians(xy[:, 1].mean())), METRES_PER_DEGREE])
    labels, owners = _clusters(xy * stretch, villages, plates_per_grid, seed)
    shapes = _dissolved(xy * stretch, labels, len(owners))
    shapes = shapely.transform(shapes, lambda metres: metres / stretch)
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    codes = number_grids(owners, middles[:, 0], middles[:, 1])
    table = {
        "code": codes,
        "name": [f"第{int(code[-3:])}网格" for code in codes],
        "layer": Layer.BASE.value,
        "parent_code": None,
        "village_code": owners,
    }
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs=4326).sort_values("code", ignore_index=True)


def _clusters(
    metres: Floats, villages: NDArray[np.object_], plates_per_grid: int, seed: int
) -> tuple[NDArray[np.int64], list[str]]:
    """A cluster number for every plate, and the village of every cluster."""
    labels = np.zeros(len(metres), dtype=np.int64)
    owners: list[str] = []
    for village in sorted(set(villages.tolist())):
        members = np.flatnonzero(villages == village)
        wanted = max(1, round(len(members) / plates_per_grid))
        _, near = kmeans2(metres[members], wanted, iter=ROUNDS, minit="++", seed=np.random.default_rng(seed))
        _, dense = np.unique(near, return_inverse=True)  # k-means may leave a cluster empty
        labels[members] = len(owners) + dense
        owners += [village] * (int(dense.max()) + 1)
    return labels, owners


def _dissolved(metres: Floats, labels: NDArray[np.int64], count: int) -> NDArray[np.object_]:
    """One shape for each cluster: the union of its plates' Voronoi cells, inside the hull of all plates."""
    ground = shapely.buffer(shapely.convex_hull(shapely.multipoints(metres)), MARGIN_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(metres), extend_to=ground, ordered=True))
    grown = np.array([shapely.coverage_union_all(cells[labels == label]) for label in range(count)], dtype=object)
    return np.asarray(shapely.intersection(grown, ground), dtype=object)
