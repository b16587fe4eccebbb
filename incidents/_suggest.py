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
from grid import cells
from incidents import rules
from incidents._refresh import midnight
from incidents.matter import Pair, Spots, Thresholds, same_matter
from incidents.records import Suggestion


@jobs.handler("matter.suggest")
def suggest_day(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Compare the reports of a day with those around it in time and place."""
    del actor
    suggest(session, date.fromisoformat(payload["day"]), at=at)


def suggest(session: Session, day: date, *, at: datetime) -> int:
    """Write down which reports of a Shanghai day may tell of the same matter as another, before or after it.

    How many new suggestions. Those that are there, decided or not, stay as they are.
    """
    limits = rules.matter_thresholds(session, at)
    start, end = midnight(day), midnight(day + timedelta(days=1))
    rows = _around(session, start, end, limits)
    is_new = np.array([start <= row.received_at < end for row in rows], dtype=np.bool_)
    pairs = same_matter(_spots(rows), limits, is_new) if is_new.any() else []
    return _write(session, rows, pairs, at)


def _around(session: Session, start: datetime, end: datetime, limits: Thresholds) -> Sequence[Row[Any]]:
    """The reports of the day placed to `limits.radius_m`, and those of the days around in their cells or beside."""
    reach = timedelta(days=limits.days)
    today = session.scalars(
        text("""
            SELECT DISTINCT h3_10 FROM incidents.report
            WHERE received_at >= :start AND received_at < :end AND h3_10 IS NOT NULL
        """),
        {"start": start, "end": end},
    ).all()
    if not today:
        return []
    around = sorted({near for cell in today for near in (cell, *cells.neighbours(cell))})
    return session.execute(
        text("""
            SELECT id, received_at, lon, lat, h3_10, code, category, words FROM incidents.report
            WHERE received_at >= :since AND received_at < :until AND h3_10 = ANY(:cells) AND precision_m <= :radius_m
            ORDER BY received_at, id
        """),
        {"since": start - reach, "until": end + reach, "cells": around, "radius_m": limits.radius_m},
    ).all()


def _spots(rows: Sequence[Row[Any]]) -> Spots:
    def numbered(values: Sequence[str | None]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Equal numbers for equal values, 0 for None."""
        order = {value: n for n, value in enumerate(sorted({v for v in values if v is not None}), start=1)}
        return np.array([0 if v is None else order[v] for v in values], dtype=np.int64)

    return Spots(
        at_days=np.array([row.received_at.timestamp() / 86_400 for row in rows]),
        lon=np.array([row.lon for row in rows], dtype=np.float64),
        lat=np.array([row.lat for row in rows], dtype=np.float64),
        cell=np.array([row.h3_10 for row in rows], dtype=np.int64),
        code=numbered([row.code for row in rows]),
        category=numbered([row.category for row in rows]),
        words=[row.words for row in rows],
    )


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
