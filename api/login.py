"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import actor_of, cookie_name
from api.landing import inside, landing
from api.pages import draw
from core import accounts
from core.accounts import SessionToken, SignInRefused
from core.actors import Tier
from core.clock import now
from core.db import unit_of_work

router = APIRouter(include_in_schema=False)


@router.get("/login", name="login_page")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name stands in the address
    """The form; whoever is signed in goes on."""
    actor = actor_of(request)
    if actor is not None:
        return RedirectResponse(landing(actor.role), 303)
    return draw(request, "login.html", {"next": inside(next), "fault": "", "login": ""})


@router.post("/login")
def sign_in(
    request: Request,
    login: Annotated[str, Form(max_length=80)],
    password: Annotated[str, Form(max_length=300)],
    next: Annotated[str, Form()] = "/",  # noqa: A002 - the name stands in the form
) -> Response:
    """Check, begin a session, go where one wanted to."""
    begun = _authenticate(login, password)
    if begun is None:
        refused = SignInRefused()
        context = {"next": inside(next), "fault": refused, "login": login}
        return draw(request, "login.html", context, status_code=403)
    goal = inside(next)
    answer = RedirectResponse(landing(begun.role) if goal == "/" else goal, 303)
    answer.set_cookie(
        cookie_name(request),
        begun.token,
        expires=begun.expires_at,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
def sign_out(request: Request) -> RedirectResponse:
    """End the session at once, everywhere it is used."""
    name = cookie_name(request)
    if token := request.cookies.get(name):
        with unit_of_work(Tier.ACCOUNTS) as session:
            accounts.end_session(session, token, at=now())
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(name, path="/")
    return answer


def _authenticate(login: str, password: str) -> SessionToken | None:
    """None when refused; the failure is committed either way, so that it counts."""
    with unit_of_work(Tier.ACCOUNTS) as session:
        try:
            return accounts.authenticate(session, login, password, at=now())
        except SignInRefused:
            return None
