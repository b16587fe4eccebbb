"""Nobody reads another grid, not even by SQL: a worker's own database session, attacked from within."""

from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import db
from core.actors import Actor, Role, Tier
from registry import service
from tests.db.registry_people import HERS, SIDE, SOUTH, WEST, Town, make_town, session_of

pytestmark = pytest.mark.db

TABLES = ("person", "household", "residence", "business", "business_site")
EVERYWHERE = (WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1)


@pytest.fixture
def town(fresh_database: str, signed_in: Callable[..., Actor], actor: Actor, at: datetime) -> Town:
    return make_town(signed_in, actor, at)


def test_a_worker_sees_his_own_people(town: Town):
    with session_of(town) as session:
        assert len(service.own_residents(session, actor=town.worker)) == HERS
        assert len(service.near(session, EVERYWHERE, actor=town.worker)) == HERS
        assert [row.grid_id for row in service.population(session)] == [town.mine]


def test_a_worker_with_both_grids_sees_both(town: Town, signed_in: Callable[..., Actor]):
    both = signed_in(Role.TEAM_LEADER, [town.mine, town.others])
    with db.unit_of_work(Tier.WORKER, token=both.token) as session:
        assert len(service.own_residents(session, actor=both)) == HERS + 4
        assert len(service.near(session, EVERYWHERE, actor=both)) == HERS + 4
        in_the_first = (WEST, SOUTH, WEST + SIDE, SOUTH + SIDE)
        assert len(service.near(session, in_the_first, actor=both)) == HERS


@pytest.mark.parametrize("token", [None, "", "guess", "{1,2}", "' OR true --"])
def test_without_a_right_token_there_is_nobody(town: Town, token: str | None):
    with db.unit_of_work(Tier.WORKER, token=token) as session:
        for table in TABLES:
            assert session.execute(text(f"SELECT count(id) FROM registry.{table}")).scalar_one() == 0
        assert service.near(session, EVERYWHERE, actor=town.worker) == []


READS = (
    "SELECT id, name_masked FROM registry.person",
    "SELECT id, name_masked FROM registry.person WHERE grid_id = {others}",
    "SELECT id, name_masked FROM registry.person WHERE grid_id <> {mine} OR true",
    "SELECT id, name_masked FROM registry.person WHERE id = '{their_id}'",
    "SELECT id, name_masked FROM registry.person WHERE grid_id IS NULL OR grid_id IS NOT NULL",
    "SELECT id FROM registry.person UNION ALL SELECT id FROM registry.household",
    "WITH x AS MATERIALIZED (SELECT id, name_masked FROM registry.person) SELECT * FROM x",
    "SELECT p.id FROM grid.grid g CROSS JOIN LATERAL (SELECT id FROM registry.person WHERE grid_id = g.id) p",
    "SELECT person_id FROM registry.residence",
    "SELECT id FROM registry.household",
    "SELECT b.name FROM registry.business b",
    "SELECT business_id FROM registry.business_site",
    "SELECT grid_id FROM registry.grid_population WHERE grid_id <> {mine}",
    "SELECT grid_id FROM registry.v_grid_population WHERE grid_id <> {mine}",
    "SELECT id FROM registry.people_in(-180, -90, 180, 90, 1000)",
    "SELECT id FROM registry.people_in({west}, {south}, {east}, {north}, 1000000)",
    "SELECT string_agg(name_masked, ',') FROM registry.person WHERE grid_id = {others}",
    "SELECT array_agg(id) FROM registry.person WHERE grid_id = {others}",
    "SELECT id FROM registry.person TABLESAMPLE SYSTEM (100) WHERE grid_id = {others}",
    "SELECT id FROM ONLY registry.person WHERE grid_id = {others}",
    "SELECT id, name_masked FROM registry.person ORDER BY grid_id DESC LIMIT 100",
    "SELECT query_to_xml('select id, name_masked from registry.person', true, true, '')::text",
    "SELECT table_to_xml('registry.v_grid_population', true, true, '')::text",
    "SELECT set_config('wangge.session', '{{{others}}}', true), id::text FROM registry.person",
    "SELECT most_common_vals::text FROM pg_stats WHERE schemaname = 'registry'",
)
"""Statements that run, and must not bring back a soul of the other grid."""


