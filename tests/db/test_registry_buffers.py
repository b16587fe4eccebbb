"""Row-level security stays fast: shared buffers, which are exact, on a town of 40,000 and 331 grids."""

import time
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from bench import scope
from core import db, prepare
from core.actors import Tier

pytestmark = [pytest.mark.db, pytest.mark.slow]

PERSONS, GRIDS, PER_HOME = 40_000, 331, 4
ATTEMPTS, PAUSE_S = 60, 0.5

FILL = """
    INSERT INTO registry.person (id, grid_id, home_code, household_id, name_masked, gender, birth_year, id_tail,
        phone_masked, status, precision, spot, sealed, id_blind, content, updated_at)
    SELECT gen_random_uuid(), 1 + home % :grids, 'A01' || lpad((home * 7919 % 1000003)::text, 9, '0'),
           NULL, '张**', 'm', 1980, '1X', '138****0000', '人户一致', 'room',
           ST_SetSRID(ST_MakePoint(104.3 + (home % :grids % 19) * 0.01 + (home / :grids % 10) * 0.001,
                                   31.0 + (home % :grids / 19) * 0.01 + (home / :grids / 10 % 10) * 0.001), 4326),
           decode(repeat('00', 220), 'hex'), decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'), now()
    FROM (SELECT n, n / :per_home AS home FROM generate_series(0, :persons - 1) n) people
    ORDER BY md5(n::text)
"""
"""Rows in random order: as badly clustered as a register can become."""


@pytest.fixture
def crowded(fresh_database: str) -> str:
    with db.unit_of_work(Tier.OWNER) as session:
        session.execute(text(FILL), {"grids": GRIDS, "persons": PERSONS, "per_home": PER_HOME})
        session.execute(
            text("""
                INSERT INTO registry.grid_population (grid_id, persons, west, south, east, north)
                SELECT grid_id, count(*), min(ST_X(spot)), min(ST_Y(spot)), max(ST_X(spot)), max(ST_Y(spot))
                FROM registry.person GROUP BY grid_id
            """)
        )
    with prepare.administrator(fresh_database) as connection:
        _settle(connection)
    return fresh_database


def _settle(connection: psycopg.Connection[Any]) -> None:
    """Vacuum until every page is marked as visible to all, as a register is that nobody has loaded into for a while.

    One VACUUM may mark nothing: commits are asynchronous in tests and it believes what is on disk only, and it passes
    over rows that are younger than another transaction here, such as an ANALYZE by autovacuum.
    """
    for _ in range(ATTEMPTS):
        connection.execute("CHECKPOINT")
        connection.execute("VACUUM (ANALYZE, DISABLE_PAGE_SKIPPING) registry.person, registry.grid_population")
        if scope.all_visible(connection) == 1:
            return
        time.sleep(PAUSE_S)
    pytest.fail("VACUUM did not reach every page / 清理未能覆盖全部页")


def test_buffers_and_foreign_rows(crowded: str):
    with prepare.administrator(crowded) as connection:
        figures = scope.measure(connection, seed=1, selects=200)
    assert figures["residents"] == PERSONS
    assert figures["grids"] == GRIDS
    assert figures["own_list_buffers"] <= 60, figures
    assert set(figures["viewport_buffers"]) == {"1", "16", "all"}
    assert max(figures["viewport_buffers"].values()) <= 200, figures
    assert max(figures["whole_county_viewport_buffers"].values()) <= 200, figures
    assert figures["foreign_rows"] == 0


def test_a_plain_condition_on_the_ground_would_not_do(crowded: str):
    """The twin that must fail: under a policy the viewport as a plain condition reads far more."""
    with prepare.administrator(crowded) as connection, connection.transaction(force_rollback=True):
        connection.execute("GRANT SELECT (spot) ON registry.person TO wangge_worker")
        scope._become_worker(connection, list(range(1, GRIDS + 1)))
        query = "select id from registry.person where spot && ST_MakeEnvelope(104.3, 31.0, 104.302, 31.002, 4326)"
        assert scope._buffers(connection, query) > 1000


def test_the_measurement_leaves_nothing_behind(crowded: str):
    with prepare.administrator(crowded) as connection:
        scope.measure(connection, seed=2, selects=10)
        rows = connection.execute("SELECT (SELECT count(*) FROM core.account), (SELECT count(*) FROM core.session)")
        assert rows.fetchone() == (0, 0)
