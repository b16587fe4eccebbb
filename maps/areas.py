"""The tree of levels beside the map: county, towns, villages, grids, each with the box to zoom to."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

LEVELS: Final = ("county", "town", "village", "grid")


@dataclass(frozen=True, slots=True)
class Area:
    """A division or a base or dedicated grid. `box` = west, south, east, north; None where no shape is known."""

    code: str
    level: str
    name: str
    parent_code: str | None
    box: tuple[float, float, float, float] | None


_AREAS: Final = """
    SELECT code, level, name, parent_code, geom FROM grid.v_division WHERE level IN ('county', 'town', 'village')
    UNION ALL
    SELECT code, 'grid', name, village_code, geom FROM grid.v_grid_shape WHERE layer <> 'micro'
"""


def areas(session: Session) -> list[Area]:
    """All areas, parents before children, each level by code."""
    rows = session.execute(
        text(f"""
            SELECT code, level, name, parent_code, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)
            FROM ({_AREAS}) known ORDER BY array_position(:levels, level), code
        """),
        {"levels": list(LEVELS)},
    )
    return [
        Area(code, level, name, parent, None if box[0] is None else (box[0], box[1], box[2], box[3]))
        for code, level, name, parent, *box in rows
    ]


def grid_ids_of(session: Session, code: str) -> list[int]:
    """The ground grids of an area: of a grid itself, of a village, of a town, or of the whole county.

    Empty for a code that nobody knows.
    """
    return list(
        session.execute(
            text("""
                SELECT g.id FROM grid.v_grid_shape g
                WHERE g.layer <> 'micro' AND (:code IN (g.code, g.village_code, g.town_code)
                    OR EXISTS (SELECT 1 FROM grid.v_division d WHERE d.code = :code AND d.level = 'county'))
                ORDER BY g.id
            """),
            {"code": code},
        ).scalars()
    )
