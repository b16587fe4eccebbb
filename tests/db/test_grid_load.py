"""Divisions and grids through the loaders: dated, repeatable, and the ground covered once."""

from datetime import date, datetime, timedelta

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor, Role, Tier
from core.audit import count
from grid import service
from grid.errors import ColumnsMissing, DivisionNotFound, GridNotFound

pytestmark = pytest.mark.db

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01
COUNTY, TOWN, VILLAGE, OTHER = "519901000000", "519901001000", "519901001001", "519901001002"
ON = date(2026, 3, 1)


def square(column: float, row: float = 0, width: float = 1, height: float = 1) -> shapely.Polygon:
    return shapely.box(
        WEST + column * SIDE, SOUTH + row * SIDE, WEST + (column + width) * SIDE, SOUTH + (row + height) * SIDE
    )


def divisions(**changes: object) -> pl.DataFrame:
    rows = [
        (COUNTY, "县区", "旌原区", None),
        (TOWN, "乡镇街道", "东湖街道", COUNTY),
        (VILLAGE, "村社区", "文庙社区", TOWN),
        (OTHER, "村社区", "柳堤社区", TOWN),
    ]
    frame = pl.DataFrame(rows, schema=["code", "level", "name", "parent_code"], orient="row")
    return frame.with_columns(**{name: pl.lit(value) for name, value in changes.items()})


def areas() -> gpd.GeoDataFrame:
    shapes = {
        COUNTY: square(0, width=4),
        TOWN: square(0, width=4),
        VILLAGE: square(0, width=2),
        OTHER: square(2, width=2),
    }
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=4326)


def board(*rows: tuple[str, str, shapely.Polygon]) -> gpd.GeoDataFrame:
    table = {
        "code": [row[0] for row in rows],
        "name": [f"网格{row[0][-3:]}" for row in rows],
        "layer": [r[1] for r in rows],
    }
    return gpd.GeoDataFrame(table, geometry=[row[2] for row in rows], crs=4326)


def four() -> gpd.GeoDataFrame:
    """Two grids in each village, one of them dedicated."""
    return board(
        (f"{VILLAGE}001", "基础网格", square(0)),
        (f"{VILLAGE}002", "专属网格", square(1)),
        (f"{OTHER}001", "base", square(2)),
        (f"{OTHER}002", "base", square(3)),
    )


@pytest.fixture
def land(session: Session, actor: Actor, at: datetime) -> Session:
    service.load_divisions(session, divisions(), areas(), actor=actor, at=at)
    return session


def find(session: Session, column: float, on: date = ON) -> str | None:
    found = service.locate(session, np.array([WEST + column * SIDE]), np.array([SOUTH + SIDE / 2]), on)
    return None if found[0] == -1 else service.grid(session, int(found[0])).code


def test_divisions_load_once(session: Session, actor: Actor, at: datetime):
    first = service.load_divisions(session, divisions(), areas(), actor=actor, at=at)
    assert (first.accepted, first.repeated, first.rejected) == (4, 0, ())
    before = service.stamp(session)
    again = service.load_divisions(session, divisions(), areas(), actor=actor, at=at)
    assert (again.accepted, again.repeated) == (0, 4)
    assert service.stamp(session) == before
    assert count(session, action="grid.divisions_loaded") == 1


def test_divisions_know_their_names_and_places(land: Session):
    tree = {division.code: division for division in service.division_tree(land)}
    assert tree[VILLAGE].full_name == "旌原区东湖街道文庙社区"
    assert tree[VILLAGE].level is service.Level.VILLAGE
    assert tree[VILLAGE].centre is not None
    assert list(tree) == sorted(tree)
    assert service.county(land).code == COUNTY
    bounds = service.district_bounds(land)
    assert bounds == pytest.approx((WEST, SOUTH, WEST + 4 * SIDE, SOUTH + SIDE))
    frame = service.divisions_frame(land, ON)
    assert frame.height == 4
    assert frame["lon"].null_count() == 0


