"""Addresses over HTTP: one by its code, and a search as one types. Places only, never who lives there.

Open to everybody and held to a rate; who is signed in sees more of a place, a worker on the ground of his own grids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from address import codes
from address import service as addresses
from address.service import Fit, Found, Sheet, Sight
from api.deps import PUBLIC, actor_of
from api.errors import TooMany
from api.i18n import noop
from api.i18n import words as words_of
from api.limits import LOOPBACK, Bucket
from api.pages import locale_of
from core import hot
from core.actors import Actor, Role, Tier
from core.errors import BadInput, NotFound

router = APIRouter(tags=["address"])

OF_PUBLIC: Final = Bucket(rate_per_minute=120, burst=60)
OF_STAFF: Final = Bucket(rate_per_minute=1_200, burst=200)
PAGES: Final = 40
"""As far as one may leaf: a search box is no way to carry off the register."""

FIT_WORDS: Final[Mapping[Fit, str]] = {
    Fit.CODE: noop("编码一致"),
    Fit.OTHER_CODE: noop("其他系统的编码 {hint}"),
    Fit.ROOM: noop("楼内的户室"),
    Fit.WHOLE: noop("名称一致"),
    Fit.START: noop("以此开头"),
    Fit.WITHIN: noop("名称中有这些字"),
    Fit.PIECES: noop("各部分都有，中间还有别的"),
    Fit.ALIAS: noop("又名 {hint}"),
    Fit.SOUND: noop("拼音相符"),
}
"""Why something was found, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which language, and how far he sees."""

    actor: Actor
    locale: str
    sight: Sight

    @property
    def tier(self) -> Tier:
        """The tier that answers. Accounts have no part in addresses: they read as the public does."""
        return Tier.INTAKE if self.actor.tier is Tier.ACCOUNTS else self.actor.tier


def asker(request: Request) -> Asker:
    """Whoever asks, held to the rate of the public or of staff. Raises TooMany."""
    actor = actor_of(request) or PUBLIC
    if actor.must_change:
        actor = PUBLIC
    host = request.client.host if request.client else ""
    is_staff = actor.role is not Role.PUBLIC
    if host not in LOOPBACK:
        wait_s = OF_STAFF.wait_s(str(actor.id)) if is_staff else OF_PUBLIC.wait_s(host)
        if wait_s:
            raise TooMany(wait_s)
    is_field = actor.role in (Role.WORKER, Role.TEAM_LEADER)
    sight = Sight.GROUND if is_field else Sight.ALL if is_staff else Sight.PUBLIC
    return Asker(actor, locale_of(request), sight)


@router.get("/api/address")
def search(
    request: Request,
    q: Annotated[str, Query(max_length=120)] = "",
    page: Annotated[int, Query(ge=1, le=PAGES)] = 1,
    size: Annotated[int, Query(ge=1, le=50)] = 10,
) -> JSONResponse:
    """What the words may mean, the likeliest first. One character says too little and finds nothing."""
    who = asker(request)
    with hot.reading(who.tier, token=who.actor.token) as connection:
        found = addresses.find(connection, q, sight=who.sight, limit=size, page=page)
    items = [_item(one, who) for one in found.items]
    return JSONResponse({"q": q, "page": page, "has_more": found.has_more, "items": items})


@router.get("/api/address/{code}")
def look_up(code: str, request: Request) -> JSONResponse:
    """One object by its code, typed in any form."""
    who = asker(request)
    folded = codes.fold(code)
    if not codes.valid(folded):
        raise BadInput(
            zh="地址编码由 12 位数字和字母组成，最后一位用来校验；这一个对不上，请逐位核对。",
            en="An address code has 12 digits and letters, the last of which checks the others; this one does not fit.",
            where=code[:40],
        )
    with hot.reading(who.tier, token=who.actor.token) as connection:
        sheet = addresses.look_up(connection, folded, is_full=who.sight is not Sight.PUBLIC)
        mine = _is_mine(connection, sheet, who)
    if sheet is None:
        raise NotFound(zh="没有这个地址编码", en="there is no such address code", where=codes.show(folded))
    one = sheet.found
    told = {
        **_item(one, who), "status": one.status, "precision_m": one.precision_m, "town": one.town,
        "village": one.village, "above": sheet.above, "successor": sheet.successor,
    }  # fmt: skip
    if mine:
        told |= {"grid_id": one.grid_id, "names": sheet.names, "codes": sheet.codes, "holds": sheet.holds}
    return JSONResponse(told)


def _is_mine(connection: hot.Connection, sheet: Sheet | None, who: Asker) -> bool:
    if sheet is None or who.sight is not Sight.GROUND:
        return who.sight is Sight.ALL
    return sheet.found.grid_id in addresses.own_grids(connection)


def _item(one: Found, who: Asker) -> dict[str, Any]:
    return {
        "code": one.code,
        "shown": codes.show(one.code),
        "name": one.name,
        "level": one.level,
        "lon": one.lon,
        "lat": one.lat,
        "why": words_of(who.locale).say(FIT_WORDS[one.fit], hint=one.hint),
        "fit": one.fit.name.lower(),
    }
