"""A team is sent into all its grids; its workers reach the cases they were sent to, and nothing else of those grids."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from cases import service as cases
from cases.service import CaseNotFound, Verb
from core import accounts, clock
from core.actors import Actor, Role, Tier
from core.db import unit_of_work
from etl import service as etl
from patrol import service as patrol
from tests.db.etl_district import ACTOR, copy_of, district

pytestmark = pytest.mark.slow

FILES = (
    "divisions.csv", "division_areas.geojson", "grids.gpkg", "roads.gpkg", "addresses_519901001000.xlsx",
    "residents_519901001000.csv", "teams.xlsx", "staff.xlsx", "reports_12345.xlsx",
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A plan was sent to a team: a case of it, a team mate who does not answer for its grid, and a stranger."""

    case_id: UUID
    grid_id: int
    mate: Actor
    stranger: Actor
    not_sent: UUID


def signed_in(login: str) -> Actor:
    at = clock.now()
    with unit_of_work(Tier.ACCOUNTS) as session:
        found = accounts.account(session, login)
        token = accounts.begin_session(session, found.id, at=at).token
        actor = accounts.actor_of(session, token, at=at)
    assert actor is not None
    return actor


@pytest.fixture(scope="module")
def sent(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    files = district(tmp_path_factory.mktemp("district"))
    with copy_of(template):
        for name in FILES:
            etl.load(files / name, actor=ACTOR)
        with unit_of_work(Tier.COMMAND) as session:
            commander = Actor(uuid4(), "zhihui", Role.COMMANDER)
            team = max(patrol.teams(session), key=lambda one: len(one.grid_ids))
            plan = patrol.draft(session, team.id, actor=commander, at=clock.now(), seed=1)
            patrol.approve(session, plan.id, actor=commander, at=clock.now())
        with unit_of_work(Tier.OWNER) as session:
            row = session.execute(
                text("""
                SELECT t.case_id, t.grid_id,
                       (SELECT a.login FROM patrol.team_member m JOIN core.account a ON a.id = m.account_id
                        JOIN core.account_area r ON r.account_id = a.id
                        WHERE m.team_id = t.team_id AND a.role = 'worker' GROUP BY a.login
                        HAVING NOT bool_or(r.area_id = t.grid_id) LIMIT 1) AS mate,
                       (SELECT a.login FROM patrol.team_member m JOIN core.account a ON a.id = m.account_id
                        WHERE m.team_id <> t.team_id AND a.role = 'worker' LIMIT 1) AS stranger,
                       (SELECT c.id FROM cases."case" c WHERE c.grid_id = t.grid_id
                        AND c.id NOT IN (SELECT case_id FROM patrol.task WHERE case_id IS NOT NULL) LIMIT 1) AS not_sent
                FROM patrol.task t WHERE t.case_id IS NOT NULL ORDER BY t.seq LIMIT 1""")
            ).one()
        yield Sent(row.case_id, row.grid_id, signed_in(row.mate), signed_in(row.stranger), row.not_sent)


def seen(actor: Actor, sql: str, **values: object) -> int:
    with unit_of_work(Tier.WORKER, token=actor.token) as session:
        return int(session.execute(text(sql), values).scalar_one())


def test_a_team_mate_reaches_the_case_he_was_sent_to(sent: Sent) -> None:
    assert seen(sent.mate, 'SELECT count(*) FROM cases."case" WHERE id = :id', id=sent.case_id) == 1


def test_he_reaches_no_other_case_of_that_grid(sent: Sent) -> None:
    assert seen(sent.mate, 'SELECT count(*) FROM cases."case" WHERE id = :id', id=sent.not_sent) == 0


def test_he_reaches_no_resident_of_that_grid(sent: Sent) -> None:
    assert seen(sent.mate, "SELECT count(*) FROM registry.person WHERE grid_id = :grid", grid=sent.grid_id) == 0
    assert seen(sent.mate, "SELECT count(*) FROM registry.person") > 0


def test_a_worker_of_another_team_reaches_nothing_of_it(sent: Sent) -> None:
    for table, column in (('"case"', "id"), ("case_event", "case_id"), ("case_clock", "case_id")):
        assert seen(sent.stranger, f"SELECT count(*) FROM cases.{table} WHERE {column} = :id", id=sent.case_id) == 0
    with pytest.raises(CaseNotFound), unit_of_work(Tier.WORKER, token=sent.stranger.token) as session:
        cases.move(session, sent.case_id, Verb.HANDLE, actor=sent.stranger, at=clock.now(), note="x")


def test_a_forged_session_reaches_nothing(sent: Sent) -> None:
    with unit_of_work(Tier.WORKER, token="forged") as session:
        assert session.execute(text('SELECT count(*) FROM cases."case"')).scalar_one() == 0


def test_he_handles_it(sent: Sent) -> None:
    with unit_of_work(Tier.WORKER, token=sent.mate.token) as session:
        moved = cases.move(session, sent.case_id, Verb.HANDLE, actor=sent.mate, at=clock.now(), note="已处置")
    assert moved.status.value == "handled"
