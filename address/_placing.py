"""Where texts are: the index of a database in memory and on disk, and what it says in words of other rooms.

Behind the door: call `address.service.index` and `place`.
"""

import hashlib
import os
import pickle
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from address import match
from address._rows import Ground, Read, edited_since, frame_of, ground, moment
from address.areas import Area
from address.match import AddressIndex
from address.records import Placements
from address.version import stamp
from core.clock import day_of, now
from core.settings import settings
from grid import cells
from grid import service as grid

KEPT: Final = 2  # indexes kept in memory, each some hundred megabytes at half a million addresses
MOST_EDITED: Final = 0.25
"""An index with more of its rows edited than this share is built anew: about where that becomes cheaper."""
FINE_M: Final = 150.0
"""Grids and cells are named only for places known this well."""
TOLD: Final = ("code", "level", "grid_id", "town", "village")


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index, what other rooms want of its rows (`TOLD`; code null where a row was edited away), and its origin."""

    index: AddressIndex
    rows: pl.DataFrame
    ground: Ground
    read: Read
    edited: int = 0

    def followed(self, edited: Sequence[str], frame: pl.DataFrame, read: Read) -> "Indexed":
        """The same with the rows of these codes as `frame` has them now."""
        is_old = self.rows["code"].is_in(edited).fill_null(value=False)
        index = self.index.without(is_old.arg_true().to_list())
        index = index.with_rows(_for_index(frame)) if len(frame) else index
        rows = self.rows.with_columns(pl.when(~is_old).then("code").alias("code"))
        rows = pl.concat([rows, frame.select(TOLD)])
        return Indexed(index, rows, self.ground, read, self.edited + len(frame))


_kept: OrderedDict[UUID, Indexed] = OrderedDict()
_lock = Lock()


def index(session: Session) -> AddressIndex:
    """The index of the addresses as they are now; after an edit only what was edited is taken in anew."""
    return indexed(session).index


def indexed(session: Session) -> Indexed:
    """The index with its columns."""
    with _lock:
        key = _key(session)
        if key not in _kept:
            read = moment(session)
            key = _key(session)  # once more: nothing may change between the moment and what it stands for
            _kept[key] = _current(session, key, read)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def _key(session: Session) -> UUID:
    """Of addresses and divisions together."""
    return UUID(int=stamp(session).int ^ grid.stamp(session).int)


def _current(session: Session, key: UUID, read: Read) -> Indexed:
    found = _from_disk(_path(key))
    if found is not None:
        return replace(found, read=read)
    today = ground(session)
    for base in _bases():
        if not base.read.is_committed or base.read.site != read.site or not base.ground.same_as(today):
            continue
        edited = edited_since(session, base.read, int(len(base.rows) * MOST_EDITED) - base.edited)
        if edited is not None:
            return base.followed(edited, frame_of(session, edited), read)
    return _built(session, key, today, read)


def _built(session: Session, key: UUID, today: Ground, read: Read) -> Indexed:
    frame = pl.concat([frame_of(session), today.divisions.with_columns(told_as="level")], how="diagonal")
    index = AddressIndex.build(_for_index(frame), today.counties, today.former)
    for kind in ("town", "village"):  # known by name only: an answer without a middle
        for name in frame[kind].drop_nulls().unique():
            index.areas.setdefault((kind, name), Area(float("nan"), float("nan"), float("inf")))
    made = Indexed(index, frame.select(TOLD), today, read)
    if len(frame) >= WORTH_KEEPING and read.is_committed:
        _to_disk(_path(key), made)
    return made


def _for_index(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("told_as").alias("level"), pl.col("name_kind").fill_null(""))


Hints = NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Placer:
    """Says where texts are, from memory alone: what was true when it was made."""

    known: Indexed
    ground: grid.Ground

    def __call__(self, texts: Sequence[str], hints_lon: Hints = None, hints_lat: Hints = None) -> Placements:
        """As `place`."""
        return _placed(self.known, self.ground, texts, hints_lon, hints_lat)


def placer(session: Session) -> Placer:
    """What `place` asks, for whoever places much and has no database at hand meanwhile."""
    return Placer(indexed(session), grid.ground(session, day_of(now())))


def place(session: Session, texts: Sequence[str], *, hints_lon: Hints = None, hints_lat: Hints = None) -> Placements:
    """Where every text is, as fine as can be told: room, building, door, estate, road, village, town, none.

    A hint is a position that came with the text (WGS84, NaN where none): it stands in where the text says nothing
    finer than a road, with the precision of a door.
    """
    return placer(session)(texts, hints_lon, hints_lat)


def _placed(known: Indexed, drawn: grid.Ground, texts: Sequence[str], hints_lon: Hints, hints_lat: Hints) -> Placements:
    found = known.index.match_many(list(texts))
    row = np.asarray(found.row, dtype=np.int64)
    lon, lat = np.array(found.lon, dtype=np.float64), np.array(found.lat, dtype=np.float64)
    metres = np.array(found.precision_m, dtype=np.float64)
    precision = [str(level) for level in found.level]
    why = [str(word) for word in found.why]
    told = known.rows.select(pl.all().gather(pl.Series(row).replace(-1, None)))
    grid_id = told["grid_id"].fill_null(-1).to_numpy().copy()
    if hints_lon is not None and hints_lat is not None:
        is_hinted = np.isfinite(hints_lon) & np.isfinite(hints_lat) & ~(metres <= FINE_M)
        lon, lat = np.where(is_hinted, hints_lon, lon), np.where(is_hinted, hints_lat, lat)
        metres = np.where(is_hinted, HINT_M, metres)
        grid_id = np.where(is_hinted, np.int32(-1), grid_id)
        for at in np.flatnonzero(is_hinted).tolist():
            precision[at], why[at] = "door", "hint"
    is_fine = np.isfinite(lon) & np.isfinite(lat) & (metres <= FINE_M)
    loose = is_fine & (grid_id < 0)
    if loose.any():
        grid_id[loose] = drawn.find(lon[loose], lat[loose])
    finest = cells.cells(np.where(is_fine, lon, np.nan), np.where(is_fine, lat, np.nan), 10)
    return Placements(
        code=told["code"].to_list(),
        level=told["level"].fill_null("").to_list(),
        precision=precision,
        precision_m=metres,
        lon=lon,
        lat=lat,
        grid_id=np.where(is_fine, grid_id, -1).astype(np.int32),
        town=told["town"].to_list(),
        village=told["village"].to_list(),
        h3_8=cells.parents(finest, 8),
        h3_9=cells.parents(finest, 9),
        h3_10=finest,
        why=why,
        score=np.asarray(found.score, dtype=np.float64),
    )


HINT_M = 50.0
"""How far a caller's phone may be from where things happen: the usual figure for a phone in a town."""


