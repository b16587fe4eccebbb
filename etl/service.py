"""The door of the etl room: load a file, whatever it is, and answer with a balance that adds up.

This room is a door of the house: it opens and commits its own units of work, one a chunk.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy.orm import Session

from core import clock
from core.actors import Actor, Tier
from core.db import unit_of_work
from core.rows import Outcome
from etl import headers, ledger, shapes
from etl.coordinates import System, system_of
from etl.errors import FileChanged, about
from etl.headers import TableMapping
from etl.kinds import TABLES, Kind
from etl.looking import look
from etl.quiet import without_cells
from etl.readers import AREAS, SHEETS, TEXTS, Table, digest, read_headers, read_table
from etl.records import BatchRecord, BatchReport, Column, Look, Undone
from etl.rejected import is_rejected, write_rejected, write_rejected_areas
from etl.understood import Options, is_areas, refuse_doubtful, understand, understand_areas
from etl.undo import batch, batches, rejects_of, undo

__all__ = [
    "BatchRecord",
    "BatchReport",
    "Column",
    "Look",
    "Undone",
    "batch",
    "batches",
    "load",
    "load_folder",
    "load_many",
    "look",
    "ordered",
    "rejects_of",
    "undo",
    "write_rejects",
    "write_rejects_of",
]

MOST_SHOWN: Final = 20
READABLE: Final = SHEETS | TEXTS | AREAS | {".pbf"}
Tell = Callable[[int, int], None]
"""Called with (rows done, rows in all) after each chunk."""
Notes = Sequence[tuple[str, str]]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def load(
    path: Path,
    *,
    actor: Actor,
    kind: str | None = None,
    mapping: TableMapping | None = None,
    crs: System | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    tell: Tell = silent,
    table: Table | None = None,
) -> BatchReport:
    """Load one file. What was interrupted goes on where it stopped; what was loaded before changes nothing.

    `kind` overrules what the headers say; `mapping` names the headers of a table that uses others; `crs` is the system
    of the positions, `encoding` that of a text, `sheet` the sheet or layer: each judged when not said. `table` is the
    file's content when it was read before.
    Raises BadInput when the file as a whole cannot be understood, PositionsDoubtful when its positions seem to be in
    another system, AlreadyLoading when it is being loaded elsewhere, OptionsDiffer when it was begun with others.
    """
    options = Options(kind, mapping, encoding, sheet, crs)
    with about(path):
        if is_areas(path) or path.suffix.lower() == ".pbf":
            return _load_shapes(path, options, actor=actor, tell=tell)
        return _load_table(path, options, table, actor=actor, tell=tell)


def _load_table(path: Path, options: Options, table: Table | None, *, actor: Actor, tell: Tell) -> BatchReport:
    read = understand(path, options, table)
    refuse_doubtful(read, options)
    frame, refused, total = read.frame, read.rejected, read.total
    taker = TABLES[read.mapping.kind]
    with ledger.only_one(read.table.sha256, path.name):
        batch_id, done, started, notes = _begin(read.mapping.kind, path.name, read.table.sha256, actor, options)
        is_resumed = done > 0
        if done == 0 and refused:
            _keep(batch_id, len(refused), lambda _: Outcome(0, 0, refused))
            done = len(refused)
        while done < total:
            chunk = frame.slice(done - len(refused), taker.chunk_rows)
            with ledger.not_left_open(batch_id):
                _keep(batch_id, chunk.height, partial(_take, taker, chunk, batch_id, actor))
            done += chunk.height
            tell(done, total)
        return _finish(batch_id, total, actor, is_resumed=is_resumed, started=started, notes=notes)


def _take(taker: Kind, rows: pl.DataFrame, batch_id: int, actor: Actor, session: Session) -> Outcome:
    outcome = taker.take(session, rows, batch_id, actor, clock.now())
    return Outcome(outcome.accepted, outcome.repeated, without_cells(outcome.rejected, rows), outcome.counts)


def load_folder(folder: Path, *, actor: Actor) -> list[BatchReport]:
    """Load every file of a folder, in the order in which kinds build on each other."""
    return load_many(ordered(folder), actor=actor)


def load_many(paths: Sequence[Path], *, actor: Actor) -> list[BatchReport]:
    """Load files one after another; while one is taken in, the next table is read."""
    reports = []
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        ahead = [thread.submit(_opened, path) for path in paths[:1]]
        for place, path in enumerate(paths):
            with about(path):
                table = ahead.pop().result()
            ahead += [thread.submit(_opened, following) for following in paths[place + 1 : place + 2]]
            reports.append(load(path, actor=actor, table=table))
    return reports


def _opened(path: Path) -> Table | None:
    return None if is_areas(path) or path.suffix.lower() == ".pbf" else read_table(path)


def ordered(folder: Path) -> list[Path]:
    """The files of a folder that can be read, in the order in which kinds build on each other.

    Sheets of refused rows that stand beside their file are passed over. Raises BadInput for a file of no known kind.
    """
    files = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in READABLE and path.name != "manifest.json" and not is_rejected(path)
    )
    return sorted(files, key=lambda path: (_rank(_kind_by_look(path)), path.name))


def write_rejects(path: Path, report: BatchReport, *, options: Options | None = None) -> Path | None:
    """Write the refused rows of a loaded file into a sheet beside it (shapes: also a gpkg), to be corrected and loaded
    again. None when there are none. `options` are those of the load. The answer is the sheet's path.
    """
    if not report.rejected_count or path.suffix.lower() == ".pbf":
        return None
    with unit_of_work(Tier.ETL) as session:
        refused = ledger.rejects(session, report.batch_id)
    told = options or Options()
    if is_areas(path):
        return write_rejected_areas(understand_areas(path, told).areas, refused)
    return write_rejected(read_table(path, encoding=told.encoding, sheet=told.sheet), refused)


def write_rejects_of(path: Path, batch_id: int) -> Path | None:
    """The same for a batch of the ledger. Raises FileChanged when this is not the file that was loaded."""
    with unit_of_work(Tier.ETL) as session:
        kept = batch(session, batch_id)
        refused = ledger.rejects(session, batch_id)
    if digest(path) != kept.sha256:
        raise FileChanged(
            zh=f"这不是第 {batch_id} 批导入的那个文件，或内容已改动",
            en=f"this is not the file of batch {batch_id}, or it was changed",
            where=path.name,
        )
    if not refused:
        return None
    sheet = kept.options.get("sheet")
    if is_areas(path):
        system = kept.options.get("crs")
        told = Options(kept.kind, sheet=sheet, system=system_of(system) if system else None)
        return write_rejected_areas(understand_areas(path, told).areas, refused)
    return write_rejected(read_table(path, encoding=kept.options.get("encoding"), sheet=sheet), refused)


ORDER: Final = (
    "division_years", "village_years", "divisions", "division_areas", "grids", "roads", "addresses", "residents",
    "businesses", "teams", "staff", "reports",
)  # fmt: skip


def _rank(kind: str) -> int:
    return ORDER.index(kind.partition(":")[0])


def _kind_by_look(path: Path) -> str:
    if path.suffix.lower() == ".pbf":
        return "roads"
    if is_areas(path):
        return understand_areas(path, Options()).mapping.kind
    return headers.recognise(read_headers(path), where=path.name).kind


def _load_shapes(path: Path, options: Options, *, actor: Actor, tell: Tell) -> BatchReport:
    sha256 = digest(path)
    read = None if path.suffix.lower() == ".pbf" else understand_areas(path, options)
    kind = "roads" if read is None else read.mapping.kind
    with ledger.only_one(sha256, path.name):
        batch_id, _, started, notes = _begin(kind, path.name, sha256, actor, options)
        with ledger.not_left_open(batch_id), unit_of_work(Tier.ETL) as session:
            if read is None:
                outcome = shapes.take_road_file(session, path, actor=actor, at=clock.now())
            else:
                outcome = shapes.take(session, read, actor=actor, at=clock.now())
            total = outcome.read if read is None else read.total
            ledger.keep(session, batch_id, total, outcome)
        tell(total, total)
        return _finish(batch_id, total, actor, is_resumed=False, started=started, notes=notes)


def _begin(kind: str, file_name: str, sha256: str, actor: Actor, options: Options) -> tuple[int, int, float, Notes]:
    at = clock.now()
    with unit_of_work(Tier.ETL) as session:
        batch, said = ledger.begin(
            session, kind=kind, file_name=file_name, sha256=sha256, actor=actor, at=at, options=options.told()
        )
        return batch.id, batch.rows_done, at.timestamp(), [said] if said else []


def _keep(batch_id: int, read: int, work: Callable[[Session], Outcome]) -> None:
    with unit_of_work(Tier.ETL) as session:
        ledger.keep(session, batch_id, read, work(session))


def _finish(batch_id: int, read: int, actor: Actor, *, is_resumed: bool, started: float, notes: Notes) -> BatchReport:
    at = clock.now()
    with unit_of_work(Tier.ETL) as session:
        batch = ledger.finish(session, batch_id, actor=actor, at=at)
        return BatchReport(
            batch_id=batch.id,
            kind=batch.kind,
            file_name=batch.file_name,
            read=read,
            accepted=batch.accepted,
            repeated=batch.repeated,
            rejected_count=batch.rejected,
            seconds=at.timestamp() - started,
            is_resumed=is_resumed,
            rejected=ledger.rejects(session, batch_id, MOST_SHOWN),
            counts=dict(batch.counts),
            notes=notes,
        )
