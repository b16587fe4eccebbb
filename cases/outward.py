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
            "open": None if asked.is_open is None else [status.value for status in OPEN_STATUSES],
            "fine_m": FINE_M,
            "limit": limit,
            "offset": offset,
        },
    )
    return [
        Outward(
            number=r.number, category=r.category, status=Status(r.status), opened_at=r.opened_at,
            updated_at=r.updated_at, due_at=r.due_at, closed_at=r.closed_at, unit=r.unit, code=r.code,
            address=r.address, lon=r.lon, lat=r.lat,
        )
        for r in rows
    ]  # fmt: skip


_OUTWARD: Final = text("""
    SELECT * FROM cases.outward(
        cast(:numbers AS text[]), cast(:since AS timestamptz), cast(:until AS timestamptz),
        cast(:updated_since AS timestamptz), cast(:categories AS text[]), cast(:open AS text[]),
        cast(:is_open AS boolean), cast(:fine_m AS float8), cast(:limit AS int), cast(:offset AS int))
""")
"""The function, not the tables: the public may call it and read nothing else."""
