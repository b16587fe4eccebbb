"""Who did what to which thing, and when. Append-only: written through a definer function, never changed.

A row is written in the same transaction as the change it tells of; a look at personal data writes its row before the
data leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.clock import aware
from core.db import raw_connection

_WRITE = "select core.audit_write(%s, %s, %s, %s, %s, %s::text[], %s::timestamptz[], %s::jsonb)"


def record(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_id: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one audit row. `detail` holds no personal data: references and figures only."""
    record_many(session, actor, action, object_kind, [object_id], at, detail)


def record_many(
    session: Session,
    actor: Actor,
    action: str,
    object_kind: str,
    object_ids: Sequence[str],
    at: Sequence[datetime] | datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write one audit row for each object in one statement, all with the same action and detail.

    `at` is one instant for all, or one for each object.
    """
    if not object_ids:
        return
    moments = [aware(at)] if isinstance(at, datetime) else [aware(moment) for moment in at]
    if len(moments) not in (1, len(object_ids)):
        raise ValueError(f"{len(object_ids)} objects but {len(moments)} moments")
    session.flush()
    values = [
        actor.id, actor.name, actor.role.value, action, object_kind,
        [str(one) for one in object_ids], moments, None if detail is None else Jsonb(dict(detail)),
    ]  # fmt: skip
    raw_connection(session).execute(_WRITE, values)


def count(session: Session, *, action: str | None = None, object_id: str | None = None) -> int:
    """How many audit rows there are, for the tiers that may read them (audit, owner)."""
    words = text(
        "select count(*) from core.audit where (cast(:action as text) is null or action = :action)"
        " and (cast(:object_id as text) is null or object_id = :object_id)"
    )
    return int(session.execute(words, {"action": action, "object_id": object_id}).scalar_one())


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the log as the auditor reads it."""

    id: int
    at: datetime
    actor_name: str
    actor_role: str
    action: str
    object_kind: str
    object_id: str


def newest(session: Session, *, action: str | None = None, before: int | None = None, limit: int) -> list[AuditRow]:
    """The newest rows, of one action when named, below the row number `before` when given. Tiers audit and owner."""
    rows = session.execute(
        text(
            "select id, at, actor_name, actor_role, action, object_kind, object_id from core.audit"
            " where (cast(:action as text) is null or action = :action)"
            " and (cast(:before as bigint) is null or id < :before) order by id desc limit :limit"
        ),
        {"action": action, "before": before, "limit": limit},
    )
    return [AuditRow(*row) for row in rows]
