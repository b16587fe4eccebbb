"""Files with geometry: GeoJSON, GPKG, Shapefile → a GeoDataFrame in EPSG:4326 with its headers as they are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from core.coords import Crs, to_wgs84
from core.rows import Reject
from etl import apart, sniff
from etl.coordinates import System
from etl.errors import FileUnreadable
from etl.packed import weigh

SIGNS: Final = {".gpkg": sniff.SQLITE, ".shp": sniff.SHAPE, ".zip": sniff.ZIP}
SAME: Final = {4326, 4490}
"""CGCS2000 counts as WGS84 (a null shift)."""
OLD_DATUMS: Final = ("xian", "beijing", "北京", "西安")
Shapes = NDArray[np.object_]
UNSAID: Final = {
    "degrees": (
        "数值像经纬度，请加 --crs wgs84、cgcs2000 或 gcj02",
        "they look like degrees: add --crs wgs84, cgcs2000 or gcj02",
    ),
    "metres": ("数值是米，请加 --crs EPSG:编号（如 EPSG:4544）", "they are metres: add --crs EPSG:number"),
}
_TYPES: Final = {
    "grids": {"Polygon", "MultiPolygon"},
    "division_areas": {"Polygon", "MultiPolygon"},
    "roads": {"LineString", "MultiLineString"},
}
_WORDS: Final = {"Polygon": ("面", "an area"), "LineString": ("线", "a line"), "Point": ("点", "a point")}


@dataclass(frozen=True, slots=True)
class Areas:
    """A layer: `frame` in EPSG:4326 with `row_no` (features from 1); `said` is the system it came in."""

    path: Path
    sha256: str
    frame: gpd.GeoDataFrame
    said: str
    encoding: str | None
    layer: str


def read_areas(path: Path, sha256: str, *, system: System | None = None, layer: str | None = None) -> Areas:
    """The only layer of the file, or the one named. Raises FileUnreadable when it cannot be opened or placed.

    GeoJSON is WGS84 unless it says otherwise; the others must say theirs, or `system` does, which overrules the file.
    """
    with path.open("rb") as opened:
        sniff.check(path, SIGNS.get(path.suffix.lower()), opened.read(sniff.HEAD_BYTES))
    if path.suffix.lower() == ".zip":
        weigh(path)
    said, body = apart.call("etl.layers", path, {"layer": layer})
    table = pa.ipc.open_stream(body).read_all()
    shapes = shapely.from_wkb(table.column(said["geometry"]).to_numpy(zero_copy_only=False), on_invalid="ignore")
    flat = shapely.force_2d(shapes)
    columns = table.drop_columns([said["geometry"]]).to_pandas()
    crs = said["crs"]
    if isinstance(system, Crs) and system not in (Crs.WGS84, Crs.CGCS2000):
        flat, crs = _unshifted(flat, system), "EPSG:4326"
    elif system is not None:
        crs = f"EPSG:{system}" if isinstance(system, int) else "EPSG:4326"
    frame = gpd.GeoDataFrame(columns, geometry=_placed(flat, crs, path), crs=4326)
    names = [str(name) for name in frame.columns if name not in ("row_no", "geometry")]
    frame = frame[[*names, "geometry"]].assign(row_no=range(1, len(frame) + 1))
    if frame.empty:
        raise FileUnreadable(zh="图层里没有任何要素", en="the layer holds no feature", where=path.name)
    return Areas(path, sha256, frame, str(system or crs), said["encoding"], said["layer"])


def _unshifted(shapes: Shapes, system: Crs) -> Shapes:
    moved: Shapes = shapely.transform(shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], system)))
    return moved


def _placed(shapes: Shapes, crs: str | None, path: Path) -> gpd.GeoSeries:
    """The shapes in EPSG:4326."""
    if crs is None:
        west, south, east, north = shapely.total_bounds(shapes)
        is_degrees = max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90
        zh, en = UNSAID["degrees" if is_degrees else "metres"]
        raise FileUnreadable(
            zh=f"文件没有写明坐标系（shapefile 缺 .prj）；{zh}",
            en=f"it does not say its coordinate system (no .prj); {en}",
            where=path.name,
        )
    try:
        system = pyproj.CRS.from_user_input(crs)
        if any(word in system.name.lower() for word in OLD_DATUMS):
            raise FileUnreadable(
                zh=f"坐标系是 {system.name}；北京54、西安80 请先由测绘部门转换为 CGCS2000",
                en=f"the coordinate system is {system.name}: have it converted to CGCS2000 first",
                where=path.name,
            )
        if system.to_epsg() in SAME:
            return gpd.GeoSeries(shapes, crs=4326)
        return gpd.GeoSeries(shapes, crs=system).to_crs(4326)
    except CRSError as exc:
        raise FileUnreadable(
            zh="坐标系认不出；请用 --crs 指明（如 wgs84、EPSG:4544）",
            en="the coordinate system is unknown: name it with --crs (wgs84, EPSG:4544)",
            where=path.name,
        ) from exc


def sift(frame: gpd.GeoDataFrame, kind: str) -> tuple[gpd.GeoDataFrame, list[Reject]]:
    """The features whose geometry can be used, and the others with the reason. `frame` has row_no, in EPSG:4326."""
    shapes = frame.geometry.to_numpy()
    reasons = [_fault(shape, kind) for shape in shapes]
    rejected = [
        Reject(int(row_no), why[0], why[1], "geometry")
        for row_no, why in zip(frame["row_no"], reasons, strict=True)
        if why is not None
    ]
    return frame[[why is None for why in reasons]], rejected


def _fault(shape: BaseGeometry | None, kind: str) -> tuple[str, str] | None:
    if shape is None or shape.is_empty:
        return "没有图形；请补画或删去这一条", "there is no geometry: draw it, or take the feature out"
    if shape.geom_type not in _TYPES[kind]:
        zh, en = _WORDS[min(_TYPES[kind], key=len)]
        is_zh, is_en = _WORDS.get(shape.geom_type.removeprefix("Multi"), ("图形集合", "a collection"))
        return f"这里要{zh}，图形却是{is_zh}", f"{en} is wanted here, the geometry is {is_en}"
    west, south, east, north = shape.bounds
    wide, high = max(abs(west), abs(east)), max(abs(south), abs(north))
    if not (np.isfinite(wide) and np.isfinite(high) and wide <= 180 and high <= 90):
        if wide <= 90 and high <= 180:
            return "经纬度颠倒；请重新导出，经度在前", "longitude and latitude are swapped: export with longitude first"
        return "坐标不是经纬度；请用 --crs 指明坐标系", "the coordinates are no degrees: name the system with --crs"
    if shape.geom_type.endswith("Polygon") and not shape.is_valid:
        spot = shapely.is_valid_reason(shape).rpartition("[")[2].rstrip("]").split()
        near = "，".join(f"{float(one):.6f}" for one in spot[:2])
        return f"面的边界自相交，在 {near} 附近；请改画", f"the outline crosses itself near {near}: redraw it"
    return None
