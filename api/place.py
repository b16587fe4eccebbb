"""The page of a place, where the QR code of a door plate leads: the public sees the place only, staff its whole card.

Who lives or trades there, and what was said about it, is shown to staff by role and ground and masked; the database
decides, and a look behind the mask is written down first.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from address import codes
from address import service as addresses
from address.service import AddressRecord, Answer, Status
from api.deps import Work, any_door, door, open_door
from api.i18n import noop
from api.pages import draw, locale_of
from cases import service as cases
from cases.service import WORDS, Filters
from core.actors import Role
from core.clock import day_of
from core.errors import NotFound
from core.settings import settings
from grid import service as grids
from maps import service as maps
from registry import service as registry
from registry.service import Kind, Purpose

router = APIRouter(tags=["place"])

SEES_PEOPLE: Final = (Role.WORKER, Role.TEAM_LEADER, Role.DESK, Role.COMMANDER)
SEES_CARD: Final = (*SEES_PEOPLE, Role.ETL)
AsVisitor = Annotated[Work, any_door(*SEES_CARD)]
AsLooker = Annotated[Work, door(*SEES_PEOPLE)]
CHILDREN: Final = 200
CASES: Final = 20
CASE_DAYS: Final = 365
MOST_BELOW: Final = 2000
"""Codes whose cases are counted; an estate with more is asked for building by building."""

LEVEL_WORDS: Final[Mapping[str, str]] = {
    "estate": noop("小区"),
    "door": noop("门牌"),
    "building": noop("楼栋"),
    "unit": noop("单元"),
    "room": noop("户室"),
    "landmark": noop("地点"),
}
NAME_KINDS: Final[Mapping[str, str]] = {
    "former": noop("曾用名"),
    "alternative": noop("别名"),
    "plate": noop("门牌写法"),
    "colloquial": noop("俗称"),
    "developer": noop("开发名"),
}
GENDERS: Final[Mapping[str, str]] = {"m": noop("男"), "f": noop("女")}


class Look(BaseModel):
    """Why somebody looks behind the mask of a resident or a business."""

    kind: Kind
    purpose: Purpose
    case_number: str = Field(min_length=1, max_length=64)


@router.get("/a/{code}", include_in_schema=False)
def place_page(code: str, request: Request, work: AsVisitor) -> HTMLResponse:
    """The page. 404 with one sentence and the likely code when it is mistyped."""
    found = addresses.get(work.session, code)
    if found is None:
        return _missing(code, request, work)
    answer = addresses.resolve(work.session, found.code, day_of(work.at))
    context = _place(request, work, found, answer)
    if work.actor.role not in SEES_CARD:
        return draw(request, "place.html", context)
    return draw(request, "place_card.html", context | _card(work, found))


@router.get("/a/{code}/qr.{form}", include_in_schema=False)
def qr_code(code: str, form: str, request: Request, work: Annotated[Work, open_door()]) -> Response:
    """The QR code of a place as SVG or PNG."""
    found = addresses.get(work.session, code)
    if found is None or form not in ("svg", "png"):
        raise NotFound(zh="没有这个二维码", en="there is no such QR code", where=code)
    url = maps.place_url(_site(request), found.code)
    if form == "svg":
        return Response(maps.qr_svg(url), media_type="image/svg+xml")
    return Response(maps.qr_png(url), media_type="image/png")


@router.post("/a/api/people/{ref}")
def reveal(ref: UUID, look: Look, work: AsLooker) -> dict[str, str]:
    """What is behind the mask, for a purpose and a case; the look is in the audit log before the answer leaves."""
    shown = registry.reveal(
        work.session, ref, look.purpose, look.case_number, actor=work.actor, at=work.at, kind=look.kind
    )
    return {key: value for key, value in shown.fields.items() if key in ("name", "id_no", "phone", "person")}


def _site(request: Request) -> str:
    return settings().public_url or str(request.base_url)


def _missing(code: str, request: Request, work: Work) -> HTMLResponse:
    folded = codes.fold(code)[:40]
    context = {
        "typed": codes.show(folded),
        "is_valid": codes.valid(folded),
        "is_whole": len(folded) == codes.LENGTH,
        "likely": addresses.records(work.session, addresses.likely(work.session, folded)),
        "other": addresses.records(work.session, addresses.by_other_code(work.session, folded, day_of(work.at))),
        "show": codes.show,
    }
    return draw(request, "place_missing.html", context, status_code=404)


def _place(request: Request, work: Work, found: AddressRecord, answer: Answer) -> dict[str, Any]:
    grid = None if found.grid_id is None else grids.grid(work.session, found.grid_id)
    ended = answer.via[0] if answer.via else None
    word = 0 if locale_of(request) == "zh" else 1
    return {
        "found": found,
        "shown": codes.show(found.code),
        "show": codes.show,
        "level": LEVEL_WORDS[found.level],
        "above": addresses.above(work.session, found),
        "grid": grid,
        "is_gone": Status(found.status) not in (Status.CURRENT, Status.PROVISIONAL),
        "status_word": addresses.STATUS_NAMES[Status(found.status)][word],
        "ended_on": ended.on if ended else None,
        "ended_how": addresses.KIND_NAMES[ended.kind][word] if ended else "",
        "instead": [] if answer.codes == (found.code,) else addresses.records(work.session, answer.codes),
        "phone": settings().centre_phone,
        "url": maps.place_url(_site(request), found.code),
    }


def _card(work: Work, found: AddressRecord) -> dict[str, Any]:
    """What staff see besides: names, codes, events, what stands below; people and cases where the role sees them."""
    word = 0 if work.locale == "zh" else 1
    history = addresses.history(work.session, found.code)
    sees_people = work.actor.role in SEES_PEOPLE
    context: dict[str, Any] = {
        "history": history,
        "kinds": {kind: names[word] for kind, names in addresses.KIND_NAMES.items()},
        "name_kinds": NAME_KINDS,
        "children": addresses.children(work.session, found.code, CHILDREN + 1),
        "most_children": CHILDREN,
        "levels": LEVEL_WORDS,
        "sees_people": sees_people,
        "login": work.actor.name,
        "at": work.at,
    }
    return context | _people(work, found) | _cases(work, found) if sees_people else context


def _people(work: Work, found: AddressRecord) -> dict[str, Any]:
    dossier = registry.dossier(work.session, found.code, actor=work.actor)
    homes = {one.home_code for household in dossier.households for one in household.residents if one.home_code}
    sites = {one.site_code for one in dossier.businesses if one.site_code}
    names = addresses.name_of(work.session, sorted(homes | sites))
    return {
        "dossier": dossier,
        "households": sorted(
            dossier.households, key=lambda one: _walk(names.get(one.residents[0].home_code or "", ""))
        ),
        "residents": sum(len(one.residents) for one in dossier.households),
        "place_names": names,
        "genders": GENDERS,
        "purposes": list(Purpose),
        "purpose_words": registry.PURPOSE_NAMES_ZH,
    }


def _walk(name: str) -> list[tuple[int, str]]:
    """Names in the order of a walk: numbers by their size."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


def _cases(work: Work, found: AddressRecord) -> dict[str, Any]:
    since = work.at - timedelta(days=CASE_DAYS)
    below = addresses.codes_below(work.session, found.code, MOST_BELOW)
    asked = Filters(codes=below, since=since)
    told = cases.cases(work.session, asked, at=work.at, limit=MOST_BELOW)
    names = {one.category: one.category_zh if work.locale == "zh" else one.category_en for one in told}
    return {
        "cases": told[:CASES],
        "case_count": len(told),
        "case_days": CASE_DAYS,
        "case_kinds": [(names[key], n) for key, n in Counter(one.category for one in told).most_common()],
        "words": WORDS,
        "opens_cases": work.actor.role in (Role.DESK, Role.COMMANDER),
    }