def test_a_site_without_any_area_works(session: Session, actor: Actor, at: datetime):
    assert service.district_bounds(session) is None
    assert service.outline(session) is None
    with pytest.raises(DivisionNotFound):
        service.county(session)
    plain = divisions().select("code", "name")
    assert service.load_divisions(session, plain, None, actor=actor, at=at).accepted == 4
    assert service.division(session, VILLAGE, ON).full_name == "旌原区东湖街道文庙社区"
    assert service.division(session, VILLAGE, ON).centre is None
    assert service.locate(session, np.array([104.4, np.nan]), np.array([31.1, 31.1]), ON).tolist() == [-1, -1]


def test_bad_division_rows_say_why(session: Session, actor: Actor, at: datetime):
    frame = pl.DataFrame(
        {
            "row_no": [2, 3, 4, 5, 6, 7],
            "code": ["5199", "51990", "519901001001", "519901001001", "519901001002", "519901001003"],
            "name": ["原州市", "短", "文庙社区", "文庙社区", " ", "倒社区"],
            "level": [None, None, None, None, None, "村社区"],
            "valid_from": [None, None, None, None, None, date(2025, 1, 1)],
            "valid_to": [None, None, None, None, None, date(2024, 1, 1)],
        }
    )
    done = service.load_divisions(session, frame, None, actor=actor, at=at)
    assert done.accepted == 2
    assert [(reject.row_no, reject.column) for reject in done.rejected] == [
        (3, "code"),
        (5, None),
        (6, "name"),
        (7, "valid_to"),
    ]
    assert done.read == 6
    with pytest.raises(ColumnsMissing, match="name"):
        service.load_divisions(session, frame.drop("name"), None, actor=actor, at=at)


def test_a_renamed_division_keeps_its_past(land: Session, actor: Actor, at: datetime):
    renamed = pl.DataFrame(
        {"code": [VILLAGE], "name": ["文庙街社区"], "valid_from": [date(2026, 1, 1)], "successor_code": [None]}
    )
    service.load_divisions(land, renamed, None, actor=actor, at=at)
    assert service.division(land, VILLAGE, date(2025, 12, 31)).name == "文庙社区"
    assert service.division(land, VILLAGE, date(2026, 1, 1)).name == "文庙街社区"


def test_a_division_that_ends_names_its_successor(land: Session, actor: Actor, at: datetime):
    ended = pl.DataFrame(
        {"code": [VILLAGE], "name": ["文庙社区"], "valid_to": [date(2026, 2, 1)], "successor_code": [OTHER]}
    )
    assert service.load_divisions(land, ended, None, actor=actor, at=at).accepted == 1
    assert service.division(land, VILLAGE, date(2026, 1, 31)).successor_code == OTHER
    with pytest.raises(DivisionNotFound):
        service.division(land, VILLAGE, ON)


def test_grids_load_once(land: Session, actor: Actor, at: datetime):
    first = service.load_grids(land, four(), actor=actor, at=at)
    assert (first.accepted, first.repeated, first.rejected) == (4, 0, ())
    assert first.overlap_m2 <= 1
    assert first.gap_m2 <= 1
    again = service.load_grids(land, four(), actor=actor, at=at)
    assert (again.accepted, again.repeated) == (0, 4)
    assert land.execute(text("SELECT count(*) FROM grid.boundary")).scalar_one() == 4
    names = {record.code: record for record in service.grids(land)}
    assert names[f"{VILLAGE}002"].layer is service.Layer.DEDICATED
    assert names[f"{VILLAGE}002"].village_name == "文庙社区"
    assert names[f"{VILLAGE}002"].town_name == "东湖街道"
    assert len(service.grids(land, service.Layer.BASE)) == 3


