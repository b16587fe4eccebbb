"""Kinds that come as shapes and are judged as a whole, in one transaction: grids, areas of divisions, roads."""

from datetime import datetime
from pathlib import Path
from typing import Final

import geopandas as gpd
from sqlalchemy.orm import Session

import grid.service as grid_service
import patrol.service as patrol_service
from core.actors import Actor
from core.clock import day_of
from core.rows import Outcome
from etl import regrid
from etl.errors import KindUnknown

GRID_COLUMNS: Final = {
    "网格编码": "code",
    "网格名称": "name",
    "网格类型": "layer",
    "上级编码": "parent_code",
    "社区代码": "village_code",
    "管辖单位": "office",
}
AREA_COLUMNS: Final = {"区划代码": "code"}


def kind_of(gdf: gpd.GeoDataFrame) -> str:
    """grids, division_areas or roads, by the headers. Raises KindUnknown."""
    headers = set(gdf.columns)
    if {"网格编码"} <= headers or {"code", "layer"} <= headers:
        return "grids"
    if {"区划代码"} <= headers:
        return "division_areas"
    if {"等级"} <= headers or {"highway"} <= headers:
        return "roads"
    raise KindUnknown(
        zh=f"认不出是哪种空间数据（字段：{'、'.join(sorted(headers)[:12])}）；需要 网格编码、区划代码 或 等级",
        en="unknown spatial data: 网格编码 (grids), 区划代码 (areas) or 等级 (roads) is needed",
    )


def take_shapes(session: Session, kind: str, gdf: gpd.GeoDataFrame, *, actor: Actor, at: datetime) -> Outcome:
    """Hand the whole layer to the room that owns it."""
    if kind == "grids":
        load = grid_service.load_grids(session, gdf.rename(columns=GRID_COLUMNS), actor=actor, at=at)
        if load.accepted:
            regrid.follow_all(session, actor=actor, at=at)
        return Outcome(load.accepted, load.repeated, tuple(load.rejected))
    if kind == "division_areas":
        shapes = gdf.rename(columns=AREA_COLUMNS)
        known = grid_service.divisions_frame(session, day_of(at))
        frame = known.filter(known["code"].is_in(shapes["code"].astype(str).tolist()))
        outcome = grid_service.load_divisions(session, frame, shapes[["code", "geometry"]], actor=actor, at=at)
        return _per_feature(gdf, outcome)
    return patrol_service.load_roads(session, gdf, actor=actor, at=at)


def take_road_file(session: Session, path: Path, *, actor: Actor, at: datetime) -> Outcome:
    """An OSM extract (.pbf) as the road graph."""
    return patrol_service.load_roads(session, path, actor=actor, at=at)


def _per_feature(gdf: gpd.GeoDataFrame, outcome: Outcome) -> Outcome:
    """Areas of codes that no division has are told as rejected rows."""
    from core.rows import Reject

    strangers = len(gdf) - outcome.read
    rejected = tuple(
        Reject(int(row_no), "没有这个区划代码，请先导入行政区划表", "no such division code: load the divisions first")
        for row_no in gdf["row_no"].tolist()[len(gdf) - strangers :]
    )
    return Outcome(outcome.accepted, outcome.repeated, outcome.rejected + rejected, outcome.counts)
