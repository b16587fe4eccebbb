"""The door of the etl room: load a file, whatever it is, and answer with a balance that adds up.

This room is a door of the house: it opens and commits its own units of work, one a chunk.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy.orm import Session

from core import clock
from core.actors import Actor, Tier
from core.coords import Crs
from core.db import unit_of_work
from core.rows import Outcome
from etl import headers, ledger, shapes
from etl.areas import read_areas
from etl.coordinates import in_wgs84
from etl.errors import KindUnknown
from etl.headers import TableMapping
from etl.kinds import TABLES, Kind
from etl.models import Batch
from etl.readers import AREAS, SHEETS, TEXTS, Table, digest, read_headers, read_table
from etl.records import BatchReport
from etl.rejected import is_rejected, write_rejected
from incidents.channels.table import LAYOUTS

MOST_SHOWN: Final = 20
READABLE: Final = SHEETS | TEXTS | AREAS | {".pbf"}
Tell = Callable[[int, int], None]
"""Called with (rows done, rows in all) after each chunk."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def load(
    path: Path,
    *,
    actor: Actor,
    kind: str | None = None,
    mapping: TableMapping | None = None,
    crs: Crs = Crs.WGS84,
    tell: Tell = silent,
) -> BatchReport:
    """Load one file. What was interrupted goes on where it stopped; what was loaded before changes nothing.

    `kind` overrules what the headers say; `mapping` names the headers of a table that uses others; `crs` is the system
    of the longitudes and latitudes in a table (a file of shapes says its own).
    Raises BadInput when the file as a whole cannot be understood, AlreadyLoading when it is being loaded elsewhere.
    """
    if path.suffix.lower() in AREAS | {".pbf"}:
        return _load_shapes(path, actor=actor, tell=tell)
    table = read_table(path)
    kind, frame = _understood(table, kind, mapping)
    frame = in_wgs84(frame, crs)
    taker = TABLES[kind]
    total = frame.height + len(table.rejected)
    with ledger.only_one(table.sha256, path.name):
        batch_id, done, started = _begin(kind, path.name, table.sha256, actor)
        is_resumed = done > 0
        if done == 0 and table.rejected:
            _keep(batch_id, len(table.rejected), lambda _: Outcome(0, 0, table.rejected))
            done = len(table.rejected)
        while done < total:
            chunk = frame.slice(done - len(table.rejected), taker.chunk_rows)
            _keep(
                batch_id,
                chunk.height,
                partial(_take, taker, chunk, batch_id, actor),
            )
            done += chunk.height
            tell(done, total)
        return _finish(batch_id, total, actor, is_resumed=is_resumed, started=started)


def _take(taker: Kind, rows: pl.DataFrame, batch_id: int, actor: Actor, session: Session) -> Outcome:
    return taker.take(session, rows, batch_id, actor, clock.now())


def load_folder(folder: Path, *, actor: Actor) -> list[BatchReport]:
    """Load every file of a folder, in the order in which kinds build on each other."""
    return [load(path, actor=actor) for path in ordered(folder)]


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


def write_rejects(path: Path, report: BatchReport) -> Path | None:
    """Write the refused rows of a loaded table into a sheet beside it, to be corrected and loaded again.

    None when there are none, or the file holds shapes. The answer is the sheet's path.
    """
    if not report.rejected_count or path.suffix.lower() in AREAS | {".pbf"}:
        return None
    with unit_of_work(Tier.ETL) as session:
        refused = ledger.rejects(session, report.batch_id)
    return write_rejected(read_table(path), refused)


ORDER: Final = (
    "division_years", "village_years", "divisions", "division_areas", "grids", "roads", "addresses", "residents",
    "businesses", "teams", "staff", "reports",
)  # fmt: skip


def _rank(kind: str) -> int:
    return ORDER.index(kind.partition(":")[0])


def _kind_by_look(path: Path) -> str:
    if path.suffix.lower() == ".pbf":
        return "roads"
    if path.suffix.lower() in AREAS:
        return shapes.kind_of(read_areas(path))
    names = read_headers(path)
    return _channel(names) or headers.recognise(names, where=path.name).kind


def _understood(table: Table, kind: str | None, mapping: TableMapping | None) -> tuple[str, pl.DataFrame]:
    """The kind, and the rows under the names its taker expects (reports keep the channel's own headers)."""
    if mapping is not None:
        return mapping.kind, headers.apply(mapping, table.frame)
    if kind is None and (channel := _channel(table.frame.columns)) is not None:
        return channel, table.frame
    if kind is not None and kind.startswith("reports:"):
        if kind not in TABLES:
            raise KindUnknown(zh=f"没有这个渠道：{kind}", en=f"no such channel: {kind}", where=table.path.name)
        return kind, table.frame
    chosen = headers.recognise(table.frame.columns, kind, where=table.path.name)
    return chosen.kind, headers.apply(chosen, table.frame)


def _channel(names: list[str]) -> str | None:
    """The channel whose layout finds a reference, a time and words among these headers; the fullest fit wins."""
    present = set(names)
    best, most = None, 0
    for channel, layout in LAYOUTS.items():
        must = (layout.reference, layout.received_at, layout.words)
        if not all(present & set(wanted) for wanted in must):
            continue
        told = (layout.place, layout.person, layout.phone, layout.state, layout.closed_at, layout.category, layout.unit)
        count = 3 + sum(bool(present & set(wanted)) for wanted in told)
        if count > most:
            best, most = f"reports:{channel.value}", count
    return best


def _load_shapes(path: Path, *, actor: Actor, tell: Tell) -> BatchReport:
    sha256 = digest(path)
    is_osm = path.suffix.lower() == ".pbf"
    gdf = None if is_osm else read_areas(path)
    kind = "roads" if gdf is None else shapes.kind_of(gdf)
    with ledger.only_one(sha256, path.name):
        batch_id, _, started = _begin(kind, path.name, sha256, actor)
        with unit_of_work(Tier.ETL) as session:
            if gdf is None:
                outcome = shapes.take_road_file(session, path, actor=actor, at=clock.now())
            else:
                outcome = shapes.take_shapes(session, kind, gdf, actor=actor, at=clock.now())
            read = outcome.read if gdf is None else len(gdf)
            ledger.keep(session, batch_id, read, outcome)
        tell(read, read)
        return _finish(batch_id, read, actor, is_resumed=False, started=started)


def _begin(kind: str, file_name: str, sha256: str, actor: Actor) -> tuple[int, int, float]:
    at = clock.now()
    with unit_of_work(Tier.ETL) as session:
        batch = ledger.begin(session, kind=kind, file_name=file_name, sha256=sha256, actor=actor, at=at)
        return batch.id, batch.rows_done, at.timestamp()


def _keep(batch_id: int, read: int, work: Callable[[Session], Outcome]) -> None:
    with unit_of_work(Tier.ETL) as session:
        ledger.keep(session, batch_id, read, work(session))


def _finish(batch_id: int, read: int, actor: Actor, *, is_resumed: bool, started: float) -> BatchReport:
    at = clock.now()
    with unit_of_work(Tier.ETL) as session:
        batch: Batch = ledger.finish(session, batch_id, actor=actor, at=at)
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
        )
