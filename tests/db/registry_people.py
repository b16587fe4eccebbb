"""A small invented town for the tests of the registry: two grids, four buildings, people and businesses.

Region prefix 519901 was never assigned, so no real person can be hit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import geopandas as gpd
import polars as pl
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as address
from core import db
from core.actors import Actor, Role, Tier
from grid import service as grid
from registry import identity, service

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
COUNTY, TOWN, VILLAGE = "519901000000", "519901001000", "519901001001"
MINE, OTHERS = f"{VILLAGE}001", f"{VILLAGE}002"
HERS = 3  # people of the worker's grid in `make_town`; four live in the other
HOUSES = {12: 0.25, 14: 0.75, 16: 1.25, 18: 1.75}
"""House number and how far east it stands, in grids: 12 and 14 in the first grid, 16 and 18 in the second."""


def id_number(serial: int, birth: str = "19800101") -> str:
    body = f"519901{birth}{serial:03d}"
    return body + identity.id_check_symbol(body)


def credit_code(serial: int) -> str:
    body = f"91519901{serial:09d}"
    return body + identity.uscc_check_symbol(body)


def home(house: int, room: int = 101) -> str:
    return f"旌原区东湖街道文庙街{house}号1栋1单元{room}"


def settle(session: Session, *, actor: Actor, at: datetime) -> dict[str, int]:
    """Divisions, two grids and the addresses of four buildings with three rooms each. Grid code → id."""
    divisions = pl.DataFrame(
        {
            "code": [COUNTY, TOWN, VILLAGE],
            "name": ["旌原区", "东湖街道", "文庙社区"],
            "level": ["county", "town", "village"],
        }
    )
    grid.load_divisions(session, divisions, None, actor=actor, at=at)
    boxes = [shapely.box(WEST + n * SIDE, SOUTH, WEST + (n + 1) * SIDE, SOUTH + SIDE) for n in range(2)]
    table = {"code": [MINE, OTHERS], "name": ["一", "二"], "layer": ["base", "base"]}
    grid.load_grids(session, gpd.GeoDataFrame(table, geometry=boxes, crs=4326), actor=actor, at=at)
    rows = [
        {
            "row_no": house * 10 + room, "source_ref": f"{house}-{room}", "name": None, "town": "东湖街道",
            "village": "文庙社区", "group": None, "road": "文庙街", "lane": None, "number": str(house),
            "sub_number": None, "estate": None, "building": "1", "unit": "1", "floor": None, "room": str(room),
            "lon": WEST + east * SIDE, "lat": SOUTH + SIDE / 2, "level": "room",
        }
        for house, east in HOUSES.items()
        for room in (101, 102, 201)
    ]  # fmt: skip
    address.ingest(session, pl.DataFrame(rows, infer_schema_length=None), batch_id=None, actor=actor, at=at)
    return {record.code: record.id for record in grid.grids(session)}


def person(serial: int, house: int = 12, room: int = 101, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"张{'一二三四五六七八九'[serial % 9]}", "id_no": id_number(serial),
        "gender": "男" if serial % 2 else "女", "birth_on": "1980-01-01",
        "phone": f"1380000{serial:04d}", "household_no": f"H{house}{room}",
        "relation": "户主", "home_text": home(house, room), "register_text": None, "status": "人户一致",
    } | changes  # fmt: skip


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    numbered = [{"row_no": number, **row} for number, row in enumerate(rows, start=2)]
    return pl.DataFrame(numbered, infer_schema_length=None)


def shop(serial: int, house: int = 12, **changes: Any) -> dict[str, Any]:
    return {
        "uscc": credit_code(serial), "name": f"旌原区第{serial}小吃店", "kind": "个体工商户", "industry": "餐饮",
        "address": f"旌原区东湖街道文庙街{house}号1栋", "person": "李四", "phone": "13900000000",
        "founded_on": "2019-05-06", "status": "存续",
    } | changes  # fmt: skip


def count(session: Session, table: str, where: str = "true") -> int:
    return int(session.execute(text(f"SELECT count(*) FROM registry.{table} WHERE {where}")).scalar_one())


@dataclass(frozen=True)
class Town:
    """A worker of the first grid, and what lives in the second."""

    worker: Actor
    mine: int
    others: int
    their_ids: tuple[str, ...]
    their_names: tuple[str, ...]
    contact_id: str


def make_town(signed_in: Callable[..., Actor], actor: Actor, at: datetime) -> Town:
    """Committed into the current database: people of both grids, two shops, a reporter, a worker of the first grid."""
    with db.unit_of_work(Tier.ETL) as session:
        grids = settle(session, actor=actor, at=at)
        rows = [person(n, name="王一二三"[: 2 + n % 3]) for n in range(HERS)]
        rows += [person(100 + n, house=16, name="赵他人") for n in range(4)]
        service.load_residents(session, people(*rows), batch_id=1, actor=actor, at=at)
        service.load_businesses(
            session, people(shop(1), shop(2, house=18, name="赵他店")), batch_id=1, actor=actor, at=at
        )
        contact = uuid4()
        service.keep_contact(
            session, contact_id=contact, name="孙报告", phone="13712345678", words="我叫孙报告", actor=actor, at=at
        )
        theirs = session.execute(
            text("SELECT id::text FROM registry.person WHERE grid_id = :g"), {"g": grids[OTHERS]}
        ).scalars()
        ids = tuple(theirs)
    with db.unit_of_work(Tier.OWNER) as session:
        session.execute(text("ANALYZE registry.person"))  # statistics may leak, too
    worker = signed_in(Role.WORKER, [grids[MINE]])
    return Town(worker, grids[MINE], grids[OTHERS], ids, ("赵**", "赵他店"), str(contact))


@contextmanager
def session_of(town: Town) -> Iterator[Session]:
    """The worker's own database session."""
    with db.unit_of_work(Tier.WORKER, token=town.worker.token) as session:
        yield session
