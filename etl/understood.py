"""From a file to rows under our column names: kind, mapping, encoding and coordinate system judged, or as asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

import grid.service as grid_service
from core import clock
from core.actors import Tier
from core.coords import Crs
from core.db import unit_of_work
from core.rows import Reject
from etl import areas, datum, headers
from etl.areas import Areas, read_areas
from etl.cells import tidy
from etl.coordinates import Floats, System, in_wgs84, numbers, without_words
from etl.datum import Judgement
from etl.errors import PositionsDoubtful
from etl.headers import TableMapping
from etl.readers import AREAS, Table, digest, read_table

JUDGED: Final = {"addresses"}
"""Kinds whose positions are compared with the ground; others hold too few, or none that matter."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator said about a file; None is judged. `system` is that of longitudes and latitudes.

    `sheet` names the sheet of a workbook or the layer of a file with several.
    """

    kind: str | None = None
    mapping: TableMapping | None = None
    encoding: str | None = None
    sheet: str | None = None
    system: System | None = None

    def told(self) -> dict[str, str]:
        """As the ledger keeps them: a load that was interrupted goes on with the same ones only."""
        said: dict[str, Any] = {
            "kind": self.kind,
            "mapping": None if self.mapping is None else self.mapping.name,
            "encoding": self.encoding,
            "sheet": self.sheet,
            "crs": self.system,
        }
        return {name: str(value) for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Understood:
    """A table as its room takes it. `frame` has row_no and our columns (reports: the channel's headers); `rejected`
    are the rows that never reach the room. Read = frame + rejected."""

    table: Table
    mapping: TableMapping
    frame: pl.DataFrame
    rejected: tuple[Reject, ...]
    judgement: Judgement | None
    system: System

    @property
    def total(self) -> int:
        """Rows read."""
        return self.frame.height + len(self.rejected)


@dataclass(frozen=True, slots=True)
class UnderstoodAreas:
    """A layer as its room takes it: `frame` under our column names, `rejected` features that never reach the room."""

    areas: Areas
    mapping: TableMapping
    frame: Any
    rejected: tuple[Reject, ...]

    @property
    def total(self) -> int:
        """Features read."""
        return len(self.areas.frame)


def is_areas(path: Path) -> bool:
    """Whether a file holds shapes rather than rows."""
    return path.suffix.lower() in AREAS


def understand(path: Path, options: Options, table: Table | None = None) -> Understood:
    """Read a table (or take it as it was read) and judge what was not said. Raises FileUnreadable and KindUnknown."""
    if table is None:
        table = read_table(path, encoding=options.encoding, sheet=options.sheet)
    mapping = options.mapping or headers.recognise(table.headers, options.kind, where=path.name)
    if missing := mapping.missing(table.headers):
        raise headers.columns_missing(mapping, missing, path.name)
    raw, spoiled = tidy(table.frame, mapping)
    frame, wordy = without_words(headers.apply(mapping, raw))
    judgement = _judged(frame) if mapping.kind in JUDGED else None
    system = options.system or Crs.WGS84
    rejected = tuple(sorted((*table.rejected, *spoiled, *wordy), key=lambda one: one.row_no))
    return Understood(table, mapping, in_wgs84(frame, system), rejected, judgement, system)


def understand_areas(path: Path, options: Options) -> UnderstoodAreas:
    """Read a layer, put it under our column names and take out what is no usable shape."""
    found = read_areas(path, digest(path), system=options.system, layer=options.sheet)
    names = [str(name) for name in found.frame.columns if name not in ("row_no", "geometry")]
    mapping = options.mapping or headers.recognise(names, options.kind, where=path.name, is_shape=True)
    chosen = mapping.chosen(names)
    kept, rejected = areas.sift(found.frame, mapping.kind)
    ours = kept.rename(columns={header: ours for ours, header in chosen.items()})
    return UnderstoodAreas(found, mapping, ours, tuple(rejected))


def refuse_doubtful(understood: Understood, options: Options) -> None:
    """Raise PositionsDoubtful when nobody said the system and the positions are not what they would be taken for."""
    judged = understood.judgement
    if judged is None or not judged.is_sure or options.system is not None or judged.system is Crs.WGS84:
        return
    hint = f"--crs {judged.system}" if isinstance(judged.system, Crs) else ""
    raise PositionsDoubtful(
        zh=judged.zh + (f"；请加 {hint}（确是 WGS84 则加 --crs wgs84）" if hint else ""),
        en=judged.en + (f"; add {hint} (or --crs wgs84 if they are)" if hint else ""),
        where=understood.table.path.name,
    )


def _judged(frame: pl.DataFrame) -> Judgement:
    """What the positions of a sample seem to be, by the communities the rows name, else by the grids there are."""
    sample = frame[datum.sample_of(frame.height)]
    x, y = numbers(sample)
    on = clock.day_of(clock.now())
    with unit_of_work(Tier.ETL) as session:
        bounds = grid_service.district_bounds(session)
        names = {one.id: one.village_name for one in grid_service.grids(session)}

        def found(lon: Floats, lat: Floats) -> Sequence[int]:
            return [int(one) for one in grid_service.locate(session, lon, lat, on)]

        villages = sample["village"].to_list()
        is_named = sum(bool(name) for name in villages) >= datum.FEWEST

        def fits(lon: Floats, lat: Floats) -> datum.Bools:
            ids = found(lon, lat)
            if is_named:
                return datum.same_place(villages, [names.get(one) for one in ids])
            return np.array(ids) >= 0

        return datum.judge(x, y, bounds, fits)
