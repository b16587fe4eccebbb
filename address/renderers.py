"""How other bodies write the place of an address: codes rendered from division, grid, sequence and position (pure).

Lengths are those of standards §1; where a published text gives only the length, the order of the digits inside is ours
and the table address.code_scheme says so. None of these is an identity: they change when the ground is redrawn.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

GRID_DIGITS: Final = 15
HOUSE_DIGITS: Final = 19
MOST_GRIDS: Final = 99
MOST_HOUSES: Final = 99_999
MOST_ROOMS: Final = 999_999
NO_ROOM: Final = "000000"
SCALE: Final = 1e5
"""1e-5 degree is about a metre."""


def ground14(grid_code: str) -> str | None:
    """Division (12) and base grid (2) of a 15-digit grid code, the first 14 digits of the 25; None when the grid's
    serial number in its village needs three digits, or for what is no grid code."""
    is_code = len(grid_code) == GRID_DIGITS and grid_code.isascii() and grid_code.isdigit()
    if not is_code or not 0 < int(grid_code[12:]) <= MOST_GRIDS:
        return None
    return grid_code[:12] + grid_code[13:]


def code25(grid_code: str, house: int, room: int = 0) -> str | None:
    """Division 12, base grid 2, house 5, room 6 (0 = the house itself); None when a number needs more digits."""
    ground = ground14(grid_code)
    if ground is None or not 0 < house <= MOST_HOUSES or not 0 <= room <= MOST_ROOMS:
        return None
    return f"{ground}{house:05d}{room:06d}"


def code20(grid_code: str, class_digits: str) -> str | None:
    """Class 6, county 6, street 3, community 3, serial 2 (CJ/T 349); None as for `ground14`."""
    ground = ground14(grid_code)
    return None if ground is None else class_digits + ground


def coordinate_codes(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[str]:
    """Longitude 8 and latitude 7 digits in 1e-5 degree, WGS84: 104.39250, 31.13500 → 104392503113500."""
    east, north = np.rint(np.asarray(lon) * SCALE).astype(np.int64), np.rint(np.asarray(lat) * SCALE).astype(np.int64)
    return [f"{x:08d}{y:07d}" for x, y in zip(east.tolist(), north.tolist(), strict=True)]


def place_of_coordinates(code: str) -> tuple[float, float]:
    """Longitude and latitude of a coordinate code."""
    return int(code[:8]) / SCALE, int(code[8:]) / SCALE
