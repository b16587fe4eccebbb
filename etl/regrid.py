"""Grids were redrawn: everything that lies on the ground follows, in the one transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import geopandas as gpd
import polars as pl
from sqlalchemy.orm import Session

import address.service as address_service
import cases.service as cases_service
import grid.service as grid_service
import incidents.service as incidents_service
import registry.service as registry_service
from core.actors import Actor
from core.clock import SHANGHAI
from etl import headers
from etl.areas import read_areas
from etl.readers import digest
from grid.records import Redrawn


def read(path: Path) -> gpd.GeoDataFrame:
    """New boundaries out of a file, under our column names; only the code of each grid must be there."""
    frame = read_areas(path, digest(path)).frame
    grids = next(one for one in headers.shipped() if one.kind == "grids")
    names = grids.chosen([str(name) for name in frame.columns if name not in ("row_no", "geometry")])
    return frame.rename(columns={theirs: ours for ours, theirs in names.items()})


@dataclass(frozen=True, slots=True)
class Followed:
    """What a redrawing moved: rows whose grid is another one now."""

    ground: Redrawn
    addresses: int
    people_and_businesses: int
    reports: int
    cases: int


def redraw(
    session: Session,
    gdf: gpd.GeoDataFrame,
    *,
    actor: Actor,
    at: datetime,
    since: date | None = None,
    retired: Sequence[str] = (),
    signed_off: str | None = None,
) -> Followed:
    """`grid.service.redraw`, and addresses, residents, businesses, reports and cases on that ground get their grid of
    today. Raises RedrawRefused."""
    ground = grid_service.redraw(session, gdf, actor=actor, at=at, since=since, retired=retired, signed_off=signed_off)
    codes = address_service.move_grids(session, ground, actor=actor, at=at)
    people = registry_service.move_grids(session, codes, actor=actor, at=at)
    reports = incidents_service.move_grids(session, ground, actor=actor, at=at)
    cases = cases_service.move_grids(session, reports, actor=actor, at=at)
    return Followed(ground, len(codes), people, len(reports), cases)


def follow_all(session: Session, *, actor: Actor, at: datetime) -> None:
    """After a file of grids was loaded: everything gets the grid it lies in today."""
    address_service.relink_grids(session, actor=actor, at=at)
    registry_service.relink_grids(session, actor=actor, at=at)
    reports = incidents_service.move_grids(session, None, actor=actor, at=at)
    cases_service.move_grids(session, reports, actor=actor, at=at)


def by_grid(session: Session, on: date, *, days: int = 30) -> pl.DataFrame:
    """What lay in each grid on a day, by its boundaries of that day: addresses, people and businesses then, and the
    reports of the last `days` days, each in the grid of its own day. Columns grid_id (-1: none), addresses, people,
    businesses, reports. A redrawing after that day changes none of it.
    """
    places = address_service.grids_on(session, on).select("code", pl.col("found").alias("grid_id"))
    told = [(code, *counts) for code, counts in registry_service.at_codes(session, on).items()]
    living = pl.DataFrame(told, schema=["code", "people", "businesses"], orient="row", schema_overrides=LIVING)
    counted = places.join(living, on="code", how="left").group_by("grid_id").agg(
        pl.len().cast(pl.Int64).alias("addresses"), pl.col("people").sum(), pl.col("businesses").sum()
    )  # fmt: skip
    end = datetime.combine(on + timedelta(days=1), time(0), SHANGHAI)
    reports = pl.Series("grid_id", incidents_service.grids_on(session, end - timedelta(days=days), end))
    heard = reports.to_frame().group_by("grid_id").agg(pl.len().cast(pl.Int64).alias("reports"))
    return counted.join(heard, on="grid_id", how="full", coalesce=True).fill_null(0).sort("grid_id")


LIVING: Final = {"code": pl.String, "people": pl.Int64, "businesses": pl.Int64}
