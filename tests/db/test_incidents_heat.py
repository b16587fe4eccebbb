"""The heat of the database equals the reports, leaves out what it must, and agrees with the numbers in Python."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import db, jobs
from core.actors import Tier
from core.coords import Place
from core.errors import NotFound
from grid import cells
from incidents import heat as numbers
from incidents import service as incidents
from incidents.incoming import Incoming, frame_of
from incidents.kinds import RESOLUTIONS
from incidents.reading import Kept
from tests.db.incidents_town import ACTOR, Ground, count, found, settle, told

pytestmark = pytest.mark.db

TODAY = date(2026, 3, 2)
LATER = timedelta(minutes=5)
EMPTY = """
    SELECT {cell} AS cell, (received_at AT TIME ZONE 'Asia/Shanghai')::date AS day, category, source, channel,
           coalesce(grid_id, -1) AS grid_id, count(*) AS n
    FROM incidents.report WHERE {cell} IS NOT NULL AND NOT is_repeat GROUP BY 1, 2, 3, 4, 5, 6
    EXCEPT SELECT h3, day, category, source, channel, grid_id, n FROM incidents.heat_day WHERE resolution = {resolution}
"""


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    return settle(at)


def take(reports: Sequence[Incoming], at: datetime) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        got = incidents.receive_many(session, frame_of(reports), batch_id=None, actor=ACTOR, at=at)
        assert got.accepted == len(reports)
    jobs.run_pending(now=lambda: at + LATER)


def spread(place: Place, n: int) -> Place:
    """Places around one, 60 m apart."""
    return Place(place.lon + (n % 7) * 6e-4, place.lat + (n // 7 % 7) * 6e-4)


def seen(session: Session, resolution: int = 9, days: int = 30, **filters: Sequence[str]) -> incidents.HeatFrame:
    return incidents.heat(
        session, resolution=resolution, since=TODAY - timedelta(days=days - 1), until=TODAY, **filters
    )


def test_the_heat_is_the_reports_by_day_and_cell(ground: Ground, at: datetime) -> None:
    reports = [told(f"W{n}", at, spread(ground.in_west, n), days=n / 3) for n in range(120)]
    reports += [found(f"G{n}", at, spread(ground.in_east, n), days=n) for n in range(40)]
    take(reports, at)
    with db.unit_of_work(Tier.COMMAND) as session:
        for resolution in RESOLUTIONS:
            asked = EMPTY.format(cell=f"h3_{resolution}", resolution=resolution)
            assert session.execute(text(asked)).all() == []
            total = session.execute(
                text("SELECT sum(n) FROM incidents.heat_day WHERE resolution = :r"), {"r": resolution}
            ).scalar_one()
            assert total == 160
        assert seen(session, days=400).n.sum() == 160
        assert seen(session, days=1).n.sum() == 3  # now, eight hours ago, and one that was found
        assert seen(session, days=400, sources=["discovered"]).n.sum() == 40
        assert seen(session, days=400, channels=["web"]).n.sum() == 120
        assert seen(session, days=400, categories=["noise"]).n.sum() == 0
        assert (np.diff(seen(session).cell) > 0).all()


def test_sql_and_python_expect_the_same(ground: Ground, at: datetime) -> None:
    """One category, so that the frame is one call of the pure function."""
    ages = [(n * 7) % 200 for n in range(90)]
    places = [spread(ground.in_west, n * n) for n in range(90)]
    take([told(f"W{n}", at, place, days=age) for n, (place, age) in enumerate(zip(places, ages, strict=True))], at)
    lon, lat = np.array([p.lon for p in places]), np.array([p.lat for p in places])
    cell, mass = numbers.decayed(cells.cells(lon, lat, 10), np.array(ages, dtype=np.float64))
    window = numbers.exposure(max(ages) + 1)
    wanted = numbers.expected(mass, window)
    with db.unit_of_work(Tier.COMMAND) as session:
        told_by_sql = seen(session, resolution=10, days=7)
    assert told_by_sql.cell.tolist() == cell.tolist()
    assert np.allclose(told_by_sql.expected, wanted.mean)
    assert np.allclose(told_by_sql.sd, wanted.sd)
    in_week = np.array([age < 7 for age in ages])
    held, n = numbers.counts(cells.cells(lon[in_week], lat[in_week], 10))
    assert told_by_sql.n[np.isin(told_by_sql.cell, held)].tolist() == n.tolist()


def test_what_is_known_only_to_its_village_makes_no_hot_cell(ground: Ground, at: datetime) -> None:
    take([told(f"V{n}", at, words="文庙社区路灯不亮", days=n / 10) for n in range(30)], at)
    with db.unit_of_work(Tier.COMMAND) as session:
        precisions = session.execute(text("SELECT DISTINCT precision FROM incidents.report")).scalars().all()
        assert precisions == ["village"]
        for resolution in RESOLUTIONS:
            frame = seen(session, resolution)
            assert (len(frame.cell), frame.unplaced) == (0, 30)
        assert incidents.hot_cells(session, grid_ids=[ground.west, ground.east], at=at, limit=5) == []
        kept = Kept(at - timedelta(days=30), at + timedelta(days=1))
        listed, newest = incidents.unplaced(session, kept, limit=10)
        assert (listed, len(newest), newest[0].reference) == (30, 10, "V0")


def test_a_default_point_is_kept_out_counted_as_unplaced_and_put_back(ground: Ground, at: datetime) -> None:
    pile = [told(f"P{n}", at, ground.in_east, location_words=f"某处{n}", days=n / 10) for n in range(25)]
    busy = [told(f"B{n}", at, ground.in_west, days=n / 10) for n in range(25)]  # one place, no different addresses
    take([*pile, *busy], at)
    with db.unit_of_work(Tier.COMMAND) as session:
        frame = seen(session)
        assert (frame.n.tolist(), frame.unplaced) == ([25], 25)
        assert frame.cell.tolist() == [cells.cell(ground.in_west, 9)]
        assert count(session, "incidents.report", "placed_why LIKE 'default point; hint%' AND h3_9 IS NULL") == 25
        assert count(session, "incidents.report", "grid_id = :east", east=ground.east) == 25
    with db.unit_of_work(Tier.OWNER) as session:  # the rule is a row: a stricter one takes the point back
        session.execute(text("UPDATE incidents.threshold SET value = 26 WHERE name = 'pile.texts'"))
    with db.unit_of_work(Tier.JOBS) as session:
        assert incidents.keep_out_piles(session, at=at + LATER) == 0
        frame = seen(session)
        assert (sorted(frame.n.tolist()), frame.unplaced) == ([25, 25], 0)
        assert count(session, "incidents.report", "placed_why = 'hint'") == 50
        for resolution in RESOLUTIONS:
            assert session.execute(text(EMPTY.format(cell=f"h3_{resolution}", resolution=resolution))).all() == []


def test_sql_and_python_find_the_same_piles(ground: Ground, at: datetime) -> None:
    sizes = {0: 19, 1: 20, 2: 40, 3: 5}
    spots = [Place(ground.in_east.lon + k * 1e-3, ground.in_east.lat) for k in sizes]
    reports = [
        told(f"P{k}-{n}", at, spots[k], location_words=f"某处{n if k != 2 else n % 3}")
        for k, size in sizes.items()
        for n in range(size)
    ]
    take(reports, at)
    with db.unit_of_work(Tier.COMMAND) as session:
        rows = session.execute(
            text("SELECT lon, lat, location_words, h3_9 IS NULL AS is_out FROM incidents.report")
        ).all()
    words = {word: n for n, word in enumerate({row.location_words for row in rows})}
    lon, lat = np.array([row.lon for row in rows]), np.array([row.lat for row in rows])
    in_python = numbers.fallback_piles(lon, lat, np.array([words[row.location_words] for row in rows]))
    assert in_python.tolist() == [row.is_out for row in rows]
    assert in_python.sum() == 20


def test_sensitive_categories_are_on_no_map(ground: Ground, at: datetime) -> None:
    take([told("F", at, ground.in_west, words="家暴，夫妻吵架"), told("L", at, ground.in_west)], at)
    with db.unit_of_work(Tier.COMMAND) as session:
        frame = seen(session)
        assert (frame.n.tolist(), frame.withheld) == ([1], 1)


def test_hot_cells_are_made_of_what_residents_report(ground: Ground, at: datetime) -> None:
    take(
        [told(f"W{n}", at, ground.in_west, days=n) for n in range(12)]
        + [told(f"E{n}", at, ground.in_east, days=n) for n in range(3)]
        + [found(f"G{n}", at, ground.in_east, days=n) for n in range(25)],  # the patrol's own finds do not feed it
        at,
    )
    with db.unit_of_work(Tier.JOBS) as session:
        both = incidents.hot_cells(session, grid_ids=[ground.west, ground.east], at=at, limit=9)
        assert [(hot.grid_id, hot.n) for hot in both] == [(ground.west, 12), (ground.east, 3)]
        assert both[0].expected > both[1].expected
        assert both[0].by_hour[10] == 12  # ten o'clock in Shanghai
        assert both[0].title_zh.startswith("近 30 天 12 件，以公共设施为多")
        assert [hot.grid_id for hot in incidents.hot_cells(session, grid_ids=[ground.east], at=at, limit=9)] == [
            ground.east
        ]
        assert len(incidents.hot_cells(session, grid_ids=[ground.west, ground.east], at=at, limit=1)) == 1


def test_the_reports_of_a_cell(ground: Ground, at: datetime) -> None:
    take([told(f"W{n}", at, ground.in_west, days=n) for n in range(5)] + [told("E", at, ground.in_east)], at)
    kept = Kept(at - timedelta(days=2), at + timedelta(seconds=1))
    with db.unit_of_work(Tier.COMMAND) as session:
        for resolution in RESOLUTIONS:
            cell = cells.cell(ground.in_west, resolution)
            assert [one.reference for one in incidents.reports_of_cell(session, cell, kept)] == ["W0", "W1", "W2"]
        with pytest.raises(ValueError, match="not 7"):
            incidents.reports_of_cell(session, cells.cell(ground.in_west, 7), kept)


def test_one_matter_is_suggested_joined_and_parted(ground: Ground, at: datetime) -> None:
    words = "楼下烧烤店噪声扰民"
    take([told("A", at, ground.in_west, words=words, days=2)], at)
    take([told("B", at, ground.in_west, words=f"{words}很大"), told("C", at, ground.in_east, words=words)], at)
    with db.unit_of_work(Tier.COMMAND) as session:
        held = {r.reference: r.id for r in session.execute(text("SELECT reference, id FROM incidents.report"))}
        (one,) = incidents.suggestions(session, held["B"])
        assert (one.report_id, one.earlier_id, one.decision) == (held["B"], held["A"], None)
        assert (one.days, one.metres) == (2.0, 0.0)
        assert one in incidents.suggestions(session, held["A"])
        with pytest.raises(NotFound):
            incidents.decide(session, held["C"], held["A"], is_same=True, actor=ACTOR, at=at)

    def decide(*, is_same: bool) -> tuple[bool, int]:
        """Whether the two share a matter, and how many reports the heat counts in the west."""
        with db.unit_of_work(Tier.COMMAND) as session:
            incidents.decide(session, held["B"], held["A"], is_same=is_same, actor=ACTOR, at=at)
        jobs.run_pending(now=lambda: at + LATER)
        with db.unit_of_work(Tier.COMMAND) as session:
            first, second = (incidents.report(session, held[name]).matter_id for name in "AB")
            frame = seen(session)
            return first == second, int(frame.n[frame.cell == cells.cell(ground.in_west, 9)].sum())

    assert decide(is_same=True) == (True, 1)
    assert decide(is_same=False) == (False, 2)
    with db.unit_of_work(Tier.OWNER) as session:
        for action in ("matter.joined", "matter.parted"):
            assert count(session, "core.audit", "action = :action", action=action) == 1
        assert count(session, "incidents.matter_suggestion") == 1  # asked again, nothing is suggested twice
