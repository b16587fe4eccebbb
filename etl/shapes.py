"""Kinds that come as shapes and are judged as a whole, in one transaction: grids, areas of divisions, roads."""

from datetime import datetime
from pathlib import Path

import geopandas as gpd
from sqlalchemy.orm import Session

import grid.service as grid_service
import patrol.service as patrol_service
from core.actors import Actor
from core.clock import day_of
from core.rows import Outcome, Reject
from etl import regrid
from etl.quiet import without_cells
from etl.readers import as_text
from etl.understood import UnderstoodAreas


def take(session: Session, read: UnderstoodAreas, *, actor: Actor, at: datetime) -> Outcome:
    """Hand the whole layer to the room that owns it; read = all features of the file."""
    outcome = _TAKERS[read.mapping.kind](session, read.frame, actor, at)
    rejected = without_cells((*read.rejected, *outcome.rejected), as_text(read.areas.frame))
    return Outcome(outcome.accepted, outcome.repeated, rejected, outcome.counts)


def take_road_file(session: Session, path: Path, *, actor: Actor, at: datetime) -> Outcome:
    """An OSM extract (.pbf) as the road graph."""
    return patrol_service.load_roads(session, path, actor=actor, at=at)


def _take_grids(session: Session, gdf: gpd.GeoDataFrame, actor: Actor, at: datetime) -> Outcome:
    load = grid_service.load_grids(session, gdf if "name" in gdf else gdf.assign(name=gdf["code"]), actor=actor, at=at)
    if load.accepted:
        regrid.follow_all(session, actor=actor, at=at)
    return Outcome(load.accepted, load.repeated, tuple(load.rejected))


def _take_areas(session: Session, gdf: gpd.GeoDataFrame, actor: Actor, at: datetime) -> Outcome:
    """Areas of divisions that are known; of unknown and of repeated codes each feature is told as rejected."""
    known = grid_service.divisions_frame(session, day_of(at))
    codes = gdf["code"].astype(str)
    are_known, are_first = codes.isin(known["code"].to_list()), ~codes.duplicated()
    taken = gdf[are_known & are_first]
    frame = known.filter(known["code"].is_in(taken["code"].astype(str).tolist()))
    outcome = grid_service.load_divisions(session, frame, taken[["code", "geometry"]], actor=actor, at=at)
    strangers = [
        Reject(
            int(row_no),
            "没有这个区划代码，请先导入行政区划表",
            "no such division code: load the divisions first",
            "code",
        )
        for row_no in gdf.loc[~are_known, "row_no"]
    ]
    doubles = [
        Reject(
            int(row_no),
            "区划代码在文件中重复，只取第一个",
            "this division code stands twice: the first is taken",
            "code",
        )
        for row_no in gdf.loc[are_known & ~are_first, "row_no"]
    ]
    rejected = (*outcome.rejected, *strangers, *doubles)
    return Outcome(outcome.accepted, outcome.repeated, rejected, outcome.counts)


def _take_roads(session: Session, gdf: gpd.GeoDataFrame, actor: Actor, at: datetime) -> Outcome:
    return patrol_service.load_roads(session, gdf, actor=actor, at=at)


_TAKERS = {"grids": _take_grids, "division_areas": _take_areas, "roads": _take_roads}
