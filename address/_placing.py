"""Where texts are: the index of a database in memory and on disk, and what it says in words of other rooms.

Behind the door: call `address.service.index` and `place`.
"""

import hashlib
import os
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import match
from address._objects import PARTS
from address.areas import Area
from address.match import AddressIndex
from address.records import Placements
from address.version import stamp
from core.clock import day_of, now
from core.settings import settings
from grid import cells
from grid import service as grid

KEPT = 2  # indexes kept in memory, each some hundred megabytes at half a million addresses
FINE_M = 150.0
"""Grids and cells are named only for places known this well."""

NAMES = ("code", "level", *PARTS, "lon", "lat", "grid_id", "town_code", "village_code")
SCHEMA = dict.fromkeys(NAMES, pl.String) | {"lon": pl.Float64, "lat": pl.Float64, "grid_id": pl.Int32}


class Indexed:
    """An index and the columns of its rows that other rooms want."""

    def __init__(self, frame: pl.DataFrame, counties: Sequence[str] = ()) -> None:
        self.index = AddressIndex.build(frame, counties)
        for kind in ("town", "village"):  # known by name only: an answer without a middle
            for name in frame[kind].drop_nulls().unique():
                self.index.areas.setdefault((kind, name), Area(float("nan"), float("nan"), float("inf")))
        self.code = frame["code"].to_list()
        self.level = frame["level"].to_list()
        self.grid_id = frame["grid_id"].fill_null(-1).to_numpy().astype(np.int32)
        self.town = frame["town"].to_list()
        self.village = frame["village"].to_list()


_kept: OrderedDict[UUID, Indexed] = OrderedDict()
_lock = Lock()


def index(session: Session) -> AddressIndex:
    """The index of the addresses as they are now; built once per change, kept in memory and in the data folder."""
    return indexed(session).index


def indexed(session: Session) -> Indexed:
    """The index with its columns."""
    key = UUID(int=stamp(session).int ^ grid.stamp(session).int)  # addresses and divisions
    with _lock:
        if key not in _kept:
            _kept[key] = _from_disk(key) or _built(session, key)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def place(
    session: Session,
    texts: Sequence[str],
    *,
    hints_lon: NDArray[np.float64] | None = None,
    hints_lat: NDArray[np.float64] | None = None,
) -> Placements:
    """Where every text is, as fine as can be told: room, building, door, estate, road, village, town, none.

    A hint is a position that came with the text (WGS84, NaN where none): it stands in where the text says nothing
    finer than a road, with the precision of a door.
    """
    known = indexed(session)
    found = known.index.match_many(list(texts))
    row = np.asarray(found.row, dtype=np.int64)
    lon, lat = np.array(found.lon, dtype=np.float64), np.array(found.lat, dtype=np.float64)
    metres = np.array(found.precision_m, dtype=np.float64)
    precision = [str(level) for level in found.level]
    why = [str(word) for word in found.why]
    level = [known.level[at] if at >= 0 else "" for at in row.tolist()]
    grid_id = np.where(row >= 0, known.grid_id[row] if len(known.grid_id) else -1, -1).astype(np.int32)
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
        grid_id[loose] = grid.locate(session, lon[loose], lat[loose], day_of(now()))
    finest = cells.cells(np.where(is_fine, lon, np.nan), np.where(is_fine, lat, np.nan), 10)
    return Placements(
        code=[known.code[at] if at >= 0 else None for at in row.tolist()],
        level=level,
        precision=precision,
        precision_m=metres,
        lon=lon,
        lat=lat,
        grid_id=np.where(is_fine, grid_id, -1).astype(np.int32),
        town=[known.town[at] if at >= 0 else None for at in row.tolist()],
        village=[known.village[at] if at >= 0 else None for at in row.tolist()],
        h3_8=cells.parents(finest, 8),
        h3_9=cells.parents(finest, 9),
        h3_10=finest,
        why=why,
        score=np.asarray(found.score, dtype=np.float64),
    )


HINT_M = 50.0
"""How far a caller's phone may be from where things happen: the usual figure for a phone in a town."""


def frame_of(session: Session) -> pl.DataFrame:
    """All living addresses as the index wants them, parents before children; other names of estates as rows too."""
    columns = ", ".join(f'a."{name}"' for name in NAMES)
    rows = session.execute(
        text(f"SELECT {columns} FROM address.address a WHERE a.status <> 'historic' ORDER BY a.created_at, a.code")
    )
    frame = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
    aliases = session.execute(
        text("""
            SELECT DISTINCT ON (a.estate, n.text) a.estate, n.text
            FROM address.address_name n JOIN address.address a ON a.code = n.code
            WHERE a.level = 'estate' AND n.valid_to IS NULL
        """)
    ).all()
    if not aliases:
        return frame
    told = pl.DataFrame([tuple(one) for one in aliases], schema={"estate": pl.String, "alias": pl.String}, orient="row")
    second = frame.join(told, on="estate").with_columns(pl.col("alias").alias("estate")).select(frame.columns)
    return pl.concat([frame, second])


DIVISIONS = text("""
    SELECT d.level, CASE d.level WHEN 'town' THEN d.name ELSE p.name END AS town,
           CASE d.level WHEN 'village' THEN d.name END AS village,
           ST_X(ST_PointOnSurface(d.geom)) AS lon, ST_Y(ST_PointOnSurface(d.geom)) AS lat
    FROM grid.v_division d LEFT JOIN grid.v_division p ON p.code = d.parent_code
    WHERE d.level IN ('town', 'village') ORDER BY d.code
""")


def with_divisions(session: Session, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame and a row for each town and village: their names are known before any address of theirs is."""
    told = [dict(row) for row in session.execute(DIVISIONS).mappings()]
    columns = dict.fromkeys(("level", "town", "village"), pl.String) | dict.fromkeys(("lon", "lat"), pl.Float64)
    return pl.concat([frame, pl.DataFrame(told, schema=columns)], how="diagonal").select(frame.columns)


def _built(session: Session, key: UUID) -> Indexed:
    counties = session.execute(text("SELECT DISTINCT name FROM grid.v_division WHERE level = 'county'")).scalars()
    made = Indexed(with_divisions(session, frame_of(session)), sorted(counties))
    if len(made.code) >= WORTH_KEEPING:
        _to_disk(key, made)
    return made


WORTH_KEEPING = 20_000  # rows; below this building is faster than reading


def _path(key: UUID) -> Path:
    """By stamp and by the text of this room's programs: another program reads no old index."""
    return settings().data / "cache" / f"addresses-{key}-{_program()}.pickle"


@cache
def _program() -> str:
    told = hashlib.sha256()
    for file in sorted(Path(match.__file__).parent.glob("*.[pt][ys]*")):
        told.update(file.read_bytes())
    return told.hexdigest()[:8]


def _from_disk(key: UUID) -> Indexed | None:
    path = _path(key)
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            found = pickle.load(file)  # noqa: S301 - our own file in our own data folder, mode 0600
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError):
        return None
    return found if isinstance(found, Indexed) else None


def _to_disk(key: UUID, made: Indexed) -> None:
    """Best effort: an index that cannot be kept is built again next time."""
    path = _path(key)
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
