"""Doubtful placements: one report at a time with its candidates, decided by a person; and names learned from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from address import codes
from address import service as addresses
from address.service import Alias, AliasState, Offered, Reason, Said
from api.deps import Work
from api.desk import PRECISION_WORDS, AsDesk, placed_words
from api.i18n import noop
from api.i18n import words as words_of
from api.pages import draw, moment
from cases import service as cases
from core.actors import Tier
from core.db import unit_of_work
from grid import service as grids
from incidents import service as incidents
from incidents.service import Choice, Doubt, Doubtful, Placing, Waiting
from maps import tiles

router = APIRouter(tags=["desk"])

CHINA: Final = (73.0, 3.0, 135.0, 54.0)
"""What the map shows of a site without divisions."""

DOUBT_WORDS: Final[Mapping[Doubt, str]] = {
    Doubt.TIE: noop("几处同名"),
    Doubt.NUMBER: noop("没有这个号"),
    Doubt.COARSE: noop("只到楼栋或门牌"),
    Doubt.FAULT: noop("写法有出入"),
    Doubt.NONE: noop("没认出地点"),
    Doubt.ELSEWHERE: noop("说的是外地"),
    Doubt.PILE: noop("默认落点"),
}
REASON_WORDS: Final[Mapping[Reason, str]] = {
    Reason.WAS_PLACED: noop("系统原先放在这里"),
    Reason.NAME_SAME: noop("名称一致"),
    Reason.NAME_SOUNDS: noop("音同：{value}"),
    Reason.NAME_LOOKS: noop("字近：{value}"),
    Reason.NUMBER_SAME: noop("号码一致"),
    Reason.NUMBER_NEAR: noop("不是这个号，是 {value} 号"),
    Reason.NUMBER_UNSAID: noop("没说号码"),
    Reason.SUB_SAME: noop("附号一致"),
    Reason.SUB_OTHER: noop("附号不同"),
    Reason.BUILDING_SAME: noop("楼栋一致"),
    Reason.BUILDING_OTHER: noop("不是这一栋，是 {value} 栋"),
    Reason.BUILDING_UNSAID: noop("楼栋对不上"),
    Reason.GROUP_OTHER: noop("组不同"),
    Reason.TOWN_OTHER: noop("乡镇街道不同：{value}"),
    Reason.VILLAGE_OTHER: noop("村社区不同：{value}"),
    Reason.VILLAGE_SAME: noop("村社区一致"),
}
PART_WORDS: Final[Mapping[str, str]] = {
    "town": noop("乡镇街道"), "village": noop("村社区"), "group": noop("组"), "road": noop("路"), "number": noop("号"),
    "sub_number": noop("附号"), "estate": noop("小区"), "building": noop("楼栋"), "unit": noop("单元"),
    "room": noop("室"), "poi": noop("其他的字"), "foreign": noop("外地"), "direction": noop("方位"),
}  # fmt: skip
"""Parts that the page names, in this order."""


class Decision(BaseModel):
    """What a person says of one report: the choice, and the address or village code that goes with it."""

    choice: Choice
    where: str = Field("", max_length=20)


class Verdict(BaseModel):
    """What becomes of an alias."""

    state: AliasState


def wanted(
    doubt: Annotated[Doubt | None, Query()] = None, scope: Annotated[str, Query(pattern="^(open|all)$")] = "open"
) -> Doubtful:
    """Which reports are asked for."""
    return Doubtful(doubt, is_open=scope == "open")


Wanted = Annotated[Doubtful, Depends(wanted)]


@router.get("/desk/places", include_in_schema=False)
def places_page(request: Request, work: AsDesk, asked: Wanted) -> HTMLResponse:
    """The page; the first report comes with a request of its own."""
    with unit_of_work(Tier.TILES) as session:
        version = tiles.version(session)
    context = {
        "asked": asked, "doubt_words": DOUBT_WORDS, "counts": incidents.doubts(work.session, asked),
        "bounds": ",".join(f"{edge:.5f}" for edge in grids.district_bounds(work.session) or CHINA), "version": version,
        "aliases_waiting": addresses.count_aliases(work.session),
    }  # fmt: skip
    return draw(request, "desk_places.html", context)


@router.get("/desk/api/places/next")
def next_place(
    work: AsDesk, asked: Wanted, seen_at: datetime | None = None, seen_id: UUID | None = None
) -> dict[str, Any]:
    """The next report that waits, now before this person and nobody else; null when none does."""
    after = (seen_at, seen_id) if seen_at is not None and seen_id is not None else None
    found = incidents.next_doubtful(work.session, asked, after=after, actor=work.actor, at=work.at)
    return {"card": None if found is None else _card(work, found)}


@router.get("/desk/api/places/{report_id}")
def one_place(report_id: UUID, work: AsDesk) -> dict[str, Any]:
    """One report by its id; null when its place is not doubtful (any more)."""
    found = incidents.waiting(work.session, report_id)
    return {"card": None if found is None else _card(work, found)}


@router.post("/desk/api/places/{report_id}")
def decide(report_id: UUID, decision: Decision, work: AsDesk, asked: Wanted) -> dict[str, Any]:
    """Put the report there; its case goes with it. A new wording becomes a proposed alias."""
    placed = incidents.replace_place(
        work.session, report_id, decision.choice, where=codes.fold(decision.where) or None, actor=work.actor, at=work.at
    )
    cases.follow_place(work.session, placed.report)
    alias_id = _propose(work, placed)
    if alias_id is not None:
        incidents.note_alias(work.session, placed.id, alias_id)
    return {"placing": placed.id, "is_alias_proposed": alias_id is not None, **_counters(work, asked)}


@router.post("/desk/api/placings/{placing_id}/undo")
def undo(placing_id: int, work: AsDesk, asked: Wanted) -> dict[str, Any]:
    """Take a decision back; the report waits again, and its case returns."""
    placed = incidents.take_back(work.session, placing_id, actor=work.actor, at=work.at)
    cases.follow_place(work.session, placed.report)
    if placed.alias_id is not None:
        addresses.unpropose_alias(work.session, placed.alias_id, actor=work.actor, at=work.at)
    found = incidents.waiting(work.session, placed.report.id)
    return {"card": None if found is None else _card(work, found), **_counters(work, asked)}


@router.get("/desk/api/aliases")
def alias_list(work: AsDesk) -> dict[str, Any]:
    """Aliases that wait, and those decided about last."""
    waits = addresses.aliases(work.session, AliasState.PROPOSED)
    done = [
        one for state in (AliasState.APPROVED, AliasState.REFUSED) for one in addresses.aliases(work.session, state)
    ]
    done.sort(key=lambda one: one.decided_at or one.proposed_at, reverse=True)
    return {"waiting": [_alias(one) for one in waits], "decided": [_alias(one) for one in done]}


@router.post("/desk/api/aliases/{alias_id}")
def decide_alias(alias_id: int, verdict: Verdict, work: AsDesk) -> dict[str, Any]:
    """Approve, refuse, or take that back (proposed)."""
    return _alias(addresses.decide_alias(work.session, alias_id, verdict.state, actor=work.actor, at=work.at))


def _propose(work: Work, placed: Placing) -> int | None:
    if placed.code is None:
        return None
    said = addresses.candidates(work.session, _words(placed.report)).said
    return addresses.propose_alias(work.session, placed.code, said, actor=work.actor, at=work.at)


def _words(report: incidents.ReportRecord) -> str:
    return report.location_words or report.words


def _counters(work: Work, asked: Doubtful) -> dict[str, Any]:
    counted = incidents.doubts(work.session, asked)
    return {
        "counts": {doubt.value: n for doubt, n in counted.items()},
        "aliases_waiting": addresses.count_aliases(work.session),
    }


def _card(work: Work, found: Waiting) -> dict[str, Any]:
    say = words_of(work.locale).say
    report = found.report
    offer = addresses.candidates(work.session, _words(report), placed=report.code)
    return {
        "id": str(report.id),
        "received_at": report.received_at.isoformat(),
        "when": moment(report.received_at, "%Y-%m-%d %H:%M"),
        "channel": _named(work, "channel", report.channel),
        "category": _named(work, "category", report.category),
        "words": report.words,
        "place": report.location_words,
        "doubt": found.doubt.value,
        "doubt_words": say(DOUBT_WORDS[found.doubt]),
        "precision": say(PRECISION_WORDS[report.precision]),
        "why": placed_words(report.placed_why, work.locale),
        "lon": report.lon,
        "lat": report.lat,
        "metres": report.precision_m,
        "said": [[say(word), offer.said[part]] for part, word in PART_WORDS.items() if part in offer.said],
        "candidates": [_candidate(one, work) for one in offer.candidates],
        "village": {"code": offer.village_code, "name": offer.village} if offer.village_code else None,
        "case": _case(work, report.id),
    }


def _case(work: Work, report_id: UUID) -> dict[str, str] | None:
    try:
        found = cases.case_of_report(work.session, report_id)
    except cases.CaseNotFound:
        return None
    return {"id": str(found.id), "number": found.number}


def _named(work: Work, kind: str, code: str) -> str:
    known = incidents.channels(work.session) if kind == "channel" else incidents.categories(work.session)
    names = {one.code: one.name_zh if work.locale == "zh" else one.name_en for one in known}
    return names.get(code, code)


def _candidate(one: Offered, work: Work) -> dict[str, Any]:
    return {
        "code": one.code,
        "shown": codes.show(one.code),
        "name": one.name,
        "level": one.level,
        "lon": one.lon,
        "lat": one.lat,
        "reasons": [{"words": _reason(told, work), "against": told.is_against} for told in one.reasons],
    }


def _reason(told: Said, work: Work) -> str:
    return words_of(work.locale).say(REASON_WORDS[told.reason], value=told.value)


def _alias(one: Alias) -> dict[str, Any]:
    return {
        "id": one.id, "words": one.words, "code": one.code, "shown": codes.show(one.code), "name": one.name,
        "times": one.times, "state": one.state.value, "proposed": moment(one.proposed_at),
        "decided": moment(one.decided_at),
    }  # fmt: skip
