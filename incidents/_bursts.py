"""The queue of bulk bursts: found by a job, looked at by a person, and what was decided stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor
from core.errors import NotFound
from incidents import rules
from incidents._refresh import midnight
from incidents.bursts import bursts


@dataclass(frozen=True, slots=True)
class Burst:
    """Reports that came within minutes in nearly the same words; `words` of the first. decision: one | many | None."""

    id: UUID
    began_at: datetime
    ended_at: datetime
    reports: tuple[UUID, ...]
    words: str
    decision: str | None


def find_bursts(session: Session, day: date, *, at: datetime) -> int:
    """Put the bursts that began on a Shanghai day into the queue, or add to them what came since. How many are new."""
    limits = rules.burst_limits(session, at)
    start, end = midnight(day), midnight(day + timedelta(days=1))
    rows = session.execute(
        text("""
            SELECT id, received_at, words FROM incidents.report
            WHERE received_at >= :start AND received_at < :until ORDER BY received_at, id
        """),
        {"start": start, "until": end + timedelta(minutes=limits.minutes)},
    ).all()
    minutes = np.array([row.received_at.timestamp() / 60 for row in rows], dtype=np.float64)
    found = [[rows[i] for i in held] for held in bursts(minutes, [row.words for row in rows], limits)]
    return sum(_keep(session, [row.id for row in held], held[0].received_at, held[-1].received_at) for held in found)


def _keep(session: Session, reports: Sequence[UUID], began: datetime, ended: datetime) -> bool:
    """True when the burst is new. A known one grows; its decision stays."""
    values = {"id": uuid4(), "reports": list(reports), "began": began, "ended": ended}
    known = session.execute(_GROW, values).first()
    if known is None:
        session.execute(_ADD, values)
    return known is None


_GROW: Final = text("""
    UPDATE incidents.burst b SET ended_at = greatest(ended_at, :ended),
           reports = (SELECT array_agg(DISTINCT one) FROM unnest(b.reports || cast(:reports AS uuid[])) one)
    WHERE b.reports && cast(:reports AS uuid[]) RETURNING id
""")
_ADD: Final = text("""
    INSERT INTO incidents.burst (id, began_at, ended_at, reports)
    VALUES (:id, :began, :ended, cast(:reports AS uuid[]))
""")


def open_bursts(session: Session, *, limit: int = 50) -> list[Burst]:
    """The bursts nobody has looked at, the newest first."""
    rows = session.execute(
        text("""
            SELECT b.id, b.began_at, b.ended_at, b.reports, b.decision,
                   (SELECT words FROM incidents.report r WHERE r.id = ANY(b.reports) ORDER BY received_at LIMIT 1) AS words
            FROM incidents.burst b WHERE b.decision IS NULL ORDER BY b.began_at DESC, b.id LIMIT :limit
        """),
        {"limit": limit},
    )
    return [Burst(r.id, r.began_at, r.ended_at, tuple(r.reports), r.words or "", r.decision) for r in rows]


def decide_burst(session: Session, burst_id: UUID, *, is_one: bool | None, actor: Actor, at: datetime) -> None:
    """A person says whether a burst tells of one matter; None takes the decision back. Kept and audited.

    Raises NotFound.
    """
    decision = None if is_one is None else "one" if is_one else "many"
    touched = session.execute(
        text("""
            UPDATE incidents.burst SET decision = :decision, decided_by = :by, decided_at = :at
            WHERE id = :id RETURNING id
        """),
        {"decision": decision, "by": actor.id, "at": at, "id": burst_id},
    ).first()
    if touched is None:
        raise NotFound(zh="没有这批集中反映", en="there is no such burst")
    audit.record(session, actor, "burst.decided", "burst", str(burst_id), at, {"decision": decision or "open"})
