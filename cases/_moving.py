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
from cases.policies import Given, Standing, check_may
from cases.reading import case_of_report
from cases.records import CaseRecord
from cases.workflow import END_STATUSES, VERBS, Status, Verb, target, verbs_from, way
from core import audit
from core.actors import Actor, Role
from core.clock import day_of

NOTHING = Given()


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

    Two at once: the second waits for the first and then meets the case as it stands. Raises MoveRefused with what is
    missing or in the way, CaseNotFound.
    """
    row = session.scalars(
        select(CaseRow).where(CaseRow.id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise CaseNotFound
    given = Given(note, unit, evidence)
    check_may(Standing(Status(row.status), row.has_reporter, row.closed_by), verb, actor, given)
    steps = way(Status(row.status), verb, actor.role) or [verb]
    for one in steps:
        step(session, row, one, actor=actor, at=at, given=given if one is verb else NOTHING)
    return case_of_report(session, row.report_id)


def allowed(status: Status, role: Role) -> list[Verb]:
    """What a role may do in a state, for buttons."""
    return verbs_from(status, role)


def step(session: Session, row: CaseRow, verb: Verb, *, actor: Actor, at: datetime, given: Given = NOTHING) -> None:
    """One step along the table: state, holder, marks, one event, clocks, one audit row. The caller holds the row's
    lock and has asked the policies. Raises MoveRefused when the table has no such step."""
    before = Status(row.status)
    after = target(before, verb)
    if after is None:
        raise MoveRefused(zh=f"现在不能“{VERBS[verb].zh}”", en=f"cannot {VERBS[verb].en} now")
    row.moves += 1
    if after is not before:
        row.status, row.status_at = after.value, at
    _hand_over(row, verb, given.unit)
    _mark(row, verb)
    if after is Status.CLOSED and before is not Status.CLOSED:
        row.closed_at, row.closed_by = at, actor.id
    if verb is Verb.REOPEN:
        row.closed_at, row.closed_by = None, None
    session.execute(
        insert(CaseEvent).values(
            id=uuid4(), at=at, case_id=row.id, seq=row.moves, county_code=row.county_code, grid_id=row.grid_id,
            verb=verb.value, from_status=before.value, to_status=after.value, actor_id=actor.id, actor_name=actor.name,
            actor_role=actor.role.value, unit=given.unit, note=given.note,
            evidence=None if given.evidence is None else dict(given.evidence),
        )
    )  # fmt: skip
    _wind(session, row, verb, at)
    audit.record(session, actor, f"case.{verb}", "case", str(row.id), at, {"from": before.value, "to": after.value})


def _hand_over(row: CaseRow, verb: Verb, unit: str | None) -> None:
    """The holder changes only when the one it was offered to signs; sent back, it returns to the first receiver."""
    if verb in (Verb.ASSIGN, Verb.PASS_ON):
        row.offered_to = unit
    elif verb is Verb.SIGN and row.offered_to:
        row.unit, row.offered_to = row.offered_to, None
    elif verb in (Verb.SEND_BACK, Verb.REOPEN):
        row.unit, row.offered_to = row.first_unit, None


def _mark(row: CaseRow, verb: Verb) -> None:
    """The marks move nothing: supervised cases are in the key lane, escalated ones a level higher."""
    if verb is Verb.SUPERVISE:
        row.lane = "key"
    elif verb is Verb.ESCALATE:
        row.level += 1
    elif verb is Verb.WATCH:
        row.is_watched = True


def _wind(session: Session, row: CaseRow, verb: Verb, at: datetime) -> None:
    """Stop the clocks that this verb stops, start those it starts, and repeat on the case the one due first."""
    held = list(session.scalars(select(CaseClock).where(CaseClock.case_id == row.id, CaseClock.stopped_at.is_(None))))
    ends = Status(row.status) in END_STATUSES
    for clock in held:
        if ends or verb.value in clock.stops_on:
            clock.stopped_at, clock.stopped_by = at, verb.value
    held += [] if ends else _started(session, row, verb, at, {c.stage for c in held if c.stopped_at is None})
    running = [clock for clock in held if clock.stopped_at is None]
    first = min(running, key=lambda clock: (clock.due_at, clock.rule), default=None)
    row.due_at, row.soon_at = (first.due_at, first.soon_at) if first else (None, None)
    row.due_stage, row.due_rule = (first.stage, first.rule) if first else (None, None)
    session.flush()


def _started(session: Session, row: CaseRow, verb: Verb, at: datetime, busy: set[str]) -> list[CaseClock]:
    """The clocks that this verb starts, save those whose stage has one running."""
    is_urban = bool(_rules.urban_grids(session, [row.grid_id]))
    subject = Subject(row.category, row.channel, row.urgency, is_urban)
    rules = clocks.starting(_rules.clock_rules(session), verb, subject, day_of(at))
    wanted = [rule for rule in rules if rule.stage.value not in busy]
    if not wanted:
        return []
    calendar = _rules.working_time(session)
    started = []
    for rule in wanted:
        due = clocks.due_at(rule, at, calendar)
        started.append(
            CaseClock(
                case_id=row.id, stage=rule.stage.value, started_at=at, rule=rule.code, due_at=due,
                soon_at=clocks.soon_at(at, due), stops_on=sorted(v.value for v in rule.stops_on), stopped_at=None,
                stopped_by=None, grid_id=row.grid_id,
            )
        )  # fmt: skip
    session.add_all(started)
    return started
