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

Floats = NDArray[np.float64]
System = Crs | int
"""One of the four systems in degrees, or the EPSG number of another one."""
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
        return to_wgs84(x, y, system)
    transformer = pyproj.Transformer.from_crs(system, 4326, always_xy=True)
    lon, lat = transformer.transform(x, y)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    return np.where(lost, np.nan, lon), np.where(lost, np.nan, lat)


def numbers(rows: pl.DataFrame) -> tuple[Floats, Floats]:
    """lon and lat of the rows as numbers, NaN where there is none."""
    told = rows.select(
        pl.col("lon", "lat")
        .cast(pl.String)
        .str.strip_chars("°\t ")
        .cast(pl.Float64, strict=False)
        .fill_null(float("nan"))
    )
    return told["lon"].to_numpy(), told["lat"].to_numpy()


def in_wgs84(rows: pl.DataFrame, system: System) -> pl.DataFrame:
    """The rows with `lon` and `lat` in WGS84, as text. What is no number is left for the room to refuse as it stands.

    A table without these columns comes back unchanged.
    """
    if system in (Crs.WGS84, Crs.CGCS2000) or not {"lon", "lat"} <= set(rows.columns):
        return rows
    lon, lat = moved(*numbers(rows), system)
    return rows.with_columns(_where_known(pl.Series("lon", lon)), _where_known(pl.Series("lat", lat)))


def _where_known(placed: pl.Series) -> pl.Expr:
    value = pl.lit(placed.round(DECIMALS))
    return pl.when(value.is_nan()).then(pl.col(placed.name)).otherwise(value.cast(pl.String)).alias(placed.name)
