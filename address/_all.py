"""Every living address, one by one. Behind the door: call `address.service`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from address._objects import PARTS
from core.db import stream_rows

_PARTS = ", ".join(f'a."{part}"' for part in PARTS)


def all_addresses(session: Session, *, level: str | None = None) -> Iterator[Row[Any]]:
    """code, level, status, name, parts, source_ref, grid_code, lon, lat (WGS84), is_implied (by others, no row of a
    register told it) of what stands today, by code.

    Read through a server-side cursor within the session's transaction.
    """
    words = f"""
        SELECT a.code, a.level, a.status, a.name, {_PARTS}, a.source_ref, g.code AS grid_code, a.lon, a.lat,
               i.code IS NOT NULL AS is_implied
        FROM address.address a LEFT JOIN address.implied i ON i.code = a.code
        LEFT JOIN grid.v_grid g ON g.id = a.grid_id
        WHERE a.status IN ('provisional', 'current') {"AND a.level = :level" if level else ""} ORDER BY a.code
    """
    return stream_rows(session, words, {"level": level} if level else {})
