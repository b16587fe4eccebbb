"""From a frame of addresses to what is indexed: bare text, and columns of ordinal numbers (pure)."""

from array import array
from typing import Final

import numpy as np
import polars as pl

from address.hearing import fold
from address.sites import Sites

COLUMNS: Final = (
    "town", "village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "room",
)  # fmt: skip
FLOOR_DASH: Final = r"^(\d{1,2})-(\d)$"
FLOOR_DASH_WIDE: Final = r"^(\d{1,2})-(\d{2})$"
"""Rooms told as floor and flat (5-1, 5-01) are the same as 501."""


def tidied(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that are indexed, as bare text."""
    if "floor" in frame.columns:
        is_floor = (pl.col("level") == "room") & (pl.col("room").fill_null("") == "") & pl.col("floor").is_not_null()
        frame = frame.with_columns(pl.when(is_floor).then(pl.col("floor") + "F").otherwise("room").alias("room"))
    kind = pl.col("name_kind").fill_null("") if "name_kind" in frame.columns else pl.lit("")
    table = frame.select(
        *(pl.col(c).cast(pl.String).fill_null("").alias(c) for c in COLUMNS),
        kind.alias("name_kind"),
        "level",
        "lon",
        "lat",
    )
    for name in ("lane", "group", "building", "number", "sub_number"):
        told = {word: fold(word) for word in table[name].unique().to_list()}
        changed = {old: new for old, new in told.items() if old != new}
        table = table.with_columns(pl.col(name).replace(changed)) if changed else table
    return table.with_columns(
        pl.col("room").str.to_uppercase().str.replace(FLOOR_DASH, "${1}0${2}").str.replace(FLOOR_DASH_WIDE, "${1}${2}")
    )


def compared(table: pl.DataFrame, sites: Sites) -> dict[str, "array[int]"]:
    """The columns that are compared, as ordinal numbers of the sites' names and words."""
    found = {}
    for name, known in (
        ("town", sites.names), ("village", sites.names), ("road", sites.names), ("estate", sites.names),
        ("number", sites.words), ("unit", sites.words),
    ):  # fmt: skip
        values = table[name].unique().to_list()
        for value in values:
            known.setdefault(value, len(known))
        codes = pl.DataFrame(
            {name: values, "code": [known[value] for value in values]},
            schema_overrides={name: pl.String, "code": pl.Int32},
        )
        column = table.select(name).join(codes, on=name, how="left", maintain_order="left")["code"].to_numpy()
        found[name] = array("i", column.astype(np.int32).tobytes())
    kinds = {"former": 1, "alias": 2}
    found["fault"] = array("b", bytes(kinds.get(kind, 0) for kind in table["name_kind"]))
    return found


def twins_of(table: pl.DataFrame) -> frozenset[str]:
    """Names that more than one estate has."""
    estates = table.filter(pl.col("level") == "estate")["estate"]
    return frozenset(estates.filter(estates.is_duplicated()).to_list())


def quarters_of(table: pl.DataFrame) -> list[str]:
    """Estates whose houses have numbers of their own, without a road: 台电新村4号."""
    is_quarter = (
        (pl.col("road") == "") & (pl.col("estate") != "") & (pl.col("number") != "") & (pl.col("building") == "")
    )
    return table.filter(is_quarter & (pl.col("level") != "estate"))["estate"].unique().sort().to_list()
