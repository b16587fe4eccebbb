"""Sending a patrol from the map: a draft for a team, mended by hand, sent out by a person."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from address import service as addresses
from api.deps import Work, door
from api.pages import iso
from core.actors import Role
from core.errors import BadInput
from grid.cells import cell, cell_centre, cell_of_text
from patrol import service as patrol
from patrol.service import LeftOutRecord, PlanRecord, Reason, StopRecord

router = APIRouter(prefix="/command/api/plans", tags=["command"])

NEAR_M: Final = 400.0
"""A building farther away does not say where a stop is."""
PLAN_RESOLUTION: Final = 9
"""Patrol thinks in cells of this size, whatever size the map shows."""

AsPlanner = Annotated[Work, door(Role.COMMANDER, Role.TEAM_LEADER)]


class NewPlan(BaseModel):
    """For which team, and which cell it must visit (hexadecimal, of any size; empty = none)."""

    team_id: int
    cell: str = Field("", max_length=16)


class NewOrder(BaseModel):
    """The stops to be visited first, in this order; the others follow as they were."""

    stops: list[UUID] = Field(max_length=200)


class Decision(BaseModel):
    """Why a draft is dropped."""

    note: str = Field("", max_length=500)


@router.post("", status_code=201)
def draft(wanted: NewPlan, work: AsPlanner) -> dict[str, Any]:
    """Draft a day for a team. The seed is the moment, kept with the plan, so that no two days are alike."""
    made = patrol.draft(
        work.session,
        wanted.team_id,
        actor=work.actor,
        at=work.at,
        seed=int(work.at.timestamp()),
        must_cells=(_plan_cell(wanted.cell),) if wanted.cell else (),
    )
    return plan_json(made, work)


@router.get("/{plan_id}")
def one(plan_id: UUID, work: AsPlanner) -> dict[str, Any]:
    """A plan as it stands."""
    return plan_json(patrol.plan(work.session, plan_id), work)


@router.post("/{plan_id}/stops/{stop_id}/ban")
def ban(plan_id: UUID, stop_id: UUID, work: AsPlanner) -> dict[str, Any]:
    """Strike a stop off; the others get new times."""
    return plan_json(patrol.ban_stop(work.session, plan_id, stop_id, actor=work.actor, at=work.at), work)


@router.post("/{plan_id}/order")
def order(plan_id: UUID, wanted: NewOrder, work: AsPlanner) -> dict[str, Any]:
    """Visit the stops in another order."""
    return plan_json(patrol.reorder(work.session, plan_id, wanted.stops, actor=work.actor, at=work.at), work)


@router.post("/{plan_id}/approve")
def approve(plan_id: UUID, work: AsPlanner) -> dict[str, Any]:
    """Send it out: a task for each stop."""
    tasks = patrol.approve(work.session, plan_id, actor=work.actor, at=work.at)
    return {**plan_json(patrol.plan(work.session, plan_id), work), "tasks": len(tasks)}


@router.post("/{plan_id}/reject")
def reject(plan_id: UUID, said: Decision, work: AsPlanner) -> dict[str, Any]:
    """Drop a draft."""
    return plan_json(patrol.reject(work.session, plan_id, note=said.note, actor=work.actor, at=work.at), work)


def plan_json(plan: PlanRecord, work: Work) -> dict[str, Any]:
    """A plan for the page, in the reader's language; minutes and metres whole."""
    return {
        "id": str(plan.id),
        "team": plan.team_name,
        "post": {"name": plan.post_name, "lon": plan.post.lon, "lat": plan.post.lat},
        "on": plan.on.isoformat(),
        "status": plan.status.value,
        "minutes": round(plan.minutes),
        "metres": round(plan.metres),
        "coverage_before": round(plan.coverage_before, 3),
        "coverage_after": round(plan.coverage_after, 3),
        "stops": [_stop(stop, work) for stop in plan.stops],
        "left_out": [_left_out(item, work) for item in plan.left_out],
        "path": [[round(lon, 5), round(lat, 5)] for lon, lat in plan.line],
    }


def _stop(stop: StopRecord, work: Work) -> dict[str, Any]:
    return {
        "id": str(stop.id),
        "order": stop.seq,
        "kind": stop.kind.value,
        "title": _say(stop.title, work),
        "near": _near(stop, work),
        "why": [_say(reason, work) for reason in stop.why],
        "lon": round(stop.place.lon, 5),
        "lat": round(stop.place.lat, 5),
        "arrive_at": iso(stop.arrive_at),
        "leave_at": iso(stop.leave_at),
        "travel_minutes": round(stop.travel_minutes),
        "dwell_minutes": round(stop.dwell_minutes),
        "is_late": stop.is_late,
        "case_id": None if stop.case_id is None else str(stop.case_id),
        "case_number": stop.case_number,
    }


def _near(stop: StopRecord, work: Work) -> str:
    """The building nearest to the stop of a cell; empty for a case, whose title holds its place, and far from any."""
    if stop.case_id is not None:
        return ""
    found = addresses.nearest(work.session, stop.place, NEAR_M)
    return "" if found is None else found.name


def _left_out(item: LeftOutRecord, work: Work) -> dict[str, Any]:
    return {"title": _say(item.title, work), "why": _say(item.words, work), "kind": item.kind.value}


def _say(reason: Reason, work: Work) -> str:
    return reason.en if work.locale == "en" else reason.zh


def _plan_cell(text: str) -> int:
    """The cell of patrol's size that holds the middle of the named one. Raises BadInput when there is no such cell."""
    try:
        return cell(cell_centre(cell_of_text(text)), PLAN_RESOLUTION)
    except ValueError as exc:
        raise BadInput(zh="没有这个格。", en="There is no such cell.", where=text) from exc
