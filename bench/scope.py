"""What row-level security costs and lets through, on the running database.

A worker of one grid, of sixteen, of all: shared buffers of a page of his own list and of people in a viewport, and
rows of foreign grids that generated SELECTs bring back (must be 0). Buffers are exact; milliseconds would not be.
Everything happens in one transaction that is rolled back: no account, session or audit row stays.
"""

import argparse
import json
import platform
import random
import secrets
import subprocess
import sys
from typing import Any

import psycopg

from core import db, prepare
from core.actors import Tier
from core.settings import CHECKOUT
from registry.reading import NEXT_GRIDS, OWN_LIST, REST_OF_GRID

PAGE = 50
VIEWPORT_DEGREES = 0.004  # about 400 m: a phone's screen at the zoom where single buildings show
BASELINE_SELECTS = 300
PLACES = 12  # viewports and pages looked at for each worker; the worst counts

Connection = psycopg.Connection[Any]


def measure(connection: Connection, *, seed: int, selects: int) -> dict[str, Any]:
    """The figures. `connection`: an administrator's, autocommitting, on the database to measure."""
    chance = random.Random(seed)
    grids = [row[0] for row in connection.execute(_GRIDS).fetchall()]
    if not grids:
        raise SystemExit("这个库里没有居民 / there are no residents in this database: load some first (wangge demo)")
    residents = connection.execute("select count(*) from registry.person").fetchone()
    figures: dict[str, Any] = {"residents": residents[0] if residents else 0, "grids": len(grids)}
    figures["all_visible"] = all_visible(connection)
    sizes = {"1": 1, "16": min(16, len(grids)), "all": len(grids)}
    lists: dict[str, int] = {}
    viewports: dict[str, int] = {}
    county: dict[str, int] = {}
    for name, size in sizes.items():
        mine = grids[:1] if size == 1 else chance.sample(grids, size)
        with connection.transaction(force_rollback=True):
            places = _places(connection, mine, chance)
            _become_worker(connection, mine)
            lists[name] = max(_buffers(connection, page) for page in _pages(places))
            screens = [_viewport(lon, lat, VIEWPORT_DEGREES) for *_, lon, lat in places]
            viewports[name] = max(_buffers(connection, screen) for screen in screens)
            county[name] = _buffers(connection, _viewport(places[0][3], places[0][4], 360.0))
            if size == 1:
                figures["foreign_rows"] = _foreign_rows(connection, set(mine), grids, chance, selects)
                figures["selects"] = selects
    figures |= {"own_list_buffers": max(lists.values()), "own_list_by_grids": lists}
    return figures | {"viewport_buffers": viewports, "whole_county_viewport_buffers": county}


def all_visible(connection: Connection) -> float:
    """The share of the register's pages that VACUUM has marked: on others an index-only scan looks at every row."""
    row = connection.execute(
        "select relallvisible::float / greatest(relpages, 1) from pg_class where oid = 'registry.person'::regclass"
    ).fetchone()
    return float(row[0]) if row else 0.0


_GRIDS = "select grid_id from registry.grid_population where persons > 0 order by persons desc, grid_id"


def _places(connection: Connection, mine: list[int], chance: random.Random) -> list[tuple[int, str, str, float, float]]:
    """Residents of the worker's grids: grid, home, id, lon, lat; the beginnings of pages and the middles of screens."""
    rows = connection.execute(
        """
        select p.grid_id, p.home_code, p.id::text, ST_X(p.spot), ST_Y(p.spot)
        from unnest(%s::int[]) g cross join lateral (
            select * from registry.person where grid_id = g and home_code is not null order by id limit 40) p
        """,
        [mine],
    ).fetchall()
    return chance.sample(rows, min(PLACES, len(rows)))


