"""A town for the tests of reports and cases: two grids side by side, a few doors, reports in both."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import geopandas as gpd
import polars as pl
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as addresses
from core import db
from core.actors import Tier, system_actor
from core.coords import Place
from grid import service as grids
from incidents.incoming import Incoming
from incidents.kinds import Channel, Source

WEST, SOUTH, SIDE = 104.39, 31.13, 0.02
COUNTY, TOWN = "519901000000", "519901001000"
VILLAGES = ("519901001001", "519901001002")
ACTOR = system_actor("tests")


@dataclass(frozen=True, slots=True)
class Ground:
    """The ids of the western and the eastern grid, and a place in the middle of each."""

    west: int
    east: int
    in_west: Place
    in_east: Place


def settle(at: datetime) -> Ground:
    """Divisions, two grids and ten doors of 文庙街 in each, through the loaders, committed in the current database."""
    boxes = [shapely.box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in (0, 1)]
    whole = shapely.union_all(boxes)
    codes, names = [COUNTY, TOWN, *VILLAGES], ["旌原区", "东湖街道", "文庙社区", "泰山社区"]
    shapes = gpd.GeoDataFrame({"code": codes}, geometry=[whole, whole, *boxes], crs=4326)
    layout = {
        "code": [f"{village}001" for village in VILLAGES], "name": ["文庙社区第1网格", "泰山社区第1网格"],
        "layer": "base", "village_code": VILLAGES,
    }  # fmt: skip
    with db.unit_of_work(Tier.OWNER) as session:
        grids.load_divisions(session, pl.DataFrame({"code": codes, "name": names}), shapes, actor=ACTOR, at=at)
        grids.load_grids(session, gpd.GeoDataFrame(layout, geometry=boxes, crs=4326), actor=ACTOR, at=at)
        addresses.ingest(session, _doors(), batch_id=None, actor=ACTOR, at=at)
        found = {grid.code: grid.id for grid in grids.grids(session)}
    west, east = (found[f"{village}001"] for village in VILLAGES)
    middle = SOUTH + SIDE / 2
    return Ground(west, east, Place(WEST + SIDE / 2, middle), Place(WEST + 1.5 * SIDE, middle))


def _doors() -> pl.DataFrame:
    rows = []
    for side, (village, road) in enumerate((("文庙社区", "文庙街"), ("泰山社区", "泰山路"))):
        for n in range(1, 11):
            rows.append(
                {
                    "row_no": len(rows) + 2, "source_ref": f"{road}{n}", "town": "东湖街道", "village": village,
                    "road": road, "number": f"{n}号", "building": "1栋",
                    "lon": WEST + side * SIDE + n * 0.001, "lat": SOUTH + 0.005,
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def told(reference: str, at: datetime, where: Place | None = None, *, days: float = 0, **changes: Any) -> Incoming:
    """A report `days` before `at`, by the web, of a lamp that is out, with a pin."""
    plain: dict[str, Any] = {
        "channel": Channel.WEB, "reference": reference, "received_at": at - timedelta(days=days), "words": "路灯不亮",
        "lon": where and where.lon, "lat": where and where.lat,
    }  # fmt: skip
    return Incoming(**(plain | changes))


def found(reference: str, at: datetime, where: Place | None = None, **changes: Any) -> Incoming:
    """What a grid worker found on his round."""
    return told(reference, at, where, **({"channel": Channel.GRID, "source": Source.DISCOVERED} | changes))


def count(session: Session, what: str, where: str = "true", **values: object) -> int:
    """How many rows of a table there are."""
    return int(session.execute(text(f"SELECT count(*) FROM {what} WHERE {where}"), values).scalar_one())
