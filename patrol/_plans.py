"""Plans: drafted, mended by hand, approved or rejected by a person."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor
from core.clock import SHANGHAI, aware, day_of
from core.coords import Place
from core.settings import settings
from patrol import _rows
from patrol._roads import network
from patrol._teams import team
from patrol.drafting import Draft, lay_out
from patrol.drafting import draft as make_draft
from patrol.errors import PlanDecided, PlanIsEmpty, PlanNotFound, ShiftOver, StopNotFound
from patrol.models import Plan, Stop, Task
from patrol.needs import Needs, gather
from patrol.plan import Choice, Kind, LeftOut, Out
from patrol.policies import check_may_decide, check_may_plan
from patrol.records import PlanRecord, PlanStatus, TaskStatus, TeamRecord
from patrol.route import Pause, Shift

LUNCH = Pause(11.5 * 60, 13 * 60, 60)
"""An hour, begun between 11:30 and 13:00; only in shifts that span it."""

WORTHWHILE = timedelta(minutes=60)
"""With less of a shift left, a new plan is for the next day."""


def plan_day(session: Session, team_id: int, at: datetime) -> date:
    """The day a plan made now is for: today, or tomorrow when the team's shift is nearly over."""
    found = team(session, team_id)
    local = aware(at).astimezone(SHANGHAI)
    ends = datetime.combine(local.date(), found.shift_end, SHANGHAI)
    return local.date() if ends - local >= WORTHWHILE else local.date() + timedelta(days=1)


def draft(
    session: Session,
    team_id: int,
    on: date | None = None,
    *,
    actor: Actor,
    at: datetime,
    seed: int,
    must_cells: Collection[int] = (),
) -> PlanRecord:
    """Draft a day for a team from its cases and heat; `on` None = `plan_day`. `must_cells` are visited whatever comes.

    Always a plan, even an empty one: everything not visited is in it with its reason. A day that has begun is
    planned from now on. Raises TeamNotFound, NotYourPlan, NoRoads, ShiftOver. Writes one audit row.
    """
    found = team(session, team_id)
    check_may_plan(session, team_id, actor)
    day = plan_day(session, team_id, at) if on is None else on
    shift = shift_of(found, day, at)
    roads = network(session, found.profile)
    needs = gather(session, found.grid_ids, day, at)
    musts = [m for m in needs.musts if m.case_id not in needs.tasked_cases]
    spots = [s for s in needs.spots if s.cell not in needs.tasked_cells or s.cell in must_cells]
    made = make_draft(musts, spots, needs.grounds, roads, found.post, shift, seed=seed, asked=must_cells)
    made = replace(made, left_out=(*made.left_out, *_tasked(needs, must_cells)))
    row = Plan(
        id=uuid4(),
        county_code=settings().county_code,
        team_id=team_id,
        on_date=day,
        seed=seed,
        status=PlanStatus.DRAFT.value,
        made_by=actor.id,
        made_at=at,
        heat=_rows.heat_json(needs.spots),
    )
    _rows.write_sums(row, made)
    session.add(row)
    session.flush()
    _add_stops(session, row, made)
    audit.record(session, actor, "plan.drafted", "plan", str(row.id), at, _figures(made, team_id, day, seed))
    return plan(session, row.id)


def shift_of(found: TeamRecord, on: date, at: datetime) -> Shift:
    """The hours of a team on a day, from `at` on when the day has begun. Raises ShiftOver when nothing is left."""
    start, end = _minutes(found.shift_start), _minutes(found.shift_end)
    now = _rows.minutes_into(on, aware(at))
    start = max(start, now)
    if start >= end:
        raise ShiftOver(on)
    is_over_lunch = start < LUNCH.latest and end > LUNCH.latest + LUNCH.minutes
    return Shift(start, end, (replace(LUNCH, earliest=max(LUNCH.earliest, start)),) if is_over_lunch else ())


def _minutes(clock: time) -> float:
    return clock.hour * 60 + clock.minute


