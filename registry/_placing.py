"""Where texts are, for the loaders: each different text is placed once."""

import numpy as np
import polars as pl

from address.service import Placer

SURE = ("room", "unit", "building", "door")
"""Precisions good enough to say whose ground it is. A person placed worse belongs to no worker: guessing would show
him to a stranger."""
SCHEMA = {
    "text": pl.String, "code": pl.String, "grid_id": pl.Int32, "precision": pl.String, "lon": pl.Float64,
    "lat": pl.Float64,
}  # fmt: skip


def place_texts(place: Placer, texts: pl.Series) -> pl.DataFrame:
    """code, grid_id, precision, lon, lat of every text; null and "none" where there is nothing.

    `grid_id` is null unless the place is sure, lon and lat unless it has a code.
    """
    different = texts.drop_nulls().unique(maintain_order=True)
    found = place(different.to_list()) if len(different) else None
    known = pl.DataFrame(schema=SCHEMA)
    if found is not None:
        known = pl.DataFrame(
            {
                "text": different, "code": found.code, "grid_id": found.grid_id, "precision": found.precision,
                "lon": np.asarray(found.lon), "lat": np.asarray(found.lat),
            },
            schema=SCHEMA,
        )  # fmt: skip
    is_drawn = pl.col("code").is_not_null() & pl.col("lon").is_finite() & pl.col("lat").is_finite()
    has_grid = pl.col("precision").is_in(SURE) & (pl.col("grid_id") > 0)
    spots = known.with_columns(
        pl.when(has_grid).then("grid_id").alias("grid_id"),
        *(pl.when(is_drawn).then(at).alias(at) for at in ("lon", "lat")),
    )
    placed = texts.alias("text").to_frame().join(spots, on="text", how="left", maintain_order="left")
    return placed.select(
        "code", "grid_id", pl.col("precision").fill_null("none"), "lon", "lat"
    )  # fmt: skip


def by_precision(spots: pl.DataFrame) -> dict[str, int]:
    """How many were placed how well (placed_room, placed_building, …), and how many of them have no grid (no_grid_road,
    no_grid_none, …)."""
    counts = spots.group_by("precision").agg(n=pl.len(), loose=pl.col("grid_id").is_null().sum()).sort("precision")
    rows = counts.rows()
    return {f"placed_{word}": n for word, n, _ in rows} | {f"no_grid_{word}": loose for word, _, loose in rows if loose}
