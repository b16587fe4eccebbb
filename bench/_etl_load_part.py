"""What `bench/etl_load` measures, in a process of its own on a scratch site."""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import psycopg

from bench import _real_site as site
from core import cluster, db, prepare, processes
from etl import service as etl
from etl.demo.making import make, read_manifest

MADE_UNTIL: Final = date(2026, 3, 1)
GROUND: Final = ("divisions.csv", "division_areas.geojson", "grids.gpkg")
KINDS: Final = ("addresses", "residents", "businesses")
TABLES: Final = (
    "address.address", "address.address_name", "address.implied", "registry.household", "registry.person",
    "registry.residence", "registry.business", "registry.business_site", "registry.grid_population",
)  # fmt: skip
"""Where the rows of these files end up, parents of foreign keys first."""

ROOMS: Final = ("address", "registry")
BLOCK: Final = 1 << 20
LOOK_EVERY_S: Final = 0.2
TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """Seconds of a stretch of work: on the wall, and of the processors of this process and of the cluster."""

    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0
    marks: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), repr=False)

    @property
    def cpu(self) -> float:
        return self.client + self.server

    def told(self) -> dict[str, float]:
        """Rounded, for the figures."""
        return {"wall": round(self.wall, 2), "client_cpu": round(self.client, 2), "server_cpu": round(self.server, 2)}


@contextmanager
def timed() -> Iterator[Spent]:
    """Measure what happens inside."""
    spent = Spent(marks=_clocks())
    yield spent
    spent.wall, spent.client, spent.server = (now - then for now, then in zip(_clocks(), spent.marks, strict=True))


def _clocks() -> tuple[float, float, float]:
    own = os.times()
    return time.perf_counter(), sum(own[:4]), _server_cpu()


def _server_cpu() -> float:
    """Processor seconds of the cluster's processes; ended ones are counted with the server that waited for them."""
    ticks = 0
    server = processes.server_pid(cluster.status().data / "cluster")
    for pid in cluster.process_ids():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(word) for word in stat[11 : 15 if pid == server else 13])
    return ticks / TICK


class Peak:
    """The most memory (PSS) that this process, those below it and the cluster held together while it watched."""

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_EVERY_S):
            pids = [*processes.tree(os.getpid()), *cluster.process_ids()]
            self.bytes = max(self.bytes, processes.memory_bytes(pids))


def measure(folder: Path) -> dict[str, Any]:
    """Load, load again, then COPY the rows of the first load into the emptied tables."""
    for name in GROUND:
        etl.load(folder / name, actor=site.ACTOR)
    files = [path for path in etl.ordered(folder) if path.name.startswith(KINDS)]
    first, by_kind, peak = _load(files)
    rows = _rows()
    before = _written()
    again, again_by_kind, _ = _load(files)
    written = {table: count - before[table] for table, count in _written().items() if count != before[table]}
    ledger = {table: written.pop(table) for table in list(written) if table.split(".")[0] not in ROOMS}
    copied = _copied()
    total = sum(rows.values())
    return {
        "rows": total,
        "seconds": round(first.wall, 2),
        "copy_seconds": round(copied.wall, 2),
        "ratio": round(copied.wall / first.wall, 3),
        "reload_ratio": round(again.wall / first.wall, 3),
        "rows_written_on_reload": sum(written.values()),
        "peak_mb": round(peak / 2**20),
        "cpu_ratio": round(copied.cpu / first.cpu, 3),
        "reload_cpu_ratio": round(again.cpu / first.cpu, 3),
        "first": first.told(),
        "reload": again.told(),
        "copy": copied.told(),
        "by_kind": by_kind,
        "reload_by_kind": again_by_kind,
        "rows_by_table": rows,
        "tables_written_on_reload": written,
        "ledger_rows_on_reload": ledger,
    }


def _load(files: Sequence[Path]) -> tuple[Spent, dict[str, Any], int]:
    """Load files in their order: time in all and by kind, and the peak of memory."""
    by_kind: dict[str, Any] = {}
    with Peak() as peak, timed() as whole:
        for kind in KINDS:
            with timed() as spent:
                reports = etl.load_many([path for path in files if path.name.startswith(kind)], actor=site.ACTOR)
            read = sum(report.read for report in reports)
            by_kind[kind] = {
                **spent.told(),
                "read": read,
                "accepted": sum(report.accepted for report in reports),
                "repeated": sum(report.repeated for report in reports),
                "rejected": sum(report.rejected_count for report in reports),
                "rows_per_second": round(read / spent.wall),
            }
    return whole, by_kind, peak.bytes


def _rows() -> dict[str, int]:
    with prepare.administrator(prepare.database_name()) as connection:
        return {table: _count(connection, table) for table in TABLES}


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _written() -> dict[str, int]:
    """Rows inserted, updated and deleted so far, by table. Connections are closed first: they report when they end."""
    db.dispose()
    time.sleep(1.0)
    with prepare.administrator(prepare.database_name()) as connection:
        rows = connection.execute(
            "select schemaname || '.' || relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables"
        ).fetchall()
    return {str(name): int(count) for name, count in rows}


def _copied() -> Spent:
    """COPY the rows that now are in the tables into the same tables, emptied, with every index in place."""
    with tempfile.TemporaryDirectory() as name, prepare.administrator(prepare.database_name()) as connection:
        columns = {table: _columns(connection, table) for table in TABLES}
        for table in TABLES:
            words = f"copy {table} ({columns[table]}) to stdout"
            with (Path(name) / table).open("wb") as file, connection.cursor() as cursor, cursor.copy(words) as copy:
                file.writelines(copy)
        connection.execute("set session_replication_role = replica")  # codes are never truncated but here
        connection.execute(f"truncate {', '.join(TABLES)} cascade")
        connection.execute("reset session_replication_role")
        connection.execute("checkpoint")
        with timed() as spent:
            for table in TABLES:
                words = f"copy {table} ({columns[table]}) from stdin"
                with (Path(name) / table).open("rb") as file, connection.cursor() as cursor, cursor.copy(words) as copy:
                    while block := file.read(BLOCK):
                        copy.write(block)
    return spent


def _columns(connection: psycopg.Connection[Any], table: str) -> str:
    row = connection.execute(
        """select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
            where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''""",
        [table],
    ).fetchone()
    return str(row[0]) if row else ""


def district(words: argparse.Namespace, spare: Path, tell: Callable[[str, int], None] | None = None) -> Path:
    """The folder of a made district of this scale and seed: the one that was named, made there when it is not."""
    folder: Path = words.district or spare
    made = read_manifest(folder)
    if made is None or (made.scale, made.seed) != (words.scale, words.seed):
        make(folder, scale=words.scale, seed=words.seed, until=MADE_UNTIL, report=tell)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--district", type=Path)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = district(words, Path(spare))
        site.open_site()
        try:
            figures = measure(folder)
        finally:
            site.close_site()
    site.tell(figures)


if __name__ == "__main__":
    main()