def _tasked(needs: Needs, asked: Collection[int]) -> list[LeftOut]:
    cases = [
        LeftOut(Kind.MUST, m.title, Out.TASKED, m.grid_id, m.place, m.cell, m.case_id, m.case_number)
        for m in needs.musts
        if m.case_id in needs.tasked_cases
    ]
    cells = [
        LeftOut(Kind.HOT, s.title, Out.TASKED, s.grid_id, s.place, s.cell)
        for s in needs.spots
        if s.cell in needs.tasked_cells and s.cell not in asked
    ]
    return cases + cells


def _add_stops(session: Session, row: Plan, made: Draft) -> None:
    for seq, stop in enumerate(made.stops, 1):
        kept = _rows.stop_row(row, stop.candidate)
        _rows.write_times(kept, stop, seq, row.on_date)
        session.add(kept)
    session.add_all(_rows.left_row(row, item) for item in made.left_out)
    session.flush()


def _figures(made: Draft, team_id: int, on: date, seed: int) -> dict[str, object]:
    return {
        "team": team_id,
        "on": on.isoformat(),
        "seed": seed,
        "stops": len(made.stops),
        "left_out": len(made.left_out),
        "metres": round(made.metres),
    }


def plan(session: Session, plan_id: UUID) -> PlanRecord:
    """One plan with its stops. Raises PlanNotFound."""
    row = _row(session, plan_id)
    return _rows.plan_record(row, _stops(session, plan_id), team(session, row.team_id), _line(session, plan_id))


def plans(session: Session, *, on: date, team_id: int | None = None) -> list[PlanRecord]:
    """The plans of a day, of all teams or one, the newest first."""
    query = select(Plan.id).where(Plan.on_date == on).order_by(Plan.made_at.desc(), Plan.id)
    ids = session.scalars(query if team_id is None else query.where(Plan.team_id == team_id)).all()
    return [plan(session, plan_id) for plan_id in ids]


def ban_stop(session: Session, plan_id: UUID, stop_id: UUID, *, actor: Actor, at: datetime) -> PlanRecord:
    """Strike a stop off a draft; the others keep their order and get new times. Writes one audit row."""
    row, order = _open_draft(session, plan_id, actor)
    banned = _one(order, stop_id)
    _rows.leave_out(banned, Out.BANNED)
    _again(session, row, [s for s in order if s is not banned], at)
    audit.record(session, actor, "plan.stop_banned", "plan", str(plan_id), at, {"stop": str(stop_id)})
    return plan(session, plan_id)


def move_stop(session: Session, plan_id: UUID, stop_id: UUID, to: Place, *, actor: Actor, at: datetime) -> PlanRecord:
    """Put a stop of a draft elsewhere; the order stays, the times are new. Writes one audit row."""
    row, order = _open_draft(session, plan_id, actor)
    moved = _one(order, stop_id)
    moved.lon, moved.lat = to.lon, to.lat
    _again(session, row, order, at)
    audit.record(session, actor, "plan.stop_moved", "plan", str(plan_id), at, {"stop": str(stop_id)})
    return plan(session, plan_id)


def reorder(session: Session, plan_id: UUID, stop_ids: Sequence[UUID], *, actor: Actor, at: datetime) -> PlanRecord:
    """Visit a draft's stops in another order: those named first, the rest behind them. Writes one audit row."""
    row, order = _open_draft(session, plan_id, actor)
    first = [_one(order, stop_id) for stop_id in dict.fromkeys(stop_ids)]
    _again(session, row, [*first, *(s for s in order if s not in first)], at)
    audit.record(session, actor, "plan.reordered", "plan", str(plan_id), at, {"stops": len(first)})
    return plan(session, plan_id)


