"""Suggestions that two reports tell of the same matter, made by a job, decided by a person, and remembered."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core import audit, jobs
from core.actors import Actor
from core.clock import day_of
from core.errors import NotFound
from incidents import rules
from incidents._bursts import find_bursts
from incidents._refresh import midnight
from incidents.alike import Alike
from incidents.matter import Pair, Thresholds, same_matter, spots_of
from incidents.records import ReportRecord, Suggestion


@jobs.handler("matter.suggest")
def suggest_day(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Compare the reports of a day with those around it in time and place."""
    del actor
    day = date.fromisoformat(payload["day"])
    suggest(session, day, at=at)
    find_bursts(session, day, at=at)


def suggest(session: Session, day: date, *, at: datetime) -> int:
    """Write down which reports of a Shanghai day may tell of the same matter as another, before or after it.

    How many new suggestions. Those that are there, decided or not, stay as they are.
    """
    limits = rules.matter_thresholds(session, at)
    start, end = midnight(day), midnight(day + timedelta(days=1))
    rows = _around(session, start, end, limits)
    is_new = np.array([start <= row.received_at < end for row in rows], dtype=np.bool_)
    pairs = same_matter(spots_of(rows), limits, is_new) if is_new.any() else []
    return _write(session, rows, pairs, at)


def _around(session: Session, start: datetime, end: datetime, limits: Thresholds) -> Sequence[Row[Any]]:
    """The placed reports of the day, and those of their subjects of the days around."""
    reach = timedelta(days=limits.days)
    return session.execute(
        text("""
            WITH told AS (
                SELECT DISTINCT category, subject FROM incidents.report
                WHERE received_at >= :start AND received_at < :end AND lon IS NOT NULL
            )
            SELECT id, received_at, lon, lat, precision_m, code, category, subject, location_words, words
            FROM incidents.report r
            WHERE received_at >= :since AND received_at < :until AND lon IS NOT NULL
              AND (subject IN (SELECT subject FROM told)
                   OR subject IS NULL AND category IN (SELECT category FROM told WHERE subject IS NULL))
            ORDER BY received_at, id
        """),
        {"start": start, "end": end, "since": start - reach, "until": end + reach},
    ).all()


def _write(session: Session, rows: Sequence[Row[Any]], pairs: Sequence[Pair], at: datetime) -> int:
    if not pairs:
        return 0
    written = session.execute(
        _WRITE,
        {
            "later": [rows[p.later].id for p in pairs],
            "earlier": [rows[p.earlier].id for p in pairs],
            "likeness": [p.likeness for p in pairs],
            "metres": [p.metres for p in pairs],
            "days": [p.days for p in pairs],
            "same": [p.same_code for p in pairs],
            "at": at,
        },
    )
    return len(written.all())


_WRITE: Final = text("""
    INSERT INTO incidents.matter_suggestion (report_id, earlier_id, likeness, metres, days, is_same_code, suggested_at)
    SELECT w.*, :at FROM unnest(cast(:later AS uuid[]), cast(:earlier AS uuid[]), cast(:likeness AS float4[]),
                                cast(:metres AS float4[]), cast(:days AS float4[]), cast(:same AS bool[])) w
    ON CONFLICT DO NOTHING RETURNING report_id
""")


def remember(session: Session, report: ReportRecord, one: Alike, *, at: datetime) -> tuple[UUID, UUID]:
    """Write down a pair that was shown to a person, so that it can be decided. Returns (later, earlier)."""
    is_later = one.days >= 0
    later, earlier = (report.id, one.report_id) if is_later else (one.report_id, report.id)
    session.execute(
        _WRITE,
        {
            "later": [later], "earlier": [earlier], "likeness": [one.likeness], "metres": [one.metres],
            "days": [abs(one.days)], "same": [one.is_same_code], "at": at,
        },
    )  # fmt: skip
    return later, earlier


def suggestions(session: Session, report_id: UUID) -> list[Suggestion]:
    """What a report may be the same matter as, earlier or later, the likest first, decided ones included."""
    rows = session.execute(
        text("""
            SELECT report_id, earlier_id, likeness, metres, days, is_same_code, decision
            FROM incidents.matter_suggestion WHERE report_id = :id OR earlier_id = :id ORDER BY likeness DESC, report_id
        """),
        {"id": report_id},
    )
    return [Suggestion(*row) for row in rows]


def decide(session: Session, report_id: UUID, earlier_id: UUID, *, is_same: bool, actor: Actor, at: datetime) -> None:
    """A person says whether two reports tell of one matter; kept, and one audit row.

    Joined, the later report takes the matter of the earlier one and no longer counts by itself in the heat. Parted
    again, it gets its own matter back. Raises NotFound when nothing was suggested for the two.
    """
    touched = session.execute(
        text("""
            UPDATE incidents.matter_suggestion SET decision = :decision, decided_by = :by, decided_at = :at
            WHERE report_id = :later AND earlier_id = :earlier RETURNING report_id
        """),
        {
            "decision": "joined" if is_same else "apart",
            "by": actor.id,
            "at": at,
            "later": report_id,
            "earlier": earlier_id,
        },
    ).first()
    if touched is None:
        raise NotFound(zh="没有这条“同一事项”建议", en="these two were not suggested to be the same matter")
    received_at = session.execute(_JOIN if is_same else _PART, {"later": report_id, "earlier": earlier_id}).scalar()
    if received_at is not None:
        day = day_of(received_at).isoformat()
        jobs.enqueue(session, "heat.refresh", {"days": [day]}, key=day, at=at)
    action = "matter.joined" if is_same else "matter.parted"
    audit.record(session, actor, action, "report", str(report_id), at, {"earlier": str(earlier_id)})


_JOIN: Final = text("""
    UPDATE incidents.report l SET matter_id = e.matter_id, is_repeat = true
    FROM incidents.report e WHERE e.id = :earlier AND l.id = :later RETURNING l.received_at
""")

_PART: Final = text("""
    WITH own AS (
        INSERT INTO incidents.matter (id, county_code, category, opened_at)
        SELECT gen_random_uuid(), l.county_code, l.category, l.received_at
        FROM incidents.report l JOIN incidents.report e ON e.id = :earlier AND e.matter_id = l.matter_id
        WHERE l.id = :later RETURNING id
    )
    UPDATE incidents.report l SET matter_id = own.id, is_repeat = false FROM own WHERE l.id = :later
    RETURNING l.received_at
""")
