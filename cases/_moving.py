"""Moving a case: the table decides, the event and the clocks follow, one audit row for each step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from cases import _rules, clocks
from cases.clocks import Subject
from cases.errors import CaseNotFound, MoveRefused
from cases.models import CaseClock, CaseEvent, CaseRow
from cases.reading import case_of_report
from cases.records import CaseRecord
from cases.workflow import END_STATUSES, VERBS, WORDS, Status, Verb, target, verbs_from, way
from core import audit
from core.actors import Actor, Role


def move(
    session: Session,
    case_id: UUID,
    verb: Verb,
    *,
    actor: Actor,
    at: datetime,
    note: str | None = None,
    unit: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> CaseRecord:
    """Do something to a case. Steps that lie before it and ask for nothing (accept, sign) are taken and told, too.

    Raises MoveRefused with what is missing, CaseNotFound.
    """
    row = session.scalars(select(CaseRow).where(CaseRow.id == case_id).with_for_update()).one_or_none()
    if row is None:
        raise CaseNotFound
    check_may(row, verb, actor, note=note, unit=unit, evidence=evidence)
    steps = way(Status(row.status), verb, actor.role) or [verb]
    for step in steps:
        is_last = step is verb
        _step(session, row, step, actor, at, note if is_last else None, unit if is_last else None,
              dict(evidence) if evidence and is_last else None)  # fmt: skip
    session.flush()
    return case_of_report(session, row.report_id)


def check_may(
    row: CaseRow,
    verb: Verb,
    actor: Actor,
    *,
    note: str | None = None,
    unit: str | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Raise MoveRefused, saying why, when this may not be done now by this actor with what was handed in."""
    rule, status = VERBS[verb], Status(row.status)
    if actor.role not in rule.roles:
        raise MoveRefused(zh=f"您的岗位不能“{rule.zh}”", en=f"your role may not {rule.en}")
    if way(status, verb, actor.role) is None:
        word = WORDS[status]
        raise MoveRefused(
            zh=f"案件{word.zh}，现在不能“{rule.zh}”", en=f"the case is {word.en}: it cannot {rule.en} now"
        )
    for is_needed, given, zh, en in (
        (rule.needs_unit, unit, "承办单位", "a unit"),
        (rule.needs_note, note, "说明", "a note"),
        (rule.needs_evidence, evidence, "凭据", "evidence"),
    ):
        if is_needed and not given:
            raise MoveRefused(zh=f"“{rule.zh}”需要填写{zh}", en=f"to {rule.en} needs {en}")
    if rule.needs_second and row.closed_by == actor.id:
        raise MoveRefused(zh=f"“{rule.zh}”须由办结人以外的人办理", en=f"to {rule.en} needs another person")


def allowed(status: Status, role: Role) -> list[Verb]:
    """What a role may do in a state, for buttons."""
    return verbs_from(status, role)


def _step(
    session: Session, row: CaseRow, verb: Verb, actor: Actor, at: datetime, note: str | None, unit: str | None,
    evidence: dict[str, Any] | None,
) -> None:  # fmt: skip
    before = Status(row.status)
    after = target(before, verb)
    if after is None:
        raise MoveRefused(zh=f"现在不能“{VERBS[verb].zh}”", en=f"cannot {VERBS[verb].en} now")
    row.moves += 1
    row.status, row.status_at = after.value, at
    if unit:
        row.offered_to = unit
    if verb is Verb.SIGN and row.offered_to:
        row.unit, row.offered_to = row.offered_to, None
    if after is Status.CLOSED and before is not Status.CLOSED:
        row.closed_at, row.closed_by = at, actor.id
    if verb is Verb.REOPEN:
        row.closed_at, row.closed_by = None, None
    session.execute(
        insert(CaseEvent).values(
            id=uuid4(), at=at, case_id=row.id, seq=row.moves, county_code=row.county_code, grid_id=row.grid_id,
            verb=verb.value, from_status=before.value, to_status=after.value, actor_id=actor.id, actor_name=actor.name,
            actor_role=actor.role.value, unit=unit, note=note, evidence=evidence,
        )
    )  # fmt: skip
    _wind(session, row, verb, at)
    audit.record(session, actor, f"case.{verb}", "case", str(row.id), at, {"from": before.value, "to": after.value})


def _wind(session: Session, row: CaseRow, verb: Verb, at: datetime) -> None:
    """Stop the clocks that this verb stops, start those it starts, and repeat on the case the one due first."""
    held = list(session.scalars(select(CaseClock).where(CaseClock.case_id == row.id, CaseClock.stopped_at.is_(None))))
    ends = Status(row.status) in END_STATUSES
    for clock in held:
        if ends or verb.value in clock.stops_on:
            clock.stopped_at, clock.stopped_by = at, verb.value
    subject = Subject(row.category, row.channel, row.urgency)
    starting = [] if ends else clocks.starting(_rules.clock_rules(session), verb, subject, clocks.day_of(at))
    calendar = _rules.working_time(session) if starting else None
    for rule in starting:
        if calendar is None or any(c.stage == rule.stage.value and c.stopped_at is None for c in held):
            continue
        due = clocks.due_at(rule, at, calendar)
        fresh = CaseClock(
            case_id=row.id, stage=rule.stage.value, started_at=at, rule=rule.code, due_at=due,
            soon_at=clocks.soon_at(at, due), stops_on=sorted(v.value for v in rule.stops_on), stopped_at=None,
            stopped_by=None, grid_id=row.grid_id,
        )  # fmt: skip
        session.add(fresh)
        held.append(fresh)
    running = [clock for clock in held if clock.stopped_at is None]
    first = min(running, key=lambda clock: (clock.due_at, clock.rule), default=None)
    row.due_at, row.soon_at = (first.due_at, first.soon_at) if first else (None, None)
    row.due_stage, row.due_rule = (first.stage, first.rule) if first else (None, None)
    session.flush()
