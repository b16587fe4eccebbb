"""The base map as vector tiles, for every kind of staff: no personal data, no counts."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import STAFF, enter
from core.actors import Tier
from core.db import unit_of_work
from maps import tiles

router = APIRouter(tags=["tiles"])

MVT: Final = "application/vnd.mapbox-vector-tile"
FIXED: Final = "private, max-age=31536000, immutable"
"""For addresses that carry the version of what is drawn; without it a tile is asked for again each time."""


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt")
def tile(request: Request, layer: str, z: int, x: int, y: int, v: str = "") -> Response:
    """One tile. 204 where nothing lies, 304 when the client has it already."""
    enter(request, STAFF)
    with unit_of_work(Tier.TILES) as session:
        version = tiles.version(session)
        headers = {"ETag": f'"{version}"', "Cache-Control": FIXED if v == version else "private, no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        drawn = tiles.tile(session, layer, z, x, y)
    if not drawn:
        return Response(status_code=204, headers=headers)
    return Response(drawn, media_type=MVT, headers=headers)
