"""Reading reports back: one, those of a cell, and those that could not be placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import NotFound
from grid import cells
from incidents.kinds import RESOLUTIONS
from incidents.records import ReportRecord

NAMES: Final = tuple(field.name for field in fields(ReportRecord))
_LISTED: Final = ", ".join(f'r."{name}"' for name in NAMES)


@dataclass(frozen=True, slots=True)
class Kept:
    """Which reports: from `since` up to (not with) `until`; None in the others = all."""

    since: datetime
    until: datetime
    categories: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    sources: Sequence[str] | None = None


def record_of(row: Mapping[str, Any]) -> ReportRecord:
    """The record of a row of incidents.report."""
    return ReportRecord(**{name: row[name] for name in NAMES})


def records_of(columns: Mapping[str, Sequence[Any]]) -> tuple[ReportRecord, ...]:
    """The records of columns of incidents.report."""
    return tuple(ReportRecord(*row) for row in zip(*(columns[name] for name in NAMES), strict=True))


def report(session: Session, report_id: UUID) -> ReportRecord:
    """One report. Raises NotFound, also for one of another's ground."""
    row = session.execute(text(f"SELECT {_LISTED} FROM incidents.report r WHERE r.id = :id"), {"id": report_id}).first()
    if row is None:
        raise NotFound(zh="没有这条反映", en="there is no such report")
    return ReportRecord(*row)


def answered(session: Session, channel: str, reference: str, body: bytes) -> ReportRecord:
    """The report that this body made when it came first; also for doors that may not read reports.

    Raises NotFound when it is no longer there.
    """
    row = session.execute(
        text(f"SELECT {_LISTED} FROM incidents.answered(:channel, :reference, :body) r"),
        {"channel": channel, "reference": reference, "body": body},
    ).first()
    if row is None:
        raise NotFound(zh="这条反映已不在库中", en="that report is no longer kept", where=reference)
    return ReportRecord(*row)


def reports_of_cell(session: Session, cell: int, kept: Kept, *, limit: int = 200) -> list[ReportRecord]:
    """The reports of one cell of resolution 8, 9 or 10, the newest first, repeats of a matter among them."""
    resolution = int(cells.resolutions(np.array([cell], dtype=np.int64))[0])
    if resolution not in RESOLUTIONS:
        raise ValueError(f"reports are indexed by cells of {RESOLUTIONS}, not {resolution}")
    rows = session.execute(
        text(f"""
            SELECT {_LISTED} FROM incidents.report r WHERE r.h3_{resolution} = :cell AND {_KEPT}
            ORDER BY r.received_at DESC, r.id LIMIT :limit
        """),
        {**_values(kept), "cell": cell, "limit": limit},
    )
    return [ReportRecord(*row) for row in rows]


def unplaced(session: Session, kept: Kept, *, limit: int = 200) -> tuple[int, list[ReportRecord]]:
    """How many reports are known too vaguely for a cell, or lie on a default point, and the newest of them."""
    rows = session.execute(
        text(f"""
            SELECT {_LISTED} FROM incidents.report r WHERE r.h3_9 IS NULL AND {_KEPT}
            ORDER BY r.received_at DESC, r.id LIMIT :limit
        """),
        {**_values(kept), "limit": limit},
    ).all()
    counted = session.execute(
        text(f"SELECT count(*) FROM incidents.report r WHERE r.h3_9 IS NULL AND {_KEPT}"), _values(kept)
    ).scalar_one()
    return int(counted), [ReportRecord(*row) for row in rows]


_KEPT: Final = """
    r.received_at >= :since AND r.received_at < :until
    AND (cast(:categories AS text[]) IS NULL OR r.category = ANY(:categories))
    AND (cast(:channels AS text[]) IS NULL OR r.channel = ANY(:channels))
    AND (cast(:sources AS text[]) IS NULL OR r.source = ANY(:sources))
"""


def _values(kept: Kept) -> dict[str, Any]:
    lists = {name: getattr(kept, name) for name in ("categories", "channels", "sources")}
    named = {name: None if held is None else [str(one) for one in held] for name, held in lists.items()}
    return {"since": kept.since, "until": kept.until, **named}


def count_at(session: Session, codes: Sequence[str]) -> int:
    """How many reports are placed at these codes."""
    words = text("SELECT count(*) FROM incidents.report WHERE code = ANY(:codes)")
    return int(session.execute(words, {"codes": list(codes)}).scalar_one())
