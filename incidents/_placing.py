"""Where reports are: the matcher's answer, a pin's nearest building, and cells only as fine as the place is known."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as addresses
from grid import cells
from incidents.doubt import doubt_of
from incidents.kinds import CELL_PRECISION_M, RESOLUTIONS

NEAR_M: Final = 30.0
"""A pin this near to a building is about that building; farther off it is only a point."""

FINE_M: Final = 150.0
"""A grid is named only for a place known this well."""

_DEGREE_M: Final = 111_195.0

Columns = dict[str, list[object]]


def placed(session: Session, texts: Sequence[str], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Columns:
    """The place columns of incidents.report for texts and the positions that came with them (NaN = none).

    Words that name a door or finer win over a position. A cell is given only down to `CELL_PRECISION_M`.
    """
    spot = addresses.place(session, texts, hints_lon=lon, hints_lat=lat)
    metres = np.asarray(spot.precision_m, dtype=np.float64)
    code, level, why = list(spot.code), list(spot.level), list(spot.why)
    _pin_to_buildings(session, spot, code, level, why)
    columns: Columns = {
        "code": [c or None for c in code],
        "place_level": [one or None for one in level],
        "precision": list(spot.precision),
        "precision_m": _or_none(metres),
        "placed_why": list(why),
        "place_score": np.asarray(spot.score, dtype=np.float64).tolist(),
        "lon": _or_none(np.asarray(spot.lon, dtype=np.float64)),
        "lat": _or_none(np.asarray(spot.lat, dtype=np.float64)),
        "grid_id": [g if g >= 0 else None for g in np.asarray(spot.grid_id).tolist()],
    }
    columns["doubt"] = [doubt_of(one) for one in why]
    return columns | cells_of(np.asarray(spot.lon, dtype=np.float64), np.asarray(spot.lat, dtype=np.float64), metres)


def cells_of(lon: NDArray[np.float64], lat: NDArray[np.float64], metres: NDArray[np.float64]) -> Columns:
    """The cells of places known to so many metres; None where a place is too vague for a resolution."""
    finest = cells.cells(lon, lat, 10)
    columns: Columns = {}
    for resolution in RESOLUTIONS:
        is_fine = metres <= CELL_PRECISION_M[resolution]
        at = np.where(is_fine, cells.parents(finest, resolution), 0)
        columns[f"h3_{resolution}"] = [c or None for c in at.tolist()]
    return columns


def _pin_to_buildings(
    session: Session, spot: addresses.Placements, code: list[str | None], level: list[str], why: list[str]
) -> None:
    """Give positions without an address the code of the building they stand at, in one question for all."""
    pins = [i for i, word in enumerate(why) if word == "hint"]
    if not pins:
        return
    rows = session.execute(
        _NEAREST,
        {
            "lon": [float(spot.lon[i]) for i in pins],
            "lat": [float(spot.lat[i]) for i in pins],
            "near_m": NEAR_M,
            "up": NEAR_M / _DEGREE_M,
            "across": 2 * NEAR_M / _DEGREE_M,
        },
    )
    for n, found in rows:
        at = pins[n - 1]
        code[at], level[at], why[at] = found, "building", "hint, nearest building"


_NEAREST: Final = text("""
    SELECT w.n, b.code
    FROM unnest(cast(:lon AS float8[]), cast(:lat AS float8[])) WITH ORDINALITY w(lon, lat, n)
    CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(w.lon, w.lat), 4326) AS pin) p
    CROSS JOIN LATERAL (
        SELECT a.code FROM address.v_place a
        WHERE a.level = 'building' AND a.geom && ST_Expand(p.pin, :across, :up)
          AND ST_DistanceSphere(a.geom, p.pin) <= :near_m
        ORDER BY ST_DistanceSphere(a.geom, p.pin), a.code LIMIT 1
    ) b
""")


def _or_none(values: NDArray[np.float64]) -> list[object]:
    return [v if known else None for v, known in zip(values.tolist(), np.isfinite(values).tolist(), strict=True)]
