"""Point to grid on a date, for half a million points at once."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from threading import Lock
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

NOWHERE = -1
KEPT = 4  # grounds kept in memory: one for each (stamp, set of boundaries), a few megabytes each

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ground:
    """Base and dedicated grids of one day, by ascending id. Pure: knows no database."""

    ids: NDArray[np.int32]
    shapes: NDArray[np.object_]

    def __post_init__(self) -> None:
        shapely.prepare(self.shapes)

    def find(self, lon: Floats, lat: Floats) -> NDArray[np.int32]:
        """The grid of every point, NOWHERE where there is none or no finite coordinate.

        A point on the edge of several grids goes to the lowest id, always: no point is in two grids.
        """
        found = np.full(len(lon), NOWHERE, dtype=np.int32)
        eastward = np.argsort(lon, kind="stable")  # NaN sorts to the end, beyond every box
        sorted_lon = lon[eastward]
        bounds = shapely.bounds(self.shapes)
        for place in range(len(self.ids) - 1, -1, -1):  # the lowest id writes last
            west, south, east, north = bounds[place]
            begin = np.searchsorted(sorted_lon, west, side="left")
            end = np.searchsorted(sorted_lon, east, side="right")
            near = eastward[begin:end]
            near = near[(lat[near] >= south) & (lat[near] <= north)]
            inside = shapely.intersects_xy(self.shapes[place], lon[near], lat[near])
            found[near[inside]] = self.ids[place]
        return found


_grounds: OrderedDict[tuple[UUID, bytes], Ground] = OrderedDict()
_spans: OrderedDict[UUID, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[bytes]]] = OrderedDict()
_lock = Lock()


def stamp(session: Session) -> UUID:
    """Changes whenever grids or divisions change, and is never the same in two databases: a key for caches."""
    found: UUID = session.execute(text("SELECT stamp FROM grid.version")).scalar_one()
    return found


def locate(session: Session, lon: Floats, lat: Floats, on: date) -> NDArray[np.int32]:
    """The base or dedicated grid of every point on a day (WGS84 degrees), -1 where there is none."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if len(lon) == 0:
        return np.zeros(0, dtype=np.int32)
    return ground(session, on).find(lon, lat)


def ground(session: Session, on: date) -> Ground:
    """The grids of a day, to be asked without the database."""
    now = stamp(session)
    with _lock:
        if now not in _spans:
            _spans[now] = _read(session)
            _trim()
        begins, ends, ids, shapes = _spans[now]
        day = on.toordinal()
        chosen = np.flatnonzero((begins <= day) & (day < ends))
        key = (now, chosen.tobytes())
        if key not in _grounds:
            drawn = shapely.from_wkb(np.array([shapes[row] for row in chosen], dtype=object))
            _grounds[key] = Ground(ids[chosen].astype(np.int32), drawn)
            _trim()
        _grounds.move_to_end(key)
        _spans.move_to_end(now)
        return _grounds[key]


def _read(session: Session) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], list[bytes]]:
    rows = session.execute(
        text("""
            SELECT grid.id, boundary.valid_from, boundary.valid_to, ST_AsBinary(boundary.geom)
            FROM grid.grid JOIN grid.boundary ON boundary.grid_id = grid.id
            WHERE grid.layer <> 'micro' ORDER BY grid.id, boundary.valid_from
        """)
    ).all()
    begins = np.array([row[1].toordinal() for row in rows], dtype=np.int64)
    ends = np.array([(row[2] or date.max).toordinal() for row in rows], dtype=np.int64)
    return begins, ends, np.array([row[0] for row in rows], dtype=np.int64), [bytes(row[3]) for row in rows]


def _trim() -> None:
    while len(_grounds) > KEPT:
        _grounds.popitem(last=False)
    while len(_spans) > KEPT:
        _spans.popitem(last=False)
