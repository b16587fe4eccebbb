"""The application: routers, guards, errors, and what happens at start and end."""

import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from address import service as addresses
from api import (
    account,
    address,
    audit,
    command,
    command_plans,
    command_tiles,
    desk,
    desk_call,
    desk_matters,
    desk_places,
    errors,
    export,
    frame,
    login,
    open311,
    phone,
    place,
    reports,
    upload,
)
from api.guard import Guard
from api.pages import STATIC
from api.too_large import TooLargeInWords
from core import db, hot
from core.actors import Tier
from core.errors import Unavailable

log = structlog.get_logger("wangge.api")

MAX_BODY_BYTES: Final = 256 * 1024
"""Enough for any form; routes that take photos say their own limit."""

SWITCH_S: Final = 0.001
"""How long one thread may compute while others wait: with Python's own 5 ms a look-up waits for every search."""

ROUTERS: Final = (
    address.router,  # asked most often: matched first
    frame.router,
    login.router,
    phone.router,
    place.router,
    reports.router,
    desk_call.router,
    desk_matters.router,
    desk_places.router,
    desk.router,
    open311.router,
    audit.router,
    upload.router,
    export.router,
    account.router,
    command.router,
    command_plans.router,
    command_tiles.router,
)
NO_TELEMETRY: Final[Mapping[str, Any]] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own telemetry carries parsed values and error inputs: personal data. It stays off."""


class CachedFiles(StaticFiles):
    """Static files; with a fingerprint in the address they may be kept for a year, without it they are asked for."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        is_fixed = scope.get("query_string", b"").startswith(b"v=")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_fixed else "no-cache"
        return answer


def _warm() -> None:
    """Load the address index before the first caller needs it. A database that is away is not a reason to fail."""
    try:
        with db.unit_of_work(Tier.INTAKE) as session:
            addresses.index(session)
        with hot.reading(Tier.INTAKE) as connection:
            addresses.find(connection, "lu")  # the names by their sound
    except Unavailable as away:
        log.warning("index.not_warmed", error=type(away).__name__)
    else:
        log.info("index.warm")


@asynccontextmanager
async def _life(_app: FastAPI) -> AsyncIterator[None]:
    sys.setswitchinterval(SWITCH_S)
    threading.Thread(target=_warm, name="warm-address-index", daemon=True).start()
    yield
    db.dispose()


def create_app() -> FastAPI:
    """The whole application. Needs no database to start; without one it answers 503 with Retry-After."""
    app = FastAPI(
        title="wangge",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_life,
        max_body_size=MAX_BODY_BYTES,
        telemetry=NO_TELEMETRY,  # type: ignore[arg-type]
    )
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", CachedFiles(directory=STATIC), name="static")
    errors.register(app)
    app.add_middleware(Guard)
    return app


app = TooLargeInWords(create_app())
