"""The ledger of loads: begin or go on, one transaction a chunk, finish. A file is loaded by one process at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from core.actors import Actor, Tier
from core.audit import record
from core.db import copy_rows, unit_of_work
from core.errors import WanggeError
from core.rows import Outcome, Reject
from etl.errors import AlreadyLoading, BalanceBroken, BatchNotFound, OptionsDiffer
from etl.models import Batch, RejectRow


@contextmanager
def only_one(sha256: str, file_name: str) -> Iterator[None]:
    """Hold the lock on this file's content while it is loaded; it frees itself when the process dies.

    Raises AlreadyLoading when another process holds it.
    """
    with unit_of_work(Tier.ETL) as session:
        if not is_free(session, sha256):
            raise AlreadyLoading(
                zh="同一个文件正在导入，请等它结束",
                en="the same file is being loaded now: wait for it",
                where=file_name,
            )
        session.execute(text("set local idle_in_transaction_session_timeout = 0"))
        yield


def begin(
    session: Session,
    *,
    kind: str,
    file_name: str,
    sha256: str,
    actor: Actor,
    at: datetime,
    options: Mapping[str, str] | None = None,
) -> tuple[Batch, tuple[str, str] | None]:
    """The interrupted batch of this content or a new one, and what there is to say about it (zh, en).

    Raises OptionsDiffer when it was begun with other options. An interrupted batch of a file of this name whose content
    has changed since is closed as abandoned: what it took in counts as repeated or corrected now.
    """
    told = dict(options or {})
    waiting = session.scalars(
        select(Batch).where(
            Batch.kind == kind, Batch.status == "running", or_(Batch.sha256 == sha256, Batch.file_name == file_name)
        )
    ).all()
    if (found := next((one for one in waiting if one.sha256 == sha256), None)) is not None:
        if found.options != told:
            raise _differs(found)
        if found.rows_done == 0:
            return found, None
        return found, (
            f"接着第 {found.id} 批上次中断的地方继续，前 {found.rows_done:,} 行已经导入",
            f"going on with batch {found.id} where it stopped: {found.rows_done:,} rows are in already",
        )
    said = None
    for old in waiting:
        if is_free(session, old.sha256):
            old.status, old.finished_at = "abandoned", at
            said = (
                f"同名文件（第 {old.id} 批）上次导入到第 {old.rows_done:,} 行时中断，此后有改动；现在从头导入",
                f"the file of batch {old.id} stopped at row {old.rows_done:,} and changed since: it is read anew",
            )
    batch = Batch(
        kind=kind, file_name=file_name, sha256=sha256, status="running", started_at=at, finished_at=None,
        rows_done=0, accepted=0, repeated=0, rejected=0, counts={}, actor_name=actor.name, options=told,
        undone_at=None, undone_by=None,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    record(session, actor, "etl.batch_begun", "etl.batch", str(batch.id), at, {"kind": kind, "file": file_name})
    return batch, said


def _differs(batch: Batch) -> OptionsDiffer:
    told = " ".join(f"--{name} {value}" for name, value in sorted(batch.options.items()))
    return OptionsDiffer(
        zh=f"第 {batch.id} 批上次用“{told or '无选项'}”导入到第 {batch.rows_done:,} 行时中断；"
        f"请用同样的选项继续，或先撤销：wangge batch undo {batch.id}",
        en=f"batch {batch.id} was begun with “{told or 'no options'}” and stopped after {batch.rows_done:,} rows: "
        f"go on with the same, or undo it first (wangge batch undo {batch.id})",
        where=batch.file_name,
    )


def is_free(session: Session, sha256: str) -> bool:
    """Whether nobody loads this content at this moment."""
    key = {"key": _lock_key(sha256)}
    return bool(session.execute(text("select pg_try_advisory_xact_lock(:key)"), key).scalar_one())


def _lock_key(sha256: str) -> int:
    return int.from_bytes(bytes.fromhex(sha256[:16]), "big", signed=True)


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


@contextmanager
def not_left_open(batch_id: int) -> Iterator[None]:
    """A batch of which a fault has kept out every row is closed as abandoned: nothing waits to be gone on with."""
    try:
        yield
    except WanggeError:
        with unit_of_work(Tier.ETL) as session:
            batch = session.get_one(Batch, batch_id)
            if batch.rows_done == 0:
                batch.status = "abandoned"
        raise


def get(session: Session, batch_id: int) -> Batch:
    """One batch. Raises BatchNotFound."""
    found = session.get(Batch, batch_id)
    if found is None:
        raise BatchNotFound(batch_id)
    return found


def newest(session: Session, limit: int, kind: str | None = None) -> list[Batch]:
    """The batches begun last, newest first."""
    asked = select(Batch).order_by(Batch.id.desc()).limit(limit)
    return list(session.scalars(asked if kind is None else asked.where(Batch.kind == kind)))


def earlier(session: Session, sha256: str, kind: str) -> Batch | None:
    """The last finished batch of the same content."""
    asked = select(Batch).where(Batch.sha256 == sha256, Batch.kind == kind, Batch.status == "finished")
    return session.scalars(asked.order_by(Batch.id.desc()).limit(1)).first()


def rejects(session: Session, batch_id: int, limit: int | None = None) -> list[Reject]:
    """The refused rows of a batch in the order of the sheet; all of them without a limit."""
    rows = session.scalars(
        select(RejectRow).where(RejectRow.batch_id == batch_id).order_by(RejectRow.row_no).limit(limit)
    )
    return [Reject(row.row_no, row.zh, row.en, row.column_name) for row in rows]


def _one_a_row(rejected: tuple[Reject, ...]) -> list[Reject]:
    return list({reject.row_no: reject for reject in rejected}.values())
