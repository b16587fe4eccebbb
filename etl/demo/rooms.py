"""Rooms of the buildings: units × floors × doors, and flats above shops until the count is met."""

from typing import Final

import numpy as np
import polars as pl

from etl.demo.sizes import stream

SHOP_FLATS: Final = ((1, 2), (2, 1), (2, 2), (3, 1), (3, 2), (4, 2))
"""Floors above a shop and doors a floor."""
OLD_STYLE_SHARE: Final = 0.1
"""Dwellings above shops written as floor and door (3楼1号) instead of 301."""


def make_rooms(buildings: pl.DataFrame, count: int, seed: int) -> pl.DataFrame:
    """Exactly `count` rooms, by building: columns building_id, nth, unit (0 = none), floor, door, room, said."""
    rng = stream(seed, "rooms")
    floors, units, doors = (buildings[name].fill_null(0).to_numpy().copy() for name in ("floors", "units", "doors"))
    first = np.ones(len(floors), dtype=np.int64)
    shops = np.flatnonzero((buildings["use"] == "street").to_numpy())
    short = count - int((floors * units * doors).sum())
    for shop in rng.permutation(shops).tolist():
        if short <= 0:
            break
        flats = SHOP_FLATS[int(rng.integers(len(SHOP_FLATS)))]
        floors[shop], doors[shop], units[shop], first[shop] = *flats, 1, 2
        short -= flats[0] * flats[1]
    many = floors * units * doors
    if short > 0:
        tall = np.flatnonzero(many > 0)
        floors[tall] = np.ceil(floors[tall] * (1 + short / many.sum())).astype(np.int64)
        many = floors * units * doors
    owner = np.repeat(np.arange(len(many)), many)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
    per_unit = (floors * doors)[owner]
    floor = (nth % per_unit) // doors[owner] + first[owner]
    door = nth % doors[owner] + 1
    keep = np.sort(rng.permutation(len(owner))[:count]) if len(owner) > count else np.arange(len(owner))
    is_old = ((first == 2) & (rng.random(len(many)) < OLD_STYLE_SHARE * 4))[owner]
    unit = np.where(units[owner] > 1, nth // per_unit + 1, 0)
    styles = buildings["room_style"].fill_null("{}号").to_numpy()[owner]
    room = floor * 100 + door
    rooms = pl.DataFrame({
        "building_id": buildings["id"].to_numpy()[owner], "nth": nth, "unit": unit, "floor": floor, "door": door,
        "room": room, "style": styles, "is_old": is_old,
    })[keep]  # fmt: skip
    parts = pl.col("style").str.split_exact("{}", 1)
    said = parts.struct.field("field_0") + pl.col("room").cast(pl.String) + parts.struct.field("field_1")
    old = pl.concat_str(pl.col("floor").cast(pl.String), pl.lit("楼"), pl.col("door").cast(pl.String), pl.lit("号"))
    return rooms.with_columns(pl.when("is_old").then(old).otherwise(said).alias("said")).drop("style")
