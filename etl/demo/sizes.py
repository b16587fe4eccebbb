"""How large a demo district is: the model's counts at scale 1, shrunk together so that density stays real."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

COUNTY_CODE: Final = "519901"
"""Unassigned in GB/T 2260, so that no number made here can be a real person's or firm's."""
PROVINCE, CITY, COUNTY = "四川省", "原州市", "旌原区"
CENTRE_LON, CENTRE_LAT = 104.39, 31.13

METRES_LAT: Final = 111_320.0
METRES_LON: Final = METRES_LAT * math.cos(math.radians(CENTRE_LAT))
"""Metres of a degree at the district's centre."""

AREA_KM2: Final = 640.0
"""The model district: a county-level district of western China with one city core."""

STREAMS: Final = {
    name: number
    for number, name in enumerate(
        ("ground", "division", "streets", "names", "houses", "rooms", "people", "trade", "matters", "words", "staff",
         "defects", "table"),
        start=1,
    )
}  # fmt: skip
"""Each part draws from its own stream, so that a change in one leaves the others as they were."""


def stream(seed: int, name: str) -> np.random.Generator:
    """The stream of random numbers of one part of the district."""
    return np.random.default_rng([seed, STREAMS[name]])


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts to aim at; buildings, rooms, residents, businesses and reports are met to within a few rows."""

    scale: float
    towns: int
    villages: int
    grids: int
    dedicated: int
    teams: int
    buildings: int
    rooms: int
    residents: int
    businesses: int
    reports: int
    radius_m: float


def sizes(scale: float) -> Sizes:
    """The counts at a scale; raises ValueError outside 0.005 … 2."""
    if not 0.005 <= scale <= 2:
        raise ValueError(f"scale must lie between 0.005 and 2, not {scale}")
    return Sizes(
        scale=scale,
        towns=max(2, round(16 * scale**0.65)),
        villages=max(4, round(190 * scale)),
        grids=max(6, round(331 * scale)),
        dedicated=max(1, round(9 * scale**0.7)),
        teams=max(2, round(163 * scale)),
        buildings=round(122_000 * scale),
        rooms=round(327_000 * scale),
        residents=round(627_000 * scale),
        businesses=round(18_000 * scale),
        reports=round(160_000 * scale),
        radius_m=math.sqrt(AREA_KM2 * scale / math.pi) * 1000,
    )
