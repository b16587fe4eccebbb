"""What an office has before it has all: divisions without plates, plates without grids, plates without columns."""

from datetime import datetime

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from sqlalchemy.orm import Session

from address import service
from core.actors import Actor
from grid import service as grid

pytestmark = pytest.mark.db

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
COUNTY, TOWN, VILLAGE = "519901000000", "519901001000", "519901001001"


@pytest.fixture
def named(session: Session, actor: Actor, at: datetime) -> Session:
    """A county, a town and a village by name; no area, no grid, no address."""
    table = {"code": [COUNTY, TOWN, VILLAGE], "name": ["旌原区", "东湖街道", "文庙社区"]}
    grid.load_divisions(session, pl.DataFrame(table), None, actor=actor, at=at)
    return session


def plates(*names: str) -> pl.DataFrame:
    numbers = range(len(names))
    return pl.DataFrame(
        {
            "row_no": [n + 2 for n in numbers],
            "source_ref": [f"p{n}" for n in numbers],
            "name": list(names),
            "lon": [WEST + SIDE / 4 + n * 1e-4 for n in numbers],
            "lat": [SOUTH + SIDE / 2] * len(names),
        }
    )


def test_a_village_is_an_answer_before_any_address_is_known(named: Session) -> None:
    found = service.place(named, ["旌原区东湖街道文庙社区三组", "旌原区东湖街道", "旌原区西郊大道5号"])
    assert found.precision == ["village", "town", "none"]
    assert found.code == [None, None, None]
    assert np.isnan(found.lon).all()
    assert (found.grid_id == -1).all()
    assert (found.h3_10 == 0).all()


def test_a_division_loaded_later_is_known_at_once(named: Session, actor: Actor, at: datetime) -> None:
    assert service.place(named, ["旌原区梨花乡"]).precision == ["none"]
    more = pl.DataFrame({"code": ["519901200000"], "name": ["梨花乡"]})
    grid.load_divisions(named, more, None, actor=actor, at=at)
    assert service.place(named, ["旌原区梨花乡"]).precision == ["town"]


def test_plates_get_the_grids_that_were_drawn_from_them(named: Session, actor: Actor, at: datetime) -> None:
    service.ingest(named, plates("文庙街12号", "文庙街14号"), batch_id=None, actor=actor, at=at)
    assert service.relink_grids(named, actor=actor, at=at) == 0
    table = {"code": [f"{VILLAGE}001"], "name": ["一"], "layer": ["base"]}
    box = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    grid.load_grids(named, gpd.GeoDataFrame(table, geometry=[box], crs=4326), actor=actor, at=at)
    assert service.relink_grids(named, actor=actor, at=at) == 2
    assert service.relink_grids(named, actor=actor, at=at) == 0
    found = service.place(named, ["文庙街12号"])
    assert found.grid_id.tolist() == [grid.grids(named)[0].id]
    code = found.code[0]
    assert code is not None
    known = service.get(named, code)
    assert known is not None
    assert known.village_code == VILLAGE


def test_plates_read_from_their_text_read_the_same_the_second_time(named: Session, actor: Actor, at: datetime) -> None:
    names = ("东湖街道文庙社区文庙街1号", "文庙街西巷2号", "西巷7号", "东湖街道文庙街西巷口8号")
    first = service.ingest(named, plates(*names), batch_id=None, actor=actor, at=at)
    again = service.ingest(named, plates(*names), batch_id=None, actor=actor, at=at)
    assert (first.accepted, len(first.rejected)) == (4, 0)
    assert (again.accepted, again.repeated, len(again.rejected)) == (0, 4, 0)


def test_a_floor_without_rooms_is_an_object_of_its_own(named: Session, actor: Actor, at: datetime) -> None:
    names = ("文庙街12号", "文庙街12号三楼", "文庙街12号四楼")
    outcome = service.ingest(named, plates(*names), batch_id=None, actor=actor, at=at)
    assert (outcome.accepted, outcome.repeated) == (3, 0)
    codes = service.place(named, ["文庙街12号", "文庙街12号3楼", "文庙街12号四楼", "文庙街12号5楼"]).code
    assert len(set(codes[:3])) == 3
    assert codes[3] == codes[0], "an unknown floor is answered with its house"
    known = service.get(named, codes[1] or "")
    assert known is not None
    assert (known.name, known.parent_code) == ("文庙街12号3层", codes[0])
