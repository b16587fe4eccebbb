"""The commander's map: its page, its values, and what lies behind a cell.

What is drawn comes from `maps`. Which audience a role belongs to is decided here, in one place. Plans made from the
map are in `command_plans`, the base map in `command_tiles`.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.deps import Work, door
from api.i18n import words
from api.pages import draw, iso
from core.actors import Role, Tier
from core.db import unit_of_work
from core.errors import BadInput
from grid.cells import cell_of_text, cell_text, resolutions
from incidents import service as incidents
from maps import heatmap, tiles
from maps import service as maps
from maps.service import Audience, HotPlace, Order, Picture, ReportLine, View
from patrol import service as patrol

router = APIRouter(tags=["command"])

MAP_ROLES: Final = (Role.COMMANDER, Role.DESK, Role.TEAM_LEADER)
CASE_ROLES: Final = frozenset({Role.COMMANDER, Role.DESK})
"""Those who handle cases of the whole county and so see every count. A team leader sees no small counts."""

HOT_LISTED: Final = 12

AsMap = Annotated[Work, door(*MAP_ROLES)]
AsHandler = Annotated[Work, door(*CASE_ROLES)]


def audience_of(role: Role) -> Audience:
    """What counts a role is shown."""
    return Audience.CASES if role in CASE_ROLES else Audience.WIDE


def asked_view(
    days: int = 30,
    category: Annotated[str, Query(max_length=40)] = "",
    channel: Annotated[str, Query(max_length=40)] = "",
    resolution: int = 9,
    *,
    reported_only: bool = True,
) -> View:
    """The view that a request asks for. Raises BadInput for a period or a cell size that is not offered."""
    return View(days, category or None, channel or None, reported_only, resolution)


Asked = Annotated[View, Depends(asked_view)]
Area = Annotated[str, Query(max_length=20)]


@router.get("/command", include_in_schema=False)
def command_page(request: Request, work: AsMap) -> HTMLResponse:
    """The map."""
    del work
    return draw(request, "command.html", {"is_wall": request.query_params.get("wall") == "1"})


@router.get("/command/heat.html", include_in_schema=False)
def heat_file(work: AsMap, view: Asked) -> HTMLResponse:
    """The same heat as one self-contained page, for browsers that cannot draw the map."""
    shown = maps.picture(work.session, view, at=work.at, audience=audience_of(work.actor.role))
    page = maps.heat_page(work.session, shown, words=filter_words(work, view))
    return HTMLResponse(page, headers={"Content-Security-Policy": heatmap.POLICY})


@router.get("/command/api/frame")
def frame(work: AsMap) -> Response:
    """What the page needs once: areas with their boxes, categories, channels, and what this reader is shown."""
    known = maps.areas(work.session)
    with unit_of_work(Tier.TILES) as session:
        version = tiles.version(session)
    body = {
        "audience": audience_of(work.actor.role).value,
        "may_plan": work.actor.role in (Role.COMMANDER, Role.TEAM_LEADER),
        "tiles": version,
        "box": _around([area.box for area in known]),
        "areas": [
            {"code": area.code, "level": area.level, "name": area.name, "parent": area.parent_code, "box": area.box}
            for area in known
        ],
        "categories": [_named(c.code, c.name_zh, c.name_en, work) for c in incidents.categories(work.session)],
        "channels": [_named(c.code, c.name_zh, c.name_en, work) for c in incidents.channels(work.session)],
    }
    return compact(body)


@router.get("/command/api/cells")
def cells(request: Request, work: AsMap, resolution: int = 9) -> Response:
    """The shapes of the cells in use at a resolution; with an ETag, because they seldom change."""
    shapes = maps.cells_in_use(work.session, View(resolution=resolution).resolution, at=work.at)
    tag = f'"{shapes.version}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return compact(shapes.as_json(resolution), headers)


@router.get("/command/api/heat")
def heat(work: AsMap, view: Asked, area: Area = "", order: Order = Order.EXPECTED) -> Response:
    """The values of a view, in the order of the shapes of the version named in it, and its hot list."""
    shown = maps.picture(work.session, view, at=work.at, audience=audience_of(work.actor.role))
    return compact({**shown.as_json(), "hot": _hot_list(work, shown, area, order)})


@router.get("/command/api/hot")
def hot(work: AsMap, view: Asked, area: Area = "", order: Order = Order.EXPECTED) -> dict[str, Any]:
    """The hot list of a view alone, inside an area where one is named."""
    shown = maps.picture(work.session, view, at=work.at, audience=audience_of(work.actor.role))
    return {"hot": _hot_list(work, shown, area, order)}


@router.get("/command/api/cell/{cell}")
def cell_detail(cell: str, work: AsMap, view: Asked) -> dict[str, Any]:
    """One cell: its words, counts, half a year of weeks, its teams, and for case handlers its reports."""
    number = known_cell(cell, view)
    audience = audience_of(work.actor.role)
    shown = maps.picture(work.session, view, at=work.at, audience=audience)
    place = maps.place_of(work.session, shown, number)
    teams = [] if place.grid_id is None else patrol.teams(work.session, grid_id=place.grid_id)
    body = {
        **_hot(place),
        "is_hidden": place.n == 0 and maps.is_hidden(shown, number),
        "teams": [{"id": team.id, "name": team.name} for team in teams],
        "reports": None,
    }
    if audience is Audience.CASES:
        found = maps.behind(work.session, number, view, at=work.at)
        body |= {
            "by_category": [{"code": code, "n": n} for code, n in found.by_category.items()],
            "weeks": found.weeks,
            "reports": _lines(found.reports),
        }
    return body


@router.get("/command/api/unplaced")
def unplaced(work: AsHandler, view: Asked) -> dict[str, Any]:
    """The newest reports of a view that are known too vaguely for a cell of its size."""
    return {"reports": _lines(maps.unplaced(work.session, view, at=work.at))}


@router.get("/command/api/now")
def counters(work: AsMap) -> dict[str, Any]:
    """The figures at the top of the page, asked for every quarter of a minute."""
    found = maps.counters(work.session, at=work.at)
    return {"today": found.today, "overdue": found.overdue, "newest_at": iso(found.newest_at), "at": iso(work.at)}


def known_cell(cell: str, view: View) -> int:
    """A cell of the view's size. Raises BadInput for anything else."""
    try:
        number = cell_of_text(cell)
    except ValueError as exc:
        raise BadInput(zh="没有这个格。", en="There is no such cell.", where=cell) from exc
    if int(resolutions(np.array([number]))[0]) != view.resolution:
        raise BadInput(zh="格的大小和视图不一致。", en="The cell is not of the view's size.", where=cell)
    return number


