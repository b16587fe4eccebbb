"""A grid is redrawn: addresses, people, businesses, reports, cases and the heat follow; the past stays as it was."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases import service as cases
from core import db, jobs
from core.actors import Actor, Role, Tier
from core.audit import count
from core.coords import Place
from core.errors import BadInput
from etl import regrid
from grid import service as grid
from grid.redrawing import GAP, OVERLAP
from incidents import service as incidents
from incidents.incoming import frame_of
from tests.db.incidents_town import told
from tests.db.registry_people import MINE, OTHERS, SIDE, SOUTH, VILLAGE, WEST, make_town

pytestmark = pytest.mark.db

SignIn = Callable[..., Actor]
IN_GRID = {
    "addresses": "SELECT grid_id, count(*) FROM address.address GROUP BY 1",
    "people": "SELECT grid_id, count(*) FROM registry.person GROUP BY 1",
    "residences": "SELECT grid_id, count(*) FROM registry.residence WHERE valid_to IS NULL GROUP BY 1",
    "households": "SELECT grid_id, count(*) FROM registry.household GROUP BY 1",
    "businesses": "SELECT grid_id, count(*) FROM registry.business GROUP BY 1",
    "sites": "SELECT grid_id, count(*) FROM registry.business_site WHERE valid_to IS NULL GROUP BY 1",
    "population": "SELECT grid_id, persons FROM registry.grid_population",
    "reports": "SELECT grid_id, count(*) FROM incidents.report GROUP BY 1",
    "heat": "SELECT grid_id, sum(n) FROM incidents.heat_day WHERE resolution = 9 GROUP BY 1",
    "cases": 'SELECT grid_id, count(*) FROM cases."case" GROUP BY 1',
    "events": "SELECT grid_id, count(DISTINCT case_id) FROM cases.case_event GROUP BY 1",
    "clocks": "SELECT grid_id, count(DISTINCT case_id) FROM cases.case_clock GROUP BY 1",
    "joined": "SELECT grid_id, count(*) FROM cases.case_report GROUP BY 1",
}


def box(west: float, east: float) -> shapely.Polygon:
    """From so many grids' widths to so many."""
    return shapely.box(WEST + west * SIDE, SOUTH, WEST + east * SIDE, SOUTH + SIDE)


def board(**shapes: Any) -> gpd.GeoDataFrame:
    codes = {"mine": MINE, "others": OTHERS, "third": f"{VILLAGE}003"}
    table = {"code": [codes[name] for name in shapes], "layer": "基础网格", "name": list(shapes)}
    return gpd.GeoDataFrame(table, geometry=list(shapes.values()), crs=4326)


MOVED = {"mine": box(0, 1.5), "others": box(1.5, 2)}


@pytest.fixture
def town(signed_in: SignIn, actor: Actor, at: datetime) -> Any:
    """A worker's grid and another, with people; a report and its case at each of the four houses, last month."""
    town = make_town(signed_in, actor, at)
    with db.unit_of_work(Tier.ETL) as session:
        spots = [Place(WEST + east * SIDE, SOUTH + SIDE / 2) for east in (0.25, 0.75, 1.25, 1.75)]
        told_by = [told(f"R{n}", at, place, days=3 * n) for n, place in enumerate(spots)]
        got = incidents.receive_many(session, frame_of(told_by), batch_id=None, actor=actor, at=at)
        cases.open_many(session, got, actor=actor, at=at)
    jobs.run_pending(now=lambda: at + timedelta(minutes=5))
    return town


def by_grid(session: Session) -> dict[str, dict[int | None, int]]:
    return {what: {row[0]: int(row[1]) for row in session.execute(text(sql))} for what, sql in IN_GRID.items()}


