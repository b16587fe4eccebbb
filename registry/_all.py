"""Every resident and business the session may see, masked, one by one. Behind the door: call `registry.service`.

Row-level security decides which; only columns a looker may read are named.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.db import stream_rows


def all_residents(session: Session) -> Iterator[Row[Any]]:
    """name_masked, gender, birth_year, id_tail, phone_masked, status, home_code, home (down to the building),
    grid_code, precision; by grid and home, through a server-side cursor."""
    words = """
        SELECT p.name_masked, p.gender, p.birth_year, p.id_tail, p.phone_masked, p.status, p.home_code,
               h.name AS home, g.code AS grid_code, p.precision
        FROM registry.person p LEFT JOIN address.v_place h ON h.code = p.home_code
        LEFT JOIN grid.v_grid g ON g.id = p.grid_id
        ORDER BY p.grid_id, p.home_code, p.id
    """
    return stream_rows(session, words)


def all_businesses(session: Session) -> Iterator[Row[Any]]:
    """uscc, name, kind, industry, person_masked, phone_masked, founded_on, status, site_code, site, grid_code, lon, lat
    (of the site, WGS84); by code, through a server-side cursor."""
    words = """
        SELECT b.uscc, b.name, b.kind, b.industry, b.person_masked, b.phone_masked, b.founded_on, b.status, b.site_code,
               s.name AS site, g.code AS grid_code, s.lon, s.lat
        FROM registry.business b LEFT JOIN address.v_place s ON s.code = b.site_code
        LEFT JOIN grid.v_grid g ON g.id = b.grid_id
        ORDER BY b.uscc
    """
    return stream_rows(session, words)
