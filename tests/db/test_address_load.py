"""Addresses through the loader: codes, parents, faults told, and the same file again."""

import random
from datetime import datetime

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes, service
from address.errors import ColumnsMissing
from core.actors import Actor
from core.coords import Place
from core.rows import Outcome
from grid import cells
from grid import service as grid

pytestmark = pytest.mark.db

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
COUNTY, TOWN, VILLAGE = "519901000000", "519901001000", "519901001001"


@pytest.fixture
def ground(session: Session, actor: Actor, at: datetime) -> Session:
    divisions = pl.DataFrame(
        {
            "code": [COUNTY, TOWN, VILLAGE],
            "name": ["旌原区", "东湖街道", "文庙社区"],
            "level": ["county", "town", "village"],
        }
    )
    box = shapely.box(WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
    shapes = gpd.GeoDataFrame({"code": [COUNTY, TOWN, VILLAGE]}, geometry=[box] * 3, crs=4326)
    grid.load_divisions(session, divisions, shapes, actor=actor, at=at)
    table = {"code": [f"{VILLAGE}001"], "name": ["一"], "layer": ["base"]}
    grid.load_grids(session, gpd.GeoDataFrame(table, geometry=[box], crs=4326), actor=actor, at=at)
    return session


def house(room: str | None, **changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "row_no": 2, "source_ref": f"r-{room}", "town": "东湖街道", "village": "文庙社区", "road": "文庙街",
        "number": "12号", "building": "1栋", "unit": "2单元", "room": room,
        "lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2,
    }  # fmt: skip
    return plain | changes


def sheet(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([row | {"row_no": n} for n, row in enumerate(rows, start=2)], infer_schema_length=None)


def load(session: Session, frame: pl.DataFrame, actor: Actor, at: datetime) -> Outcome:
    return service.ingest(session, frame, batch_id=None, actor=actor, at=at)


def levels(session: Session) -> dict[str, int]:
    rows = session.execute(text("SELECT level, count(*) FROM address.v_place GROUP BY level"))
    return {str(row[0]): int(row[1]) for row in rows}


def test_parents_are_made_and_linked(ground: Session, actor: Actor, at: datetime) -> None:
    outcome = load(ground, sheet(house("301"), house("302")), actor, at)
    assert (outcome.accepted, outcome.counts["made_parents"], outcome.counts["minted"]) == (2, 3, 5)
    assert levels(ground) == {"door": 1, "building": 1, "unit": 1, "room": 2}
    room = service.get(
        ground, str(ground.execute(text("SELECT min(code) FROM address.v_place WHERE level = 'room'")).scalar_one())
    )
    assert room is not None
    assert codes.valid(room.code)
    assert room.name.startswith("东湖街道文庙社区文庙街12号1栋2单元30")
    assert (room.town_code, room.village_code) == (TOWN, VILLAGE)
    assert room.grid_id == grid.grids(ground)[0].id
    assert room.h3_9 == cells.cell(Place(room.lon, room.lat), 9)
    above = [room]
    while above[-1].parent_code is not None:
        found = service.get(ground, above[-1].parent_code)
        assert found is not None
        above.append(found)
    assert [one.level for one in above] == ["room", "unit", "building", "door"]


def test_the_same_file_again_changes_nothing(ground: Session, actor: Actor, at: datetime) -> None:
    frame = sheet(house("301"), house("302"))
    load(ground, frame, actor, at)
    before = service.stamp(ground)
    again = load(ground, frame, actor, at)
    assert (again.accepted, again.repeated, again.counts["minted"]) == (0, 2, 0)
    assert service.stamp(ground) == before


def test_a_moved_house_keeps_its_code(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301")), actor, at)
    outcome = load(ground, sheet(house("301", lon=WEST + SIDE / 4)), actor, at)
    assert (outcome.accepted, outcome.counts["corrected"], outcome.counts["minted"]) == (1, 1, 0)
    events = ground.execute(text("SELECT event, from_codes = to_codes FROM address.address_event")).all()
    assert [tuple(event) for event in events] == [("correct", True)]


def test_faulty_rows_are_told_by_number(ground: Session, actor: Actor, at: datetime) -> None:
    frame = sheet(
        house("301"),
        house("302", lon=None),
        house("303", lon=SOUTH + SIDE / 2, lat=WEST + SIDE / 2),
        house("304", lon=121.47, lat=31.23),
        house("301"),
        house("305", source_ref="r-301"),
    )
    outcome = load(ground, frame, actor, at)
    assert (outcome.accepted, outcome.repeated, outcome.read) == (1, 1, 6)
    assert [one.row_no for one in outcome.rejected] == [3, 4, 5, 7]
    words = [one.zh for one in outcome.rejected]
    for word, expected in zip(words, ("缺少", "颠倒", "不在本辖区", "重复"), strict=True):
        assert expected in word


def test_fillers_are_blanks(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("无", unit="-", source_ref="b-1")), actor, at)
    assert levels(ground) == {"door": 1, "building": 1}


def test_an_estate_is_the_parent_of_its_buildings(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301", estate="阳光花园", estate_alias="阳光小区")), actor, at)
    rows = ground.execute(
        text("""
            SELECT p.level FROM address.v_place b JOIN address.v_place p ON p.code = b.parent_code
            WHERE b.level = 'building'
        """)
    ).scalars()
    assert list(rows) == ["estate"]
    assert ground.execute(text("SELECT text FROM address.address_name")).scalars().all() == ["阳光小区"]


def test_columns_are_asked_for(ground: Session, actor: Actor, at: datetime) -> None:
    with pytest.raises(ColumnsMissing):
        load(ground, pl.DataFrame({"name": ["x"]}), actor, at)


def test_search_and_nearest(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301")), actor, at)
    found = service.search(ground, "文庙街12")
    assert [one.level for one in found] == ["door", "building"]
    assert service.search(ground, "%") == []
    assert service.search(ground, codes.show(found[0].code).lower()) == [found[0]]
    near = service.nearest(ground, Place(WEST + SIDE / 2, SOUTH + SIDE / 2 + 0.0005), 100)
    assert near is not None
    assert near.level == "building"
    assert service.nearest(ground, Place(WEST, SOUTH), 100) is None


def test_texts_are_placed(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301"), house("302")), actor, at)
    texts = ["旌原区东湖街道文庙街12号1栋2单元301", "旌原区东湖街道文庙街12号1栋", "不知道在哪里"]
    found = service.place(ground, texts)
    assert [str(word) for word in found.precision] == ["room", "building", "none"]
    assert found.code[0] is not None
    assert found.code[2] is None
    assert found.grid_id.tolist() == [grid.grids(ground)[0].id] * 2 + [-1]
    assert found.h3_9[0] > 0
    assert found.h3_9[2] == 0
    assert np.isnan(found.lon[2])


def test_a_hint_stands_in(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301")), actor, at)
    found = service.place(
        ground, ["不知道在哪里"], hints_lon=np.array([WEST + SIDE / 2]), hints_lat=np.array([SOUTH + SIDE / 2])
    )
    assert found.precision == ["door"]
    assert found.why == ["hint"]
    assert found.grid_id.tolist() == [grid.grids(ground)[0].id]


def scattered(count: int) -> pl.DataFrame:
    """Rooms and houses of two estates and a street, each at a place of its own, some told twice; the same each time."""
    chance = random.Random(20261125)
    rows = []
    for n in range(count):
        estate = chance.choice((None, "阳光花园", "世纪城"))
        place = {"lon": WEST + chance.random() * SIDE, "lat": SOUTH + chance.random() * SIDE}
        building, unit = f"{chance.randint(1, 3)}栋", chance.choice((None, "1单元", "2单元"))
        row = house(
            f"{chance.randint(1, 9)}01", estate=estate, building=building, unit=unit, source_ref=f"s-{n}", **place
        )
        rows.append(row | ({"room": None, "unit": None} if n % 7 == 3 else {}))
    return sheet(*rows, *rows[:5], rows[5] | {"lon": WEST + SIDE / 2})


def contents(session: Session) -> list[tuple[object, ...]]:
    rows = session.execute(
        text("""
            SELECT a.key, a.name, a.lon, a.lat, a.grid_id, a.h3_10, a.source_ref, a.town_code, a.village_code,
                   p.key AS parent, i.told, a."group", a.road, a.number, a.estate
            FROM address.address a LEFT JOIN address.address p ON p.code = a.parent_code
            LEFT JOIN address.implied i ON i.code = a.code ORDER BY a.key
        """)
    )
    return [tuple(row) for row in rows]


def test_it_does_not_matter_how_a_sheet_is_cut(ground: Session, actor: Actor, at: datetime) -> None:
    frame = scattered(60)
    found = []
    for size in (len(frame), 25, 7, 1):
        with ground.begin_nested() as nested:
            outcomes = [
                service.ingest(ground, chunk, batch_id=1, actor=actor, at=at) for chunk in frame.iter_slices(size)
            ]
            balance = tuple(sum(getattr(one, name) for one in outcomes) for name in ("accepted", "repeated"))
            events = ground.execute(text("SELECT count(*) FROM address.address_event")).scalar_one()
            refused = [one.row_no for outcome in outcomes for one in outcome.rejected]
            found.append((contents(ground), balance, events, refused))
            nested.rollback()
    assert found[0][1][0] > 40
    assert found[1:] == found[:1] * 3


def test_a_made_parent_stands_in_the_middle_of_all_its_rows(ground: Session, actor: Actor, at: datetime) -> None:
    lons = [WEST + SIDE * share for share in (0.2, 0.4, 0.9)]
    for n, lon in enumerate(lons):
        load(ground, sheet(house(f"{n}01", lon=lon)), actor, at)
    middle = ground.execute(text("SELECT lon, h3_10 FROM address.address WHERE level = 'building'")).one()
    assert middle.lon == pytest.approx(sum(lons) / 3, abs=1e-9)
    assert middle.h3_10 == cells.cell(Place(middle.lon, SOUTH + SIDE / 2), 10)
    load(ground, sheet(house("001", lon=WEST + SIDE * 0.8)), actor, at)
    moved = ground.execute(text("SELECT lon FROM address.address WHERE level = 'door'")).scalar_one()
    assert moved == pytest.approx(WEST + SIDE * (0.8 + 0.4 + 0.9) / 3, abs=1e-9)


def test_a_parent_that_gets_a_row_of_its_own_reads_as_it_says(ground: Session, actor: Actor, at: datetime) -> None:
    load(ground, sheet(house("301"), house("302")), actor, at)
    own = house(None, unit=None, source_ref="b-1", lon=WEST + SIDE / 4)
    outcome = load(ground, sheet(own), actor, at)
    assert (outcome.accepted, outcome.counts["corrected"], outcome.counts["minted"]) == (1, 0, 0)
    row = ground.execute(text("SELECT lon, source_ref FROM address.address WHERE level = 'building'")).one()
    assert tuple(row) == (WEST + SIDE / 4, "b-1")
    assert ground.execute(text("SELECT count(*) FROM address.address_event")).scalar_one() == 0
    again = load(ground, sheet(own), actor, at)
    assert (again.accepted, again.repeated) == (0, 1)
    load(ground, sheet(house("303", lon=WEST + SIDE * 0.9)), actor, at)
    stays = ground.execute(text("SELECT lon FROM address.address WHERE level = 'building'")).scalar_one()
    assert stays == WEST + SIDE / 4
