"""The desk: the list of cases with its counters, and one case with its history and what may be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from address import service as addresses
from api.command import compact
from api.deps import Work, door
from api.desk_matters import shown
from api.i18n import noop
from api.pages import draw, moment
from cases import service as cases
from cases.service import VERBS, WORDS, CaseDetail, ClockRecord, Due, Filters, Status, Verb
from core.actors import Role
from core.clock import SHANGHAI, day_of
from core.errors import NotFound
from grid import service as grids
from incidents import service as incidents
from incidents.service import KEPT_OUT, ReportRecord
from maps import service as maps
from patrol import service as patrol
from registry import service as registry
from registry.service import Purpose

router = APIRouter(tags=["desk"])

AsDesk = Annotated[Work, door(Role.DESK, Role.COMMANDER)]
PAGE_ROWS: Final = 50
QUEUE_ROWS: Final = 40
PERIODS: Final = (1, 7, 30, 90, 365)
"""Days a list may go back; 1 = since midnight."""

STATES: Final[Mapping[str, str]] = {"open": noop("办理中"), "closed": noop("已结束"), "all": noop("全部")}
ASIDES: Final = frozenset(
    {Verb.SEND_BACK, Verb.STRIKE_OFF, Verb.CANCEL, Verb.REFER, Verb.SUPERVISE, Verb.ESCALATE, Verb.WATCH}
)
"""What is rarely done: folded away below the acts of the day."""
WAYS_OUT: Final = frozenset({Verb.CANCEL, Verb.REFER})
"""They end every clock, but no clock waits for them."""
DUES: Final[Mapping[str, Due]] = {"late": Due.LATE, "soon": Due.SOON}
DUE_WORDS: Final[Mapping[str, str]] = {"late": noop("超时"), "soon": noop("将到期"), "fine": noop("正常")}
PRECISION_WORDS: Final[Mapping[str, str]] = {
    "room": noop("精确到户室"),
    "unit": noop("精确到单元"),
    "building": noop("精确到楼栋"),
    "door": noop("精确到门牌"),
    "estate": noop("只到小区"),
    "road": noop("只到道路"),
    "village": noop("只到社区"),
    "town": noop("只到乡镇街道"),
    "none": noop("未能落图"),
}
PLACED_WORDS: Final[Mapping[str, str]] = {
    "every part equal": "各部分都一致",
    "a former name, the rest equal": "用的是旧名，其余一致",
    "name misspelt, numbers equal": "名称有误写，号码一致",
    "room unknown, building found": "没有这一户，找到楼栋",
    "building unknown, plate or estate found": "没有这一栋，找到门牌或小区",
    "number unknown, only the road, estate or village found": "没有这个号码，只找到道路、小区或社区",
    "several places fit, none better": "几处都符合，分不出哪一处",
    "nothing known was named": "没有说到已知的地点",
    "another town or village was named, the rest equal": "乡镇街道或村社区不符，其余一致",
    "where the two roads meet": "两条路的交叉处",
    "another city, county or province was named": "说的是别的区县",
    "hint": "按上报的位置",
    "hint, nearest building": "按上报的位置，最近的楼栋",
    "decided by a person": "由人核定",
    "decided by a person: whole village": "由人核定：只到村社区",
    "decided by a person: no address": "由人核定：没有对应的地址",
}
"""`address.match.Why` in Chinese; what is not listed is shown as it stands."""
SOURCE_WORDS: Final[Mapping[str, str]] = {
    "reported": noop("群众反映"),
    "discovered": noop("巡查发现"),
    "imported": noop("系统导入"),
}


def midnight(at: datetime) -> datetime:
    """The beginning of the day in Shanghai."""
    return datetime.combine(day_of(at), time(), SHANGHAI)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list shows, as it stands in the address."""

    state: str
    status: str
    category: str
    channel: str
    due: str
    days: int
    words: str
    ended: str = ""

    def filters(self, at: datetime) -> Filters:
        """For `cases.service`."""
        return Filters(
            is_open={"open": True, "closed": False}.get(self.state),
            status=Status(self.status) if self.status else None,
            category=self.category or None,
            channel=self.channel or None,
            due=DUES.get(self.due),
            since=self._since(at),
            closed_since=midnight(at) if self.ended else None,
            words=self.words or None,
        )

    def _since(self, at: datetime) -> datetime | None:
        if self.days == 1:
            return midnight(at)
        return at - timedelta(days=self.days) if self.days else None

    def query(self, **changed: object) -> str:
        """The address of this list with some filters changed; only what differs from the default stands in it."""
        told = {
            "state": self.state, "status": self.status, "category": self.category, "channel": self.channel,
            "due": self.due, "days": self.days, "q": self.words, "ended": self.ended,
        } | changed  # fmt: skip
        return urlencode({key: value for key, value in told.items() if value and (key, value) != ("state", "open")})


def asked_list(
    state: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
    status: Annotated[Status | None, Query()] = None,
    category: Annotated[str, Query(max_length=40)] = "",
    channel: Annotated[str, Query(max_length=40)] = "",
    due: Annotated[str, Query(pattern="^(late|soon)?$")] = "",
    days: Annotated[int, Query(ge=0, le=3660)] = 0,
    q: Annotated[str, Query(max_length=80)] = "",
    ended: Annotated[str, Query(pattern="^(today)?$")] = "",
) -> Asked:
    """The filters of a list."""
    return Asked(state, status.value if status else "", category, channel, due, days, q.strip(), ended)


AskedList = Annotated[Asked, Depends(asked_list)]


class Act(BaseModel):
    """What is to be done to a case."""

    verb: Verb
    note: str = Field("", max_length=2000)
    unit: str = Field("", max_length=80)
    evidence: str = Field("", max_length=2000)


