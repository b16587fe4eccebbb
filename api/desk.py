"""The desk: the list of cases, one case with its history and what may be done now, and a new call."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from address import service as addresses
from api.deps import Work, door
from api.intake import file_report
from api.pages import draw
from cases import service as cases
from cases.service import VERBS, WORDS, Filters, Verb
from core.actors import Role
from incidents import service as incidents
from incidents.incoming import Incoming
from incidents.kinds import Channel
from patrol import service as patrol

router = APIRouter(tags=["desk"])

AsDesk = Annotated[Work, door(Role.DESK, Role.COMMANDER)]
PAGE_ROWS = 50


class Act(BaseModel):
    """What is to be done to a case."""

    verb: Verb
    note: str = Field("", max_length=2000)
    unit: str = Field("", max_length=80)


class Call(BaseModel):
    """A call as it is taken down."""

    words: str = Field(min_length=2, max_length=4000)
    place: str = Field("", max_length=300)
    name: str = Field("", max_length=40)
    phone: str = Field("", max_length=40)
    category: str = Field("", max_length=40)


@router.get("/desk", include_in_schema=False)
def desk_page(
    request: Request,
    work: AsDesk,
    state: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
    category: Annotated[str, Query(max_length=40)] = "",
    channel: Annotated[str, Query(max_length=40)] = "",
    late: bool = False,
    seen_at: datetime | None = None,
    seen_id: UUID | None = None,
) -> HTMLResponse:
    """The list, the newest first."""
    filters = Filters({"open": True, "closed": False, "all": None}[state], category or None, channel or None, late)
    before = (seen_at, seen_id) if seen_at is not None and seen_id is not None else None
    found = cases.cases(work.session, filters, at=work.at, before=before, limit=PAGE_ROWS)
    context = {
        "cases": found, "state": state, "category": category, "channel": channel, "late": late, "at": work.at,
        "categories": incidents.categories(work.session), "channels": incidents.channels(work.session), "words": WORDS,
        "is_full": len(found) == PAGE_ROWS,
    }  # fmt: skip
    return draw(request, "desk.html", context)


@router.get("/desk/new", include_in_schema=False)
def new_call_page(request: Request, work: AsDesk) -> HTMLResponse:
    """The form for a call."""
    return draw(request, "desk_new.html", {"categories": incidents.categories(work.session)})


@router.get("/desk/cases/{case_id}", include_in_schema=False)
def case_page(case_id: UUID, request: Request, work: AsDesk) -> HTMLResponse:
    """One case."""
    detail = cases.case(work.session, case_id, at=work.at)
    verbs = [(verb, VERBS[verb]) for verb in cases.allowed(detail.case.status, work.actor.role)]
    context = {
        "detail": detail, "report": incidents.report(work.session, detail.case.report_id),
        "verbs": verbs, "words": WORDS,
        "rules": VERBS, "tasks": patrol.tasks_of_case(work.session, case_id),
    }  # fmt: skip
    return draw(request, "desk_case.html", context)


@router.post("/desk/api/cases/{case_id}/moves")
def move(case_id: UUID, act: Act, work: AsDesk) -> dict[str, Any]:
    """Do it. 409 with the reason when it may not be done now."""
    moved = cases.move(
        work.session, case_id, act.verb, actor=work.actor, at=work.at, note=act.note or None, unit=act.unit or None
    )
    return {"number": moved.number, "status": moved.status.value}


@router.get("/desk/api/address")
def address_box(work: AsDesk, q: Annotated[str, Query(max_length=120)] = "") -> dict[str, Any]:
    """What the address box answers while one types."""
    found = addresses.search(work.session, q, 8) if len(q) > 1 else []
    return {"items": [{"code": one.code, "name": one.name, "grid_id": one.grid_id} for one in found]}


@router.post("/desk/api/calls", status_code=201)
def file_call(call: Call, work: AsDesk) -> dict[str, Any]:
    """File a call: kept, placed, opened and clocked at once."""
    filed = file_report(
        work.session,
        Incoming(
            channel=Channel.HOTLINE_12345, reference=f"T-{uuid4()}", received_at=work.at, words=call.words,
            location_words=call.place, category_hint=call.category or None,
        ),
        name=call.name, phone=call.phone, actor=work.actor, at=work.at,
    )  # fmt: skip
    return {"number": filed.number, "report_id": str(filed.report_id)}
