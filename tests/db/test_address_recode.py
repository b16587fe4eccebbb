"""Dated exchange codes: computed once, closed and opened when the ground changes, never given to another place."""

from datetime import date, datetime, timedelta

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import renderers, service
from address.errors import BadOtherCode
from address.service import NewPlace
from core.actors import Actor
from grid import service as grid
from tests.db.registry_people import MINE, OTHERS, SIDE, SOUTH, WEST, settle

pytestmark = pytest.mark.db


@pytest.fixture
def town(session: Session, actor: Actor, at: datetime) -> Session:
    settle(session, actor=actor, at=at)
    service.recode_all(session, actor=actor, at=at)
    return session


def held(session: Session, scheme: str, on: date) -> dict[str, str]:
    """Name of the place → value on a day."""
    rows = session.execute(
        text("""
            SELECT a.name, c.value FROM address.address_code c JOIN address.address a USING (code)
            WHERE c.scheme = :scheme AND c.valid_from <= :on AND (c.valid_to IS NULL OR c.valid_to > :on)
        """),
        {"scheme": scheme, "on": on},
    )
    return {row[0].removeprefix("东湖街道文庙社区文庙街"): row[1] for row in rows}


def redraw(session: Session, edge: float, actor: Actor, at: datetime) -> None:
    """Move the border between the two grids to so many grids east of the west end."""
    boxes = [
        shapely.box(WEST, SOUTH, WEST + edge * SIDE, SOUTH + SIDE),
        shapely.box(WEST + edge * SIDE, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE),
    ]
    table = {"code": [MINE, OTHERS], "name": ["一", "二"], "layer": ["base", "base"]}
    grid.load_grids(session, gpd.GeoDataFrame(table, geometry=boxes, crs=4326), actor=actor, at=at)
    service.relink_grids(session, actor=actor, at=at)


def unique(session: Session) -> bool:
    """Whether no 25-digit code ever stood for two places."""
    words = (
        "SELECT count(DISTINCT value) = count(DISTINCT (value, code)) FROM address.address_code WHERE scheme = 'sz25'"
    )
    return bool(session.execute(text(words)).scalar())


def test_every_house_and_room_has_its_codes_and_a_second_run_changes_nothing(
    town: Session, actor: Actor, at: datetime
) -> None:
    on = at.date()
    whole = held(town, "sz25", on)
    houses = {name for name in whole if not name.endswith("室")}
    assert len(whole) == 8 + 12  # four plates, four buildings, twelve rooms
    assert held(town, "sz25", date(1950, 1, 1)) == whole  # the first value holds since ever
    assert held(town, "grid15", on) == {name: MINE if name[:2] in ("12", "14") else OTHERS for name in houses}
    for name, code in whole.items():
        house = name.split("栋")[0] + ("栋" if "栋" in name else "")
        grid_code = held(town, "grid15", on)[house]
        assert code == renderers.code25(grid_code, int(code[14:19]), int(code[19:]))
        assert (int(code[19:]) == 0) == (name in houses)
        assert code[:19] == whole[house][:19]
    place = service.get(town, service.by_other_code(town, whole["12号1栋"], on)[0])
    assert place is not None
    assert held(town, "coordinate", on)["12号1栋"] == renderers.coordinate_codes(
        np.array([place.lon]), np.array([place.lat])
    )[0]  # fmt: skip
    assert service.recode_all(town, actor=actor, at=at + timedelta(days=3)) == 0
    assert unique(town)