WORTH_KEEPING = 20_000  # rows; below this building is faster than reading


def _path(key: UUID) -> Path:
    """By stamp and by the text of this room's programs: another program reads no old index."""
    return _folder() / f"addresses-{key}-{_program()}.pickle"


def _folder() -> Path:
    return settings().data / "cache"


@cache
def _program() -> str:
    told = hashlib.sha256()
    for file in sorted(Path(match.__file__).parent.glob("*.[pt][ys]*")):
        told.update(file.read_bytes())
    return told.hexdigest()[:8]


def _from_disk(path: Path) -> Indexed | None:
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            found = pickle.load(file)  # noqa: S301 - our own file in our own data folder, mode 0600
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        return None
    return found if isinstance(found, Indexed) else None


def _bases() -> Iterator[Indexed]:
    """Indexes that today's may be made of: in memory, the last used first, then what was built last by any process."""
    yield from reversed(_kept.values())
    found = sorted(_folder().glob(f"addresses-*-{_program()}.pickle"), key=lambda path: path.stat().st_mtime)
    if found and (newest := _from_disk(found[-1])) is not None:
        yield newest


def _to_disk(path: Path, made: Indexed) -> None:
    """Best effort: an index that cannot be kept is built again next time."""
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in path.parent.glob("addresses-*.pickle"):
            old.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            pickle.dump(made, file, protocol=pickle.HIGHEST_PROTOCOL)
        draft.replace(path)
    except (OSError, pickle.PicklingError):
        draft.unlink(missing_ok=True)
