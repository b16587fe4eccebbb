"""The auditor's page: who did what, newest first."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.audit_words import ACTIONS, action_words, thing_words
from api.deps import Work, door
from api.pages import draw
from core import audit
from core.actors import Role

router = APIRouter(include_in_schema=False)

PAGE_ROWS = 100


@router.get("/audit")
def audit_page(
    request: Request,
    work: Annotated[Work, door(Role.AUDITOR)],
    action: Annotated[str, Query(max_length=80)] = "",
    before: int | None = None,
) -> HTMLResponse:
    """A page of the log; `action` narrows it, `before` is the number of the last row seen."""
    rows = audit.newest(work.session, action=action or None, before=before, limit=PAGE_ROWS)
    context = {
        "rows": rows, "action": action, "is_full": len(rows) == PAGE_ROWS, "actions": ACTIONS,
        "action_words": partial(action_words, locale=work.locale),
        "thing_words": partial(thing_words, locale=work.locale),
    }  # fmt: skip
    return draw(request, "audit.html", context)