def test_points_find_their_grid(land: Session, actor: Actor, at: datetime):
    service.load_grids(land, four(), actor=actor, at=at)
    assert [find(land, column) for column in (0.5, 1.5, 2.5, 3.5, 4.5)] == [
        f"{VILLAGE}001",
        f"{VILLAGE}002",
        f"{OTHER}001",
        f"{OTHER}002",
        None,
    ]
    assert find(land, 1) == f"{VILLAGE}001", "on an edge: the lowest id"
    assert service.locate(land, np.zeros(0), np.zeros(0), ON).tolist() == []


def test_a_community_with_overlap_is_refused_and_the_rest_loads(land: Session, actor: Actor, at: datetime):
    bad = four()
    bad.loc[1, "geometry"] = square(0.9, width=1.1)
    done = service.load_grids(land, bad, actor=actor, at=at)
    assert done.accepted == 2
    assert {reject.row_no for reject in done.rejected} == {1, 2}
    assert done.overlap_m2 > 100_000
    assert "重叠" in done.rejected[0].zh


def test_a_gap_is_refused_unless_signed_off(land: Session, actor: Actor, at: datetime):
    holey = four()
    holey.loc[3, "geometry"] = square(3, width=0.9)
    done = service.load_grids(land, holey, actor=actor, at=at)
    assert {reject.row_no for reject in done.rejected} == {3, 4}
    signed = service.load_grids(land, holey, actor=actor, at=at, signed_off="grid office 12")
    assert signed.accepted == 2
    assert signed.gap_m2 > 1


def test_new_grids_may_not_overlap_those_that_stay(land: Session, actor: Actor, at: datetime):
    service.load_grids(land, four(), actor=actor, at=at)
    intruder = board((f"{VILLAGE}003", "base", square(0.5, width=0.2)))
    done = service.load_grids(land, intruder, actor=actor, at=at)
    assert done.accepted == 0
    assert len(done.rejected) == 1


def test_a_redrawn_boundary_is_dated(land: Session, actor: Actor, at: datetime):
    service.load_grids(land, four(), actor=actor, at=at)
    moved = four()
    moved.loc[0, "geometry"] = square(0, width=1.5)
    moved.loc[1, "geometry"] = square(1.5, width=0.5)
    later = at + timedelta(days=30)
    assert service.load_grids(land, moved, actor=actor, at=later).accepted == 2
    assert find(land, 1.2, on=later.date() - timedelta(days=1)) == f"{VILLAGE}002"
    assert find(land, 1.2, on=later.date()) == f"{VILLAGE}001"
    assert land.execute(text("SELECT count(*) FROM grid.v_grid_shape")).scalar_one() == 4
    assert service.load_grids(land, four(), actor=actor, at=later).accepted == 2, "corrected the same day"
    assert find(land, 1.2, on=later.date()) == f"{VILLAGE}002"
    assert land.execute(text("SELECT count(*) FROM grid.boundary")).scalar_one() == 6


def test_retired_grids_make_room(land: Session, actor: Actor, at: datetime):
    service.load_grids(land, four(), actor=actor, at=at)
    later = at + timedelta(days=1)
    service.retire_grids(land, [f"{VILLAGE}001", f"{VILLAGE}002"], actor=actor, at=later)
    merged = board((f"{VILLAGE}003", "base", square(0, width=2)))
    assert service.load_grids(land, merged, actor=actor, at=later).accepted == 1
    assert find(land, 0.5, on=later.date()) in (f"{VILLAGE}001", f"{VILLAGE}003")
    assert find(land, 0.5, on=later.date() + timedelta(days=1)) == f"{VILLAGE}003"
    assert service.grids(land)[0].centre is None
    with pytest.raises(GridNotFound):
        service.retire_grids(land, ["519901001001999"], actor=actor, at=later)


