"""Taking a call: the form, the address box that answers while one types, and what was said there before."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from address import codes
from address import service as addresses
from address.service import AddressRecord
from api.deps import Work
from api.desk import PRECISION_WORDS, AsDesk
from api.i18n import words as words_of
from api.intake import file_report
from api.pages import draw, moment
from cases import service as cases
from core.errors import BadInput, NotFound
from grid import service as grids
from incidents import service as incidents
from incidents.incoming import Incoming
from incidents.kinds import Channel, Urgency

router = APIRouter(tags=["desk"])

OFFERED: Final = 8
NEAR_DAYS: Final = 90
CALL_CHANNELS: Final = (Channel.HOTLINE_12345, Channel.WALK_IN, Channel.POLICE_110, Channel.PETITION)
"""What a desk takes down by hand; the rest comes by itself."""


class Call(BaseModel):
    """A call as it is taken down. `id` is made by the page, so that pressing twice files once."""

    id: UUID
    words: str = Field(min_length=2, max_length=4000)
    place: str = Field("", max_length=300)
    code: str = Field("", max_length=20)
    name: str = Field("", max_length=40)
    phone: str = Field("", max_length=40)
    category: str = Field("", max_length=40)
    channel: Channel = Channel.HOTLINE_12345
    urgency: Urgency = Urgency.ORDINARY


@router.get("/desk/new", include_in_schema=False)
def call_page(request: Request, work: AsDesk) -> HTMLResponse:
    """The form."""
    known = {one.code: one for one in incidents.channels(work.session)}
    context = {
        "categories": incidents.categories(work.session),
        "channels": [known[one.value] for one in CALL_CHANNELS if one.value in known],
    }
    return draw(request, "desk_new.html", context)


@router.get("/desk/api/address")
def address_box(work: AsDesk, q: Annotated[str, Query(max_length=120)] = "") -> dict[str, Any]:
    """What the words mean to the matcher, and the addresses that hold them."""
    words = q.strip()
    if len(words) < 2:
        return {"items": [], "match": None}
    found = addresses.search(work.session, words, OFFERED)
    names = _grid_names(work, [one.grid_id for one in found])
    items = [_offer(one, names) for one in found]
    return {"items": items, "match": _match(work, words)}


@router.get("/desk/api/address/{code}")
def address_detail(code: str, work: AsDesk) -> dict[str, Any]:
    """An address and the reports of the last 90 days around it."""
    found = addresses.get(work.session, code)
    if found is None:
        raise NotFound(zh="没有这个地址编码", en="there is no such address code", where=code)
    since = work.at - timedelta(days=NEAR_DAYS)
    n, newest = incidents.near(work.session, [found.h3_10], since=since)
    names = {
        one.code: one.name_zh if work.locale == "zh" else one.name_en for one in incidents.categories(work.session)
    }
    return {
        **_offer(found, _grid_names(work, [found.grid_id])),
        "days": NEAR_DAYS,
        "n": n,
        "reports": [
            {"at": moment(one.received_at), "category": names.get(one.category, one.category), "words": one.words}
            for one in newest
        ],
    }


@router.post("/desk/api/calls", status_code=201)
def file_call(call: Call, work: AsDesk) -> dict[str, Any]:
    """File a call: kept, placed, opened and clocked at once."""
    if call.channel not in CALL_CHANNELS:
        raise BadInput(zh="这个渠道不由人工登记", en="this channel is not taken down by hand", where=call.channel)
    chosen = addresses.get(work.session, call.code) if call.code else None
    filed = file_report(
        work.session,
        Incoming(
            channel=call.channel, reference=f"T-{call.id}", received_at=work.at, words=call.words,
            location_words=call.place or (chosen.name if chosen else ""), category_hint=call.category or None,
            urgency=call.urgency, lon=chosen.lon if chosen else None, lat=chosen.lat if chosen else None,
        ),
        name=call.name, phone=call.phone, actor=work.actor, at=work.at, category=call.category or None,
    )  # fmt: skip
    case = cases.case_of_report(work.session, filed.report_id)
    return {"number": filed.number, "is_new": filed.is_new, "address": f"/desk/cases/{case.id}"}


def _offer(one: AddressRecord, names: dict[int, str]) -> dict[str, Any]:
    return {
        "code": one.code,
        "shown": codes.show(one.code),
        "name": one.name,
        "level": one.level,
        "grid": names.get(one.grid_id or -1, ""),
        "lon": one.lon,
        "lat": one.lat,
    }


def _match(work: Work, words: str) -> dict[str, Any] | None:
    """What the matcher makes of the words; None when it finds nothing."""
    spot = addresses.place(work.session, [words])
    if spot.precision[0] == "none":
        return None
    code = spot.code[0]
    found = addresses.get(work.session, code) if code else None
    return {
        "code": code or "",
        "name": found.name if found else spot.village[0] or spot.town[0] or "",
        "precision": words_of(work.locale).say(PRECISION_WORDS[spot.precision[0]]),
        "metres": int(spot.precision_m[0]) if np.isfinite(spot.precision_m[0]) else None,
        "why": spot.why[0],
    }


def _grid_names(work: Work, ids: list[int | None]) -> dict[int, str]:
    wanted = {one for one in ids if one is not None}
    return {one: grids.grid(work.session, one).name for one in wanted}
