"""What a worker reaches of reports and cases, asked with SQL under his own login: his grids, and nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases import service as cases
from cases.reading import Filters
from core import db, jobs
from core.actors import Actor, Role, Tier
from incidents import service as incidents
from incidents.incoming import frame_of
from incidents.kinds import Channel
from tests.db.incidents_town import ACTOR, Ground, count, found, settle, told

pytestmark = pytest.mark.db

SignIn = Callable[..., Actor]
NARROWED = (
    "incidents.report", "incidents.v_report", "incidents.heat_day", 'cases."case"', "cases.v_case", "cases.case_event",
    "cases.case_clock", "cases.case_report",
)  # fmt: skip


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    """Three cases in the west, five in the east, two nowhere; the heat counted."""
    ground = settle(at)
    where = [ground.in_west] * 3 + [ground.in_east] * 5 + [None] * 2
    with db.unit_of_work(Tier.ETL) as session:
        reports = [told(f"R{n}", at, place) for n, place in enumerate(where)]
        got = incidents.receive_many(session, frame_of(reports), batch_id=None, actor=ACTOR, at=at)
        cases.open_many(session, got, actor=ACTOR, at=at)
    jobs.run_pending(now=lambda: at + timedelta(minutes=5))
    return ground


def test_by_sql_a_worker_sees_his_own_grids_and_without_a_token_nothing(ground: Ground, signed_in: SignIn) -> None:
    worker, stranger = signed_in(Role.WORKER, [ground.west]), signed_in(Role.WORKER, [999])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        for table in NARROWED:
            assert count(session, table) > 0, table
            assert count(session, table, "grid_id IS DISTINCT FROM :mine", mine=ground.west) == 0, table
        assert count(session, "incidents.report") == count(session, 'cases."case"') == 3
    for token in (stranger.token, None, "forged"):
        with db.unit_of_work(Tier.WORKER, token=token) as session:
            assert [count(session, table) for table in NARROWED] == [0] * len(NARROWED)


def test_the_verbs_of_the_rooms_are_as_narrow(ground: Ground, at: datetime, signed_in: SignIn) -> None:
    worker = signed_in(Role.TEAM_LEADER, [ground.west])
    day = at.date()
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        assert len(cases.cases(session, Filters(), at=at)) == 3
        assert len(cases.open_cases_in(session, grid_ids=[ground.west, ground.east])) == 3
        assert cases.figures(session, at=at).open == 3
        assert incidents.heat(session, resolution=9, since=day, until=day).n.sum() == 3
        hot = incidents.hot_cells(session, grid_ids=[ground.west, ground.east], at=at, limit=9)
        assert [cell.grid_id for cell in hot] == [ground.west]


REFUSED = (
    "SELECT count(*) FROM incidents.receipt",
    "SELECT count(*) FROM incidents.matter",
    "SELECT count(*) FROM incidents.matter_suggestion",
    "UPDATE incidents.report SET words = ''",
    "DELETE FROM incidents.report",
    "INSERT INTO incidents.receipt VALUES ('grid', 'x', '', gen_random_uuid(), now())",
    'DELETE FROM cases."case"',
    "UPDATE cases.case_event SET note = ''",
    """UPDATE cases."case" SET grid_id = 1""",
    """UPDATE cases."case" SET summary = ''""",
    "UPDATE cases.case_clock SET due_at = now()",
    "UPDATE cases.clock_rule SET amount = 1",
    "UPDATE incidents.threshold SET value = 0",
)


def test_what_a_worker_may_not_write_or_read_at_all(ground: Ground, signed_in: SignIn) -> None:
    worker = signed_in(Role.WORKER, [ground.west])
    for statement in REFUSED:
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            db.unit_of_work(Tier.WORKER, token=worker.token) as session,
        ):
            session.execute(text(statement))


def test_a_worker_moves_no_case_of_others_by_sql(ground: Ground, signed_in: SignIn) -> None:
    worker = signed_in(Role.WORKER, [ground.west])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        moved = session.execute(text("""UPDATE cases."case" SET status = 'cancelled' RETURNING grid_id""")).scalars()
        assert set(moved) == {ground.west}
        session.rollback()


def test_a_worker_files_what_he_found_wherever_it_is(ground: Ground, at: datetime, signed_in: SignIn) -> None:
    """Also outside his grids and where nobody knows the place; reading it there is another matter."""
    worker = signed_in(Role.WORKER, [ground.west])
    numbers = {}
    for name, place in (("own", ground.in_west), ("other", ground.in_east), ("nowhere", None)):
        with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
            received = incidents.receive(session, found(name, at, place), actor=worker, at=at)
            numbers[name] = cases.open(session, received.report, actor=worker, at=at).number
        with db.unit_of_work(Tier.WORKER, token=worker.token) as session:  # the phone sends it again
            again = incidents.receive(session, found(name, at, place), actor=worker, at=at)
            assert (again.is_new, cases.number_of(session, again.report.id)) == (False, numbers[name])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        assert session.scalars(text("SELECT reference FROM incidents.v_report WHERE channel = 'grid'")).all() == ["own"]
    with db.unit_of_work(Tier.COMMAND) as session:
        assert count(session, 'cases."case"', "channel = 'grid'") == 3


def test_a_worker_does_not_speak_for_residents_nor_for_other_channels(
    ground: Ground, at: datetime, signed_in: SignIn
) -> None:
    worker = signed_in(Role.WORKER, [ground.west])
    for incoming, why in (
        (told("W1", at, ground.in_west, contact_ref=uuid4()), "own channel"),
        (told("W2", at, ground.in_east, channel=Channel.GRID), "row-level security"),
    ):
        with pytest.raises(DBAPIError, match=why), db.unit_of_work(Tier.WORKER, token=worker.token) as session:
            incidents.receive(session, incoming, actor=worker, at=at)