def test_micro_grids_tile_their_base_grid(land: Session, actor: Actor, at: datetime):
    service.load_grids(land, four(), actor=actor, at=at)
    base = f"{VILLAGE}001"
    micros = board(
        (f"{base}01", "微网格", square(0, width=0.5)),
        (f"{base}02", "微网格", square(0.5, width=0.5)),
        (f"{OTHER}00101", "micro", square(2, width=0.5)),
        (f"{VILLAGE}00901", "micro", square(0)),
    )
    done = service.load_grids(land, micros, actor=actor, at=at)
    assert done.accepted == 2
    assert [reject.row_no for reject in done.rejected] == [3, 4]
    by_code = {record.code: record for record in service.grids(land)}
    assert by_code[f"{base}01"].parent_id == by_code[base].id
    assert find(land, 0.5) == base, "micro-grids are never the answer"


def test_everything_in_one_file(land: Session, actor: Actor, at: datetime):
    base = f"{VILLAGE}001"
    micros = board((f"{base}01", "微网格", square(0, width=0.5)), (f"{base}02", "微网格", square(0.5, width=0.5)))
    both = gpd.GeoDataFrame(gpd.pd.concat([micros, four()], ignore_index=True), crs=4326)
    assert service.load_grids(land, both, actor=actor, at=at).accepted == 6


def test_bad_grid_rows_say_why(land: Session, actor: Actor, at: datetime):
    bad = board(
        ("51990100100100", "base", square(0)),
        (f"{VILLAGE}001", "hexagon", square(0)),
        (f"{VILLAGE}002", "base", shapely.Point(WEST, SOUTH)),
        (f"{VILLAGE}003", "base", square(0, width=2)),
        (f"{VILLAGE}003", "base", square(0, width=2)),
    )
    done = service.load_grids(land, bad, actor=actor, at=at)
    assert [(reject.row_no, reject.column) for reject in done.rejected] == [
        (1, "code"),
        (2, "layer"),
        (3, "geometry"),
        (5, "code"),
    ]
    assert done.accepted == 1


def test_metres_come_in_as_degrees(land: Session, actor: Actor, at: datetime):
    assert service.load_grids(land, four().to_crs(32648), actor=actor, at=at, signed_off="test").accepted == 4
    assert find(land, 0.5) == f"{VILLAGE}001"


def test_a_draft_loads(session: Session, actor: Actor, at: datetime):
    rng = np.random.default_rng(3)
    lon, lat = WEST + rng.random(300) * 0.02, SOUTH + rng.random(300) * 0.01
    villages = [VILLAGE if x < WEST + 0.01 else OTHER for x in lon]
    drawn = service.draft_grids(lon, lat, villages, seed=1, plates_per_grid=50)
    done = service.load_grids(session, drawn, actor=actor, at=at)
    assert done.accepted == len(drawn) == 6
    assert (service.locate(session, lon, lat, ON) > 0).all()


def test_who_answers_for_a_grid(fresh_database: str, as_tier, signed_in, actor: Actor, at: datetime):
    with as_tier(Tier.ETL) as session:
        service.load_grids(session, four(), actor=actor, at=at)
        ids = {record.code: record.id for record in service.grids(session)}
    mine = ids[f"{VILLAGE}001"]
    worker = signed_in(Role.WORKER, [mine], login="w1")
    with as_tier(Tier.COMMAND) as session:
        today = date(2100, 1, 1)
        assert [who.login for who in service.responsible(session, mine, today)] == ["w1"]
        assert service.responsible(session, mine, today)[0].account_id == str(worker.id)
        assert service.responsible(session, ids[f"{OTHER}001"], today) == []


def test_every_tier_reads_the_views(fresh_database: str, as_tier):
    for tier in Tier:
        with as_tier(tier) as session:
            for view in ("v_grid", "v_grid_shape", "v_division", "v_division_dated"):
                session.execute(text(f"SELECT count(*) FROM grid.{view}"))
            if tier is not Tier.BACKUP:
                assert session.execute(text("SELECT grid.stamp()")).scalar_one()