def test_reading_brings_back_nobody_else(town: Town):
    box = {"west": WEST + SIDE, "south": SOUTH, "east": WEST + 2 * SIDE, "north": SOUTH + SIDE}
    for sql in READS:
        words = sql.format(mine=town.mine, others=town.others, their_id=town.their_ids[0], **box)
        with session_of(town) as session:
            rows = db.raw_connection(session).execute(words.encode()).fetchall()
        found = [secret for secret in (*town.their_ids, *town.their_names) if secret in str(rows)]
        assert found == [], sql
        if "population" in sql:
            assert town.others not in [row[0] for row in rows], sql


REFUSED = (
    "SELECT * FROM registry.person",
    "SELECT sealed FROM registry.person",
    "SELECT id_blind FROM registry.person",
    "SELECT phone_blind FROM registry.person",
    "SELECT spot FROM registry.person",
    "SELECT p FROM registry.person p",
    "SELECT p::text FROM registry.person p",
    "SELECT row_to_json(p) FROM registry.person p",
    "SELECT id FROM registry.person WHERE id_blind = '\\x00'",
    "SELECT 1 FROM registry.contact",
    "SELECT 1 FROM registry.disclosure",
    "SELECT 1 FROM registry.disclosure_limit",
    "SELECT west FROM registry.grid_population",
    "COPY registry.person TO STDOUT",
    "COPY (SELECT sealed FROM registry.person) TO STDOUT",
    "COPY registry.person TO '/tmp/people.csv'",
    "COPY registry.person FROM PROGRAM 'true'",
    "LOCK TABLE registry.person IN ACCESS SHARE MODE",
    "LOCK TABLE registry.person IN ACCESS EXCLUSIVE MODE",
    "SELECT id FROM registry.person FOR UPDATE",
    "INSERT INTO registry.person (id) VALUES (gen_random_uuid())",
    "INSERT INTO registry.contact SELECT gen_random_uuid(), '', '', '', NULL, now()",
    "UPDATE registry.person SET grid_id = {mine}",
    "UPDATE registry.person SET name_masked = 'x'",
    "DELETE FROM registry.person",
    "TRUNCATE registry.person",
    "SET ROLE wangge_owner",
    "SET ROLE wangge_command",
    "SET ROLE wangge_etl",
    "SET SESSION AUTHORIZATION wangge_owner",
    "ALTER TABLE registry.person DISABLE ROW LEVEL SECURITY",
    "ALTER ROLE wangge_worker BYPASSRLS",
    "SET row_security = off; SELECT id FROM registry.person",
    "CREATE POLICY mine ON registry.person USING (true)",
    "DROP POLICY own_area ON registry.person",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE registry.mine (id int)",
    "CREATE VIEW public.mine AS SELECT id FROM registry.person",
    "CREATE FUNCTION public.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS 'begin return true; end'",
    "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0001 AS 'begin return true; end'",
    "CREATE OPERATOR public.<<< (leftarg = text, rightarg = text, function = texteq)",
    "CREATE SCHEMA mine",
    "CREATE RULE r AS ON SELECT TO registry.person DO INSTEAD NOTHING",
    "CREATE TRIGGER t BEFORE UPDATE ON registry.person EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE STATISTICS registry.s ON grid_id, home_code FROM registry.person",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM pg_statistic",
    "SELECT most_common_vals FROM pg_statistic_ext_data",
    "SELECT token_hash FROM core.session",
    "SELECT account_id FROM core.account_area",
    "SELECT password_hash FROM core.account",
    "INSERT INTO core.account_area VALUES (core.session_account(), {others}, '2020-01-01')",
    "UPDATE core.account_area SET area_id = {others}",
    "CREATE OR REPLACE FUNCTION core.session_areas() RETURNS int[] LANGUAGE sql AS 'select array[{others}]'",
    "ALTER FUNCTION registry.people_in(float8, float8, float8, float8, int) SECURITY INVOKER",
    "SELECT registry.reveal_sealed('contact', '{contact}', 'visit', 'A1', now())",
    "SELECT registry.reveal_sealed('person', '{their_id}', 'curiosity', 'A1', now())",
    "SELECT registry.reveal_sealed('person', '{their_id}', 'visit', ' ', now())",
    "SELECT registry.reveal_sealed('person', '{their_id}', 'visit', NULL, now())",
    "SELECT dblink('dbname=postgres', 'select 1')",
    "DO $$ BEGIN EXECUTE 'SET ROLE wangge_owner'; END $$",
)


def test_what_is_refused(town: Town):
    values = {"mine": town.mine, "others": town.others, "their_id": town.their_ids[0], "contact": town.contact_id}
    passed = [sql for sql in REFUSED if succeeds(town, sql.format(**values))]
    assert passed == []
    assert len(READS) + len(REFUSED) >= 25


