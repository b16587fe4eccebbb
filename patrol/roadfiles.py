"""Road files in: OpenStreetMap PBF extracts, and tables of lines (GPKG, shapefile, GeoJSON).

OSM data is © OpenStreetMap contributors, ODbL 1.0: whoever shows it shows that line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely
from pyogrio.errors import DataSourceError

from core.errors import BadInput
from core.rows import Reject
from patrol.profiles import BIT, CLASSES, Profile, allowed_mask
from patrol.roads import DIGITS, Graph, Pieces, build, masks_of

OSM_CREDIT = "© OpenStreetMap contributors, ODbL 1.0"
CLOSED = {"no", "private", "agricultural", "forestry", "emergency", "military"}
MODE_TAGS = {
    Profile.FOOT: ("foot",),
    Profile.EBIKE: ("bicycle", "vehicle"),
    Profile.CAR: ("motorcar", "motor_vehicle", "vehicle"),
}
"""The tags that speak for a profile, the nearest first; after them comes `access`."""

WGS84 = 4326
LINESTRING = 1  # shapely type id

_NUMBER = {name: index for index, name in enumerate(CLASSES)}


@dataclass(frozen=True, slots=True)
class RoadFile:
    """A graph, how many lines of the file went into it, and which did not."""

    graph: Graph
    lines: int
    rejected: tuple[Reject, ...] = ()


def read_roads(path: Path) -> RoadFile:
    """A graph from a road file, told apart by its name: `.pbf`/`.osm` or anything GDAL reads as lines.

    Raises BadInput when the file is no road file or holds no road.
    """
    if path.name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2")):
        return read_pbf(path)
    try:
        frame = gpd.read_file(path)
    except DataSourceError as exc:
        raise BadInput(zh="不是可读的地理数据文件", en="not a readable geodata file", where=path.name) from exc
    return read_lines(frame, where=path.name)


def read_pbf(path: Path) -> RoadFile:
    """The roads of an OSM extract, cut at every shared node, degree-2 nodes melted.

    Ways whose nodes are missing (the edge of an extract) are cut there, never bridged.
    """
    runs: list[tuple[list[tuple[int, float, float]], Mapping[str, str]]] = []
    ways = 0
    try:
        reader = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for way in reader.with_filter(osmium.filter.KeyFilter("highway")):
            if isinstance(way, osmium.osm.Way) and way.tags.get("highway") in _NUMBER and way.tags.get("area") != "yes":
                tags = dict(way.tags)
                ways += 1
                runs.extend((run, tags) for run in _runs(way.nodes))
    except RuntimeError as exc:  # pyosmium's only error for unreadable files
        raise BadInput(zh=f"{path.name} 不是可读的 OSM 文件", en=f"{path.name} is not a readable OSM file") from exc
    if not runs:
        raise BadInput(zh=f"{path.name} 里没有道路", en=f"{path.name} holds no roads")
    masks = np.array([_masks(tags) for _, tags in runs], np.uint8)
    flat = [vertex for run, _ in runs for vertex in run]
    graph = build(
        Pieces(
            xy=np.array([(lon, lat) for _, lon, lat in flat]),
            at=np.concatenate([[0], np.cumsum([len(run) for run, _ in runs])]).astype(np.int64),
            key=np.array([ref for ref, _, _ in flat], np.int64),
            kind=np.array([_NUMBER[tags["highway"]] for _, tags in runs], np.int16),
            name=np.array([tags.get("name", "") for _, tags in runs], object),
            forward=masks[:, 0],
            backward=masks[:, 1],
        )
    )
    return RoadFile(graph, ways)


def _runs(nodes: osmium.osm.WayNodeList) -> Iterator[list[tuple[int, float, float]]]:
    """The stretches of a way whose nodes are known, each of at least two nodes."""
    run: list[tuple[int, float, float]] = []
    for node in nodes:
        if node.location.valid():
            run.append((node.ref, node.location.lon, node.location.lat))
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _masks(tags: Mapping[str, str]) -> tuple[int, int]:
    road_class = tags["highway"]
    allowed = allowed_mask(road_class)
    for profile, bit in BIT.items():
        signs = [tags[tag] for tag in (*MODE_TAGS[profile], "access") if tag in tags]
        if signs and signs[0] in CLOSED:
            allowed &= ~bit
    forward, backward = masks_of(road_class, _oneway(tags), allowed)
    if tags.get("oneway:bicycle") == "no" or tags.get("cycleway", "").startswith("opposite"):
        both = allowed & BIT[Profile.EBIKE]
        forward, backward = forward | both, backward | both
    return forward, backward


def _oneway(tags: Mapping[str, str]) -> int:
    sign = tags.get("oneway")
    if sign in ("yes", "1", "true"):
        return 1
    if sign in ("-1", "reverse"):
        return -1
    is_implied = tags.get("junction") in ("roundabout", "circular") or tags["highway"].startswith("motorway")
    return 1 if sign is None and is_implied else 0


def read_lines(frame: gpd.GeoDataFrame, *, where: str = "") -> RoadFile:
    """A graph from lines with columns 路名, 等级 (OSM class), 单行 (0/1/-1), or name, highway, oneway.

    Lines meet where their end points are the same to the centimetre; crossings without a shared end (a bridge) do
    not join. Rows that are no line or of an unknown class are rejected (`row_no` column, else counted from 1).
    Raises BadInput when the class column is missing or no line is left.
    """
    names = {"路名": "name", "等级": "highway", "单行": "oneway"}
    frame = frame.rename(columns=names).reset_index(drop=True)
    if "highway" not in frame.columns:
        raise BadInput(
            zh="道路表缺少“等级”列", en="the road table has no class column (等级 / highway)", where=where or None
        )
    if "row_no" not in frame.columns:
        frame["row_no"] = np.arange(1, len(frame) + 1)
    if frame.crs is not None and frame.crs.to_epsg() != WGS84:
        frame = frame.to_crs(WGS84)
    frame = frame.explode(index_parts=False, ignore_index=True)
    geometry = frame.geometry.to_numpy()
    is_line = (shapely.get_type_id(geometry) == LINESTRING) & ~shapely.is_empty(geometry)
    is_known = frame["highway"].isin(CLASSES).to_numpy()
    rejected = [_no_line(int(n)) for n in frame["row_no"][~is_line]]
    rejected += [_no_class(int(n), c) for n, c in frame.loc[is_line & ~is_known, ["row_no", "highway"]].to_numpy()]
    kept = frame[is_line & is_known]
    if len(kept) == 0:
        raise BadInput(zh="道路表里没有可用的道路", en="the road table holds no usable road", where=where or None)
    lost = {r.row_no for r in rejected}
    graph = build(_pieces(kept), cut_inside=False)
    return RoadFile(graph, len(set(frame["row_no"]) - lost), tuple({r.row_no: r for r in rejected}.values()))


def _pieces(frame: gpd.GeoDataFrame) -> Pieces:
    geometry = frame.geometry.to_numpy()
    xy = np.round(shapely.get_coordinates(geometry), DIGITS)
    oneway = frame["oneway"].fillna(0).astype(int) if "oneway" in frame.columns else [0] * len(frame)
    masks = np.array([masks_of(c, o) for c, o in zip(frame["highway"], oneway, strict=True)], np.uint8)
    label = frame["name"].fillna("") if "name" in frame.columns else [""] * len(frame)
    _, key = np.unique(np.round(xy * 10**DIGITS).astype(np.int64), axis=0, return_inverse=True)
    return Pieces(
        xy=xy,
        at=np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(geometry))]).astype(np.int64),
        key=key.ravel().astype(np.int64),
        kind=np.array([_NUMBER[c] for c in frame["highway"]], np.int16),
        name=np.array(list(label), object),
        forward=masks[:, 0],
        backward=masks[:, 1],
    )


def _no_line(row_no: int) -> Reject:
    return Reject(row_no, "图形不是线", "the geometry is no line", "geometry")


def _no_class(row_no: int, road_class: object) -> Reject:
    return Reject(row_no, f"不认识的道路等级：{road_class}", f"unknown road class: {road_class}", "等级")