def test_everything_on_the_ground_follows(town: Any, signed_in: SignIn, actor: Actor, at: datetime) -> None:
    later = at + timedelta(days=30)
    month = (at - timedelta(days=30), at + timedelta(days=1))
    with db.unit_of_work(Tier.ETL) as session:
        before = by_grid(session)
        past = sorted(incidents.grids_on(session, *month).tolist())
        done = regrid.redraw(session, board(**MOVED), actor=actor, at=later)
    assert (done.addresses, done.people_and_businesses, done.reports, done.cases) == (6, 5, 1, 1)
    assert done.ground.changed_m2 == pytest.approx(1e6 / 2, rel=0.2)
    with db.unit_of_work(Tier.ETL) as session:
        after = by_grid(session)
        assert before["addresses"] == {town.mine: 12, town.others: 12}
        assert after["addresses"] == {town.mine: 18, town.others: 6}
        assert after["people"] == after["residences"] == {town.mine: 7}
        assert after["population"] == {town.mine: 7, town.others: 0}
        assert after["businesses"] == before["businesses"] == after["sites"]
        for what in ("reports", "heat", "cases", "events", "clocks", "joined"):
            assert before[what] == {town.mine: 2, town.others: 2}, what
            assert after[what] == {town.mine: 3, town.others: 1}, what
        assert sorted(incidents.grids_on(session, *month).tolist()) == past, "figures of an earlier date stay"
        assert session.execute(text("SELECT count(*) FROM address.address WHERE grid_id IS NULL")).scalar_one() == 0
        incidents.refresh_days(session, sorted({(at - timedelta(days=3 * n)).date() for n in range(4)}))
        assert by_grid(session)["heat"] == after["heat"], "the heat is what a full count would give"
    with db.unit_of_work(Tier.OWNER) as session:
        assert count(session, action="grid.redrawn") == 1
        assert count(session, action="cases.grids_relinked") == 1
    with db.unit_of_work(Tier.WORKER, token=town.worker.token) as session:
        assert session.execute(text('SELECT count(*) FROM cases."case"')).scalar_one() == 3
        assert session.execute(text("SELECT count(*) FROM registry.person")).scalar_one() == 7


def test_a_grid_of_any_date(town: Any, actor: Actor, at: datetime) -> None:
    later = at + timedelta(days=30)
    lon, lat = np.array([WEST + 1.25 * SIDE]), np.array([SOUTH + SIDE / 2])
    with db.unit_of_work(Tier.ETL) as session:
        regrid.redraw(session, board(**MOVED), actor=actor, at=later, since=date(2026, 3, 20))
        assert grid.locate(session, lon, lat, date(2026, 3, 19)).tolist() == [town.others]
        assert grid.locate(session, lon, lat, date(2026, 3, 20)).tolist() == [town.mine]
        again = regrid.redraw(session, board(**MOVED), actor=actor, at=later)
        assert (again.addresses, again.ground.grid_ids) == (0, ())
        with pytest.raises(BadInput, match="2026-03-20"):
            regrid.redraw(
                session, board(mine=box(0, 1), others=box(1, 2)), actor=actor, at=later, since=date(2026, 3, 1)
            )
        with pytest.raises(BadInput, match="to come"):
            regrid.redraw(session, board(**MOVED), actor=actor, at=later, since=date(2030, 1, 1))


def test_a_grid_is_split_and_merged(town: Any, actor: Actor, at: datetime) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        split = regrid.redraw(
            session, board(others=box(1, 1.5), third=box(1.5, 2)), actor=actor, at=at + timedelta(days=1)
        )
        assert split.addresses == 6
        third = next(one.id for one in grid.grids(session) if one.code == f"{VILLAGE}003")
        assert by_grid(session)["addresses"] == {town.mine: 12, town.others: 6, third: 6}
    with db.unit_of_work(Tier.ETL) as session:
        merged = regrid.redraw(
            session, board(mine=box(0, 2)), actor=actor, at=at + timedelta(days=9), retired=[OTHERS, f"{VILLAGE}003"]
        )
        assert merged.addresses == 12
        assert by_grid(session)["addresses"] == {town.mine: 24}
        assert by_grid(session)["cases"] == {town.mine: 4}
        lon, lat = np.array([WEST + 1.75 * SIDE]), np.array([SOUTH + SIDE / 2])
        days = [at.date() + timedelta(days=n) for n in (0, 1, 9)]
        assert [grid.locate(session, lon, lat, day).tolist() for day in days] == [[town.others], [third], [town.mine]]


