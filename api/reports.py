"""Lists of what is doubtful in the register, for those who can put it right: the desk, commanders, grid workers."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from address.codes import show
from api.deps import Work, door
from api.pages import draw
from core.actors import Role
from core.clock import day_of
from grid import service as grids
from registry import service as registry
from registry.service import Report

router = APIRouter(tags=["reports"])

AsChecker = Annotated[Work, door(Role.WORKER, Role.TEAM_LEADER, Role.DESK, Role.COMMANDER)]
PAGE_ROWS: Final = 100


@router.get("/reports", include_in_schema=False)
def reports_page(
    request: Request,
    work: AsChecker,
    name: Annotated[Report | None, Query()] = None,
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """All lists with their counts, and the rows of the chosen one."""
    on = day_of(work.at)
    totals = {
        one: registry.report(work.session, one, on=on, actor=work.actor, limit=1)[0] for one in Report if name is None
    }
    context: dict[str, Any] = {
        "names": {one: registry.REPORT_NAMES[one][0 if work.locale == "zh" else 1] for one in Report},
        "totals": totals,
        "name": name,
        "login": work.actor.name,
        "at": work.at,
        "show": show,
    }
    if name is not None:
        total, rows = registry.report(work.session, name, on=on, actor=work.actor, limit=PAGE_ROWS, skip=skip)
        known = {one.id: one.name for one in grids.grids(work.session)}
        context |= {
            "total": total,
            "rows": rows,
            "grids": known,
            "limit": registry.limit_of(work.session, name, on),
            "skip": skip,
            "further": skip + PAGE_ROWS if skip + len(rows) < total else None,
            "back": max(skip - PAGE_ROWS, 0) if skip else None,
        }
    return draw(request, "reports.html", context)
