"""Middles and spreads of what is wider than a building: estates, roads, villages, towns, and crossings (pure)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

METRES_DEGREE: Final = 111_320.0
KINDS: Final = ("town", "village", "road", "estate")
CROSSING_M: Final = 60.0
"""How well the doors nearest to a corner tell where it is, when there are doors on both roads."""
CROSSING_FAR_M: Final = 300.0
"""Roads whose doors come no nearer than this do not meet as far as we know."""


@dataclass(slots=True)
class Area:
    """The middle and spread of everything under one name."""

    lon: float
    lat: float
    spread_m: float


def within_town(town: str, village: str) -> str:
    """The name of a village with its town's, as villages of one name are told apart; "" when one is missing."""
    return f"{town}/{village}" if town and village else ""


def areas_of(table: pl.DataFrame) -> dict[tuple[str, str], Area]:
    """By (kind, name), for every name that any positioned row has; villages by themselves and `within_town`."""
    table = table.with_columns(
        pl.when((pl.col("town") != "") & (pl.col("village") != ""))
        .then(pl.concat_str("town", pl.lit("/"), "village")).otherwise(pl.lit("")).alias("both")
    )  # fmt: skip
    found: dict[tuple[str, str], Area] = {}
    for kind, column in (*((kind, kind) for kind in KINDS), ("village", "both")):
        spots = table.filter((pl.col(column) != "") & pl.col("lon").is_not_nan()).group_by(column).agg(
            pl.col("lon").median().alias("x"), pl.col("lat").median().alias("y"),
            ((pl.col("lon").quantile(0.9) - pl.col("lon").quantile(0.1)) * METRES_DEGREE * 0.86).alias("dx"),
            ((pl.col("lat").quantile(0.9) - pl.col("lat").quantile(0.1)) * METRES_DEGREE).alias("dy"),
        )  # fmt: skip
        for name, x, y, dx, dy in spots.iter_rows():
            found[kind, name] = Area(float(x), float(y), float(np.hypot(dx, dy) / 2))
    return found


def crossing_of(one: NDArray[np.float64], other: NDArray[np.float64]) -> Area | None:
    """Where two roads meet: between their doors that are nearest to each other (columns lon, lat); None when far."""
    from scipy.spatial import cKDTree

    if not len(one) or not len(other):
        return None
    scale = np.array([METRES_DEGREE * np.cos(np.radians(one[0, 1])), METRES_DEGREE])
    found = cKDTree(other * scale).query(one * scale)
    apart, nearest = np.asarray(found[0]), np.asarray(found[1])
    at = int(np.argmin(apart))
    if apart[at] > CROSSING_FAR_M:
        return None
    middle = (one[at] + other[nearest[at]]) / 2
    return Area(float(middle[0]), float(middle[1]), CROSSING_M + float(apart[at]) / 2)


def spread_m(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> float:
    """The diagonal of the box around some positions, metres."""
    across = float(np.ptp(lon)) * METRES_DEGREE * float(np.cos(np.radians(lat[0])))
    return float(np.hypot(across, float(np.ptp(lat)) * METRES_DEGREE))