def succeeds(town: Town, sql: str) -> bool:
    """Whether a worker's session gets through with it; each statement in a transaction of its own."""
    try:
        with session_of(town) as session:
            connection = db.raw_connection(session)
            for statement in [sql] if "$$" in sql else sql.split("; "):
                if statement.startswith("COPY"):
                    with connection.cursor().copy(statement.encode()) as copied:
                        list(copied)
                else:
                    connection.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


@pytest.mark.parametrize("column", ["name_masked", "phone_masked", "id_tail", "birth_year", "gender", "status"])
def test_a_query_planner_tells_nothing_of_others(town: Town, column: str):
    """How many rows an EXPLAIN expects does not tell whether somebody looks like that."""
    with db.unit_of_work(Tier.OWNER) as session:
        theirs = session.execute(
            text(f"SELECT {column}::text FROM registry.person WHERE grid_id = {town.others} LIMIT 1")
        ).scalar_one()
    nobodys = "1" if column == "birth_year" else "nobody"
    with session_of(town) as session:
        plans = [
            session.execute(
                text(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM registry.person WHERE {column} = '{value}'")
            ).scalar_one()[0]["Plan"]
            for value in (theirs, nobodys)
        ]
    assert plans[0]["Plan Rows"] == plans[1]["Plan Rows"]


def test_the_planner_reads_no_row_of_others(town: Town):
    with session_of(town) as session:
        plan = session.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM registry.person WHERE grid_id = {town.others}")
        ).scalar_one()
        assert plan[0]["Plan"]["Actual Rows"] == 0


def test_a_function_of_ones_own_sees_no_row_before_the_policy(town: Town):
    """A cheap condition that raises must not be asked about the rows of others."""
    with session_of(town) as session:
        session.execute(
            text("SELECT id FROM registry.person WHERE 1 / (CASE WHEN name_masked LIKE '赵%' THEN 0 ELSE 1 END) = 1")
        )


def test_a_view_of_the_room_asks_for_the_caller(town: Town):
    with db.unit_of_work(Tier.OWNER) as session:
        plain = session.execute(
            text("""
                SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'registry' AND c.relkind IN ('v', 'm')
                  AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
            """)
        ).scalars()
        assert list(plain) == []


def test_every_table_with_people_is_forced(town: Town):
    with db.unit_of_work(Tier.OWNER) as session:
        rows = session.execute(
            text("""
                SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'registry' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
            """)
        ).scalars()
        assert sorted(rows) == ["disclosure_limit", "report_limit"]  # limits: rules of the house, of nobody


def test_no_function_of_the_room_is_for_everybody(town: Town):
    with db.unit_of_work(Tier.OWNER) as session:
        loose = session.execute(
            text("""
                SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'registry'
                  AND (has_function_privilege('wangge_tiles', p.oid, 'execute')
                       OR p.proconfig IS NULL OR NOT p.prosecdef)
            """)
        ).scalars()
        assert list(loose) == []


@pytest.mark.parametrize("tier", [Tier.TILES, Tier.INTAKE, Tier.AUDIT, Tier.ACCOUNTS])
def test_other_tiers_have_no_business_with_people(town: Town, tier: Tier):
    for table in (*TABLES, "contact"):
        with pytest.raises(DBAPIError, match="permission denied"), db.unit_of_work(tier) as session:
            session.execute(text(f"SELECT count(*) FROM registry.{table}"))


def test_tiles_may_count(town: Town):
    with db.unit_of_work(Tier.TILES) as session:
        assert sum(row.persons for row in service.population(session)) == HERS + 4


def test_command_sees_all_masked_and_nothing_sealed(town: Town, signed_in: Callable[..., Actor]):
    commander = signed_in(Role.COMMANDER)
    with db.unit_of_work(Tier.COMMAND, token=commander.token) as session:
        assert len(service.own_residents(session, actor=commander)) == HERS + 4
        assert len(service.near(session, EVERYWHERE, actor=commander)) == HERS + 4
    for column in ("sealed", "id_blind", "phone_blind", "content"):
        with pytest.raises(DBAPIError, match="permission denied"), db.unit_of_work(Tier.COMMAND) as session:
            session.execute(text(f"SELECT {column} FROM registry.person"))
    with db.unit_of_work(Tier.COMMAND) as session:
        assert service.near(session, EVERYWHERE, actor=commander) == [], "nobody signed in"