def test_a_redrawn_grid_closes_and_opens_rows_and_changes_nothing_else(
    town: Session, actor: Actor, at: datetime
) -> None:
    before, later = held(town, "sz25", at.date()), at + timedelta(days=5)
    plain = town.execute(text("SELECT code, name, status, created_at FROM address.address ORDER BY code")).all()
    redraw(town, 0.5, actor, later)
    ids = [one.id for one in grid.grids(town)]
    assert service.recode(town, ids, actor=actor, at=later) == 2 * (5 + 2)  # 14号, 14号1栋 and three rooms; grid15
    assert held(town, "sz25", at.date()) == before
    after = held(town, "sz25", later.date())
    moved = {name for name in after if after[name] != before[name]}
    assert moved == {name for name in before if name.startswith("14号")}
    assert all(after[name].startswith(OTHERS[:12] + OTHERS[13:]) for name in moved)
    assert len(set(after.values())) == len(after)
    assert town.execute(text("SELECT code, name, status, created_at FROM address.address ORDER BY code")).all() == plain
    redraw(town, 1.0, actor, later + timedelta(days=5))
    service.recode(town, ids, actor=actor, at=later + timedelta(days=5))
    again = held(town, "sz25", later.date() + timedelta(days=5))
    assert all(again[name] != before[name] for name in moved)  # a number once given up is not given again
    assert unique(town)
    assert service.recode(town, ids, actor=actor, at=later + timedelta(days=9)) == 0


def test_a_place_outside_every_grid_has_no_grid_codes(town: Session, actor: Actor, at: datetime) -> None:
    town.execute(text("UPDATE address.address SET grid_id = NULL WHERE name LIKE '%文庙街18号%'"))
    later = at + timedelta(days=1)
    service.recode_all(town, actor=actor, at=later)
    assert not {name for name in held(town, "sz25", later.date()) if name.startswith("18号")}
    assert "18号" in held(town, "coordinate", later.date())


def test_new_and_merged_places_are_numbered_at_once(town: Session, actor: Actor, at: datetime) -> None:
    how = {"on": at.date(), "document": None, "actor": actor, "at": at}
    first, second = (service.search(town, f"文庙街{n}号1栋")[0] for n in (12, 14))
    town.execute(text("UPDATE address.address SET parent_code = :p WHERE code = :c"),
                 {"p": first.parent_code, "c": second.code})  # fmt: skip
    rooms = town.execute(text("SELECT code FROM address.address WHERE name LIKE '%14号%室'")).scalars().all()
    for number, room in enumerate(rooms):
        service.rename(town, [room], {"room": f"90{number}"}, **how)
    units = town.execute(text("SELECT code FROM address.address WHERE name LIKE '%14号1栋1单元'")).scalars().all()
    service.rename(town, units, {"unit": "2"}, **how)
    made = service.merge(town, [first.code, second.code], NewPlace({"building": "3"}), **how)
    values = town.execute(
        text("SELECT c.value FROM address.address_code c JOIN address.v_place a USING (code) "
             "WHERE c.scheme = 'sz25' AND c.valid_to IS NULL AND a.level = 'room' AND a.name LIKE '%3栋%'")
    ).scalars().all()  # fmt: skip
    assert len(values) == len(set(values)) == 6
    own = [one.value for one in service.history(town, made.code).codes if one.scheme == "sz25"]
    assert {value[:19] for value in values} == {own[0][:19]}
    assert unique(town)


def test_codes_of_other_bodies_are_taken_over_with_their_dates(town: Session, actor: Actor, at: datetime) -> None:
    place = service.search(town, "文庙街12号1栋")[0]
    service.set_other_code(town, place.code, "police", "5199-0001a", on=at.date(), actor=actor, at=at)
    later = at.date() + timedelta(days=9)
    service.set_other_code(town, place.code, "police", "5199-0002", on=later, actor=actor, at=at)
    assert service.by_other_code(town, "5199-0001A", at.date()) == [place.code]
    assert service.by_other_code(town, "5199-0001A", later) == []
    for scheme, value, words in (
        ("sz25", "1" * 25, "不能登记"), ("property", "12", "格式不对"), ("police", "5199-0003", "更晚的日期"),
    ):  # fmt: skip
        with pytest.raises(BadOtherCode) as told:
            service.set_other_code(town, place.code, scheme, value, on=at.date(), actor=actor, at=at)
        assert words in told.value.zh
