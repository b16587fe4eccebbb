"""A dry run: what a file seems to be, its first rows as they would be taken, and the exact balance; nothing stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from core import clock
from core.actors import Actor, Tier
from core.db import unit_of_work
from core.rows import Outcome
from etl import ledger, shapes
from etl.errors import FileUnreadable, PositionsDoubtful
from etl.kinds import TABLES
from etl.quiet import without_cells
from etl.readers import as_text
from etl.records import Column, Look
from etl.understood import Options, Understood, UnderstoodAreas, is_areas, refuse_doubtful, understand, understand_areas

ROWS_SHOWN: Final = 10


class _TakenBack(Exception):
    """Ends the transaction of a dry run."""


def look(
    path: Path,
    options: Options,
    *,
    actor: Actor,
    is_counted: bool = True,
    tell: Callable[[int, int], None] | None = None,
) -> Look:
    """Look at a file as `service.load` would take it. `is_counted` runs the load for its balance and takes it back.

    Raises BadInput when the file as a whole cannot be understood.
    """
    if path.suffix.lower() == ".pbf":
        raise FileUnreadable(
            zh="路网文件（pbf）不支持试导入，请直接导入",
            en="a road extract (pbf) has no dry run: load it",
            where=path.name,
        )
    if is_areas(path):
        read = understand_areas(path, options)
        outcome = _counted_areas(read, actor) if is_counted else None
        positions = (f"坐标系 {read.areas.said}，按 WGS84 存放", f"coordinate system {read.areas.said}, kept as WGS84")
        rows = as_text(read.areas.frame.drop(columns="geometry"))
        return _told(read, rows, read.areas.sha256, outcome, positions, is_doubtful=False)
    table = understand(path, options)
    doubt = _doubt(table, options)
    outcome = _counted(table, actor, tell) if is_counted and doubt is None else None
    judged = table.judgement
    positions_of_table = doubt or (None if judged is None else (judged.zh, judged.en))
    return _told(table, table.frame, table.table.sha256, outcome, positions_of_table, is_doubtful=doubt is not None)


def _doubt(read: Understood, options: Options) -> tuple[str, str] | None:
    try:
        refuse_doubtful(read, options)
    except PositionsDoubtful as fault:
        return fault.zh, fault.en
    return None


def _told(
    read: Understood | UnderstoodAreas,
    rows: pl.DataFrame,
    sha256: str,
    outcome: Outcome | None,
    positions: tuple[str, str] | None,
    *,
    is_doubtful: bool,
) -> Look:
    source = read.table if isinstance(read, Understood) else read.areas
    headers = read.table.headers if isinstance(read, Understood) else [n for n in rows.columns if n != "row_no"]
    chosen = read.mapping.chosen(headers)
    columns = [Column(ours, read.mapping.label(ours), chosen.get(ours)) for ours in read.mapping.columns]
    present = [one for one in columns if one.header is not None]
    shown = [one.ours if one.ours in rows.columns else str(one.header) for one in present]
    first = rows.head(ROWS_SHOWN).select([name for name in shown if name in rows.columns]).cast(pl.String).fill_null("")
    notes = _notes(read, sha256)
    return Look(
        file_name=source.path.name,
        sha256=sha256,
        kind=read.mapping.kind,
        mapping=read.mapping.name,
        zh=read.mapping.zh,
        en=read.mapping.en,
        total=read.total,
        columns=columns,
        ignored=[name for name in headers if name not in chosen.values()],
        rows=[list(row) for row in first.iter_rows()],
        encoding=source.encoding,
        sheet=read.table.sheet if isinstance(read, Understood) else read.areas.layer,
        positions=positions,
        is_doubtful=is_doubtful,
        notes=notes,
        outcome=outcome,
    )


def _notes(read: Understood | UnderstoodAreas, sha256: str) -> list[tuple[str, str]]:
    notes = []
    if isinstance(read, Understood) and len(read.table.sheets) > 1:
        others = "、".join(read.table.sheets[1:])
        notes.append(
            (
                f"只读了工作表“{read.table.sheet}”；还有：{others}，可用 --sheet 指明",
                f"only the sheet {read.table.sheet} was read; there are others ({others}): name one with --sheet",
            )
        )
    with unit_of_work(Tier.ETL) as session:
        old = ledger.earlier(session, sha256, read.mapping.kind)
        if old is not None:
            notes.append(
                (
                    f"同一个文件已作为第 {old.id} 批导入过，再导入不会有变化",
                    f"the same file is in as batch {old.id}: loading it again changes nothing",
                )
            )
    return notes


def _counted(read: Understood, actor: Actor, tell: Callable[[int, int], None] | None) -> Outcome:
    taker = TABLES[read.mapping.kind]
    outcomes = [Outcome(0, 0, read.rejected)]
    try:
        with unit_of_work(Tier.ETL) as session:
            for begin in range(0, read.frame.height, taker.chunk_rows):
                chunk = read.frame.slice(begin, taker.chunk_rows)
                taken = taker.take(session, chunk, 0, actor, clock.now())
                quiet = without_cells(taken.rejected, chunk)
                outcomes.append(Outcome(taken.accepted, taken.repeated, quiet, taken.counts))
                if tell is not None:
                    tell(begin + chunk.height, read.frame.height)
            raise _TakenBack
    except _TakenBack:
        return _sum(outcomes)


def _counted_areas(read: UnderstoodAreas, actor: Actor) -> Outcome:
    taken: list[Outcome] = []
    try:
        with unit_of_work(Tier.ETL) as session:
            taken.append(shapes.take(session, read, actor=actor, at=clock.now()))
            raise _TakenBack
    except _TakenBack:
        return _sum(taken)


def _sum(outcomes: list[Outcome]) -> Outcome:
    counts: dict[str, int] = {}
    for one in outcomes:
        for name, count in one.counts.items():
            counts[name] = counts.get(name, 0) + count
    rejected = sorted((reject for one in outcomes for reject in one.rejected), key=lambda reject: reject.row_no)
    accepted, repeated = sum(one.accepted for one in outcomes), sum(one.repeated for one in outcomes)
    return Outcome(accepted, repeated, tuple(rejected), counts)
