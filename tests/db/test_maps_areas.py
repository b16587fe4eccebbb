"""The tree of levels, which grids lie below each, and the base map of a file."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from core.actors import Actor
from maps import service as maps
from tests.db.maps_town import COUNTY, GRIDS, SIDE, SOUTH, TOWN, VILLAGES, WEST, load_town

pytestmark = pytest.mark.db


@pytest.fixture
def town(session: Session, actor: Actor, at: datetime) -> Session:
    load_town(session, actor, at)
    return session


def test_parents_come_before_children(town: Session) -> None:
    known = maps.areas(town)
    assert [(area.level, area.code) for area in known] == [
        ("county", COUNTY), ("town", TOWN), ("village", VILLAGES[0]), ("village", VILLAGES[1]),
        ("grid", GRIDS[0]), ("grid", GRIDS[1]),
    ]  # fmt: skip
    seen: set[str | None] = {None}
    for area in known:
        assert area.parent_code in seen or area.level == "county"
        seen.add(area.code)


def test_each_area_has_the_box_to_zoom_to(town: Session) -> None:
    boxes = {area.code: area.box for area in maps.areas(town)}
    assert boxes[COUNTY] == pytest.approx((WEST, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))
    assert boxes[GRIDS[1]] == pytest.approx((WEST + SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE))


def test_grids_are_found_below_every_level(town: Session) -> None:
    both = set(maps.grid_ids_of(town, COUNTY))
    assert len(both) == 2
    assert set(maps.grid_ids_of(town, TOWN)) == both
    assert set(maps.grid_ids_of(town, VILLAGES[0])) | set(maps.grid_ids_of(town, GRIDS[1])) == both
    assert maps.grid_ids_of(town, "519909999999") == []


def test_the_base_of_a_file_holds_names_and_great_roads(town: Session) -> None:
    base = maps.base_map(town)
    assert sorted(base.outlines["name"]) == sorted(["旌原区", "东湖街道", "文庙社区", "泰山社区"])
    assert base.roads["rank"].tolist() == [0]


def test_without_any_ground_there_is_an_empty_base(session: Session) -> None:
    base = maps.base_map(session)
    assert len(base.outlines) == len(base.roads) == 0
    assert maps.areas(session) == []
