"""Two cases of one matter become one with more reporters, and are parted again: a person decides, nothing is lost."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases._moving import move
from cases.errors import CaseNotFound
from cases.models import CaseReport, CaseRow
from cases.workflow import OPEN_STATUSES, Status, Verb
from core import audit
from core.actors import Actor


def join(session: Session, report_id: UUID, earlier_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """The case of the earlier report answers the later one, too; the later one's own case, if open, is cancelled
    with a note that names where it went. Returns the case that goes on.

    Raises CaseNotFound, and MoveRefused when the later case is too far on to be cancelled.
    """
    kept, given_up = _of(session, earlier_id), _of(session, report_id)
    if kept.id == given_up.id:
        return kept.id
    if Status(given_up.status) in OPEN_STATUSES:
        move(session, given_up.id, Verb.CANCEL, actor=actor, at=at, note=f"与 {kept.number} 是同一事项，并入办理")
    session.execute(
        text("UPDATE cases.case_report SET case_id = :kept, joined_at = :at WHERE case_id = :given_up"),
        {"kept": kept.id, "given_up": given_up.id, "at": at},
    )
    audit.record(session, actor, "case.joined", "case", str(kept.id), at, {"joined": str(given_up.id)})
    return kept.id


def part(session: Session, report_id: UUID, *, actor: Actor, at: datetime) -> UUID:
    """A joined report goes back to its own case, which is opened again if it was cancelled by joining. Returns it."""
    held = _of(session, report_id)
    own = session.scalars(select(CaseRow).where(CaseRow.report_id == report_id)).one_or_none()
    if own is None:
        raise CaseNotFound
    if own.id == held.id:
        return own.id
    session.execute(
        text("UPDATE cases.case_report SET case_id = :own, joined_at = :at WHERE report_id = :report"),
        {"own": own.id, "report": report_id, "at": at},
    )
    if Status(own.status) is Status.CANCELLED:
        move(session, own.id, Verb.REOPEN, actor=actor, at=at, note=f"与 {held.number} 分开，单独办理")
    audit.record(session, actor, "case.parted", "case", str(own.id), at, {"from": str(held.id)})
    return own.id


def reports_of(session: Session, case_id: UUID) -> list[UUID]:
    """The reports that a case answers, the first joined first."""
    rows = session.scalars(
        select(CaseReport.report_id).where(CaseReport.case_id == case_id).order_by(CaseReport.joined_at)
    )
    return list(rows)


def _of(session: Session, report_id: UUID) -> CaseRow:
    """The case that answers a report now."""
    row = session.scalars(
        select(CaseRow)
        .join(CaseReport, CaseReport.case_id == CaseRow.id)
        .where(CaseReport.report_id == report_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise CaseNotFound
    return row
