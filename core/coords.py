"""Places and the four coordinate systems met in China. Stored is WGS84 (CGCS2000 agrees within centimetres).

GCJ-02 and BD-09 are shifts by published approximations of the Chinese obfuscation; their inverses are found by
iteration, because the usual one-shot inverse errs by metres.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
KRASOVSKY_A_M = 6_378_245.0  # the ellipsoid inside GCJ-02
KRASOVSKY_EE = 0.00669342162296594323
BD_PI = math.pi * 3000.0 / 180.0
INVERSE_STEPS = 12  # the fixed point gains about three digits a step; 12 is far past float precision
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # outside this box GCJ-02 does not shift


@dataclass(frozen=True, slots=True)
class Place:
    """A WGS84 position. Longitude first, always."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (abs(self.lat) <= 90 and abs(self.lon) <= 180):  # the negation catches NaN too
            raise ValueError(f"no such place, or lon and lat swapped: {self}")


class Crs(StrEnum):
    """Which system a pair of numbers is in."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> tuple[Floats, Floats]:
    """The same points in WGS84, degrees. NaN stays NaN; points outside China pass through GCJ-02 unchanged."""
    x, y = _floats(lon), _floats(lat)
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return x, y
    return _inverse(x, y, crs)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> tuple[Floats, Floats]:
    """WGS84 points in another system, degrees: what a map of that system would call them."""
    x, y = _floats(lon), _floats(lat)
    if crs in (Crs.WGS84, Crs.CGCS2000):
        return x, y
    gx, gy = _gcj(x, y)
    return (gx, gy) if crs is Crs.GCJ02 else _bd(gx, gy)


def metres_between(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Great-circle distance in metres, element by element (haversine, mean radius: within 0.5 % of the ellipsoid)."""
    x1, y1, x2, y2 = (np.radians(_floats(v)) for v in (lon1, lat1, lon2, lat2))
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
    return distance


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _inverse(x: Floats, y: Floats, crs: Crs) -> tuple[Floats, Floats]:
    """Fixed point of `guess + (wanted - forward(guess))`."""
    gx, gy = x.copy(), y.copy()
    for _ in range(INVERSE_STEPS):
        fx, fy = from_wgs84(gx, gy, crs)
        gx, gy = gx + (x - fx), gy + (y - fy)
    return gx, gy


def _gcj(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    west, south, east, north = CHINA
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    dx, dy = x - 105.0, y - 35.0
    root = np.sqrt(np.abs(dx))
    waves = (20 * np.sin(6 * dx * np.pi) + 20 * np.sin(2 * dx * np.pi)) * 2 / 3
    shift_y = (
        -100 + 2 * dx + 3 * dy + 0.2 * dy * dy + 0.1 * dx * dy + 0.2 * root + waves
        + (20 * np.sin(dy * np.pi) + 40 * np.sin(dy / 3 * np.pi)) * 2 / 3
        + (160 * np.sin(dy / 12 * np.pi) + 320 * np.sin(dy * np.pi / 30)) * 2 / 3
    )  # fmt: skip
    shift_x = (
        300 + dx + 2 * dy + 0.1 * dx * dx + 0.1 * dx * dy + 0.1 * root + waves
        + (20 * np.sin(dx * np.pi) + 40 * np.sin(dx / 3 * np.pi)) * 2 / 3
        + (150 * np.sin(dx / 12 * np.pi) + 300 * np.sin(dx / 30 * np.pi)) * 2 / 3
    )  # fmt: skip
    radians = np.radians(y)
    magic = 1 - KRASOVSKY_EE * np.sin(radians) ** 2
    per_lat = KRASOVSKY_A_M * (1 - KRASOVSKY_EE) / (magic * np.sqrt(magic)) * np.pi / 180
    per_lon = KRASOVSKY_A_M / np.sqrt(magic) * np.cos(radians) * np.pi / 180
    return np.where(inside, x + shift_x / per_lon, x), np.where(inside, y + shift_y / per_lat, y)


def _bd(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    radius = np.sqrt(x * x + y * y) + 0.00002 * np.sin(y * BD_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