def approve(session: Session, plan_id: UUID, *, actor: Actor, at: datetime) -> list[UUID]:
    """A person sends a draft out: one task for each stop, all in this transaction. Returns the ids of the tasks.

    Raises PlanNotFound, NotYourPlan (the system never approves), PlanDecided, PlanIsEmpty. Audits the plan and each
    task.
    """
    row = _row(session, plan_id, is_locked=True)
    check_may_decide(session, row.team_id, actor)
    _check_draft(row)
    stops = [s for s in _stops(session, plan_id) if s.seq is not None]
    if not stops:
        raise PlanIsEmpty(plan_id)
    _decide(row, PlanStatus.APPROVED, actor, at, None)
    made = [
        Task(
            id=uuid4(),
            county_code=row.county_code,
            plan_id=row.id,
            stop_id=stop.id,
            team_id=row.team_id,
            on_date=row.on_date,
            seq=stop.seq,
            grid_id=stop.grid_id,
            case_id=stop.case_id,
            status=TaskStatus.SENT.value,
            made_at=at,
        )
        for stop in sorted(stops, key=lambda s: s.seq or 0)
    ]
    session.add_all(made)
    session.flush()
    audit.record(session, actor, "plan.approved", "plan", str(plan_id), at, {"tasks": len(made)})
    audit.record_many(session, actor, "task.sent", "task", [str(t.id) for t in made], at, {"plan": str(plan_id)})
    return [t.id for t in made]


def reject(session: Session, plan_id: UUID, *, note: str, actor: Actor, at: datetime) -> PlanRecord:
    """A person turns a draft down and says why. Raises as `approve`. Writes one audit row."""
    row = _row(session, plan_id, is_locked=True)
    check_may_decide(session, row.team_id, actor)
    _check_draft(row)
    _decide(row, PlanStatus.REJECTED, actor, at, note)
    audit.record(session, actor, "plan.rejected", "plan", str(plan_id), at)
    return plan(session, plan_id)


def _decide(row: Plan, status: PlanStatus, actor: Actor, at: datetime, note: str | None) -> None:
    row.status = status.value
    row.decided_by, row.decided_at, row.decision_note = actor.id, at, note


def _open_draft(session: Session, plan_id: UUID, actor: Actor) -> tuple[Plan, list[Stop]]:
    row = _row(session, plan_id, is_locked=True)
    check_may_plan(session, row.team_id, actor)
    _check_draft(row)
    inside = [s for s in _stops(session, plan_id) if s.seq is not None]
    return row, sorted(inside, key=lambda s: s.seq or 0)


def _again(session: Session, row: Plan, order: Sequence[Stop], at: datetime) -> None:
    """New times for stops in a given order; one that can no longer be reached is left out, and says so."""
    found = team(session, row.team_id)
    begins = at if row.on_date == day_of(at) else row.made_at
    shift = shift_of(found, row.on_date, begins)
    candidates = tuple(_rows.candidate_of(s, row.on_date) for s in order)
    row_of = {id(c): s for c, s in zip(candidates, order, strict=True)}
    day = lay_out(
        Choice(candidates, ()), _rows.spots_of(row.heat), network(session, found.profile), found.post, shift,
        is_ordered=True,
    )  # fmt: skip
    inside = {id(stop.candidate) for stop in day.stops}
    for seq, stop in enumerate(day.stops, 1):
        _rows.write_times(row_of[id(stop.candidate)], stop, seq, row.on_date)
    for candidate in candidates:
        if id(candidate) not in inside:
            _rows.leave_out(row_of[id(candidate)], Out.UNREACHABLE)
    _rows.write_sums(row, day)
    session.flush()


def _check_draft(row: Plan) -> None:
    if row.status != PlanStatus.DRAFT.value:
        raise PlanDecided(row.id)


def _row(session: Session, plan_id: UUID, *, is_locked: bool = False) -> Plan:
    query = select(Plan).where(Plan.id == plan_id)
    row = session.scalars(query.with_for_update() if is_locked else query).one_or_none()
    if row is None:
        raise PlanNotFound(plan_id)
    return row


def _stops(session: Session, plan_id: UUID) -> list[Stop]:
    return list(session.scalars(select(Stop).where(Stop.plan_id == plan_id)))


def _one(stops: Sequence[Stop], stop_id: UUID) -> Stop:
    for stop in stops:
        if stop.id == stop_id:
            return stop
    raise StopNotFound(stop_id)


def _line(session: Session, plan_id: UUID) -> bytes | None:
    wkb = session.scalar(select(func.ST_AsBinary(Plan.line)).where(Plan.id == plan_id))
    return None if wkb is None else bytes(wkb)
