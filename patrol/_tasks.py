"""Tasks in the field: the list, what the phone says about each, and what follows from it."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases import service as cases
from core import audit
from core.actors import Actor
from core.clock import day_of
from core.coords import Place
from core.settings import settings
from patrol._rows import reasons
from patrol._teams import teams_of
from patrol.errors import FeedbackConflict, PhotoNotFound, TaskNotFound
from patrol.models import Feedback as FeedbackRow
from patrol.models import Photo, Stop, Task, Visit
from patrol.photos import CleanPhoto, clean
from patrol.plan import Kind, Reason
from patrol.records import (
    STATUS_AFTER,
    Feedback,
    FeedbackAnswer,
    FeedbackKind,
    FeedbackRecord,
    TaskDetail,
    TaskRecord,
    TaskStatus,
)

ORDER = tuple(TaskStatus)
NOTE_MAX = 2000
DONE_WORDS = "已到现场处置"
"""What a case is told when the worker wrote nothing."""


def tasks_of(session: Session, account_id: UUID, *, at: datetime) -> list[TaskRecord]:
    """An account's list: what its teams have open for today and later, and what they have done today, in order.

    Tasks of earlier days that nobody finished are listed first: they do not vanish at midnight.
    """
    team_ids = [t.id for t in teams_of(session, account_id)]
    if not team_ids:
        return []
    wanted = or_(Task.status != TaskStatus.DONE.value, Task.on_date >= day_of(at))
    rows = session.execute(_both().where(Task.team_id.in_(team_ids), wanted).order_by(Stop.arrive_at, Task.seq))
    return [_record(row) for row in rows]


def task(session: Session, task_id: UUID) -> TaskDetail:
    """A task with what was said about it. Raises TaskNotFound (also for another team's)."""
    rows = session.execute(
        select(FeedbackRow, Photo.feedback_id)
        .outerjoin(Photo, Photo.feedback_id == FeedbackRow.id)
        .where(FeedbackRow.task_id == task_id)
        .order_by(FeedbackRow.at, FeedbackRow.received_at)
    ).all()
    return TaskDetail(_task(session, task_id), tuple(_feedback_record(f, photo_id) for f, photo_id in rows))


def tasks_of_case(session: Session, case_id: UUID) -> list[TaskRecord]:
    """The tasks that were sent out for a case, the earliest first."""
    rows = session.execute(_both().where(Task.case_id == case_id).order_by(Task.made_at, Task.seq))
    return [_record(row) for row in rows]


def photo(session: Session, photo_id: UUID) -> bytes:
    """The JPEG that came with a feedback. Raises PhotoNotFound (also for another team's)."""
    jpeg = session.scalar(select(Photo.jpeg).where(Photo.feedback_id == photo_id))
    if jpeg is None:
        raise PhotoNotFound(photo_id)
    return bytes(jpeg)


def feedback(session: Session, said: Feedback, *, actor: Actor, at: datetime) -> FeedbackAnswer:
    """Take what a phone says about a task: accept, arrive or done, in whatever order it comes.

    The same id with the same content is answered again and changes nothing; with another content it raises
    FeedbackConflict and the first is kept. Raises TaskNotFound, PhotoRefused. A task only goes forward. Arriving or
    finishing records a visit; finishing a task with a case handles the case in the same transaction. One audit row
    for a new feedback.
    """
    found = session.scalars(select(Task).where(Task.id == said.task_id)).one_or_none()
    if found is None:
        raise TaskNotFound(said.task_id)
    picture = clean(said.photo) if said.photo else None
    if not _keep(session, said, found, actor, at):
        return FeedbackAnswer(_task(session, found.id), is_new=False)
    if picture is not None:
        _keep_photo(session, said.id, found, picture)
    when = min(said.at, at)  # a phone's clock may run ahead
    _go_forward(session, found, said.kind, when)
    if said.kind is not FeedbackKind.ACCEPT:
        _visit(session, found, when)
    detail = {"feedback": str(said.id), "photo": None if picture is None else picture.sha256}
    audit.record(session, actor, f"task.{said.kind}", "task", str(found.id), at, detail)
    case_words = None
    if said.kind is FeedbackKind.DONE and found.case_id is not None:
        case_words = _handle_case(session, found.case_id, said, picture, actor, at)
    return FeedbackAnswer(_task(session, found.id), is_new=True, case_words=case_words)


def _keep(session: Session, said: Feedback, found: Task, actor: Actor, at: datetime) -> bool:
    """Insert first, look afterwards: true when it is new. Raises FeedbackConflict on another content."""
    body = body_hash(said)
    place = _place(said)
    kept = session.scalars(
        insert(FeedbackRow)
        .values(
            id=said.id,
            county_code=settings().county_code,
            task_id=found.id,
            team_id=found.team_id,
            grid_id=found.grid_id,
            account_id=actor.id,
            kind=said.kind.value,
            at=said.at,
            received_at=at,
            note=None if said.note is None else said.note[:NOTE_MAX],
            lon=place.lon if place else None,
            lat=place.lat if place else None,
            body_hash=body,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(FeedbackRow.id)
    ).one_or_none()
    if kept is not None:
        return True
    before = session.execute(
        select(FeedbackRow.body_hash, FeedbackRow.account_id).where(FeedbackRow.id == said.id)
    ).one_or_none()
    if before is None or bytes(before.body_hash) != body or before.account_id != actor.id:
        raise FeedbackConflict(said.id)
    return False


def body_hash(said: Feedback) -> bytes:
    """A fingerprint of what was said, the picture as uploaded included."""
    parts = [said.task_id, said.kind.value, said.at.isoformat(), said.note, said.lon, said.lat]
    seen = hashlib.sha256("\x1f".join(str(part) for part in parts).encode())
    seen.update(hashlib.sha256(said.photo or b"").digest())
    return seen.digest()


def _place(said: Feedback) -> Place | None:
    return None if said.lon is None or said.lat is None else Place(said.lon, said.lat)


def _keep_photo(session: Session, feedback_id: UUID, found: Task, picture: CleanPhoto) -> None:
    session.add(
        Photo(
            feedback_id=feedback_id,
            county_code=found.county_code,
            team_id=found.team_id,
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            jpeg=picture.jpeg,
        )
    )
    session.flush()


def _go_forward(session: Session, found: Task, kind: FeedbackKind, when: datetime) -> None:
    after = STATUS_AFTER[kind]
    if ORDER.index(after) > ORDER.index(TaskStatus(found.status)):
        found.status = after.value
    column = {FeedbackKind.ACCEPT: "accepted_at", FeedbackKind.ARRIVE: "arrived_at", FeedbackKind.DONE: "done_at"}[kind]
    first = getattr(found, column)
    setattr(found, column, when if first is None else min(first, when))
    session.flush()


def _visit(session: Session, found: Task, when: datetime) -> None:
    """One visit a task, at the first sign of being there."""
    cell = session.scalar(select(Stop.cell).where(Stop.id == found.stop_id))
    session.execute(
        insert(Visit)
        .values(
            id=uuid4(),
            county_code=found.county_code,
            task_id=found.id,
            team_id=found.team_id,
            grid_id=found.grid_id,
            cell=cell,
            at=when,
        )
        .on_conflict_do_nothing(index_elements=["task_id"])
    )


def _handle_case(
    session: Session, case_id: UUID, said: Feedback, picture: CleanPhoto | None, actor: Actor, at: datetime
) -> Reason:
    """Handle the case; a case that others have moved on in the meantime is left as it is, and the answer says so."""
    evidence: dict[str, Any] = {"feedback": str(said.id)}
    if picture is not None:
        evidence |= {"photo": str(said.id), "sha256": picture.sha256}
    try:
        moved = cases.move(
            session, case_id, cases.Verb.HANDLE, actor=actor, at=at, note=said.note or DONE_WORDS, evidence=evidence
        )
    except cases.MoveRefused as refused:
        audit.record(session, actor, "task.case_not_moved", "case", str(case_id), at, {"feedback": str(said.id)})
        return Reason(f"任务已完成；案件未变动：{refused.zh}", f"task done; the case was not moved: {refused.en}")
    return Reason(f"案件 {moved.number} 已处置", f"case {moved.number} is handled")


def _both() -> Any:
    return select(Task, Stop).join(Stop, Stop.id == Task.stop_id)


def _task(session: Session, task_id: UUID) -> TaskRecord:
    row = session.execute(_both().where(Task.id == task_id)).one_or_none()
    if row is None:
        raise TaskNotFound(task_id)
    return _record(row)


def _record(row: Any) -> TaskRecord:
    task_row, stop = row[0], row[1]
    return TaskRecord(
        id=task_row.id,
        plan_id=task_row.plan_id,
        team_id=task_row.team_id,
        seq=task_row.seq,
        on=task_row.on_date,
        status=TaskStatus(task_row.status),
        kind=Kind(stop.kind),
        title=Reason(stop.title_zh, stop.title_en),
        why=reasons(stop.why),
        place=Place(stop.lon, stop.lat),
        grid_id=task_row.grid_id,
        cell=stop.cell,
        case_id=task_row.case_id,
        case_number=stop.case_number,
        code=stop.code,
        arrive_at=stop.arrive_at,
        leave_at=stop.leave_at,
        window_until=stop.window_until,
        travel_minutes=stop.travel_minutes or 0.0,
        travel_metres=stop.travel_metres or 0.0,
        accepted_at=task_row.accepted_at,
        arrived_at=task_row.arrived_at,
        done_at=task_row.done_at,
    )


def _feedback_record(row: FeedbackRow, photo_id: UUID | None) -> FeedbackRecord:
    place = None if row.lon is None or row.lat is None else Place(row.lon, row.lat)
    return FeedbackRecord(
        row.id, FeedbackKind(row.kind), row.account_id, row.at, row.received_at, row.note, place, photo_id
    )
