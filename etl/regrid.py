"""Grids were redrawn: everything that lies on the ground follows, in the one transaction of the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import geopandas as gpd
from sqlalchemy.orm import Session

import address.service as address_service
import cases.service as cases_service
import grid.service as grid_service
import incidents.service as incidents_service
import registry.service as registry_service
from core.actors import Actor
from grid.records import Redrawn


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
    people = registry_service.relink_grids(session, codes, actor=actor, at=at)
    reports = incidents_service.move_grids(session, ground, actor=actor, at=at)
    cases = cases_service.move_grids(session, reports, actor=actor, at=at)
    return Followed(ground, len(codes), people, len(reports), cases)


def follow_all(session: Session, *, actor: Actor, at: datetime) -> None:
    """After a file of grids was loaded: everything gets the grid it lies in today."""
    address_service.relink_grids(session, actor=actor, at=at)
    registry_service.relink_grids(session, actor=actor, at=at)
    reports = incidents_service.move_grids(session, None, actor=actor, at=at)
    cases_service.move_grids(session, reports, actor=actor, at=at)
