"""Vector tiles of the base map: divisions, grids, roads, buildings, and their names in one answer.

The drawing is done by SQL functions (migration 0009) that run with the rights of `wangge_tiles`, which may read
published views and nothing else. The heat is not in the tiles: its cells are sent once and coloured by the page.
"""

from itertools import islice
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import NotFound

LAYERS: Final = ("base", "division", "division_label", "grid", "grid_label", "road", "building")
"""`base` is all the others together: one request a tile instead of six."""

DEEPEST_ZOOM: Final = 16
"""Beyond this the page enlarges: nothing is drawn finer than the 0.15 m of a tile unit at this zoom."""

KEPT_TILES: Final = 2000
"""Tiles remembered by this process, about 20 MB: everybody looks at the same base map."""

Key = tuple[str, str, int, int, int]
_drawn: dict[Key, bytes] = {}


def tile(session: Session, layer: str, z: int, x: int, y: int) -> bytes:
    """One tile as MVT bytes; b"" where nothing lies. Wants a session of the tier TILES.

    Raises NotFound for a layer or a tile that does not exist.
    """
    if layer not in LAYERS or not 0 <= z <= DEEPEST_ZOOM or not (0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFound(zh="没有这个图层或瓦片。", en="There is no such layer or tile.")
    key = (version(session), layer, z, x, y)
    drawn = _drawn.get(key)
    if drawn is None:
        found = session.execute(text(f"SELECT maps.tile_{layer}(:z, :x, :y)"), {"z": z, "x": x, "y": y}).scalar_one()
        drawn = b"" if found is None else bytes(found)
        _keep(key, drawn)
    return drawn


def _keep(key: Key, drawn: bytes) -> None:
    """Remember a tile, and forget the eldest ones beyond `KEPT_TILES`. One step each, so that threads cannot meet."""
    _drawn[key] = drawn
    for eldest in list(islice(_drawn, max(len(_drawn) - KEPT_TILES, 0))):
        _drawn.pop(eldest, None)


def version(session: Session) -> str:
    """Changes whenever a tile may look different: new grounds, another road graph, new addresses."""
    return str(session.execute(text("SELECT maps.tile_version()")).scalar_one())


def forget() -> None:
    """Forget what was drawn: another database is looked at."""
    _drawn.clear()
