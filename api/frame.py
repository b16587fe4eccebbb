"""Routes of the frame itself: the first page, health, the words of the scripts, the choice of language."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy import text

from api.deps import STAFF, Work, actor_of, door
from api.i18n import LOCALES, script
from api.landing import inside, landing
from api.pages import LOCALE_COOKIE
from core.actors import Tier
from core.db import unit_of_work
from core.errors import NotFound

router = APIRouter()


@router.get("/", include_in_schema=False)
def first_page(request: Request) -> Response:
    """To the page of one's role, or to the login."""
    actor = actor_of(request)
    return RedirectResponse("/login" if actor is None else landing(actor.role), 303)


@router.get("/healthz", tags=["health"])
def healthz() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", tags=["health"])
def readyz() -> dict[str, str]:
    """The database answers; 503 with Retry-After while it does not."""
    with unit_of_work(Tier.INTAKE) as session:
        session.execute(text("SELECT 1"))
    return {"status": "ready"}


@router.get("/i18n/{locale}.js", include_in_schema=False)
def script_words(locale: str) -> Response:
    """The words of one locale as a script."""
    if locale not in LOCALES:
        raise NotFound(zh="没有这种语言。", en="There is no such language.")
    return Response(
        script(locale)[0],
        media_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@router.post("/locale", include_in_schema=False)
def choose_locale(
    request: Request, locale: Annotated[str, Form()], back: Annotated[str, Form()] = "/"
) -> RedirectResponse:
    """Remember the language and go back to where one was."""
    answer = RedirectResponse(inside(back), 303)
    if locale in LOCALES:
        answer.set_cookie(
            LOCALE_COOKIE, locale, max_age=365 * 86400, samesite="lax", secure=request.url.scheme == "https"
        )
    return answer


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request, work: Annotated[Work, door(*STAFF)]) -> JSONResponse:
    """The machine-readable description of the interface, for staff."""
    described: dict[str, Any] = request.app.openapi()
    return JSONResponse(described)
