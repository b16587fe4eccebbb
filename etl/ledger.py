"""The ledger of loads: begin or go on, one transaction a chunk, finish. A file is loaded by one process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.actors import Actor, Tier
from core.audit import record
from core.db import copy_rows, unit_of_work
from core.rows import Outcome, Reject
from etl.errors import AlreadyLoading, BalanceBroken
from etl.models import Batch, RejectRow


@contextmanager
def only_one(sha256: str, file_name: str) -> Iterator[None]:
    """Hold the lock on this file's content while it is loaded; it frees itself when the process dies.

    Raises AlreadyLoading when another process holds it.
    """
    with unit_of_work(Tier.ETL) as session:
        key = {"key": int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)}
        if not session.execute(text("select pg_try_advisory_xact_lock(:key)"), key).scalar_one():
            raise AlreadyLoading(
                zh="同一个文件正在导入，请等它结束",
                en="the same file is being loaded now: wait for it",
                where=file_name,
            )
        session.execute(text("set local idle_in_transaction_session_timeout = 0"))
        yield


def begin(session: Session, *, kind: str, file_name: str, sha256: str, actor: Actor, at: datetime) -> Batch:
    """The interrupted batch of this content, or a new one."""
    found = session.scalars(
        select(Batch).where(Batch.sha256 == sha256, Batch.kind == kind, Batch.status == "running")
    ).first()
    if found is not None:
        return found
    batch = Batch(
        kind=kind, file_name=file_name, sha256=sha256, status="running", started_at=at, finished_at=None,
        rows_done=0, accepted=0, repeated=0, rejected=0, counts={}, actor_name=actor.name,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    record(session, actor, "etl.batch_begun", "etl.batch", str(batch.id), at, {"kind": kind, "file": file_name})
    return batch


def keep(session: Session, batch_id: int, read: int, outcome: Outcome) -> None:
    """Write a chunk's balance in the chunk's own transaction. Raises BalanceBroken when it does not add up."""
    batch = session.get_one(Batch, batch_id)
    if outcome.read != read:
        raise BalanceBroken(
            zh=f"第 {batch.rows_done + 1} 行起的 {read} 行对不上账（{outcome.read}），这一段没有写入；请报告此错误",
            en=f"{read} rows from row {batch.rows_done + 1} do not add up ({outcome.read}): nothing of them was kept",
            where=batch.file_name,
        )
    batch.rows_done += read
    batch.accepted += outcome.accepted
    batch.repeated += outcome.repeated
    batch.rejected += len(outcome.rejected)
    counts = dict(batch.counts)
    for name, count in outcome.counts.items():
        counts[name] = counts.get(name, 0) + int(count)
    batch.counts = counts
    copy_rows(
        session,
        "etl.reject",
        ("batch_id", "row_no", "column_name", "zh", "en"),
        [(batch_id, r.row_no, r.column, r.zh, r.en) for r in _one_a_row(outcome.rejected)],
    )


def finish(session: Session, batch_id: int, *, actor: Actor, at: datetime) -> Batch:
    """Close the batch."""
    batch = session.get_one(Batch, batch_id)
    batch.status, batch.finished_at = "finished", at
    balance = {"accepted": batch.accepted, "repeated": batch.repeated, "rejected": batch.rejected}
    record(session, actor, "etl.batch_finished", "etl.batch", str(batch_id), at, balance)
    session.flush()
    return batch


def rejects(session: Session, batch_id: int, limit: int | None = None) -> list[Reject]:
    """The refused rows of a batch in the order of the sheet; all of them without a limit."""
    rows = session.scalars(
        select(RejectRow).where(RejectRow.batch_id == batch_id).order_by(RejectRow.row_no).limit(limit)
    )
    return [Reject(row.row_no, row.zh, row.en, row.column_name) for row in rows]


def _one_a_row(rejected: tuple[Reject, ...]) -> list[Reject]:
    return list({reject.row_no: reject for reject in rejected}.values())
