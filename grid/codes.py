"""Division and grid codes as people write them (pure). Ranges of standards §1 are looked at, never enforced."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grid.records import Level

DIVISION_DIGITS = 12
GRID_DIGITS = 15
MICRO_DIGITS = 17
TOWN_SPECIAL = range(400, 600)
TOWN_ORDINARY = range(1, 400)
VILLAGE_ORDINARY = range(1, 400)
MAX_GRIDS_IN_VILLAGE = 999


def division_code(text: object) -> str | None:
    """Twelve digits of a division: 2, 4, 6 and 9 digits are filled up with zeros; None when it is no code."""
    digits = str(text).strip() if text is not None else ""
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (2, 4, 6, 9, DIVISION_DIGITS):
        return None
    code = digits.ljust(DIVISION_DIGITS, "0")
    return None if code[:2] == "00" else code


def level_of(code: str) -> Level:
    """The level a twelve-digit code speaks of."""
    if code[9:] != "000":
        return Level.VILLAGE
    if code[6:9] != "000":
        return Level.TOWN
    if code[4:6] != "00":
        return Level.COUNTY
    return Level.CITY if code[2:4] != "00" else Level.PROVINCE


def parent_of(code: str) -> str | None:
    """The code one level up, by the digits; None above a province."""
    keep = {Level.VILLAGE: 9, Level.TOWN: 6, Level.COUNTY: 4, Level.CITY: 2}.get(level_of(code))
    return None if keep is None else code[:keep].ljust(DIVISION_DIGITS, "0")


def is_usual(code: str) -> bool:
    """Whether the town and village digits lie in the ranges of standards §1. For a warning, not for a refusal."""
    town, village = int(code[6:9]), int(code[9:])
    town_fits = town == 0 or town in TOWN_ORDINARY or town in TOWN_SPECIAL
    return town_fits and (village == 0 or village in VILLAGE_ORDINARY)


def is_grid_code(text: str) -> bool:
    """Fifteen digits: a base or dedicated grid."""
    return len(text) == GRID_DIGITS and text.isascii() and text.isdigit()


def is_micro_code(text: str) -> bool:
    """Seventeen digits: the code of a base grid and two more."""
    return len(text) == MICRO_DIGITS and text.isascii() and text.isdigit()


def number_grids(villages: Sequence[str], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[str]:
    """Fifteen-digit codes for new grids: inside each village west to east, then north to south.

    Raises ValueError when a village would need more than 999.
    """
    codes = [""] * len(villages)
    by_village: dict[str, list[int]] = {}
    for position, village in enumerate(villages):
        by_village.setdefault(village, []).append(position)
    for village, members in by_village.items():
        if len(members) > MAX_GRIDS_IN_VILLAGE:
            raise ValueError(f"{len(members)} grids in village {village}, at most {MAX_GRIDS_IN_VILLAGE}")
        ordered = _reading_order(lon[members], lat[members])
        for serial, place in enumerate(ordered, start=1):
            codes[members[place]] = f"{village}{serial:03d}"
    return codes


def _reading_order(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[int]:
    """Positions row by row from the north, each row from the west; as many rows as a square arrangement has."""
    rows = max(1, round(len(lon) ** 0.5))
    height = max(float(np.ptp(lat)), 1e-9) / rows
    row = np.minimum((lat.max() - lat) // height, rows - 1)
    return [int(position) for position in np.lexsort((lat, lon, row))]
