"""Files out: what a role may see, as CSV, XLSX, GeoJSON or GPKG, streamed; every export is written down first."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from api.deps import Work, door
from api.pages import draw
from core.actors import Actor, Role, tier_of
from core.clock import SHANGHAI
from core.db import unit_of_work
from core.errors import NotAllowed
from etl import exporting
from etl.exporting import LAYERS, Layer
from etl.writers import Format

router = APIRouter(include_in_schema=False)

FIELD: Final = frozenset({Role.WORKER, Role.TEAM_LEADER})
OFFICE: Final = frozenset({Role.COMMANDER, Role.DESK})
GROUND: Final = FIELD | OFFICE | {Role.ETL}
MAY: Final[Mapping[str, frozenset[Role]]] = {
    "addresses": GROUND,
    "grids": GROUND,
    "businesses": FIELD | OFFICE,
    "residents": FIELD | OFFICE,
    "cases": FIELD | OFFICE,
}
"""Who may take which layer out; of it, everybody gets what row-level security shows him."""
KINDS: Final = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.GEOJSON: "application/geo+json",
    Format.GPKG: "application/geopackage+sqlite3",
}
AsStaff = Annotated[Work, door(*GROUND)]


@router.get("/export")
def export_page(request: Request, work: AsStaff) -> HTMLResponse:
    """What one may take out, and in which forms."""
    mine = [layer for layer in LAYERS.values() if work.actor.role in MAY[layer.name]]
    return draw(request, "export.html", {"layers": mine})


@router.get("/export/{layer}.{form}")
def export(work: AsStaff, layer: str, form: str) -> StreamingResponse:
    """One layer as a file. The audit row is committed before the first byte leaves."""
    asked = exporting.format_of(form)
    chosen = exporting.layer_of(layer, asked)
    if work.actor.role not in MAY[chosen.name]:
        raise NotAllowed(
            zh="您的岗位不能导出这类数据；如有需要，请联系管理员。",
            en="Your role may not export this; ask the administrator if you need it.",
        )
    exporting.audit(work.session, chosen, asked, actor=work.actor, at=work.at)
    day = work.at.astimezone(SHANGHAI).strftime("%Y%m%d")
    name = quote(f"{chosen.zh}_{day}.{asked.value}")
    return StreamingResponse(
        _pieces(work.actor, chosen, asked),
        media_type=KINDS[asked],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _pieces(actor: Actor, layer: Layer, form: Format) -> Iterator[bytes]:
    """In a transaction of its own, open for as long as the file is being sent."""
    with unit_of_work(tier_of(actor.role), token=actor.token) as session:
        yield from exporting.export(session, layer, form)
