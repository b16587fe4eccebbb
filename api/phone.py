"""The worker's phone: today's list, what is said about a task, the map under it, and a report from the spot."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import FileResponse, HTMLResponse, Response
from pydantic import AwareDatetime

from address import service as addresses
from api.deps import Work, door
from api.intake import file_report
from api.pages import STATIC, draw, iso
from core.actors import Role
from core.errors import BadInput
from incidents.incoming import Incoming
from incidents.kinds import Channel, Source
from patrol import service as patrol
from patrol.service import Feedback, FeedbackKind, TaskRecord
from registry import service as registry

router = APIRouter(tags=["phone"])

AsWorker = Annotated[Work, door(Role.WORKER, Role.TEAM_LEADER)]


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
    """Today's tasks in order, and the way the day takes."""
    found = patrol.tasks_of(work.session, work.actor.id, at=work.at)
    return {"at": iso(work.at), "tasks": [_task(work, one) for one in found]}


@router.post("/m/api/feedback")
def feedback(
    work: AsWorker,
    id: Annotated[UUID, Form()],  # noqa: A002 - made by the phone, named so in its store
    task_id: Annotated[UUID, Form()],
    kind: Annotated[FeedbackKind, Form()],
    at: Annotated[AwareDatetime, Form()],
    note: Annotated[str, Form(max_length=2000)] = "",
    lon: Annotated[float | None, Form()] = None,
    lat: Annotated[float | None, Form()] = None,
    photo: Annotated[UploadFile | None, File()] = None,
) -> dict[str, Any]:
    """What the phone says about a task; the same id again gets the same answer."""
    said = Feedback(
        id=id, task_id=task_id, kind=kind, at=at.astimezone(UTC), lon=lon, lat=lat,
        note=registry.mask_words(note) if note else None,
        photo=photo.file.read() if photo is not None else None,
    )  # fmt: skip
    answer = patrol.feedback(work.session, said, actor=work.actor, at=work.at)
    return {"task": _task(work, answer.task), "is_new": answer.is_new}


@router.post("/m/api/report", status_code=201)
def report(
    work: AsWorker,
    id: Annotated[UUID, Form()],  # noqa: A002 - made by the phone, named so in its store
    words: Annotated[str, Form(min_length=2, max_length=2000)],
    at: Annotated[AwareDatetime, Form()],
    place: Annotated[str, Form(max_length=300)] = "",
    lon: Annotated[float | None, Form()] = None,
    lat: Annotated[float | None, Form()] = None,
) -> dict[str, Any]:
    """Something a worker found himself: kept apart from what residents report."""
    if not place and lon is None:
        raise BadInput(zh="请写地址或打开定位。", en="Please write an address or switch the position on.")
    filed = file_report(
        work.session,
        Incoming(
            channel=Channel.GRID, reference=f"M-{id}", received_at=_not_ahead(at, work.at), words=words,
            location_words=place, lon=lon, lat=lat, source=Source.DISCOVERED,
        ),
        name="", phone="", actor=work.actor, at=work.at,
    )  # fmt: skip
    return {"number": filed.number, "is_new": filed.is_new}


@router.get("/m/api/photo/{photo_id}", include_in_schema=False)
def photo(
    photo_id: UUID, work: Annotated[Work, door(Role.WORKER, Role.TEAM_LEADER, Role.DESK, Role.COMMANDER)]
) -> Response:
    """A picture that came with a feedback."""
    return Response(patrol.photo(work.session, photo_id), media_type="image/jpeg")


def _not_ahead(at: datetime, now: datetime) -> datetime:
    return min(at.astimezone(UTC), now)


def _task(work: Work, one: TaskRecord) -> dict[str, Any]:
    is_zh = work.locale == "zh"
    address = addresses.get(work.session, one.code) if one.code else None
    return {
        "id": str(one.id),
        "seq": one.seq,
        "on": one.on.isoformat(),
        "status": one.status.value,
        "title": one.title.zh if is_zh else one.title.en,
        "why": [why.zh if is_zh else why.en for why in one.why],
        "address": address.name if address else "",
        "case": one.case_number,
        "lon": one.place.lon,
        "lat": one.place.lat,
        "arrive_at": iso(one.arrive_at),
        "until": iso(one.window_until),
        "travel_minutes": round(one.travel_minutes, 1),
        "travel_metres": round(one.travel_metres),
    }