def _become_worker(connection: Connection, mine: list[int]) -> None:
    token = secrets.token_urlsafe(32)
    connection.execute(
        """
        with account as (
            insert into core.account (id, login, display_name, role, created_at)
            values (gen_random_uuid(), 'bench-' || gen_random_uuid(), 'bench', 'worker', now()) returning id),
        area as (
            insert into core.account_area (account_id, area_id, valid_from)
            select account.id, grid, '2000-01-01' from account, unnest(%s::int[]) grid order by grid)
        insert into core.session (token_hash, account_id, created_at, expires_at)
        select sha256(convert_to(%s, 'UTF8')), account.id, now(), now() + interval '1 hour' from account
        """,
        [mine, token],
    )
    connection.execute("set local role wangge_worker")
    connection.execute("select set_config('wangge.session', %s, true)", [token])


def _pages(places: list[tuple[int, str, str, float, float]]) -> list[str]:
    """The first page, and pages that begin after somebody or at the next grid."""
    pages = [OWN_LIST.format(after="", limit=PAGE)]
    for grid_id, home, person_id, *_ in places:
        for key in (REST_OF_GRID, NEXT_GRIDS):
            words = key.replace(":grid_id", str(grid_id)).replace(":home_code", f"'{home}'")
            pages.append(OWN_LIST.format(after=words.replace(":id", f"'{person_id}'"), limit=PAGE))
    return pages


def _viewport(lon: float, lat: float, width: float) -> str:
    half = width / 2
    return f"select * from registry.people_in({lon - half}, {lat - half}, {lon + half}, {lat + half}, 100)"


def _buffers(connection: Connection, query: str) -> int:
    """Shared buffers of the execution, the second time: the first fills this connection's catalogue caches."""
    explained = f"explain (analyze, buffers, format json) {query}".encode()
    connection.execute(explained)
    row = connection.execute(explained).fetchone()
    plan = row[0][0]["Plan"] if row else {}
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def _foreign_rows(connection: Connection, mine: set[int], grids: list[int], chance: random.Random, selects: int) -> int:
    """Rows of other grids that generated conditions bring back."""
    tables = ("person", "household", "residence", "business", "business_site", "grid_population")
    foreign = 0
    for _ in range(selects):
        grid = chance.choice(grids)
        condition = chance.choice(
            (
                f"grid_id = {grid}",
                f"grid_id <> {next(iter(mine))}",
                f"grid_id in ({grid}, {chance.choice(grids)})",
                f"grid_id between {grid - 3} and {grid + 3} or true",
                "true",
                f"not (grid_id = {grid})",
                f"exists (select from grid.grid g where g.id = t.grid_id and g.id = {grid})",
                f"grid_id is null or grid_id % {chance.randint(2, 9)} = 0",
            )
        )
        query = f"select grid_id from registry.{chance.choice(tables)} t where {condition} limit 500"
        rows = connection.execute(query.encode()).fetchall()
        foreign += sum(row[0] not in mine for row in rows)
    return foreign


def main(words: list[str] | None = None) -> int:
    """Print the figures; exit status 1 when a promise of trust.md §6 does not hold."""
    parser = argparse.ArgumentParser(prog="wangge bench scope", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout and nothing else")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--selects", type=int, default=BASELINE_SELECTS, help="generated SELECTs")
    asked = parser.parse_args(words)
    with db.unit_of_work(Tier.OWNER) as session:
        name = str(db.raw_connection(session).info.dbname)
    with prepare.administrator(name) as connection:
        figures = measure(connection, seed=asked.seed, selects=asked.selects)
    holds = (
        figures["own_list_buffers"] <= 60
        and max(figures["viewport_buffers"].values()) <= 200
        and figures["foreign_rows"] == 0
    )
    figures |= {"holds": holds, "seed": asked.seed, "machine": platform.processor() or platform.machine()}
    figures["commit"] = _commit()
    if asked.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for key, value in figures.items():
            print(f"{key:32} {value}")
        print("promised: own list <= 60 buffers, viewport <= 200, foreign rows 0 (a policy over GiST: 16,637)")
    return 0 if holds else 1


def _commit() -> str:
    found = subprocess.run(  # noqa: S603 - fixed words
        ["git", "-C", str(CHECKOUT), "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