def compact(body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """JSON without spaces, compressed: every browser that draws the map reads gzip."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    packed = gzip.compress(text, compresslevel=5, mtime=0)
    return Response(
        packed,
        media_type="application/json",
        headers={**(headers or {}), "Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
    )


def filter_words(work: Work, view: View) -> str:
    """The filters of a view in the reader's language, for a title."""
    say = words(work.locale).say
    names = {c.code: _name(c.name_zh, c.name_en, work) for c in incidents.categories(work.session)}
    names |= {c.code: _name(c.name_zh, c.name_en, work) for c in incidents.channels(work.session)}
    parts = [names.get(code, code) for code in (view.category, view.channel) if code is not None]
    if view.reported_only:
        parts.append(say("仅群众反映"))
    return " · ".join(parts)


def _hot_list(work: Work, shown: Picture, area: str, order: Order) -> list[dict[str, Any]]:
    places = maps.hot_places(work.session, shown, area=area or None, order=order, limit=HOT_LISTED)
    return [_hot(place) for place in places]


def _hot(place: HotPlace) -> dict[str, Any]:
    return {
        "cell": cell_text(place.cell),
        "lon": round(place.centre.lon, 5),
        "lat": round(place.centre.lat, 5),
        "n": place.n,
        "before": place.before,
        "expected": round(place.expected, 1),
        "is_new": place.is_new,
        "road": place.road,
        "village": place.village,
        "grid_id": place.grid_id,
        "grid": place.grid_name,
    }


def _lines(lines: Iterable[ReportLine]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(line.id),
            "received_at": iso(line.received_at),
            "channel": line.channel,
            "category": line.category,
            "words": line.words,
            "place": line.place,
            "precision": line.precision,
            "case_id": None if line.case_id is None else str(line.case_id),
            "case_number": line.case_number,
            "status": line.case_status,
            "due_at": iso(line.due_at),
        }
        for line in lines
    ]


def _named(code: str, zh: str, en: str, work: Work) -> dict[str, str]:
    return {"code": code, "name": _name(zh, en, work)}


def _name(zh: str, en: str, work: Work) -> str:
    return en if work.locale == "en" else zh


def _around(boxes: Iterable[tuple[float, float, float, float] | None]) -> tuple[float, float, float, float] | None:
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)
