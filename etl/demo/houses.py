"""The register of the district's buildings and rooms: every row knows its parts, its place and how it is spoken of."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from etl.demo.dividing import Division
from etl.demo.estates import CAMPUS, VILLAS, Estate, make_estates
from etl.demo.frontage import Lots, best, door_numbers, lots
from etl.demo.ground import Ground, Zone, to_degrees
from etl.demo.hamlets import make_farms
from etl.demo.naming import tower_words
from etl.demo.roads import Roads
from etl.demo.rooms import make_rooms
from etl.demo.sizes import Sizes, stream
from etl.demo.streets import Network

FARM_SHARE: Final = 0.44
"""Farm houses among all buildings of the model district (about 54,000 of 122,000)."""
ESTATE_ROOMS: Final = 0.9
"""Share of the rooms that stand in estates; the others lie above shops and in office towers."""
TOWERS: Final = 60
"""Office towers at scale 1."""
ROW_SHARE: Final = 0.13
"""Lots on which a row of small shops stands, each with a sub-number (128号附3号)."""
SUB_STYLES: Final = ("附{}号", "-{}号", "之{}")
SUB_SHARES: Final = (0.8, 0.12, 0.08)

BUILDING_SCHEMA: Final = {
    "block": pl.Int64, "x": pl.Float64, "y": pl.Float64, "use": pl.String, "road": pl.String, "number": pl.Int64,
    "sub": pl.Int64, "sub_style": pl.String, "ahead": pl.String, "hamlet": pl.String, "area": pl.String, "estate": pl.String,
    "alias": pl.String, "tower": pl.String, "building": pl.String, "label": pl.String, "floors": pl.Int64,
    "units": pl.Int64, "doors": pl.Int64, "room_style": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Houses:
    """`buildings`: id, source_ref, town, village, grid, block (running numbers), use (street, tower, estate, villa,
    campus, farm), the parts of the address (road, number, sub, sub_style, ahead, hamlet, area, estate, alias, tower,
    building, label), plate (the text of the door plate), place (the text below the village), lon, lat.

    `rooms`: source_ref, building_id, unit, floor, door, room (the number, 1203), said (as the register writes it).
    """

    buildings: pl.DataFrame
    rooms: pl.DataFrame


def build(
    ground: Ground, division: Division, network: Network, roads: Roads, sizes: Sizes, seed: int, villages: list[str]
) -> Houses:
    """Raise the district's buildings; counts of buildings and rooms are met exactly."""
    rng = stream(seed, "houses")
    estates = make_estates(ground, division, network, villages, rng)
    inside = _estate_buildings(estates, sizes, rng)
    farms = round(sizes.buildings * FARM_SHARE)
    need = sizes.buildings - farms - len(inside)
    places = _enough_lots(ground, roads, need, rng)
    gates = _gates(estates, inside, places, roads)
    street, inside = _streets(places, gates, inside, roads, need, sizes, rng)
    rural = make_farms(ground, division, places, farms, rng).with_columns(pl.lit("farm").alias("use"))
    table = pl.concat([street, inside, rural], how="diagonal_relaxed").select(
        pl.col(name).cast(kind) if name in {*street.columns, *inside.columns, *rural.columns}
        else pl.lit(None, kind).alias(name)
        for name, kind in BUILDING_SCHEMA.items()
    )  # fmt: skip
    table = _placed(table, ground, division)
    return _numbered(table, make_rooms(table, sizes.rooms, seed))


def _enough_lots(ground: Ground, roads: Roads, need: int, rng: np.random.Generator) -> Lots:
    """Lots along all roads; narrower ones when a small district has too few for its street houses."""
    narrow = 1.0
    while True:
        found = lots(ground, roads, rng, narrow=narrow)
        if len(_in_town(found, ground, roads)) > need * 1.1 or narrow < 0.3:
            return found
        narrow *= 0.8


