"""The heat of a view as one self-contained page, with our own base map below it."""

from typing import Final

import geopandas as gpd
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from grid import service as grids
from grid.cells import boundaries
from grid.errors import DivisionNotFound
from maps.heatmap import Base, Caption, heat_map
from maps.hot import describe
from maps.picture import Picture

GREAT_ROADS: Final = (
    "motorway", "trunk", "primary", "secondary", "tertiary",
    "motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link",
)  # fmt: skip
"""Roads drawn below the heat of a file; the small ones would double its size and be hidden by the cells."""

OUTLINE_STEP: Final = 0.0001
"""Outlines of a file are simplified by ten metres, in degrees."""


def base_map(session: Session) -> Base:
    """Outlines of county, towns and villages, and the great roads."""
    areas = session.execute(
        text("""
            SELECT name, level, ST_AsBinary(ST_SimplifyPreserveTopology(geom, :step)) AS shape FROM grid.v_division
            WHERE geom IS NOT NULL AND level IN ('county', 'town', 'village')
        """),
        {"step": OUTLINE_STEP},
    ).all()
    roads = session.execute(
        text("""
            SELECT CASE WHEN class LIKE 'tertiary%' THEN 1 ELSE 0 END AS rank,
                   ST_AsBinary(ST_LineMerge(ST_Collect(geom))) AS shape
            FROM patrol.v_road WHERE class = ANY(:classes) GROUP BY rank, coalesce(name, '')
        """),
        {"classes": list(GREAT_ROADS)},
    ).all()
    outlines = {"name": [row.name for row in areas], "level": [row.level for row in areas]}
    return Base(
        gpd.GeoDataFrame(outlines, geometry=_shapes([row.shape for row in areas]), crs=4326),
        gpd.GeoDataFrame(
            {"rank": [row.rank for row in roads]}, geometry=_shapes([row.shape for row in roads]), crs=4326
        ),
    )


def heat_page(session: Session, shown: Picture, *, words: str = "") -> str:
    """The picture as one HTML page that needs nothing else. `words` = the filters, for the title.

    Cells hidden from the picture's audience are not in the page.
    """
    is_drawn = shown.n > 0
    cells = shown.shapes.cells[is_drawn]
    places = [own.grid_name or own.village for own in describe(session, cells, shown.at, with_roads=False)]
    frame = gpd.GeoDataFrame(
        {"n": shown.n[is_drawn], "place": places},
        geometry=[shapely.Polygon(ring) for ring in boundaries(cells)],
        crs=4326,
    )
    try:
        name = grids.county(session).name
    except DivisionNotFound:
        name = ""
    title = " · ".join(part for part in (f"{name} 热度图".strip(), words) if part)
    caption = Caption(title, shown.at, shown.view.days, shown.drawn + shown.unplaced, shown.unplaced)
    return heat_map(
        frame,
        caption,
        limits=shown.limits,
        resolution=shown.view.resolution,
        smallest=shown.audience.smallest,
        base=base_map(session),
    )


def _shapes(wkb: list[bytes]) -> list[shapely.Geometry]:
    return list(shapely.from_wkb([bytes(one) for one in wkb]))
