"""Reading cases: lists by keyset, one with its history, those of a ground, and what the public may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from cases.clocks import Due, standing
from cases.errors import CaseNotFound
from cases.records import CaseDetail, CaseRecord, ClockRecord, EventRecord
from cases.workflow import OPEN_STATUSES, Status, Verb

_CASE: Final = """
    SELECT c.id, c.number, c.report_id, c.channel, c.category, k.name_zh AS category_zh, k.name_en AS category_en,
           c.source, c.urgency, c.summary, c.place_words, c.code, c.grid_id, c.h3_9, c.status, c.unit, c.opened_at,
           c.due_at, c.soon_at, c.closed_at, c.offered_to, c.lane, c.level, c.is_watched, c.has_reporter
    FROM cases."case" c JOIN incidents.v_category k ON k.code = c.category
"""
OPEN: Final = [status.value for status in OPEN_STATUSES]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows. None = everything. `due` = LATE or SOON at the instant of asking.

    `words` = in the number, the summary or the words of the place. `unit` = it holds the case or was offered it.
    """

    is_open: bool | None = None
    status: Status | None = None
    category: str | None = None
    channel: str | None = None
    due: Due | None = None
    since: datetime | None = None
    closed_since: datetime | None = None
    words: str | None = None
    unit: str | None = None
    grid_ids: Sequence[int] | None = None
    codes: Sequence[str] | None = None
    is_watched: bool | None = None


def cases(
    session: Session, filters: Filters, *, at: datetime, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[CaseRecord]:
    """Cases, the newest first; `before` is the (opened_at, id) of the last one seen."""
    asked = [sql for sql, is_asked in _conditions(filters, before) if is_asked]
    rows = session.execute(
        text(f"""
            {_CASE} WHERE {" AND ".join(["true", *asked])} ORDER BY c.opened_at DESC, c.id DESC LIMIT :limit
        """),
        {
            "open": OPEN, "status": filters.status, "category": filters.category, "channel": filters.channel, "at": at,
            "since": filters.since, "closed_since": filters.closed_since, "unit": filters.unit,
            "grids": list(filters.grid_ids or ()), "codes": list(filters.codes or ()),
            "words": f"%{_escaped(filters.words or '')}%",
            "seen_at": before[0] if before else None, "seen_id": before[1] if before else None, "limit": limit,
        },
    )  # fmt: skip
    return [_record(row) for row in rows]


def _conditions(filters: Filters, before: tuple[datetime, UUID] | None) -> list[tuple[str, bool]]:
    """The conditions of a list, each with whether it is asked for: only those stand in the statement."""
    return [
        ("c.status = ANY(:open)", filters.is_open is True),
        ("NOT c.status = ANY(:open)", filters.is_open is False),
        ("c.status = :status", filters.status is not None),
        ("c.category = :category", filters.category is not None),
        ("c.channel = :channel", filters.channel is not None),
        ("c.due_at <= :at", filters.due is Due.LATE),
        ("c.due_at > :at AND c.soon_at <= :at", filters.due is Due.SOON),
        ("c.opened_at >= :since", filters.since is not None),
        ("c.closed_at >= :closed_since", filters.closed_since is not None),
        ("(c.unit = :unit OR c.offered_to = :unit)", filters.unit is not None),
        ("c.grid_id = ANY(:grids)", filters.grid_ids is not None),
        ("c.code = ANY(:codes)", filters.codes is not None),
        ("c.is_watched", filters.is_watched is True),
        ("concat_ws(' ', c.number, c.summary, c.place_words) LIKE :words ESCAPE '!'", bool(filters.words)),
        ("(c.opened_at, c.id) < (:seen_at, cast(:seen_id AS uuid))", before is not None),
    ]


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def case(session: Session, case_id: UUID, *, at: datetime) -> CaseDetail:
    """One case with its history. Raises CaseNotFound, also for one of another's ground."""
    found = _one(session, "c.id = :key", case_id)
    events = session.execute(
        text("""
            SELECT seq, at, verb, to_status, actor_name, actor_role, unit, note, evidence FROM cases.case_event
            WHERE case_id = :id ORDER BY seq
        """),
        {"id": case_id},
    )
    history = tuple(
        EventRecord(
            r.seq, r.at, Verb(r.verb), Status(r.to_status), r.actor_name, r.actor_role, r.unit, r.note, r.evidence
        )
        for r in events
    )
    closed_by = session.scalar(text('SELECT closed_by FROM cases."case" WHERE id = :id'), {"id": case_id})
    due = standing(found.due_at, found.soon_at, at)
    return CaseDetail(found, history, _clocks(session, case_id, at), due, closed_by)


def _clocks(session: Session, case_id: UUID, at: datetime) -> tuple[ClockRecord, ...]:
    rows = session.execute(
        text("""
            SELECT k.stage, k.rule, k.started_at, k.due_at, k.soon_at, k.stopped_at, k.stops_on, r.zh, r.en
            FROM cases.case_clock k LEFT JOIN LATERAL (
                SELECT zh, en FROM cases.clock_rule WHERE code = k.rule ORDER BY valid_from DESC LIMIT 1
            ) r ON true
            WHERE k.case_id = :id ORDER BY k.started_at, k.due_at
        """),
        {"id": case_id},
    )
    return tuple(
        ClockRecord(
            stage=r.stage, zh=r.zh or r.rule, en=r.en or r.rule, started_at=r.started_at, due_at=r.due_at,
            stopped_at=r.stopped_at, stops_on=frozenset(Verb(verb) for verb in r.stops_on),
            due=Due.NONE if r.stopped_at is not None else standing(r.due_at, r.soon_at, at),
        )
        for r in rows
    )  # fmt: skip


def case_of_report(session: Session, report_id: UUID) -> CaseRecord:
    """The case that a report opened. Raises CaseNotFound."""
    return _one(session, "c.report_id = :key", report_id)


def number_of(session: Session, report_id: UUID) -> str:
    """The number of the case that a report opened; also for doors that may not read cases. Raises CaseNotFound."""
    number = session.scalar(text("SELECT cases.number_of(:id)"), {"id": report_id})
    if number is None:
        raise CaseNotFound
    return str(number)


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


def record_of(row: Mapping[str, Any], names: tuple[str, str]) -> CaseRecord:
    """The record of a row of cases.case and the names (zh, en) of its category."""
    told = {**row, "category_zh": names[0], "category_en": names[1], "status": Status(row["status"])}
    return CaseRecord(**{field.name: told[field.name] for field in fields(CaseRecord)})


def _record(row: Row[Any]) -> CaseRecord:
    return record_of(row._asdict(), (row.category_zh, row.category_en))
