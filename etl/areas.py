"""Files with geometry: GeoJSON, GPKG, Shapefile → a GeoDataFrame in EPSG:4326 with its headers as they are."""

from pathlib import Path

import geopandas as gpd
import pyogrio
from pyogrio.errors import DataSourceError

from etl.errors import FileUnreadable


def read_areas(path: Path) -> gpd.GeoDataFrame:
    """The first layer of the file. Raises FileUnreadable when it cannot be opened or says no coordinate system.

    GeoJSON is WGS84 by its standard (RFC 7946); the others must say theirs. CGCS2000 counts as WGS84 (a null shift).
    `row_no` is the number of the feature, from 1.
    """
    try:
        layers = pyogrio.list_layers(path)
        gdf = gpd.read_file(path, layer=layers[0][0])
    except (DataSourceError, IndexError, OSError) as exc:
        raise FileUnreadable(
            zh="空间数据文件打不开，请重新导出为 gpkg 或 geojson",
            en="the spatial file cannot be opened: please export it again as gpkg or geojson",
            where=path.name,
        ) from exc
    if gdf.crs is None:
        raise FileUnreadable(
            zh="文件没有写明坐标系；请在导出时注明（WGS84 或 CGCS2000）",
            en="the file does not say its coordinate system: please export it with one (WGS84 or CGCS2000)",
            where=path.name,
        )
    ready: gpd.GeoDataFrame = gdf if gdf.crs.to_epsg() in (4326, 4490) else gdf.to_crs(4326)
    if ready.crs.to_epsg() != 4326:
        ready = ready.set_crs(4326, allow_override=True)
    return ready.assign(row_no=range(1, len(ready) + 1))
