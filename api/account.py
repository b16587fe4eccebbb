"""One's own account, and the administrators' list of accounts."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.deps import STAFF, Work, cookie_name, door
from api.pages import draw
from core import accounts
from core.actors import ROLE_NAMES_ZH, Role, Tier
from core.clock import now
from core.db import unit_of_work

router = APIRouter(include_in_schema=False)

AsAdmin = Annotated[Work, door(Role.SYSADMIN, Role.SECADMIN)]


@router.get("/account")
def account_page(request: Request, work: Annotated[Work, door(*STAFF)]) -> HTMLResponse:
    """Who one is here, and the form for a new password."""
    return draw(request, "account.html", {"role": ROLE_NAMES_ZH[work.actor.role]})


@router.post("/password")
def change_password(
    request: Request, password: Annotated[str, Form(max_length=300)], work: Annotated[Work, door(*STAFF)]
) -> RedirectResponse:
    """Set one's own password; every session of the account ends, this one too."""
    with unit_of_work(Tier.ACCOUNTS) as session:
        accounts.set_password(session, work.actor.id, password, actor=work.actor, at=now())
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(cookie_name(request), path="/")
    return answer


@router.get("/admin/accounts")
def accounts_page(request: Request, work: AsAdmin) -> HTMLResponse:
    """All accounts."""
    found = accounts.accounts(work.session)
    return draw(request, "accounts.html", {"accounts": found, "roles": ROLE_NAMES_ZH})
