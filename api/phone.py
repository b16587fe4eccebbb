"""The worker's phone: today's list, what is said about a task, the map under it, and a report from the spot."""

from datetime import UTC
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import AwareDatetime

from address import service as addresses
from api.command import compact
from api.deps import Work, door
from api.intake import file_report
from api.pages import STATIC, draw, iso
from core.actors import Role
from core.coords import Place
from core.errors import BadInput
from incidents.incoming import Incoming
from incidents.kinds import Channel, Source
from maps import service as maps
from patrol import service as patrol
from patrol.service import TASK_WORDS, Feedback, FeedbackKind, TaskRecord, TaskStatus
from registry import service as registry

router = APIRouter(tags=["phone"])

AsWorker = Annotated[Work, door(Role.WORKER, Role.TEAM_LEADER)]
AsPhotoViewer = Annotated[Work, door(Role.WORKER, Role.TEAM_LEADER, Role.DESK, Role.COMMANDER)]
MAX_PHOTO_BYTES: Final = 12 * 1024 * 1024
"""A photograph as a phone takes it, should the page not have made it smaller."""
NEAR_M: Final = 400.0
"""A building farther away does not say where a stop is."""


@router.get("/m", include_in_schema=False)
def phone_page(request: Request, work: AsWorker) -> HTMLResponse:
    """The page; what it shows comes from /m/api and, without signal, from the phone's own store."""
    return draw(request, "phone.html", {"login": work.actor.name})


@router.get("/m/worker.js", include_in_schema=False)
def service_worker() -> Response:
    """The script that keeps the page usable without signal; it must lie above what it serves."""
    return FileResponse(
        STATIC / "phone_worker.js",
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/m"},
    )


@router.get("/m/api/tasks")
def tasks(work: AsWorker) -> dict[str, Any]:
    """Today's tasks in order."""
    found = patrol.tasks_of(work.session, work.actor.id, at=work.at)
    return {"at": iso(work.at), "tasks": [_task(work, one) for one in found]}


@router.get("/m/api/map.json")
def day_map(work: AsWorker) -> Response:
    """The ways of the day and the ground around them; without tasks the ground around the posts of one's teams."""
    found = patrol.tasks_of(work.session, work.actor.id, at=work.at)
    open_ones = [one for one in found if one.status is not TaskStatus.DONE] or found
    ways = [patrol.plan(work.session, plan_id).line for plan_id in dict.fromkeys(one.plan_id for one in open_ones)]
    posts = [team.post for team in patrol.teams_of(work.session, work.actor.id)]
    around = [one.place for one in open_ones] + [Place(lon, lat) for way in ways for lon, lat in way]
    if not around and not posts:
        return compact({"box": None, "roads": [], "grids": [], "routes": [], "posts": []})
    shown = maps.ground(work.session, around or posts)
    routes = [[round(x / 1e-5) for point in way for x in point] for way in ways]
    return compact({**shown.as_json(), "routes": routes, "posts": [[post.lon, post.lat] for post in posts]})


@router.post("/m/api/feedback", max_body_size=MAX_PHOTO_BYTES)
def feedback(
    work: AsWorker,
    id: Annotated[UUID, Form()],  # noqa: A002 - made by the phone, named so in its store
    task_id: Annotated[UUID, Form()],
    kind: Annotated[FeedbackKind, Form()],
    at: Annotated[AwareDatetime, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
    lon: Annotated[float | None, Form(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Form(ge=-90, le=90)] = None,
    photo: Annotated[UploadFile | None, File()] = None,
) -> dict[str, Any]:
    """What the phone says about a task; the same id again gets the same answer."""
    said = Feedback(
        id=id, task_id=task_id, kind=kind, at=at.astimezone(UTC), lon=lon, lat=lat,
        note=registry.mask_words(note) if note else None,
        photo=photo.file.read() if photo is not None else None,
    )  # fmt: skip
    answer = patrol.feedback(work.session, said, actor=work.actor, at=work.at)
    words = answer.case_words
    return {
        "task": _task(work, answer.task),
        "is_new": answer.is_new,
        "case": None if words is None else words.zh if work.locale == "zh" else words.en,
    }


@router.post("/m/api/report", status_code=201)
def report(
    work: AsWorker,
    id: Annotated[UUID, Form()],  # noqa: A002 - made by the phone, named so in its store
    words: Annotated[str, Form(min_length=2, max_length=2000)],
    at: Annotated[AwareDatetime, Form()],
    place: Annotated[str, Form(max_length=300)] = "",
    lon: Annotated[float | None, Form(ge=-180, le=180)] = None,
    lat: Annotated[float | None, Form(ge=-90, le=90)] = None,
) -> dict[str, Any]:
    """Something a worker found himself: kept apart from what residents report."""
    if not place and (lon is None or lat is None):
        raise BadInput(zh="请写地址或打开定位", en="please write an address or switch the position on")
    filed = file_report(
        work.session,
        Incoming(
            channel=Channel.GRID, reference=f"M-{id}", received_at=min(at.astimezone(UTC), work.at), words=words,
            location_words=place, lon=lon, lat=lat, source=Source.DISCOVERED,
        ),
        actor=work.actor, at=work.at,
    )  # fmt: skip
    return {"number": filed.number, "is_new": filed.is_new}


@router.get("/m/api/photo/{photo_id}", include_in_schema=False)
def photo(photo_id: UUID, work: AsPhotoViewer) -> Response:
    """A picture that came with a feedback."""
    return Response(patrol.photo(work.session, photo_id), media_type="image/jpeg")


def _task(work: Work, one: TaskRecord) -> dict[str, Any]:
    is_zh = work.locale == "zh"
    return {
        "id": str(one.id),
        "seq": one.seq,
        "on": one.on.isoformat(),
        "status": one.status.value,
        "status_words": TASK_WORDS[one.status].zh if is_zh else TASK_WORDS[one.status].en,
        "title": one.title.zh if is_zh else one.title.en,
        "why": [why.zh if is_zh else why.en for why in one.why],
        "address": _address(work, one),
        "is_near": one.code is None,
        "case": one.case_number,
        "lon": one.place.lon,
        "lat": one.place.lat,
        "arrive_at": iso(one.arrive_at),
        "until": iso(one.window_until),
        "done_at": iso(one.done_at),
        "travel_minutes": round(one.travel_minutes, 1),
        "travel_metres": round(one.travel_metres),
    }


def _address(work: Work, one: TaskRecord) -> str:
    """The address of the task, or of the building nearest to it; empty when there is none close by."""
    if one.code is not None:
        found = addresses.get(work.session, one.code)
    else:
        found = addresses.nearest(work.session, one.place, NEAR_M)
    return "" if found is None else found.name
