"""A scratch site for real data: its own data folder, cluster and county, gone when the part is done.

`in_scratch` is the parent's side: it runs one part in a process of its own. The rest is for inside.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from core import cluster, db, jobs, logs, migrate, processes
from core.actors import Actor, Tier, system_actor
from core.db import unit_of_work
from core.settings import CHECKOUT
from etl import service as etl
from etl.headers import TableMapping, read_mapping

MAPPINGS: Final = Path(__file__).parent / "mappings"
ACTOR: Final[Actor] = system_actor("bench")
Figures = dict[str, Any]
LAST_WORDS: Final = 2_000
"""Characters of a failed part's stderr that are shown."""


class PartFailed(RuntimeError):
    """A part ended without figures; the message ends with its last words."""


def in_scratch(module: str, words: Sequence[str], *, county_code: str, is_durable: bool = False) -> Figures:
    """Run `python -m module words…` on a site of its own and give back the figures it prints.

    The user's database, data folder and caches are not touched. `is_durable`: the cluster waits for the disk, as in
    service. Raises PartFailed.
    """
    folder = Path(tempfile.mkdtemp(prefix="wangge-real-"))
    theirs = {"WANGGE_DATABASE_URL", "WANGGE_DATABASE_NAME"}
    environment = {name: value for name, value in os.environ.items() if name not in theirs}
    environment |= {"WANGGE_DATA": str(folder), "WANGGE_COUNTY_CODE": county_code}
    environment["WANGGE_IS_TEST"] = "0" if is_durable else "1"
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", module, *words],
            cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        if processes.server_pid(folder / "cluster") is not None:  # the part was stopped in the middle
            subprocess.run([sys.executable, "-m", "cli", "db", "stop"], cwd=CHECKOUT, env=environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0 or not done.stdout.strip():
        raise PartFailed(f"{module}: exit status {done.returncode}\n{done.stderr[-LAST_WORDS:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def open_site() -> None:
    """Make the cluster and the tables of this process's data folder."""
    from cli.worker import import_handlers

    logs.configure()
    migrate.upgrade()
    import_handlers()


def close_site() -> None:
    """Stop the cluster; the parent deletes the folder."""
    db.dispose()
    cluster.stop()


def mapping(name: str) -> TableMapping:
    """A mapping of `bench/mappings`."""
    return read_mapping(MAPPINGS / f"{name}.toml")


def load(path: Path, *, by: str | None = None, kind: str | None = None) -> Figures:
    """Load a file through the loaders; the balance, with the rejected rows counted by reason."""
    report = etl.load(path, actor=ACTOR, kind=kind, mapping=mapping(by) if by else None)
    with unit_of_work(Tier.ETL) as session:
        reasons = session.execute(_REASONS, {"batch": report.batch_id}).all()
    return {
        "read": report.read,
        "accepted": report.accepted,
        "rejected": report.rejected_count,
        "repeated": report.repeated,
        "adds_up": report.adds_up,
        "seconds": round(report.seconds, 1),
        "rejected_by_reason": {row.reason: row.rows for row in reasons},
        "counts": dict(report.counts),
    }


_REASONS = text("""
    select regexp_replace(zh, '[0-9]+', 'n', 'g') as reason, count(*) as rows from etl.reject where batch_id = :batch
     group by 1 order by 2 desc, 1""")


def do_jobs() -> int:
    """Do everything that loading asked for. How many jobs."""
    done = 0
    while more := jobs.run_pending():
        done += more
    return done


def write_table(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A CSV as an office would hand it in."""
    import csv

    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
    return path


def unpacked(path: Path, folder: Path) -> Path:
    """The plain file of a .gz, in a folder of ours."""
    import gzip

    plain = folder / path.name.removesuffix(".gz")
    with gzip.open(path, "rb") as packed, plain.open("wb") as file:
        shutil.copyfileobj(packed, file)
    return plain


def tell(figures: Mapping[str, Any]) -> None:
    """Hand the figures to the parent: one line on stdout."""
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
