"""Cases as the public may see them: never the reporter's words, never nearer than the building."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.records import Outward
from cases.workflow import OPEN_STATUSES, Status

FINE_M: Final = 150.0
"""A position known worse than this is not worth a point on a map."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases. None or empty = all; instants are of `opened_at`, both ends counted."""

    numbers: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    categories: Sequence[str] = ()
    is_open: bool | None = None


def outward(session: Session, asked: Asked, *, limit: int, offset: int = 0) -> list[Outward]:
    """The newest first. A sensitive category has no place; a room or unit becomes its building.

    Without an address the position of the report is given to four decimals (10 m), if it was good to `FINE_M`.
    """
    rows = session.execute(
        _OUTWARD,
        {
            "numbers": None if asked.numbers is None else list(asked.numbers),
            "since": asked.since,
            "until": asked.until,
            "updated_since": asked.updated_since,
            "categories": list(asked.categories) or None,
            "is_open": asked.is_open,
            "open": [status.value for status in OPEN_STATUSES],
            "fine_m": FINE_M,
            "limit": limit,
            "offset": offset,
        },
    )
    return [
        Outward(
            number=r.number, category=r.category, status=Status(r.status), opened_at=r.opened_at,
            updated_at=r.status_at, due_at=r.due_at, closed_at=r.closed_at, unit=r.unit, code=r.code,
            address=r.address, lon=r.lon, lat=r.lat,
        )
        for r in rows
    ]  # fmt: skip


_OUTWARD = text("""
    SELECT c.number, c.category, c.status, c.opened_at, c.status_at, c.due_at, c.closed_at, c.unit,
           shown.code, shown.name AS address, coalesce(shown.lon, near.lon) AS lon, coalesce(shown.lat, near.lat) AS lat
    FROM cases."case" c
    JOIN incidents.category k ON k.code = c.category
    LEFT JOIN address.v_place p ON p.code = c.code
    LEFT JOIN address.v_place q ON p.level IN ('room', 'unit') AND q.code = p.parent_code
    LEFT JOIN address.v_place b ON q.level = 'unit' AND b.code = q.parent_code
    LEFT JOIN LATERAL (
        SELECT (coalesce(b, q, p)).code, (coalesce(b, q, p)).name, (coalesce(b, q, p)).lon, (coalesce(b, q, p)).lat
        WHERE NOT k.is_sensitive
    ) shown ON true
    LEFT JOIN LATERAL (
        SELECT round(r.lon::numeric, 4)::float8 AS lon, round(r.lat::numeric, 4)::float8 AS lat
        FROM incidents.v_report r WHERE r.id = c.report_id AND r.received_at = c.opened_at
          AND NOT k.is_sensitive AND shown.code IS NULL AND r.precision_m <= :fine_m
    ) near ON true
    WHERE (cast(:numbers AS text[]) IS NULL OR c.number = ANY(:numbers))
      AND (cast(:since AS timestamptz) IS NULL OR c.opened_at >= :since)
      AND (cast(:until AS timestamptz) IS NULL OR c.opened_at <= :until)
      AND (cast(:updated_since AS timestamptz) IS NULL OR c.status_at >= :updated_since)
      AND (cast(:categories AS text[]) IS NULL OR c.category = ANY(:categories))
      AND (cast(:is_open AS bool) IS NULL OR (c.status = ANY(:open)) = :is_open)
    ORDER BY c.opened_at DESC, c.id DESC LIMIT :limit OFFSET :offset
""")
