"""Reading cases: lists by keyset, one with its history, those of a ground, and what the public may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from cases.clocks import standing
from cases.errors import CaseNotFound
from cases.records import CaseDetail, CaseRecord, EventRecord
from cases.workflow import OPEN_STATUSES, Status, Verb

_CASE: Final = """
    SELECT c.id, c.number, c.report_id, c.channel, c.category, k.name_zh AS category_zh, k.name_en AS category_en,
           c.source, c.urgency, c.summary, c.place_words, c.code, c.grid_id, c.h3_9, c.status, c.unit, c.opened_at,
           c.due_at, c.soon_at, c.closed_at
    FROM cases."case" c JOIN incidents.category k ON k.code = c.category
"""
OPEN: Final = [status.value for status in OPEN_STATUSES]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows. None = everything. `late` = past due at the instant of asking."""

    is_open: bool | None = None
    category: str | None = None
    channel: str | None = None
    late: bool = False


def cases(
    session: Session, filters: Filters, *, at: datetime, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[CaseRecord]:
    """Cases, the newest first; `before` is the (opened_at, id) of the last one seen."""
    rows = session.execute(
        text(f"""
            {_CASE} WHERE (cast(:is_open AS bool) IS NULL OR (c.status = ANY(:open)) = :is_open)
              AND (cast(:category AS text) IS NULL OR c.category = :category)
              AND (cast(:channel AS text) IS NULL OR c.channel = :channel)
              AND (NOT :late OR c.due_at < :at)
              AND (cast(:seen_at AS timestamptz) IS NULL OR (c.opened_at, c.id) < (:seen_at, cast(:seen_id AS uuid)))
            ORDER BY c.opened_at DESC, c.id DESC LIMIT :limit
        """),
        {
            "is_open": filters.is_open, "open": OPEN, "category": filters.category, "channel": filters.channel,
            "late": filters.late, "at": at, "seen_at": before[0] if before else None,
            "seen_id": before[1] if before else None, "limit": limit,
        },
    )  # fmt: skip
    return [_record(row) for row in rows]


def case(session: Session, case_id: UUID, *, at: datetime) -> CaseDetail:
    """One case with its history. Raises CaseNotFound, also for one of another's ground."""
    found = _one(session, "c.id = :key", case_id)
    events = session.execute(
        text("""
            SELECT seq, at, verb, to_status, actor_name, unit, note, evidence FROM cases.case_event
            WHERE case_id = :id ORDER BY seq
        """),
        {"id": case_id},
    )
    history = tuple(
        EventRecord(r.seq, r.at, Verb(r.verb), Status(r.to_status), r.actor_name, r.unit, r.note, r.evidence)
        for r in events
    )
    return CaseDetail(found, history, standing(found.due_at, found.soon_at, at))


def case_of_report(session: Session, report_id: UUID) -> CaseRecord:
    """The case that a report opened. Raises CaseNotFound."""
    return _one(session, "c.report_id = :key", report_id)


def number_of(session: Session, report_id: UUID) -> str:
    """The number of the case that a report opened. Raises CaseNotFound."""
    return case_of_report(session, report_id).number


def open_cases_in(session: Session, *, grid_ids: Sequence[int]) -> list[CaseRecord]:
    """The open cases of some grids, the one due first in front."""
    rows = session.execute(
        text(f"{_CASE} WHERE c.grid_id = ANY(:grids) AND c.status = ANY(:open) ORDER BY c.due_at NULLS LAST, c.id"),
        {"grids": list(grid_ids), "open": OPEN},
    )
    return [_record(row) for row in rows]


def _one(session: Session, where: str, key: UUID) -> CaseRecord:
    row = session.execute(text(f"{_CASE} WHERE {where}"), {"key": key}).first()
    if row is None:
        raise CaseNotFound
    return _record(row)


def _record(row: Row[Any]) -> CaseRecord:
    values = row._asdict()
    return CaseRecord(**{**values, "status": Status(values["status"])})
