"""Longitude and latitude of a table's rows, from the system the file is in to WGS84 (pure).

CGCS2000 agrees with WGS84 within centimetres and stays as it is.
"""

import re
from typing import Final

import numpy as np
import polars as pl
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import CRSError

from core.coords import Crs, to_wgs84
from core.errors import BadInput
from core.rows import Reject

Floats = NDArray[np.float64]
System = Crs | int
"""One of the four systems in degrees, or the EPSG number of another one."""
AXES: Final = ("lon", "lat")
ABSENT: Final = ("无", "-", "－", "/", "空", "null", "NULL")
DECIMALS: Final = 8
"""A millimetre: more than any source knows."""


def system_of(word: str) -> System:
    """What somebody typed: wgs84, cgcs2000, gcj02, bd09, EPSG:4544. Raises BadInput."""
    folded = word.strip().lower().replace("-", "")
    if folded in set(Crs):
        return Crs(folded)
    if found := re.fullmatch(r"(?:epsg:?)?(\d{4,5})", folded):
        number = int(found[1])
        if number in (4326, 4490):
            return Crs.WGS84
        try:
            pyproj.CRS.from_epsg(number)
        except CRSError:
            pass
        else:
            return number
    raise BadInput(
        zh=f"没有这种坐标系：{word}；可选 wgs84、cgcs2000、gcj02、bd09 或 EPSG:编号",
        en=f"no such coordinate system: {word}; choose wgs84, cgcs2000, gcj02, bd09 or EPSG:number",
    )


def moved(x: Floats, y: Floats, system: System) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in WGS84; x points east. What is no number or outside the projection becomes NaN."""
    if isinstance(system, Crs):
        are_degrees = (np.abs(x) <= 360) & (np.abs(y) <= 360)
        return to_wgs84(np.where(are_degrees, x, np.nan), np.where(are_degrees, y, np.nan), system)
    transformer = pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    lon, lat = transformer.transform(x, y)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)


def numbers(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """lon and lat of the rows as numbers, NaN where there is none."""
    lon, lat = (rows[name].cast(pl.String).str.strip_chars("°\t ").cast(pl.Float64, strict=False) for name in AXES)
    return _finite(lon), _finite(lat)


def _finite(values: pl.Series) -> Floats:
    found = values.fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(found), found, np.nan)


def without_words(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows whose lon and lat are numbers or empty, as plain numbers; and the others with the reason."""
    if not set(AXES) <= set(rows.columns):
        return rows, []
    given = rows.select((pl.col(name).is_not_null() & ~pl.col(name).is_in(ABSENT)).alias(name) for name in AXES)
    found = dict(zip(AXES, numbers(rows), strict=True))
    bad = np.logical_or.reduce([given[name].to_numpy() & np.isnan(found[name]) for name in AXES])
    rejected = [
        Reject(
            int(row_no),
            "经纬度不是数字；请填十进制的度，如 104.391200",
            "the position is no number: decimal degrees",
            "lon",
        )
        for row_no in rows["row_no"].to_numpy()[bad]
    ]
    plain = (pl.Series(name, found[name]).fill_nan(None).cast(pl.String) for name in AXES)
    return rows.with_columns(plain).filter(pl.Series(~bad)), rejected


def in_wgs84(rows: pl.DataFrame, system: System) -> pl.DataFrame:
    """The rows with `lon` and `lat` in WGS84, as text. What is no number is left for the room to refuse as it stands.

    A table without these columns comes back unchanged.
    """
    if system in (Crs.WGS84, Crs.CGCS2000) or not set(AXES) <= set(rows.columns):
        return rows
    lon, lat = moved(*numbers(rows), system)
    return rows.with_columns(_where_known(pl.Series("lon", lon)), _where_known(pl.Series("lat", lat)))


def _where_known(placed: pl.Series) -> pl.Expr:
    value = pl.lit(placed.round(DECIMALS))
    return pl.when(value.is_nan()).then(pl.col(placed.name)).otherwise(value.cast(pl.String)).alias(placed.name)
