"""One's own account, and the administrators' list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.deps import STAFF, Work, door
from api.pages import draw
from core import accounts
from core.actors import ROLE_NAMES_ZH, Role
from core.errors import BadInput, WanggeError

router = APIRouter(include_in_schema=False)

AsAdmin = Annotated[Work, door(Role.SYSADMIN, Role.SECADMIN)]
AsSysadmin = Annotated[Work, door(Role.SYSADMIN)]
ROLES = tuple(role for role in Role if role in STAFF)


@router.get("/account")
def account_page(request: Request, work: Annotated[Work, door(*STAFF)]) -> HTMLResponse:
    """Who one is here."""
    return draw(request, "account.html", {"role": ROLE_NAMES_ZH[work.actor.role]})


@router.get("/admin/accounts")
def accounts_page(request: Request, work: AsAdmin) -> HTMLResponse:
    """All accounts."""
    return _page(request, work)


@router.post("/admin/accounts")
def create_account(
    request: Request,
    work: AsSysadmin,
    login: Annotated[str, Form(min_length=2, max_length=40)],
    role: Annotated[Role, Form()],
    display_name: Annotated[str, Form(max_length=40)] = "",
) -> HTMLResponse:
    """Make an account and show its one-time password, this once."""
    password = accounts.new_password()
    try:
        if role not in STAFF:
            raise BadInput(zh="没有这种岗位", en="there is no such role")
        accounts.create_account(
            work.session, login, display_name or login, role, password,
            actor=work.actor, at=work.at, is_one_time=True,
        )  # fmt: skip
    except WanggeError as fault:
        return _page(request, work, fault=fault, status_code=409)
    return _page(request, work, made=login, password=password, status_code=201)


@router.post("/admin/accounts/{login}/password")
def reset_password(login: str, request: Request, work: AsSysadmin) -> HTMLResponse:
    """A new one-time password; unlocks the account and ends its sessions."""
    password = accounts.new_password()
    found = accounts.account(work.session, login)
    accounts.set_password(work.session, found.id, password, actor=work.actor, at=work.at, is_one_time=True)
    return _page(request, work, made=found.login, password=password)


@router.post("/admin/accounts/{login}/disable")
def disable(login: str, work: AsSysadmin) -> Response:
    """Nobody signs in with it any more, at once."""
    found = accounts.account(work.session, login)
    if found.id == work.actor.id:
        raise BadInput(zh="不能停用自己的账号", en="one cannot disable one's own account")
    accounts.disable(work.session, found.id, actor=work.actor, at=work.at)
    return RedirectResponse("/admin/accounts", 303)


@router.post("/admin/accounts/{login}/enable")
def enable(login: str, work: AsSysadmin) -> Response:
    """The account may be signed in with again; its password is the one it had."""
    found = accounts.account(work.session, login)
    accounts.enable(work.session, found.id, actor=work.actor, at=work.at)
    return RedirectResponse("/admin/accounts", 303)


def _page(
    request: Request,
    work: Work,
    *,
    made: str = "",
    password: str = "",
    fault: WanggeError | None = None,
    status_code: int = 200,
) -> HTMLResponse:
    context = {
        "accounts": accounts.accounts(work.session), "roles": ROLE_NAMES_ZH, "choices": ROLES, "made": made,
        "password": password, "fault": fault, "may_change": work.actor.role is Role.SYSADMIN,
    }  # fmt: skip
    return draw(request, "accounts.html", context, status_code=status_code)
