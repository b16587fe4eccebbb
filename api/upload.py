"""The data officer's page: look at a file, load it, mend what was refused, take a batch back.

Nothing of a file rests on the server: the browser holds it and sends it again for each step (decision 0002), so a look,
a load and a sheet of refused rows each work on a copy of their own that is gone when they answer.
"""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from api.deps import Work, door, enter
from api.errors import TooMany
from api.i18n import noop
from api.pages import draw
from core.actors import Actor, Role
from core.rows import Reject
from etl import coordinates, headers, service
from etl.records import BatchReport
from etl.texts import ENCODINGS
from etl.understood import Options
from etl.undo import UNDOABLE

router = APIRouter(include_in_schema=False)

MAX_FILE_BYTES: Final = 32 * 2**20
"""Larger files are loaded with the command: `wangge load`."""
COUNTED_BYTES: Final = 8 * 2**20
"""Up to this size a look counts what would become of every row; beyond it, it only shows the first."""
MOST_AT_ONCE: Final = 2
MOST_REJECTS: Final = 50
LISTED: Final = 20
WAIT_S: Final = 20
STATUSES: Final = {
    "running": noop("进行中或中断"),
    "finished": noop("完成"),
    "undone": noop("已撤销"),
    "abandoned": noop("作废"),
}
SYSTEMS: Final = ("wgs84", "cgcs2000", "gcj02", "bd09")
AsOfficer = Annotated[Work, door(Role.ETL)]
_at_once = threading.BoundedSemaphore(MOST_AT_ONCE)


def _officer(request: Request) -> Actor:
    """Who asks, without a transaction held open while a file is worked on."""
    return enter(request, frozenset({Role.ETL}))


Officer = Annotated[Actor, Depends(_officer)]
Upload = Annotated[UploadFile, File()]


def _options(
    kind: Annotated[str, Form(max_length=40)] = "",
    mapping: Annotated[str, Form(max_length=60)] = "",
    encoding: Annotated[str, Form(max_length=20)] = "",
    sheet: Annotated[str, Form(max_length=80)] = "",
    crs: Annotated[str, Form(max_length=20)] = "",
) -> Options:
    known = (*headers.saved(), *headers.shipped())  # never a path: that would read files of the server
    chosen = next((one for one in known if one.name == mapping), None)
    return Options(kind or None, chosen, encoding or None, sheet or None, coordinates.system_of(crs) if crs else None)


Said = Annotated[Options, Depends(_options)]


@router.get("/load")
def load_page(request: Request, work: AsOfficer) -> HTMLResponse:
    """The page: drop a file, see what it seems to be, load it; the batches below."""
    kinds = {one.kind: (one.zh, one.en) for one in headers.shipped()}
    context = {
        "batches": service.batches(work.session, limit=LISTED), "statuses": STATUSES, "kinds": kinds,
        "mappings": [one.name for one in headers.saved()], "encodings": ENCODINGS, "systems": SYSTEMS,
        "undoable": UNDOABLE, "most_mb": MAX_FILE_BYTES // 2**20,
    }  # fmt: skip
    return draw(request, "load.html", context)


@router.post("/load/api/look", max_body_size=MAX_FILE_BYTES)
def look(actor: Officer, file: Upload, said: Said) -> dict[str, Any]:
    """What a file seems to be, and what would become of its rows; nothing is written."""
    with _worked_on(file) as path:
        found = service.look(path, said, actor=actor, is_counted=path.stat().st_size <= COUNTED_BYTES)
    told = asdict(found) | {"outcome": None}
    if found.outcome is not None:
        told["outcome"] = _balance(found.total, found.outcome.accepted, found.outcome.repeated, found.outcome.rejected)
    return told


@router.post("/load/api/take", max_body_size=MAX_FILE_BYTES)
def take(actor: Officer, file: Upload, said: Said) -> dict[str, Any]:
    """Load the file; the answer is its balance."""
    with _worked_on(file) as path:
        report = service.load(
            path, actor=actor, kind=said.kind, mapping=said.mapping, crs=said.system, encoding=said.encoding,
            sheet=said.sheet,
        )  # fmt: skip
    return _told(report)


@router.get("/load/api/progress")
def progress(work: AsOfficer, sha256: Annotated[str, Query(pattern="^[0-9a-f]{64}$")]) -> dict[str, int | None]:
    """How many rows of this content are in, while it is loaded; null when it is not being loaded."""
    running = (one for one in service.batches(work.session, limit=LISTED) if one.status == "running")
    return {"rows_done": next((one.rows_done for one in running if one.sha256 == sha256), None)}


@router.post("/load/api/sheet", max_body_size=MAX_FILE_BYTES)
def sheet(actor: Officer, file: Upload, batch_id: Annotated[int, Form()]) -> Response:
    """The refused rows of a batch as a sheet to correct: made from the file, which the browser sends along."""
    del actor
    with _worked_on(file) as path:
        written = service.write_rejects_of(path, batch_id)
        body = b"" if written is None else written.read_bytes()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(body, media_type=kind, status_code=200 if body else 204)


@router.get("/load/api/batches/{batch_id}/rejects")
def rejects(work: AsOfficer, batch_id: int) -> dict[str, Any]:
    """The first refused rows of a batch: number, column and reason, never a cell."""
    found = service.rejects_of(work.session, batch_id, MOST_REJECTS)
    return {"rejected": [asdict(one) for one in found], "count": service.batch(work.session, batch_id).rejected}


@router.post("/load/api/batches/{batch_id}/undo")
def undo(work: AsOfficer, batch_id: int) -> dict[str, Any]:
    """Take a batch back."""
    return asdict(service.undo(work.session, batch_id, actor=work.actor, at=work.at))


@contextmanager
def _worked_on(file: UploadFile) -> Iterator[Path]:
    """The upload as a file that nobody else may read, gone at the end; refused while others are being worked on."""
    if not _at_once.acquire(blocking=False):
        raise TooMany(WAIT_S)
    try:
        with tempfile.TemporaryDirectory(prefix="wangge-load-") as folder:
            path = Path(folder) / _name(file.filename)
            with path.open("wb") as opened:
                while piece := file.file.read(2**20):
                    opened.write(piece)
            yield path
    finally:
        _at_once.release()


def _name(given: str | None) -> str:
    """The file's own name, without any path and no longer than a file system takes."""
    last = PurePosixPath((given or "").replace("\\", "/")).name
    plain = "".join(sign for sign in last if sign.isprintable())
    stem, dot, ending = plain.rpartition(".")
    return f"{(stem or ending)[:60]}{dot}{ending[:10] if dot else ''}" or "file"


def _told(report: BatchReport) -> dict[str, Any]:
    balance = _balance(report.read, report.accepted, report.repeated, report.rejected)
    return balance | {
        "rejected_count": report.rejected_count,
        "batch_id": report.batch_id,
        "kind": report.kind,
        "file_name": report.file_name,
        "seconds": report.seconds,
        "without_grid": dict(report.without_grid),
        "notes": list(report.notes),
    }


def _balance(read: int, accepted: int, repeated: int, rejected: "tuple[Reject, ...] | Any") -> dict[str, Any]:
    return {
        "read": read,
        "accepted": accepted,
        "repeated": repeated,
        "rejected_count": len(rejected),
        "rejected": [asdict(one) for one in rejected[:MOST_REJECTS]],
    }