def _in_town(found: Lots, ground: Ground, roads: Roads) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Rows of the lots that may carry a door plate: in town, on a road with a name."""
    is_named = np.array([bool(name) for name in roads.names])[found.piece]
    return np.flatnonzero(is_named & (ground.zones[found.block] != Zone.RURAL))


def _estate_buildings(estates: list[Estate], sizes: Sizes, rng: np.random.Generator) -> pl.DataFrame:
    """Buildings of as many estates as the rooms need; taller ones when there is too little ground."""
    rows: list[dict[str, object]] = []
    goal, rooms = sizes.rooms * ESTATE_ROOMS, 0
    for number, estate in enumerate(estates):
        if rooms >= goal or len(rows) > sizes.buildings * 0.2:
            break
        floors, units, doors = (
            int(rng.choice(options)) for options in (estate.kind.floors, estate.kind.units, estate.kind.doors)
        )
        for nth, (x, y) in enumerate(estate.places.tolist(), start=1):
            if estate.kind is not CAMPUS and rng.random() < 0.2:
                units = int(rng.choice(estate.kind.units))
            name = estate.parts[nth - 1] if estate.parts else str(nth)
            is_hostel = "宿舍" in name and estate.kind is CAMPUS
            f, u, d = (6, 1, 12) if is_hostel else (floors, units, doors)
            rows.append({
                "estate_nth": number, "block": estate.block, "x": x, "y": y, "estate": estate.name, "alias": estate.alias,
                "area": estate.area, "building": None if estate.parts else name, "tower": name if estate.parts else None,
                "label": estate.label, "floors": f, "units": u, "doors": d, "room_style": estate.room_style,
                "use": "campus" if estate.kind is CAMPUS else "villa" if estate.kind is VILLAS else "estate",
                "has_plate": estate.has_plate,
            })  # fmt: skip
            rooms += f * u * d
    table = pl.DataFrame(rows, infer_schema_length=None)
    if 0 < rooms < goal:
        taller = (pl.col("floors") * goal / rooms).ceil().cast(pl.Int64).clip(0, 33)
        table = table.with_columns(pl.when(pl.col("use") == "estate").then(taller).otherwise("floors").alias("floors"))
    return table


def _gates(
    estates: list[Estate], inside: pl.DataFrame, places: Lots, roads: Roads
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """For each estate the lot of its gate on a named street, -1 when there is none."""
    is_street = np.array([p.kind != "lane" for p in roads.pieces])[places.piece]
    is_named = np.array([bool(name) for name in roads.names])[places.piece]
    rows = np.flatnonzero(is_named)
    order = rows[np.lexsort((rows * 7919 % 104_729, ~is_street[rows], places.block[rows]))]
    blocks, first = np.unique(places.block[order], return_index=True)
    lot_of = dict(zip(blocks.tolist(), order[first].tolist(), strict=True))
    used = set(inside["estate_nth"].unique().to_list())
    return np.array([lot_of.get(e.block, -1) if n in used else -1 for n, e in enumerate(estates)], dtype=np.int64)


def _streets(
    places: Lots, gates: "np.ndarray[tuple[int], np.dtype[np.int64]]", inside: pl.DataFrame, roads: Roads, need: int,
    sizes: Sizes, rng: np.random.Generator,
) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Street houses with their plates, and the estate buildings with the plate of their gate."""
    allowed = np.array([bool(name) for name in roads.names])[places.piece] & (roads.zones[places.piece] != Zone.RURAL)
    allowed[gates[gates >= 0]] = False
    main = np.isin(np.array(roads.classes)[places.piece], ("primary", "secondary", "tertiary"))
    many = max(1, round(need / (1 + ROW_SHARE * 2.6)))
    chosen = best(allowed * np.where(main, 1.4, 1.0), many, rng)
    all_rows = np.concatenate([chosen, gates[gates >= 0]])
    numbered = places.taken(all_rows)
    numbers = door_numbers(numbered, roads, rng)
    names = np.array(roads.names)[numbered.piece]
    street = _with_rows(numbered.taken(np.arange(len(chosen))), names[: len(chosen)], numbers[: len(chosen)], need, rng)
    street = _with_towers(street, main[chosen], sizes, rng)
    plate = pl.DataFrame({
        "estate_nth": np.flatnonzero(gates >= 0),
        "road": names[len(chosen) :].tolist(),
        "number": numbers[len(chosen) :],
    })  # fmt: skip
    inside = inside.join(plate, on="estate_nth", how="left", maintain_order="left")
    hidden = ~pl.col("has_plate") & (pl.col("use") != "campus")
    return street, inside.with_columns(
        pl.when(hidden).then(None).otherwise("road").alias("road"),
        pl.when(hidden).then(None).otherwise("number").alias("number"),
    ).drop("has_plate", "estate_nth")


def _with_rows(
    found: Lots, names: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]", need: int, rng: np.random.Generator,
) -> pl.DataFrame:  # fmt: skip
    """Some lots hold a row of small shops with sub-numbers; cut or filled to `need` rows."""
    is_row = rng.random(len(found)) < ROW_SHARE
    shops = np.where(is_row, rng.integers(2, 7, len(found)), 1)
    gap = need - int(shops.sum())
    rows_of_shops = np.flatnonzero(is_row)
    while gap > 0 and len(rows_of_shops):
        some = rng.permutation(rows_of_shops)[:gap]
        shops[some] += 1
        gap -= len(some)
    owner = np.repeat(np.arange(len(found)), shops)[:need]
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(shops) - shops, shops)[:need]
    shift = (nth - (shops[owner] - 1) / 2) * 4.0
    along = np.stack([np.cos(found.heading), np.sin(found.heading)], axis=1)[owner]
    xy = found.xy[owner] + along * shift[:, None]
    style = rng.choice(SUB_STYLES, len(found), p=SUB_SHARES)[owner]
    ahead = np.where(rng.random(len(found)) < 0.006, rng.choice(list("甲乙丙"), len(found)), "")[owner]
    return pl.DataFrame({
        "block": found.block[owner], "x": xy[:, 0], "y": xy[:, 1], "use": "street", "road": names[owner].tolist(),
        "number": numbers[owner], "sub": pl.Series(np.where(is_row[owner], nth + 1, 0)).replace(0, None),
        "sub_style": np.where(is_row[owner], style, "").tolist(), "ahead": np.where(is_row[owner], "", ahead).tolist(),
        "is_lot": ~is_row[owner],
    }, strict=False)  # fmt: skip


