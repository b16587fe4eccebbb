"""Signing in and out, and choosing one's own password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.deps import STAFF, Work, actor_of, cookie_name, door
from api.landing import inside, landing
from api.pages import draw
from core import accounts
from core.accounts import SessionToken, SignInRefused
from core.actors import Tier
from core.clock import now
from core.db import unit_of_work
from core.errors import BadInput, WanggeError

router = APIRouter(include_in_schema=False)

AsAnybody = Annotated[Work, door(*STAFF, even_with_one_time_password=True)]
Password = Annotated[str, Form(max_length=300)]
Next = Annotated[str, Form(alias="next", max_length=2000)]


class NotTheSame(BadInput):
    """The new password was typed in two ways."""

    def __init__(self) -> None:
        super().__init__(zh="两次输入的新密码不一样", en="the two new passwords differ")


class WrongPassword(BadInput):
    """The present password was typed wrongly."""

    def __init__(self) -> None:
        super().__init__(
            zh="当前密码不正确；连续输错会暂时锁定账号",
            en="the present password is not right; several failures lock the account for a while",
        )


@router.get("/login", name="login_page")
def login_page(request: Request) -> Response:
    """The form; whoever is signed in goes on."""
    goal = inside(request.query_params.get("next", "/"))
    actor = actor_of(request)
    if actor is not None:
        return RedirectResponse(landing(actor.role) if goal == "/" else goal, 303)
    return draw(request, "login.html", {"next": goal, "fault": None, "login": ""})


@router.post("/login")
def sign_in(
    request: Request, login: Annotated[str, Form(max_length=80)], password: Password, wanted: Next = "/"
) -> Response:
    """Check, begin a session, go where one wanted to."""
    goal = inside(wanted)
    begun = _authenticate(login, password)
    if begun is None:
        context = {"next": goal, "fault": SignInRefused(), "login": login}
        return draw(request, "login.html", context, status_code=403)
    answer = RedirectResponse(landing(begun.role) if goal == "/" else goal, 303)
    _remember(request, answer, begun)
    return answer


@router.post("/logout")
def sign_out(request: Request) -> RedirectResponse:
    """End the session at once, everywhere it is used; the browser forgets what it kept of the pages."""
    name = cookie_name(request)
    if token := request.cookies.get(name):
        with unit_of_work(Tier.ACCOUNTS) as session:
            accounts.end_session(session, token, at=now())
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(name, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/password")
def password_page(request: Request, work: AsAnybody) -> Response:
    """The form; whoever holds a one-time password is led here from everywhere."""
    goal = inside(request.query_params.get("next", "/"))
    return draw(request, "password.html", {"next": goal, "fault": None, "is_one_time": work.actor.must_change})


@router.post("/password")
def change_password(
    request: Request, work: AsAnybody, present: Password, password: Password, again: Password, wanted: Next = "/"
) -> Response:
    """Set one's own password. All sessions of the account end; a new one begins here."""
    goal = inside(wanted)
    try:
        begun = _changed(work, present, password, again)
    except WanggeError as fault:
        context = {"next": goal, "fault": fault, "is_one_time": work.actor.must_change}
        return draw(request, "password.html", context, status_code=422)
    answer = RedirectResponse(landing(work.actor.role) if goal == "/" else goal, 303)
    _remember(request, answer, begun)
    return answer


def _changed(work: Work, present: str, password: str, again: str) -> SessionToken:
    """The new session. Raises NotTheSame, WrongPassword (counted towards the lock), BadInput for a poor password."""
    if password != again:
        raise NotTheSame
    if _authenticate(work.actor.name, present) is None:
        raise WrongPassword
    with unit_of_work(Tier.ACCOUNTS) as session:
        accounts.set_password(session, work.actor.id, password, actor=work.actor, at=now())
        return accounts.begin_session(session, work.actor.id, at=now())


def _remember(request: Request, answer: Response, begun: SessionToken) -> None:
    answer.set_cookie(
        cookie_name(request),
        begun.token,
        expires=begun.expires_at,
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _authenticate(login: str, password: str) -> SessionToken | None:
    """None when refused; the failure is committed either way, so that it counts."""
    with unit_of_work(Tier.ACCOUNTS) as session:
        try:
            return accounts.authenticate(session, login, password, at=now())
        except SignInRefused:
            return None
