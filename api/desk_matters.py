"""The desk joins and parts reports of one matter: suggestions with their evidence, and what a person said."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import Work, door
from cases import service as cases
from cases.service import CaseNotFound
from core.actors import Role
from core.errors import NotFound
from incidents import service as incidents
from incidents.service import ReportRecord

router = APIRouter(tags=["desk"])

AsDesk = Annotated[Work, door(Role.DESK, Role.COMMANDER)]


class Said(BaseModel):
    """Whether the report of a case and another tell of one matter."""

    report_id: UUID
    is_same: bool


def shown(work: Work, report: ReportRecord) -> list[dict[str, Any]]:
    """Reports that may tell of the same matter or were joined, each with its case and what was decided."""
    decided = {
        one.earlier_id if one.report_id == report.id else one.report_id: one.decision
        for one in incidents.suggestions(work.session, report.id)
    }
    found = []
    for one in incidents.alike(work.session, report, at=work.at):
        try:
            case = cases.case_of_report(work.session, one.report_id)
        except CaseNotFound:
            continue
        found.append({"report": one, "case": case, "decision": decided.get(one.report_id)})
    return found


@router.post("/desk/api/cases/{case_id}/matters")
def decide(case_id: UUID, said: Said, work: AsDesk) -> dict[str, Any]:
    """Join or part. The case that answers both, or the report's own again."""
    report = incidents.report(work.session, cases.case(work.session, case_id, at=work.at).case.report_id)
    later, earlier = _pair(work, report, said.report_id)
    incidents.decide(work.session, later, earlier, is_same=said.is_same, actor=work.actor, at=work.at)
    if said.is_same:
        going_on = cases.join(work.session, later, earlier, actor=work.actor, at=work.at)
    else:
        going_on = cases.part(work.session, later, actor=work.actor, at=work.at)
    return {"case": str(going_on), "decision": "joined" if said.is_same else "apart"}


def _pair(work: Work, report: ReportRecord, other: UUID) -> tuple[UUID, UUID]:
    """(later, earlier) of a pair that was suggested before or is shown now. Raises NotFound."""
    for known in incidents.suggestions(work.session, report.id):
        if other in (known.report_id, known.earlier_id):
            return known.report_id, known.earlier_id
    for one in incidents.alike(work.session, report, at=work.at, limit=20):
        if one.report_id == other:
            return incidents.remember(work.session, report, one, at=work.at)
    raise NotFound(zh="这两条没有列为可能同一事项", en="these two were not suggested to be the same matter")