class Look(BaseModel):
    """Why somebody looks at the reporter's name and phone."""

    purpose: Purpose


@router.get("/desk", include_in_schema=False)
def desk_page(
    request: Request, work: AsDesk, asked: AskedList, seen_at: datetime | None = None, seen_id: UUID | None = None
) -> HTMLResponse:
    """The list, the newest first."""
    before = (seen_at, seen_id) if seen_at is not None and seen_id is not None else None
    found = cases.cases(work.session, asked.filters(work.at), at=work.at, before=before, limit=PAGE_ROWS)
    older = None
    if len(found) == PAGE_ROWS:
        older = asked.query(seen_at=found[-1].opened_at.isoformat(), seen_id=found[-1].id)
    context = _common(work) | {
        "cases": found, "asked": asked, "figures": cases.figures(work.session, at=work.at), "periods": PERIODS,
        "categories": incidents.categories(work.session), "states": STATES, "statuses": list(Status),
        "older": older, "is_first": before is None,
    }  # fmt: skip
    return draw(request, "desk.html", context)


@router.get("/desk/cases/{case_id}", include_in_schema=False)
def case_page(case_id: UUID, request: Request, work: AsDesk, asked: AskedList) -> HTMLResponse:
    """One case beside the list it was opened from."""
    detail = cases.case(work.session, case_id, at=work.at)
    one = detail.case
    report = incidents.report(work.session, one.report_id)
    context = _common(work) | {
        "detail": detail, "case": one, "report": report, "asked": asked, "rules": VERBS,
        "purpose_words": registry.PURPOSE_NAMES_ZH, "clock_of": _running(detail),
        "queue": cases.cases(work.session, asked.filters(work.at), at=work.at, limit=QUEUE_ROWS),
        "acts": cases.acts(
            one.status, work.actor.role, is_closer=detail.closed_by == work.actor.id, has_reporter=one.has_reporter
        ),
        "asides": ASIDES,
        "address": addresses.get(work.session, one.code) if one.code else None,
        "grid": _grid_name(work, one.grid_id), "alike": shown(work, report), "purposes": list(Purpose),
        "tasks": patrol.tasks_of_case(work.session, case_id), "precisions": PRECISION_WORDS,
        "placed_why": _placed_why(work, report),
        "sources": SOURCE_WORDS, "task_words": patrol.TASK_WORDS,
    }  # fmt: skip
    return draw(request, "desk_case.html", context)


@router.get("/desk/api/cases/{case_id}/map.json")
def case_map(case_id: UUID, work: AsDesk) -> Response:
    """The ground around the place of a case; empty when it was not placed."""
    found = cases.case(work.session, case_id, at=work.at)
    spot = incidents.place_of(incidents.report(work.session, found.case.report_id))
    if spot is None:
        return compact({"box": None, "roads": [], "grids": [], "routes": [], "posts": []})
    shown = maps.ground(work.session, [spot]).as_json()
    return compact({**shown, "routes": [], "posts": []})


@router.post("/desk/api/cases/{case_id}/moves")
def move(case_id: UUID, act: Act, work: AsDesk) -> dict[str, Any]:
    """Do it. 409 with the reason when it may not be done now."""
    moved = cases.move(
        work.session, case_id, act.verb, actor=work.actor, at=work.at, unit=act.unit or None,
        note=registry.mask_words(act.note) or None, evidence={"words": act.evidence} if act.evidence else None,
    )  # fmt: skip
    word = WORDS[moved.status]
    return {"number": moved.number, "status": moved.status.value, "words": word.zh if work.locale == "zh" else word.en}


@router.post("/desk/api/cases/{case_id}/contact")
def contact(case_id: UUID, look: Look, work: AsDesk) -> dict[str, Any]:
    """The reporter's name and phone, for a purpose; the look is in the audit log before the answer leaves."""
    found = cases.case(work.session, case_id, at=work.at).case
    ref = incidents.report(work.session, found.report_id).contact_ref
    if ref is None:
        raise NotFound(zh="这件没有留联系方式", en="no contact was left with this case")
    shown = registry.reveal(work.session, ref, look.purpose, found.number, actor=work.actor, at=work.at)
    return {"name": shown.fields.get("name", ""), "phone": shown.fields.get("phone", "")}


def _common(work: Work) -> dict[str, Any]:
    channels = {one.code: one for one in incidents.channels(work.session)}
    return {"at": work.at, "words": WORDS, "due_words": DUE_WORDS, "channels": channels}


def _running(detail: CaseDetail) -> dict[Verb, ClockRecord]:
    """For each verb the clock that it would stop, the one due first where there are several."""
    running = sorted((one for one in detail.clocks if one.stopped_at is None), key=lambda one: one.due_at, reverse=True)
    return {verb: one for one in running for verb in one.stops_on if verb not in WAYS_OUT}


def placed_words(why: str, locale: str) -> str:
    """Why something was placed so, in the reader's language."""
    if locale != "zh":
        return why
    kept_out = why.removeprefix(KEPT_OUT)
    told = PLACED_WORDS.get(kept_out, kept_out)
    return told if kept_out == why else f"默认落点；{told}"


def _placed_why(work: Work, report: ReportRecord) -> str:
    """With the name of whoever decided and the time, where a person did."""
    told = placed_words(report.placed_why, work.locale)
    placing = incidents.placing_of(work.session, report.id) if report.placed_why.startswith(incidents.BY_HAND) else None
    return told if placing is None else f"{told} · {placing.placed_by_name} · {moment(placing.placed_at)}"


def _grid_name(work: Work, grid_id: int | None) -> str:
    if grid_id is None:
        return ""
    found = grids.grid(work.session, grid_id)
    return f"{found.village_name or ''} {found.name}".strip()
