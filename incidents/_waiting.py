"""Doubtful placements: how many wait for a person, and the next one, which nobody else gets meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from incidents.doubt import Doubt
from incidents.reading import report
from incidents.records import ReportRecord

LEASE: Final = timedelta(minutes=10)
"""So long a report stays with whoever has it before him; then another may get it."""
TRIES: Final = 20
"""Somebody else may take the same one at the same instant: then the next is tried."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Which ones: of one doubt, and those that no source had closed when they came; None and False = all."""

    doubt: Doubt | None = None
    is_open: bool = True
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report whose place is doubtful, and why."""

    report: ReportRecord
    doubt: Doubt


def doubts(session: Session, wanted: Doubtful) -> Mapping[Doubt, int]:
    """How many wait, by doubt; every doubt is named. The doubt that is wanted does not narrow it."""
    rows = session.execute(
        text(f"SELECT r.doubt, count(*) AS n FROM incidents.report r WHERE {_WANTED} GROUP BY r.doubt"),
        {**_values(wanted), "doubt": None},
    )
    counted = {row.doubt: int(row.n) for row in rows}
    return {doubt: counted.get(doubt.value, 0) for doubt in Doubt}


def next_doubtful(
    session: Session, wanted: Doubtful, *, after: tuple[datetime, UUID] | None, actor: Actor, at: datetime
) -> Waiting | None:
    """The newest one older than `after` that nobody else has before him; it is the actor's for `LEASE` from now."""
    values = {
        **_values(wanted), "me": actor.id, "at": at, "until": at + LEASE,
        "seen_at": after[0] if after else None, "seen_id": after[1] if after else None,
    }  # fmt: skip
    for _ in range(TRIES):
        found = session.execute(_NEXT, values).first()
        if found is None:
            return None
        if (taken := session.execute(_TAKE, {**values, "id": found.id}).scalar()) is not None:
            return waiting(session, taken)
    return None


def waiting(session: Session, report_id: UUID) -> Waiting | None:
    """One report with its doubt; None when it has none (any more). Raises NotFound."""
    doubt = session.execute(text("SELECT doubt FROM incidents.report WHERE id = :id"), {"id": report_id}).scalar()
    found = report(session, report_id)
    return None if doubt is None else Waiting(found, Doubt(doubt))


_WANTED: Final = """
    r.doubt IS NOT NULL AND (cast(:doubt AS text) IS NULL OR r.doubt = :doubt)
    AND (NOT :is_open OR r.status_hint = 'open')
    AND (cast(:channel AS text) IS NULL OR r.channel = :channel)
"""
_NEXT: Final = text(f"""
    SELECT r.id FROM incidents.report r LEFT JOIN incidents.placing_claim c ON c.report_id = r.id
    WHERE {_WANTED} AND (c.report_id IS NULL OR c.claimed_until < :at OR c.claimed_by = :me)
      AND (cast(:seen_at AS timestamptz) IS NULL OR (r.received_at, r.id) < (:seen_at, cast(:seen_id AS uuid)))
    ORDER BY r.received_at DESC, r.id DESC LIMIT 1 FOR UPDATE OF r SKIP LOCKED
""")
_TAKE: Final = text("""
    INSERT INTO incidents.placing_claim (report_id, claimed_by, claimed_until) VALUES (:id, :me, :until)
    ON CONFLICT (report_id) DO UPDATE SET claimed_by = :me, claimed_until = :until
    WHERE placing_claim.claimed_until < :at OR placing_claim.claimed_by = :me
    RETURNING report_id
""")


def _values(wanted: Doubtful) -> dict[str, Any]:
    return {
        "doubt": wanted.doubt.value if wanted.doubt else None,
        "is_open": wanted.is_open,
        "channel": wanted.channel,
    }
