"""Every case the session may see, one by one. Behind the door: call `cases.service`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from core.db import stream_rows


def all_cases(session: Session) -> Iterator[Row[Any]]:
    """number, channel, category_zh, urgency, status, unit, summary (masked), place_words, code, grid_code, opened_at,
    due_at, closed_at, lon, lat (of the code, WGS84); newest first, through a server-side cursor."""
    words = """
        SELECT c.number, c.channel, k.name_zh AS category_zh, c.urgency, c.status, c.unit, c.summary, c.place_words,
               c.code, g.code AS grid_code, c.opened_at, c.due_at, c.closed_at, p.lon, p.lat
        FROM cases."case" c JOIN incidents.v_category k ON k.code = c.category
        LEFT JOIN grid.v_grid g ON g.id = c.grid_id LEFT JOIN address.v_place p ON p.code = c.code
        ORDER BY c.opened_at DESC, c.id
    """
    return stream_rows(session, words)