@pytest.mark.parametrize(
    ("shapes", "kind", "words"),
    [
        ({"mine": box(0, 1.2)}, OVERLAP, "would lie in two grids"),
        ({"mine": box(0, 0.9)}, GAP, "would lie in no grid"),
        ({"mine": box(0, 1.5), "others": box(1.4, 2)}, OVERLAP, "would lie in two grids"),
        ({"mine": box(0, 1.3), "others": box(1.5, 2)}, GAP, "would lie in no grid"),
    ],
)
def test_overlap_and_gap_are_refused_with_the_place(
    town: Any, actor: Actor, at: datetime, shapes: dict[str, Any], kind: str, words: str
) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        with pytest.raises(grid.RedrawRefused, match=words) as refused:
            regrid.redraw(session, board(**shapes), actor=actor, at=at)
        (place,) = refused.value.places
        assert place.kind == kind
        assert any(words in refused.value.zh for words in ("同时在两个网格里", "不在任何网格里"))
        assert place.m2 > 1
        assert place.shape.area > 0
        assert session.execute(text("SELECT count(*) FROM grid.boundary")).scalar_one() == 2


def test_a_sliver_below_a_square_metre_is_closed(town: Any, actor: Actor, at: datetime) -> None:
    thin = 3e-8  # of a grid's width: 0.03 mm over a kilometre
    with db.unit_of_work(Tier.ETL) as session:
        regrid.redraw(
            session, board(mine=box(0, 1.5 - thin), others=box(1.5 + thin, 2)), actor=actor, at=at + timedelta(days=1)
        )
        gap = session.execute(
            text("""
                SELECT ST_Area(ST_Difference(ST_MakeEnvelope(:west, :south, :east, :north, 4326), ST_Union(geom)))
                FROM grid.boundary WHERE valid_to IS NULL
            """),
            {"west": WEST, "south": SOUTH, "east": WEST + 2 * SIDE, "north": SOUTH + SIDE},
        ).scalar_one()
        assert gap == pytest.approx(0, abs=1e-16)


def test_strangers_are_told_apart(town: Any, actor: Actor, at: datetime) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        unknown = board(third=box(0, 1)).drop(columns="layer")
        with pytest.raises(BadInput, match=f"{VILLAGE}003"):
            regrid.redraw(session, unknown, actor=actor, at=at)
        with pytest.raises(grid.GridNotFound):
            regrid.redraw(session, board(mine=box(0, 2)), actor=actor, at=at, retired=["519901001001999"])
        twice = board(mine=box(0, 1), others=box(1, 2)).assign(code=MINE)
        with pytest.raises(BadInput, match="twice"):
            regrid.redraw(session, twice, actor=actor, at=at)


def test_a_loaded_file_of_grids_moves_reports_and_cases_too(town: Any, actor: Actor, at: datetime) -> None:
    later = at + timedelta(days=30)
    with db.unit_of_work(Tier.ETL) as session:
        grid.load_grids(session, board(**MOVED), actor=actor, at=later)
        regrid.follow_all(session, actor=actor, at=later)
        after = by_grid(session)
        for what in ("reports", "heat", "cases", "events"):
            assert after[what] == {town.mine: 3, town.others: 1}, what


def test_only_loaders_redraw(town: Any, signed_in: SignIn, actor: Actor, at: datetime) -> None:
    commander = signed_in(Role.COMMANDER)
    with pytest.raises(Exception, match="permission denied"), db.unit_of_work(Tier.COMMAND, token=commander.token) as s:
        regrid.redraw(s, board(**MOVED), actor=commander, at=at + timedelta(days=1))
