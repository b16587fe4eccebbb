"""A small town for the tests of the maps room: one county, two villages with a grid each, one street."""

import math
from datetime import datetime

import geopandas as gpd
import polars as pl
import shapely
from sqlalchemy.orm import Session

from core.actors import Actor
from grid import service as grids
from patrol import service as patrol

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
MIDDLE = (WEST + SIDE, SOUTH + SIDE / 2)
COUNTY, TOWN = "519901000000", "519901001000"
VILLAGES = ["519901001001", "519901001002"]
GRIDS = ["519901001001001", "519901001002001"]
BOXES = [shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in (0, 1)]
WHOLE = shapely.union_all(BOXES)


def load_town(session: Session, actor: Actor, at: datetime) -> None:
    """Divisions, grids and a street from west to east, through the loaders."""
    codes = [COUNTY, TOWN, *VILLAGES]
    names = ["旌原区", "东湖街道", "文庙社区", "泰山社区"]
    shapes = gpd.GeoDataFrame({"code": codes}, geometry=[WHOLE, WHOLE, *BOXES], crs=4326)
    grid = {"code": GRIDS, "name": ["文庙社区第1网格", "泰山社区第1网格"], "layer": "base", "village_code": VILLAGES}
    grids.load_divisions(session, pl.DataFrame({"code": codes, "name": names}), shapes, actor=actor, at=at)
    grids.load_grids(session, gpd.GeoDataFrame(grid, geometry=BOXES, crs=4326), actor=actor, at=at)
    patrol.load_roads(session, street("文庙街", "secondary"), actor=actor, at=at)


def street(name: str, highway: str, south: float = MIDDLE[1]) -> gpd.GeoDataFrame:
    """One street along a parallel through the whole town."""
    line = shapely.LineString([(WEST, south), (WEST + 2 * SIDE, south)])
    return gpd.GeoDataFrame({"路名": [name], "等级": [highway], "单行": [0]}, geometry=[line], crs=4326)


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    """The tile over a place: z, x, y."""
    n = 2**z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * n), int(y * n)
