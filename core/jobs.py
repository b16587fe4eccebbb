"""Jobs: an outbox table written in the caller's transaction, and a worker that empties it.

The effect of a job and its done-mark are one transaction, so it happens exactly once whatever dies. A try is counted
before it begins, so that a job that kills its worker does not come back for ever. Wishes with the same kind and key
become one job: handlers with a key read the present state, not the payload of one wish.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import clock
from core.actors import Actor, Tier, system_actor
from core.db import raw_connection, unit_of_work
from core.errors import Unavailable

Handler = Callable[..., None]
Payload = dict[str, Any]

TRIES = 8
FIRST_RETRY = timedelta(seconds=2)  # doubles with every try: the eighth comes after about four minutes
POLL_SECONDS = 1.0

_handlers: dict[str, Handler] = {}
_log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class Stuck:
    """A job that was given up, or is late."""

    id: int
    kind: str
    attempts: int
    last_error: str | None
    created_at: datetime
    is_given_up: bool


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register `def f(session, payload, *, actor, at) -> None` for jobs of this kind. Flushes, never commits."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    at: datetime,
    run_after: datetime | None = None,
) -> None:
    """Ask for a job in this transaction: if it rolls back, there is no job. Pending ones of one (kind, key) are one."""
    values = [kind, key, Jsonb(dict(payload)), clock.aware(at), clock.aware(run_after or at)]
    session.flush()
    raw_connection(session).execute("select core.enqueue(%s, %s, %s::jsonb, %s, %s)", values)


def run_pending(limit: int = 1000, *, now: Callable[[], datetime] = clock.now, ahead: timedelta = timedelta(0)) -> int:
    """Do what is due, at most `limit` jobs. Returns how many were done (a failed try is not).

    `ahead`: also what becomes due within this time, for whoever knows that nothing more is coming.
    """
    done = 0
    for _ in range(limit):
        at = now()
        claimed = _claim(at, at + ahead)
        if claimed is None:
            break
        done += _run(*claimed, at=at)
    return done


def run_worker(stop: threading.Event, *, now: Callable[[], datetime] = clock.now) -> None:
    """Work until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        try:
            worked = run_pending(now=now)
        except Unavailable as exc:
            _log.warning("database away", wait_s=exc.retry_after_s)
            stop.wait(exc.retry_after_s)
            continue
        if not worked:
            stop.wait(POLL_SECONDS)


def stuck(session: Session, *, at: datetime, late: timedelta = timedelta(minutes=10)) -> list[Stuck]:
    """Jobs given up, and jobs that should have run long ago."""
    rows = session.execute(
        text("""select id, kind, attempts, last_error, created_at, failed_at is not null as is_given_up
                  from core.outbox
                 where failed_at is not null or (done_at is null and run_after < :before)
                 order by id limit 200"""),
        {"before": at - late},
    ).all()
    return [Stuck(*row) for row in rows]


def retry(session: Session, job_id: int, *, at: datetime) -> None:
    """Give a job that was given up another eight tries."""
    session.execute(
        text("update core.outbox set failed_at = null, attempts = 0, run_after = :at where id = :id"),
        {"id": job_id, "at": at},
    )


def forget_done(session: Session, *, before: datetime) -> int:
    """Delete jobs done before this instant. Returns how many."""
    gone = session.execute(text("delete from core.outbox where done_at < :before returning id"), {"before": before})
    return len(gone.all())


def _claim(at: datetime, until: datetime) -> tuple[int, int] | None:
    """Take the next due job: count the try and put the next one off, committed before the work begins."""
    with unit_of_work(Tier.JOBS) as session:
        row = session.execute(
            text("""select id, attempts from core.outbox
                     where done_at is null and failed_at is null and run_after <= :until
                     order by run_after, id limit 1 for update skip locked"""),
            {"until": until},
        ).one_or_none()
        if row is None:
            return None
        attempts = row.attempts + 1
        session.execute(
            text("""update core.outbox set attempts = :n, run_after = :next,
                           failed_at = case when :n > :tries then cast(:at as timestamptz) end where id = :id"""),
            {"n": attempts, "next": at + FIRST_RETRY * 2 ** (attempts - 1), "tries": TRIES, "at": at, "id": row.id},
        )
        return row.id, attempts


def _run(job_id: int, attempts: int, *, at: datetime) -> bool:
    if attempts > TRIES:
        return False
    started = time.perf_counter()
    try:
        with unit_of_work(Tier.JOBS) as session:
            kind = _do(session, job_id, at)
    except Unavailable:
        raise
    except Exception as exc:  # noqa: BLE001 - a job may fail in any way; it is recorded and tried again
        _note_failure(job_id, attempts, exc, at)
        return False
    _log.info("job done", kind=kind, id=job_id, seconds=round(time.perf_counter() - started, 3))
    return True


def _do(session: Session, job_id: int, at: datetime) -> str | None:
    row = session.execute(
        text("""select kind, key, payload from core.outbox
                 where id = :id and done_at is null and failed_at is null for update skip locked"""),
        {"id": job_id},
    ).one_or_none()
    if row is None:
        return None
    same = {"id": job_id, "kind": row.kind, "key": row.key, "at": at}
    # Wishes for the same thing that are visible now are served by this run. Marked before the handler reads.
    session.execute(
        text("""update core.outbox set done_at = :at where id = :id or id in (
                  select id from core.outbox where kind = :kind and key = cast(:key as text) and done_at is null
                     and failed_at is null and run_after <= :at for update skip locked)"""),
        same,
    )
    if row.kind not in _handlers:
        raise LookupError(f"nobody handles jobs of kind {row.kind!r}")
    actor: Actor = system_actor("worker")
    _handlers[row.kind](session, row.payload, actor=actor, at=at)
    return str(row.kind)


def _note_failure(job_id: int, attempts: int, exc: Exception, at: datetime) -> None:
    words = f"{type(exc).__name__}: {exc}"[:500]
    _log.warning("job failed", id=job_id, attempts=attempts, error=type(exc).__name__)
    with unit_of_work(Tier.JOBS) as session:
        session.execute(
            text("""update core.outbox set last_error = :words,
                           failed_at = case when attempts >= :tries then cast(:at as timestamptz) end
                     where id = :id"""),
            {"words": words, "tries": TRIES, "at": at, "id": job_id},
        )
