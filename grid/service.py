"""The door of the grid room. Everybody else asks here or reads the views grid.v_grid, v_division, v_grid_shape."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from grid._divisions import load_divisions
from grid._grids import load_grids, retire_grids
from grid._redraw import coverage, locate_among, redraw
from grid._years import correct_succession, divisions_on, lineage_of, load_division_years, today_of
from grid._years import former_of as former_divisions
from grid.draft import draft_grids
from grid.errors import DivisionNotFound, GridNotFound, RedrawRefused
from grid.former import FormerDivisions, Rewriting
from grid.locate import Ground, ground, locate, stamp
from grid.reading import county, district_bounds, division, division_tree, divisions_frame, grid, grids, outline
from grid.records import DivisionRecord, GridLoad, GridRecord, Layer, Level, Redrawn, Responsible, Today
from grid.redrawing import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DivisionNotFound",
    "DivisionRecord",
    "FormerDivisions",
    "GridLoad",
    "GridNotFound",
    "GridRecord",
    "Ground",
    "Layer",
    "Level",
    "Place",
    "RedrawRefused",
    "Redrawn",
    "Responsible",
    "Rewriting",
    "Today",
    "correct_succession",
    "county",
    "coverage",
    "district_bounds",
    "division",
    "division_tree",
    "divisions_frame",
    "divisions_on",
    "draft_grids",
    "former_divisions",
    "grid",
    "grids",
    "ground",
    "lineage_of",
    "load_division_years",
    "load_divisions",
    "load_grids",
    "locate",
    "locate_among",
    "outline",
    "redraw",
    "responsible",
    "responsible_for_many",
    "retire_grids",
    "stamp",
    "today_of",
]


def responsible(session: Session, grid_id: int, on: date) -> list[Responsible]:
    """The accounts that answer for this grid on this day, by login. Empty when nobody does."""
    return responsible_for_many(session, [grid_id], on).get(grid_id, [])


def responsible_for_many(session: Session, grid_ids: Sequence[int], on: date) -> "Mapping[int, list[Responsible]]":
    """The same for many grids in one question; grids without anybody are missing from the answer."""
    rows = session.execute(
        text("""
            SELECT held.area_id, account.id, account.login, account.role
            FROM core.account_area held JOIN core.account account ON account.id = held.account_id
            WHERE held.area_id = ANY(:ids) AND held.valid_from <= :on AND (held.valid_to IS NULL OR held.valid_to > :on)
            ORDER BY held.area_id, account.login
        """),
        {"ids": [int(grid_id) for grid_id in grid_ids], "on": on},
    )
    found: dict[int, list[Responsible]] = {}
    for area_id, account_id, login, role in rows:
        found.setdefault(area_id, []).append(Responsible(str(UUID(str(account_id))), login, role))
    return found
