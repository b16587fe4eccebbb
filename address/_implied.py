"""Objects that rows only imply (the building of a room): where they stand, in the middle of what was told below them.

How many rows told and the sums of their positions are kept as whole numbers, so that neither the order of the rows nor
how they are cut into chunks matters. An object that a row states itself is no longer among them. Behind the door.
"""

from typing import Final

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address._objects import KEPT_PARTS
from core.db import copy_frame

UNIT: Final = 1e9  # billionths of a degree, a tenth of a millimetre
SUMS: Final = ("told", "lon_sum", "lat_sum")


def implied(rows: pl.DataFrame) -> pl.DataFrame:
    """For each key that rows imply above themselves: key, told, lon_sum, lat_sum."""
    return _summed(rows, pl.lit(1), _units("lon"), _units("lat"))


def shifted(rows: pl.DataFrame) -> pl.DataFrame:
    """The same for rows that were counted before and moved, from old_lon and old_lat: what their sums change by."""
    return _summed(rows, pl.lit(0), _units("lon") - _units("old_lon"), _units("lat") - _units("old_lat"))


def _summed(rows: pl.DataFrame, told: pl.Expr, lon: pl.Expr, lat: pl.Expr) -> pl.DataFrame:
    pieces = [
        rows.filter(pl.col(f"key_{level}").is_not_null() & (pl.col("is_a") != level)).select(
            pl.col(f"key_{level}").alias("key"), told.cast(pl.Int64).alias("told"), lon_sum=lon, lat_sum=lat
        )
        for level in KEPT_PARTS
    ]
    return pl.concat(pieces).group_by("key").agg(pl.col(SUMS).sum())


def _units(column: str) -> pl.Expr:
    return (pl.col(column) * UNIT).round().cast(pl.Int64)


def middle(column: str) -> pl.Expr:
    """lon or lat in degrees, by one division: by a constant, polars may differ in the last bit."""
    return (pl.col(f"{column}_sum") / (pl.col("told") * UNIT)).alias(column)


def keep_sums(session: Session, objects: pl.DataFrame) -> None:
    """Remember new objects as implied. `objects`: code and sums."""
    if len(objects):
        copy_frame(session, "address.implied", objects.select("code", *SUMS))


def moved_by(session: Session, sums: pl.DataFrame) -> pl.DataFrame:
    """Add sums by key to those of implied objects; back come code, town, village, lon, lat of the moved ones."""
    if sums.is_empty():
        return pl.DataFrame(schema=_MOVED_SCHEMA).select("code", "town", "village", "lon", "lat")
    session.execute(_SUMS_TABLE)
    copy_frame(session, "address_sums", sums.group_by("key").agg(pl.col(SUMS).sum()))
    rows = [tuple(row) for row in session.execute(_ADD)]
    told = pl.DataFrame(rows, schema=_MOVED_SCHEMA, orient="row").with_columns(middle("lon"), middle("lat"))
    is_elsewhere = (pl.col("lon") != pl.col("old_lon")) | (pl.col("lat") != pl.col("old_lat"))
    return told.filter(is_elsewhere).select("code", "town", "village", "lon", "lat")


_MOVED_SCHEMA: Final = {
    "code": pl.String, "town": pl.String, "village": pl.String, "old_lon": pl.Float64, "old_lat": pl.Float64,
    "told": pl.Int64, "lon_sum": pl.Int64, "lat_sum": pl.Int64,
} | dict.fromkeys(("lon", "lat"), pl.Float64)  # fmt: skip
_SUMS_TABLE = text("""
    DROP TABLE IF EXISTS pg_temp.address_sums;
    CREATE TEMP TABLE address_sums (key text COLLATE "C", told int, lon_sum bigint, lat_sum bigint) ON COMMIT DROP
""")
_ADD = text("""
    UPDATE address.implied i
    SET told = i.told + s.told, lon_sum = i.lon_sum + s.lon_sum, lat_sum = i.lat_sum + s.lat_sum
    FROM address_sums s JOIN address.address a ON a.key = s.key
    WHERE i.code = a.code
    RETURNING a.code, a.town, a.village, a.lon, a.lat, i.told, i.lon_sum, i.lat_sum, NULL, NULL
""")
