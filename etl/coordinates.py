"""Longitude and latitude of a table's rows, from the system the file is in to WGS84 (pure).

A file does not say its system; the operator does. CGCS2000 agrees with WGS84 within centimetres and stays as it is.
"""

from typing import Final

import polars as pl

from core.coords import Crs, to_wgs84

DECIMALS: Final = 8
"""A millimetre: more than any source knows."""


def in_wgs84(rows: pl.DataFrame, crs: Crs) -> pl.DataFrame:
    """The rows with `lon` and `lat` in WGS84, as text. What is no number is left for the room to refuse as it stands.

    A table without these columns comes back unchanged.
    """
    if crs in (Crs.WGS84, Crs.CGCS2000) or not {"lon", "lat"} <= set(rows.columns):
        return rows
    numbers = rows.select(pl.col("lon", "lat").cast(pl.Float64, strict=False).fill_null(float("nan")))
    lon, lat = to_wgs84(numbers["lon"].to_numpy(), numbers["lat"].to_numpy(), crs)
    return rows.with_columns(_where_known(pl.Series("lon", lon)), _where_known(pl.Series("lat", lat)))


def _where_known(moved: pl.Series) -> pl.Expr:
    value = pl.lit(moved.round(DECIMALS))
    return pl.when(value.is_nan()).then(pl.col(moved.name)).otherwise(value.cast(pl.String)).alias(moved.name)
