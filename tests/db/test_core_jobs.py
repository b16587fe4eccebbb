"""The outbox: effect and done-mark together, whatever dies; failures are retried, then shown as stuck."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import db, jobs
from core.actors import Actor, Tier
from core.cluster import ensure

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def seen() -> Iterator[list[dict[str, Any]]]:
    """A handler for jobs of kind "note" that remembers what it was given, and fails when told to."""
    found: list[dict[str, Any]] = []

    def note(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
        session.execute(text("select core.enqueue('effect', null, '{}', now(), now() + interval '1 day')"))
        if payload.get("fail"):
            raise ValueError("told to fail")
        found.append(payload)

    jobs._handlers["note"] = note
    yield found
    del jobs._handlers["note"]


def ask(at: datetime, key: str | None = None, **payload: Any) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        jobs.enqueue(session, "note", payload, key=key, at=at)


def count(words: str) -> int:
    with db.unit_of_work(Tier.JOBS) as session:
        return int(session.execute(text(f"select count(*) from core.outbox where {words}")).scalar_one())


def test_a_job_runs_once(fresh_database: str, seen: list[dict[str, Any]], at: datetime) -> None:
    ask(at, n=1)
    assert jobs.run_pending(now=lambda: at) == 1
    assert jobs.run_pending(now=lambda: at) == 0
    assert seen == [{"n": 1}]
    assert count("kind = 'effect'") == 1


def test_what_was_put_off_is_done_by_who_asks_for_it(
    fresh_database: str, seen: list[dict[str, Any]], at: datetime
) -> None:
    ask(at + timedelta(minutes=2), n=1)
    assert jobs.run_pending(now=lambda: at) == 0
    assert jobs.run_pending(now=lambda: at, ahead=timedelta(minutes=1)) == 0
    assert jobs.run_pending(now=lambda: at, ahead=timedelta(minutes=2)) == 1
    assert seen == [{"n": 1}]


def test_a_wish_that_is_rolled_back_is_no_job(fresh_database: str, seen: list[dict[str, Any]], at: datetime) -> None:
    with pytest.raises(ZeroDivisionError), db.unit_of_work(Tier.INTAKE) as session:  # noqa: PT012
        jobs.enqueue(session, "note", {}, at=at)
        _ = 1 / 0
    assert jobs.run_pending(now=lambda: at) == 0


def test_wishes_with_one_key_are_one_job(fresh_database: str, seen: list[dict[str, Any]], at: datetime) -> None:
    for _ in range(5):
        ask(at, key="2026-03-02")
    ask(at, key="2026-03-03")
    assert jobs.run_pending(now=lambda: at) == 2


def test_a_wish_made_while_its_job_runs_is_not_lost(
    fresh_database: str, seen: list[dict[str, Any]], at: datetime
) -> None:
    """The running job has looked already; what is committed now needs another run."""
    original = jobs._handlers["note"]

    def and_meanwhile(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
        original(session, payload, actor=actor, at=at)
        if len(seen) == 1:
            ask(at, key="k", late=True)

    jobs._handlers["note"] = and_meanwhile
    ask(at, key="k")
    assert jobs.run_pending(now=lambda: at) == 2
    assert seen == [{}, {"late": True}]


def test_two_loaders_with_one_key_do_not_wait_for_each_other(fresh_database: str, at: datetime) -> None:
    ask(at, key="k")
    with db.unit_of_work(Tier.ETL) as one, db.unit_of_work(Tier.ETL) as two:
        two.execute(text("set local lock_timeout = '500ms'"))
        jobs.enqueue(one, "note", {}, key="k", at=at)
        jobs.enqueue(two, "note", {}, key="k", at=at)


def test_a_failing_job_leaves_no_effect_and_is_tried_again_later(
    fresh_database: str, seen: list[dict[str, Any]], at: datetime
) -> None:
    ask(at, fail=True)
    assert jobs.run_pending(now=lambda: at) == 0
    assert count("kind = 'effect'") == 0
    assert count("attempts = 1 and last_error like '%told to fail%' and done_at is null") == 1
    assert jobs.run_pending(now=lambda: at + timedelta(seconds=1)) == 0
    assert count("attempts = 1") == 1
    jobs.run_pending(now=lambda: at + jobs.FIRST_RETRY)
    assert count("attempts = 2") == 1


def test_after_eight_tries_it_is_given_up_and_shown(
    fresh_database: str, seen: list[dict[str, Any]], at: datetime
) -> None:
    ask(at, fail=True)
    for n in range(20):
        jobs.run_pending(now=lambda n=n: at + timedelta(hours=n))  # type: ignore[misc]
    with db.unit_of_work(Tier.JOBS) as session:
        (job,) = jobs.stuck(session, at=at)
        assert (job.kind, job.attempts, job.is_given_up) == ("note", jobs.TRIES, True)
        jobs.retry(session, job.id, at=at)
    assert count("failed_at is null and attempts = 0 and kind = 'note'") == 1


def test_a_job_nobody_handles_fails_by_name(fresh_database: str, at: datetime) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        jobs.enqueue(session, "unknown.kind", {}, at=at)
    jobs.run_pending(now=lambda: at)
    assert count("last_error like '%unknown.kind%'") == 1


KILLED = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import text
from core import db, jobs
db.use_database(sys.argv[1])
@jobs.handler("note")
def note(session, payload, *, actor, at):
    session.execute(text("select core.enqueue('effect', null, '{}', now(), now() + interval '1 day')"))
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
jobs.run_pending(now=lambda: datetime.fromisoformat(sys.argv[2]))
"""


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    fresh_database: str, seen: list[dict[str, Any]], at: datetime
) -> None:
    ask(at, n=1)
    words = [sys.executable, "-c", KILLED, fresh_database, at.isoformat()]
    killed = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert count("kind = 'effect'") == 0
    for _ in range(50):
        if jobs.run_pending(now=lambda: at + jobs.FIRST_RETRY):
            break
        time.sleep(0.1)  # until the server notices that the killed one is gone
    assert seen == [{"n": 1}]
    assert count("kind = 'effect'") == 1
    assert count("kind = 'note' and done_at is not null") == 1


def test_the_server_is_there_after_all_that(fresh_database: str) -> None:
    assert ensure().is_private


def test_worker_stops_when_told(fresh_database: str, seen: list[dict[str, Any]], at: datetime) -> None:
    import threading

    stop = threading.Event()
    runner: Callable[[], None] = lambda: jobs.run_worker(stop, now=lambda: at)  # noqa: E731
    thread = threading.Thread(target=runner)
    ask(at, n=1)
    thread.start()
    for _ in range(100):
        if seen:
            break
        time.sleep(0.05)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert seen == [{"n": 1}]
