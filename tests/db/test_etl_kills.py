"""SIGKILL in the middle: of a load, of the job worker, of the database under an intake. Nothing is lost or doubled."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from sqlalchemy import text

from core import clock, jobs
from core.actors import Tier
from core.db import unit_of_work
from core.processes import server_pid
from etl import service
from tests.db.etl_district import ACTOR, GROUND, contents, copy_of, district

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
LINE: Final = (
    "addresses_519901001000.xlsx",
    "residents_519901001000.csv",
    "reports_12345.xlsx",
)
LOADER: Final = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from core import db
from core.actors import system_actor
from etl import kinds, service
database, path, chunk_rows, deadly, is_within = sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:])
db.use_database(database)
calls = 0
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def deadly_take(take):
    def taken(*given):
        global calls
        calls += 1
        outcome = take(*given)
        if is_within and calls == deadly:
            die()
        return outcome
    return taken
for kind, entry in kinds.TABLES.items():
    kinds.TABLES[kind] = replace(entry, chunk_rows=chunk_rows, take=deadly_take(entry.take))
def tell(done, total):
    if not is_within and calls == deadly:
        die()
print(service.load(path, actor=system_actor("tests"), tell=tell).is_resumed)
"""
"""Loads a file in small chunks and dies in its n-th one: within it, before it is committed, or right after it."""


CHUNK_ROWS: Final = 300
NEVER: Final = 0


def run(database: str, path: Path, *, deadly: int, is_within: bool = False) -> subprocess.CompletedProcess[str]:
    argv = [database, str(path), str(CHUNK_ROWS), str(deadly), str(int(is_within))]
    return subprocess.run(
        [sys.executable, "-c", LOADER, *argv], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_a_load_killed_within_and_between_chunks_ends_like_one_that_was_not(template: str, tmp_path: Path) -> None:
    files = district(tmp_path)
    found = []
    for is_killed in (False, True):
        with copy_of(template) as database:
            for name in GROUND:
                service.load(files / name, actor=ACTOR)
            for name in LINE:
                if is_killed:
                    assert run(database, files / name, deadly=2, is_within=True).returncode == -signal.SIGKILL
                    assert run(database, files / name, deadly=1).returncode == -signal.SIGKILL
                ended = run(database, files / name, deadly=NEVER)
                assert ended.stdout.strip() == str(is_killed), ended.stderr
            found.append((contents(), balances()))
    assert found[0] == found[1]


def test_a_load_killed_at_random_ends_like_one_that_was_not(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "WANGGE_IS_TEST"}
    words = ["bench", "etl_kills", "--kills", "4", "--scale", "0.005", "--seed", "11", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words],
        cwd=ROOT, env=environment | {"WANGGE_DATA": str(tmp_path)}, capture_output=True, text=True, check=False,
        timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["kills"], figures["tables_differing"]) == (4, {})
    assert min(figures["rows_compared"][table] for table in ("address.address", "registry.person")) > 1000


def balances() -> list[tuple[int, int, int, int]]:
    """Of each finished batch: rows done, accepted, repeated, rejected. Raises when one is unfinished."""
    with unit_of_work(Tier.ETL) as session:
        rows = session.execute(
            text("SELECT rows_done, accepted, repeated, rejected, status FROM etl.batch ORDER BY id")
        ).all()
    assert {row.status for row in rows} == {"finished"}
    return [(row.rows_done, row.accepted, row.repeated, row.rejected) for row in rows]


WORKER: Final = """
import os, signal, sys
from core import db, jobs
import incidents.service
db.use_database(sys.argv[1])
refresh = jobs._handlers["heat.refresh"]
def deadly(session, payload, *, actor, at):
    refresh(session, payload, actor=actor, at=at)
    session.flush()
    os.kill(os.getpid(), signal.SIGKILL)
jobs._handlers["heat.refresh"] = deadly
jobs.run_pending()
"""


def test_a_worker_killed_while_it_counts_leaves_the_heat_right(template: str, tmp_path: Path) -> None:
    files = district(tmp_path)
    with copy_of(template) as database:
        for name in (*GROUND, LINE[0], LINE[2]):
            service.load(files / name, actor=ACTOR)
        done = subprocess.run([sys.executable, "-c", WORKER, database], cwd=ROOT, check=False, timeout=120)
        assert done.returncode == -signal.SIGKILL
        assert counted()[1] == 0  # the count died with its worker
        jobs.run_pending(now=lambda: clock.now() + timedelta(minutes=1))
        placed, heat = counted()
        assert heat == placed > 0


def counted() -> tuple[int, int]:
    """Reports that have a cell and count, and what the heat says of them."""
    with unit_of_work(Tier.JOBS) as session:
        row = session.execute(
            text("""SELECT (SELECT count(*) FROM incidents.report WHERE h3_9 IS NOT NULL AND NOT is_repeat) AS placed,
                           (SELECT coalesce(sum(n), 0) FROM incidents.heat_day WHERE resolution = 9) AS heat""")
        ).one()
    return int(row.placed), int(row.heat)


SERVER: Final = "from core import migrate; migrate.upgrade(); from cli.serve import run; run('127.0.0.1', {port})"
REPORTS: Final = 60
TRY_LATER: Final = 503


@pytest.fixture
def server() -> Iterator[tuple[str, Path]]:
    """A server on a cluster of its own: its address, and the data folder."""
    with TemporaryDirectory(prefix="wg-kill-") as name:
        data = Path(name)
        data.chmod(0o711)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {**os.environ, "WANGGE_DATA": str(data), "PYTHONPATH": str(ROOT)}
        del environment["WANGGE_IS_TEST"]  # tests do not wait for the disk, and a kill then loses what was accepted
        with subprocess.Popen([sys.executable, "-c", SERVER.format(port=port)], cwd=ROOT, env=environment) as running:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                if answers(f"{address}/readyz"):
                    break
                time.sleep(0.2)
            yield address, data
            running.terminate()
        subprocess.run(
            [sys.executable, "-c", "from core import cluster; cluster.stop()"], env=environment, cwd=ROOT, check=False
        )


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server
            return True
    except OSError:
        return False


def filed(address: str, n: int) -> str | None:
    """The number that the n-th report is answered with; None when it is not taken just now."""
    fields = {"service_code": "noise", "description": f"第 {n} 件：楼下吵闹", "lat": "31.13", "long": "104.39"}
    asked = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/open311/v2/requests.json",
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Idempotency-Key": f"kill-{n}"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - our own server
            return str(json.load(answer)[0]["service_request_id"])
    except urllib.error.HTTPError as refused:
        if refused.code != TRY_LATER:
            raise
    except OSError:
        pass
    return None


def until_filed(address: str, n: int) -> str:
    """As a client does: the same key again and again until there is an answer."""
    for _ in range(200):
        if (number := filed(address, n)) is not None:
            return number
        time.sleep(0.3)
    raise TimeoutError(n)


def test_the_database_killed_twice_under_an_intake_loses_and_doubles_nothing(server: tuple[str, Path]) -> None:
    address, data = server
    numbers = {}
    for n in range(REPORTS):
        if n in (REPORTS // 3, 2 * REPORTS // 3):
            pid = server_pid(data / "cluster")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        numbers[n] = until_filed(address, n)
    assert len(set(numbers.values())) == REPORTS
    assert {n: until_filed(address, n) for n in range(REPORTS)} == numbers  # asked again, answered the same
    with urllib.request.urlopen(f"{address}/open311/v2/requests.json", timeout=30) as answer:  # noqa: S310
        kept = [row["service_request_id"] for row in json.load(answer)]
    assert sorted(kept) == sorted(numbers.values())
