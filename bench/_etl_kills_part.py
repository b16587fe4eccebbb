"""What `bench/etl_kills` does, in a process of its own on a scratch site.

Two copies of one database that knows the ground: one is loaded undisturbed, the other under SIGKILLs.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from bench import _real_site as site
from bench._etl_rows import differing, rows_of
from core import cluster, db, prepare
from core.actors import Tier
from core.db import unit_of_work
from core.settings import CHECKOUT
from etl import kinds
from etl import service as etl
from etl.demo.making import make

MADE_UNTIL: Final = date(2026, 3, 1)
GROUND: Final = ("divisions.csv", "division_areas.geojson", "grids.gpkg")
LINE: Final = ("addresses", "residents", "businesses", "reports_12345")
READY: Final = "ready"
CHUNK_ROWS: Final = 100
VICTIMS: Final = ("loader",) * 7 + ("backend", "cluster", "both")
"""Whose turn it is, drawn for each kill: the loading process, its database process, the whole server, or all."""

LONGEST_S: Final = 600.0


def load_all(database: str, paths: Sequence[Path]) -> None:
    """The child: load files in small chunks; say when it begins."""
    db.use_database(database)
    for kind, entry in kinds.TABLES.items():
        kinds.TABLES[kind] = replace(entry, chunk_rows=CHUNK_ROWS)  # type: ignore[index]
    print(READY, flush=True)
    for path in paths:
        etl.load(path, actor=site.ACTOR, tell=lambda done, _: print(done, flush=True))


class Load:
    """A child that loads what is not finished yet."""

    def __init__(self, database: str, paths: Sequence[Path]) -> None:
        argv = [sys.executable, "-m", "bench._etl_kills_part", "--load", database, *map(str, paths)]
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            argv, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        stdout = self.process.stdout
        if stdout is None or stdout.readline().strip() != READY:
            raise RuntimeError(self.words())
        self.began = time.perf_counter()

    def has_ended_after(self, chunks: int) -> bool:
        """Wait for so many chunks to be committed; whether it ended before that."""
        return any(not self.process.stdout.readline() for _ in range(chunks)) if self.process.stdout else True

    def words(self) -> str:
        """What it said when it ended."""
        return self.process.communicate(timeout=LONGEST_S)[1]

    def ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def unfinished(database: str, paths: Sequence[Path]) -> tuple[list[Path], int]:
    """The files that have no finished batch, and how many rows are done in all."""
    db.use_database(database)
    with unit_of_work(Tier.ETL) as session:
        rows = session.execute(text("SELECT file_name, status, rows_done FROM etl.batch")).all()
    db.dispose()
    finished = {row.file_name for row in rows if row.status == "finished"}
    return [path for path in paths if path.name not in finished], sum(row.rows_done for row in rows)


def strike(chance: random.Random, load: Load) -> str:
    """SIGKILL one of them. Whom."""
    victim = chance.choice(VICTIMS)
    backends = [pid for pid in cluster.process_ids() if _is_backend(pid)]
    if victim in ("loader", "both") or not backends:
        load.process.kill()
    if victim == "backend" and backends:
        os.kill(chance.choice(backends), signal.SIGKILL)
    if victim in ("cluster", "both"):
        for pid in cluster.process_ids():
            _kill(pid)
    if victim != "loader" and not load.ends_within(LONGEST_S):
        load.process.kill()
    load.process.communicate()
    return victim


def _is_backend(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return False
    return b"wangge_etl" in words


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def measure(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Load twice, once under fire, and compare."""
    chance = random.Random(seed)
    for name in GROUND:
        etl.load(folder / name, actor=site.ACTOR)
    db.dispose()
    paths = [path for path in etl.ordered(folder) if path.name.startswith(LINE)]
    with prepare.administrator() as connection:
        for name in ("calm", "killed"):
            prepare.make_database(connection, name, prepare.database_name())
            prepare.secure_database(connection, name)
        connection.execute("checkpoint")  # a copied sequence logs its next numbers only after one, and would fall back
    calm = Load("calm", paths)
    if said := calm.words():
        raise RuntimeError(said)
    whole = time.perf_counter() - calm.began
    total = unfinished("calm", paths)[1]
    victims, resumed_at = Counter[str](), set[int]()
    while victims.total() < kills:
        left, done = unfinished("killed", paths)
        if not left:
            break
        resumed_at.add(done)
        ahead = (total - done) / CHUNK_ROWS / (kills - victims.total())
        load = Load("killed", left)
        has_ended = load.has_ended_after(chance.randint(0, max(1, int(ahead))))
        if not has_ended and not load.ends_within(chance.uniform(0.0, 2.0) * whole * CHUNK_ROWS / total):
            victims[strike(chance, load)] += 1
        elif load.process.returncode:
            raise RuntimeError(load.words())
    left, _ = unfinished("killed", paths)
    if left and (said := Load("killed", left).words()):
        raise RuntimeError(said)
    found = {}
    for name in ("calm", "killed"):
        db.use_database(name)
        with unit_of_work(Tier.OWNER) as session:
            found[name] = rows_of(session)
    db.use_database(None)
    differ = differing(found["calm"], found["killed"])
    return {
        "kills": victims.total(),
        "victims": dict(victims),
        "places_resumed_at": len(resumed_at),
        "file_rows": total,
        "rows_compared": {table: counts.total() for table, counts in found["calm"].items()},
        "rows_differing": sum(differ.values()),
        "tables_differing": differ,
        "is_equal": not differ,
        "undisturbed_seconds": round(whole, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", nargs="+")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--scale", type=float)
    parser.add_argument("--seed", type=int)
    words = parser.parse_args()
    if words.load:
        load_all(words.load[0], [Path(word) for word in words.load[1:]])
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), scale=words.scale, seed=words.seed, until=MADE_UNTIL)
        site.open_site()
        try:
            figures = measure(Path(folder), words.kills, words.seed)
        finally:
            site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