def _with_towers(
    street: pl.DataFrame, is_main: "np.ndarray[tuple[int], np.dtype[np.bool_]]", sizes: Sizes, rng: np.random.Generator
) -> pl.DataFrame:
    """A few lots carry an office tower with a name."""
    del is_main
    names = tower_words(rng)
    count = min(max(2, round(TOWERS * sizes.scale)), len(names))
    single = np.flatnonzero(street["is_lot"].to_numpy())
    chosen = np.sort(rng.permutation(single)[:count])
    columns = {name: np.array(street[name].to_list(), dtype=object) for name in ("use",)}
    columns["use"][chosen] = "tower"
    tower, floors, doors = (np.full(len(street), None, dtype=object) for _ in range(3))
    tower[chosen], floors[chosen] = names[: len(chosen)], rng.integers(9, 25, len(chosen)).tolist()
    doors[chosen] = rng.integers(5, 11, len(chosen)).tolist()
    return street.drop("is_lot").with_columns(
        pl.Series("use", columns["use"].tolist(), pl.String), pl.Series("tower", tower.tolist(), pl.String),
        pl.Series("floors", floors.tolist(), pl.Int64), pl.Series("doors", doors.tolist(), pl.Int64),
        pl.when(pl.Series(tower.tolist(), dtype=pl.String).is_not_null()).then(1).otherwise(None).alias("units"),
    )  # fmt: skip


def _placed(table: pl.DataFrame, ground: Ground, division: Division) -> pl.DataFrame:
    """Divisions and degrees of each building; sorted as a register is, building ids in that order."""
    block = table["block"].to_numpy()
    degrees = to_degrees(table.select("x", "y").to_numpy())
    plate = pl.concat_str(
        pl.col("ahead").fill_null(""),
        pl.col("number").cast(pl.String),
        pl.when(pl.col("sub").is_null() | (pl.col("sub_style") != "-{}号")).then(pl.lit("号")).otherwise(pl.lit("")),
        pl.when(pl.col("sub").is_null()).then(pl.lit("")).otherwise(_filled("sub_style", "sub")),
    )
    named = pl.when(pl.col("building").is_null()).then(pl.col("tower").fill_null(""))
    inside = pl.col("estate").fill_null("") + named.otherwise(_filled("label", "building"))
    return (
        table.with_columns(
            pl.Series("town", division.block_town[block]),
            pl.Series("village", division.block_village[block]),
            pl.Series("grid", division.block_grid[block]),
            pl.Series("lon", degrees[:, 0]),
            pl.Series("lat", degrees[:, 1]),
            plate.fill_null("").alias("plate"),
        )
        .with_columns((pl.coalesce("hamlet", "road", pl.lit("")) + pl.col("plate") + inside).alias("place"))
        .sort("town", "village", "hamlet", "road", "number", "sub", "estate", "building", nulls_last=False,
              maintain_order=True)
        .with_row_index("id")
        .with_columns(pl.col("id").cast(pl.Int64))
    )  # fmt: skip


def _filled(style: str, value: str) -> pl.Expr:
    """A style column ("{}栋") with its value put in."""
    parts = pl.col(style).str.split_exact("{}", 1)
    return parts.struct.field("field_0") + pl.col(value).cast(pl.String) + parts.struct.field("field_1")


def _numbered(table: pl.DataFrame, rooms: pl.DataFrame) -> Houses:
    """Source numbers in the order in which the register lists its rows: a building, then its rooms."""
    keys = pl.concat([
        table.select("id", pl.lit(0, pl.Int64).alias("nth")),
        rooms.select(pl.col("building_id").alias("id"), (pl.col("nth") + 1).cast(pl.Int64).alias("nth")),
    ]).sort("id", "nth")  # fmt: skip
    keys = keys.with_row_index("serial", offset=1).with_columns(
        (pl.lit("JY") + pl.col("serial").cast(pl.String).str.zfill(10)).alias("source_ref")
    )
    heads = keys.filter(pl.col("nth") == 0).select("id", "source_ref")
    tails = keys.filter(pl.col("nth") > 0).select(pl.col("id").alias("building_id"), pl.col("nth") - 1, "source_ref")
    return Houses(
        table.join(heads, on="id", how="left", maintain_order="left"),
        rooms.join(tails, on=["building_id", "nth"], how="left", maintain_order="left"),
    )
