"""Broken and hostile files with geometry: the second half of the corpus; see `corpus`."""

import json
import sqlite3
import struct
from pathlib import Path
from random import Random

import geopandas as gpd
import pyproj
from shapely.geometry import Polygon

from tests.files import ground, sheets
from tests.files.corpus_list import listed, plain
from tests.files.corpus_tables import CGCS2000_CM105
from tests.files.ground import SIDE, SOUTH, WEST, collection, feature, square


def _one(**words: str) -> dict[str, str]:
    return {"网格编码": "519902001001003", "网格名称": "多格", "网格类型": "基础网格", **words}


def _grids_with(*features: object) -> bytes:
    return collection([*(feature(ring, **words) for words, ring in ground.grid_rows()), *features])


plain("cut_off.geojson", ground.grids()[:-80])
plain("wrong_nesting.geojson", json.dumps({"features": {"type": "Feature"}}).encode())
plain("bare_geometry.geojson", json.dumps({"type": "Polygon", "coordinates": [square(WEST, SOUTH)]}).encode())
plain("no_features.geojson", collection([]))
plain("deep.geojson", b"[" * 100_000)
plain("gbk.geojson", ground.grids().decode().encode("gb18030"))
plain("no_geometry.geojson", _grids_with(feature(None, **_one())))
plain("empty_geometry.geojson", _grids_with(feature([], "MultiPolygon", **_one())))
plain(
    "self_crossing.geojson",
    _grids_with(feature([(104.5, 31.2), (104.51, 31.21), (104.51, 31.2), (104.5, 31.21), (104.5, 31.2)], **_one())),
)
plain("line_for_area.geojson", _grids_with(feature(square(WEST, SOUTH), "LineString", **_one())))
plain("swapped.geojson", _grids_with(feature([(y, x) for x, y in square(WEST, SOUTH)], **_one())))
plain("metres.geojson", _grids_with(feature(square(452_000, 3_453_000, 900, 900), **_one())))
plain("overlapping.geojson", _grids_with(feature(square(WEST + 0.001, SOUTH, 0.001, 0.001), **_one())))
plain("grid_code.geojson", _grids_with(feature(square(WEST, SOUTH), **_one(网格编码="12"))))
plain("grid_twice.geojson", _grids_with(feature(square(WEST, SOUTH), **ground.grid_rows()[0][0])))
plain("unknown_fields.geojson", collection([feature(square(WEST, SOUTH), 甲="1")]))
plain("stranger.geojson", collection([feature(square(WEST, SOUTH), 区划代码="519999001001")]))
plain(
    "road_class.geojson",
    collection([feature([(WEST, SOUTH), (WEST + SIDE, SOUTH)], "LineString", 路名="甲路", 等级="天街")]),
)


@listed("hole.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    rows = ground.grid_rows()
    words, ring = rows[0]
    hole = square(WEST + 0.002, SOUTH + 0.002, 0.001, 0.001)[::-1]
    holed = {"type": "Feature", "properties": words, "geometry": {"type": "Polygon", "coordinates": [ring, hole]}}
    return collection([holed, *(feature(ring, **words) for words, ring in rows[1:])])


@listed("heights.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    return collection([feature([(x, y, 480.5) for x, y in ring], **words) for words, ring in ground.grid_rows()])


@listed("said_crs.geojson")
def _(_chance: Random, _path: Path) -> bytes:
    project = pyproj.Transformer.from_crs(4326, CGCS2000_CM105, always_xy=True)
    features = [feature([project.transform(x, y) for x, y in ring], **words) for words, ring in ground.grid_rows()]
    return collection(features, crs={"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{CGCS2000_CM105}"}})


plain("unknown_crs.geojson", ground.grids(crs={"type": "name", "properties": {"name": "urn:mars:火星坐标"}}))


@listed("truncated.gpkg")
def _(_chance: Random, path: Path) -> None:
    _frame().to_file(path, driver="GPKG")
    path.write_bytes(path.read_bytes()[:30_000])


@listed("two_layers.gpkg")
def _(_chance: Random, path: Path) -> None:
    for layer in ("甲层", "乙层"):
        _frame().to_file(path, layer=layer, driver="GPKG")


@listed("no_layer.gpkg")
def _(_chance: Random, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (a text)")
    connection.close()


def _frame() -> gpd.GeoDataFrame:
    rows = ground.grid_rows()
    return gpd.GeoDataFrame([words for words, _ in rows], geometry=[Polygon(ring) for _, ring in rows], crs=4490)


def _shapefile(encoding: str = "gb18030") -> dict[str, bytes]:
    rows = ground.grid_rows()
    columns = {name: [words[name] for words, _ in rows] for name in rows[0][0]}
    return sheets.shapefile([ring for _, ring in rows], columns, encoding=encoding)


WGS84 = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_ESRI").encode()
XIAN80 = pyproj.CRS.from_epsg(4610).to_wkt("WKT1_ESRI").encode()


def _zip(parts: dict[str, bytes], **more: bytes) -> bytes:
    return sheets.packed({f"网格/网格.{part}": content for part, content in (parts | more).items()})


plain("gbk_without_cpg.zip", _zip(_shapefile(), prj=WGS84))
plain("gbk_with_wrong_cpg.zip", _zip(_shapefile(), prj=WGS84, cpg=b"UTF-8"))
plain("utf8_without_cpg.zip", _zip(_shapefile("utf-8"), prj=WGS84))
plain("without_dbf.zip", _zip({k: v for k, v in _shapefile().items() if k != "dbf"}, prj=WGS84))
plain("without_prj.zip", _zip(_shapefile()))
plain("old_datum.zip", _zip(_shapefile(), prj=XIAN80))
plain("bad_prj.zip", _zip(_shapefile(), prj=b"GEOGCS[nonsense"))
plain("no_shape.zip", sheets.packed({"readme.txt": "x"}))
plain("two_shapes.zip", sheets.packed({f"{n}.{k}": v for n in "ab" for k, v in _shapefile().items()}))
plain("truncated.zip", _zip(_shapefile(), prj=WGS84)[:-60])
plain("truncated_inside.zip", _zip({k: v[:-40] if k == "shp" else v for k, v in _shapefile().items()}, prj=WGS84))
plain("lying_dbf.zip", _zip({**_shapefile(), "dbf": struct.pack("<B3BIHH20x", 3, 1, 1, 1, 10**9, 33, 9)}, prj=WGS84))
plain("text.shp", b"not a shape")
