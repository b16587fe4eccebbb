"""Areas as this room keeps them (pure): valid multipolygons in WGS84, canonical, so equal areas are equal bytes."""

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

SRID = 4326


def in_wgs84(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same table in WGS84 degrees. A table that does not say its system is taken to be in it already."""
    if table.crs is None:
        return table.set_crs(SRID)
    return table.to_crs(SRID)


def as_multipolygon(shape: BaseGeometry) -> BaseGeometry | None:
    """A valid multipolygon with its SRID and without heights; None when nothing with an area is left."""
    flat = shapely.force_2d(shape)
    if not flat.is_valid:
        flat = shapely.make_valid(flat)
    parts = [
        part for part in shapely.get_parts(flat, return_index=False) if part.geom_type in ("Polygon", "MultiPolygon")
    ]
    polygons = [polygon for part in parts for polygon in shapely.get_parts(part) if polygon.area > 0]
    if not polygons:
        return None
    return shapely.set_srid(shapely.normalize(shapely.MultiPolygon(polygons)), SRID)
