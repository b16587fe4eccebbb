"""Buildings and rooms: estates inside their blocks, houses with plates along the roads, farm houses by group.

A register is two frames: `buildings` with what its row says, and `rooms` that hang on a building's number.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
import shapely

from etl.demo.dividing import Division
from etl.demo.ground import Ground, Numbers, Points, Zone, to_degrees
from etl.demo.naming import WORKS, Names, estate_words, shuffled
from etl.demo.roads import Road
from etl.demo.sizes import CITY, COUNTY, PROVINCE, Sizes, stream
from etl.demo.streets import Network, Use

FARM_SHARE: Final = 0.45
"""Farm houses among all buildings of the model district (55,000 of 122,000)."""
ESTATE_SHARE: Final = 0.085
"""Buildings that stand in estates; with 4 to 11 floors they hold most rooms."""
SET_BACK_M: Final = 16.0
GROUP_HOUSES: Final = 35
"""Houses of one villagers' group (村民小组)."""


@dataclass(frozen=True, slots=True)
class Houses:
    """`buildings`: id, source_ref, town, village, grid, block (numbers), road, number, group, estate, building, use,
    lon, lat, place (the text below the village). `rooms`: source_ref, building_id, unit, floor, room."""

    buildings: pl.DataFrame
    rooms: pl.DataFrame


def build(
    ground: Ground, division: Division, network: Network, roads: list[Road], sizes: Sizes, seed: int,
    village_names: list[str],
) -> Houses:  # fmt: skip
    """Raise the district's buildings; counts of buildings and rooms are met exactly."""
    rng = stream(seed, "houses")
    farms = round(sizes.buildings * FARM_SHARE)
    towers = round(sizes.buildings * ESTATE_SHARE)
    parts = [
        _estates(ground, network, roads, towers, rng),
        _street_houses(ground, division, network, roads, sizes.buildings - farms - towers, rng),
        _farms(ground, division, farms, rng),
    ]
    table = pl.concat(parts, how="diagonal").head(sizes.buildings)
    block = table["block"].to_numpy()
    degrees = to_degrees(table.select("x", "y").to_numpy())
    table = table.with_columns(
        pl.Series("town", division.block_town[block]),
        pl.Series("village", division.block_village[block]),
        pl.Series("grid", division.block_grid[block]),
        pl.Series("lon", degrees[:, 0]),
        pl.Series("lat", degrees[:, 1]),
    ).sort("town", "village", "group", "road", "estate", "building", "number", maintain_order=True)
    table = table.with_row_index("id").with_columns(pl.col("id").cast(pl.Int64))
    rooms = _rooms(table, sizes.rooms, rng)
    return _with_refs(table, rooms, village_names)


def _with_refs(table: pl.DataFrame, rooms: pl.DataFrame, village_names: list[str]) -> Houses:
    """Number building and room rows as the register lists them: a building, then its rooms."""
    village = pl.Series("v", village_names)
    is_farm = pl.col("use") == "farm"
    plate = pl.col("road").fill_null("") + pl.col("number").cast(pl.String).fill_null("")
    plate = pl.when(pl.col("number").is_not_null()).then(plate + "号").otherwise(pl.lit(""))
    inside = pl.col("estate").fill_null("") + pl.when(pl.col("building").is_not_null()).then(
        pl.col("building").cast(pl.String) + "栋"
    ).otherwise(pl.lit(""))
    farm = pl.col("group").cast(pl.String) + "组" + pl.col("number").cast(pl.String) + "号"
    table = table.with_columns(
        pl.Series("village_name", village.gather(table["village"].to_list())),
        pl.when(is_farm).then(farm).otherwise(plate + inside).alias("place"),
    ).with_columns(
        pl.when(is_farm).then(pl.col("village_name") + pl.col("place")).otherwise(pl.col("place")).alias("spoken")
    )
    keys = pl.concat([
        table.select("id", pl.lit(0, pl.Int64).alias("nth")),
        rooms.select(pl.col("building_id").alias("id"), (pl.col("nth") + 1).cast(pl.Int64).alias("nth")),
    ]).sort("id", "nth")  # fmt: skip
    keys = keys.with_row_index("serial", offset=1).with_columns(
        (pl.lit("JY") + pl.col("serial").cast(pl.String).str.zfill(10)).alias("source_ref")
    )
    buildings = table.join(keys.filter(pl.col("nth") == 0).select("id", "source_ref"), on="id", maintain_order="left")
    rooms = rooms.with_columns((pl.col("nth") + 1).cast(pl.Int64).alias("key")).join(
        keys.select(pl.col("id").alias("building_id"), pl.col("nth").alias("key"), "source_ref"),
        on=["building_id", "key"],
        maintain_order="left",
    )
    return Houses(buildings, rooms.drop("key"))


def full_prefix(town: str, village: str) -> str:
    """The divisions in front of a standard address."""
    return f"{PROVINCE}{CITY}{COUNTY}{town}{village}"


def _estates(ground: Ground, network: Network, roads: list[Road], count: int, rng: np.random.Generator) -> pl.DataFrame:
    blocks = np.flatnonzero((network.uses == Use.ESTATE) & (ground.zones != Zone.RURAL))
    names = Names(estate_words(rng), set())
    works = iter(shuffled(WORKS, rng))
    share = ground.areas[blocks] * rng.uniform(0.6, 1.4, len(blocks))
    share = share * np.where(ground.zones[blocks] == Zone.CORE, 3.0, 1.0)
    held = _exactly(share, count)
    street = _street_of_block(network, roads)
    rows: dict[str, list[Any]] = {n: [] for n in ("block", "x", "y", "estate", "building", "road", "number")}
    for block, many in zip(blocks.tolist(), held.tolist(), strict=True):
        work = next(works, None) if rng.random() < 0.12 else None
        estate = f"{work}宿舍" if work else names.take()
        road, number = street.get(block), int(rng.integers(1, 400))
        points = _inside(ground.blocks[block], many, rng)
        is_plated = road is not None and rng.random() < 0.8
        for nth, point in enumerate(points, start=1):
            for key, value in zip(
                rows, (block, point[0], point[1], estate, nth, road if is_plated else None,
                       number if is_plated else None), strict=True,
            ):  # fmt: skip
                rows[key].append(value)
    return pl.DataFrame(rows, schema=_SCHEMA_ESTATE).with_columns(pl.lit("estate").alias("use"))


_SCHEMA_ESTATE: Final = {
    "block": pl.Int64, "x": pl.Float64, "y": pl.Float64, "estate": pl.String, "building": pl.Int64,
    "road": pl.String, "number": pl.Int64,
}  # fmt: skip


def _street_houses(
    ground: Ground, division: Division, network: Network, roads: list[Road], count: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Houses with plates: odd numbers on the left, even on the right, rising along the road."""
    fronts: list[tuple[str, int, int, int]] = []
    weights: list[float] = []
    for road in roads:
        for piece in road.pieces if road.name and not road.name.endswith("桥") else []:
            line = network.pieces[piece]
            for odd, block in ((1, line.left), (0, line.right)):
                if block >= 0 and ground.zones[block] != Zone.RURAL:
                    fronts.append((road.name, piece, odd, block))
                    weights.append(float(np.hypot(*np.diff(line.line, axis=0).T).sum()))
    held = _exactly(np.array(weights) * rng.uniform(0.6, 1.4, len(weights)), count)
    last: dict[tuple[str, int, int], int] = {}
    rows: list[tuple[int, float, float, str, int]] = []
    for (name, piece, odd, block), many in zip(fronts, held.tolist(), strict=True):
        points = _along(network.pieces[piece].line, many, left=bool(odd), rng=rng)
        points = _pulled_in(points, ground, block)
        key = (name, int(division.block_town[block]), odd)
        number = last.get(key, odd - 2 if odd else 0)
        for point in points:
            number += 2 if rng.random() < 0.93 else 4
            rows.append((block, float(point[0]), float(point[1]), name, number))
        last[key] = number
    schema = {"block": pl.Int64, "x": pl.Float64, "y": pl.Float64, "road": pl.String, "number": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.lit("street").alias("use"))


def _farms(ground: Ground, division: Division, count: int, rng: np.random.Generator) -> pl.DataFrame:
    blocks = np.flatnonzero(ground.zones == Zone.RURAL)
    if len(blocks) == 0:
        blocks = np.arange(len(ground.blocks))
    held = _exactly(division.weight[blocks] * rng.uniform(0.5, 1.5, len(blocks)), count)
    seen: dict[int, int] = {}
    rows: list[tuple[int, float, float, int, int]] = []
    for block, many in zip(blocks.tolist(), held.tolist(), strict=True):
        village = int(division.block_village[block])
        hamlets = _inside(ground.blocks[block], max(1, many // GROUP_HOUSES), rng)
        near = hamlets[rng.integers(0, len(hamlets), many)] + rng.normal(0, 45, (many, 2))
        for point in _pulled_in(near, ground, block):
            serial = seen.get(village, 0)
            seen[village] = serial + 1
            rows.append(
                (block, float(point[0]), float(point[1]), serial // GROUP_HOUSES + 1, serial % GROUP_HOUSES + 1)
            )
    schema = {"block": pl.Int64, "x": pl.Float64, "y": pl.Float64, "group": pl.Int64, "number": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.lit("farm").alias("use"))


def _rooms(table: pl.DataFrame, count: int, rng: np.random.Generator) -> pl.DataFrame:
    """Rooms of estates and of some street houses: units × floors × doors a floor, cut to the exact count."""
    homes = table.filter(pl.col("use") != "farm")
    is_estate = (homes["use"] == "estate").to_numpy()
    units = np.where(is_estate, rng.integers(1, 5, len(homes)), 1)
    floors = np.where(is_estate, rng.choice([6, 6, 7, 11], len(homes)), rng.choice([1, 2, 3], len(homes)))
    doors = np.where(is_estate, rng.choice([2, 2, 3], len(homes)), 1)
    floors = np.where(~is_estate & (rng.random(len(homes)) < 0.55), 0, floors)
    total = int((units * floors * doors).sum())
    while total < count:
        floors = np.where(is_estate, floors + 1, floors)
        total = int((units * floors * doors).sum())
    many = units * floors * doors
    owner = np.repeat(np.arange(len(homes)), many)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
    keep = np.sort(rng.permutation(len(owner))[:count])
    owner, nth = owner[keep], nth[keep]
    per_unit = (floors * doors)[owner]
    floor = (nth % per_unit) // doors[owner] + 1
    door = nth % doors[owner] + 1
    return pl.DataFrame({
        "building_id": homes["id"].to_numpy()[owner],
        "nth": nth.astype(np.int64),
        "unit": np.where(is_estate[owner], nth // per_unit + 1, 0),
        "floor": floor,
        "room": floor * 100 + door,
    })  # fmt: skip


def _street_of_block(network: Network, roads: list[Road]) -> dict[int, str]:
    found: dict[int, str] = {}
    for road in roads:
        for piece in road.pieces if road.name and not road.name.endswith(("桥", "巷")) else []:
            for block in (network.pieces[piece].left, network.pieces[piece].right):
                found.setdefault(block, road.name)
    return found


def _exactly(share: Points, total: int) -> Numbers:
    """Whole numbers in proportion to the shares that add up to the total (largest remainders)."""
    ideal = share / share.sum() * total
    counts = np.floor(ideal).astype(np.int64)
    rest = np.argsort(-(ideal - counts), kind="stable")[: total - int(counts.sum())]
    counts[rest] += 1
    return np.asarray(counts, dtype=np.int64)


def _along(line: Points, count: int, *, left: bool, rng: np.random.Generator) -> Points:
    """Points set back from a line on one side, evenly with a little unevenness."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    ends = np.concatenate([[0.0], np.cumsum(steps)])
    where = (np.arange(count) + rng.uniform(0.2, 0.8, count)) / max(count, 1) * ends[-1]
    x, y = np.interp(where, ends, line[:, 0]), np.interp(where, ends, line[:, 1])
    leg = np.clip(np.searchsorted(ends, where, side="right") - 1, 0, len(steps) - 1)
    along = np.diff(line, axis=0)[leg] / steps[leg][:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * (SET_BACK_M if left else -SET_BACK_M)
    return np.stack([x, y], axis=1) + across


def _inside(block: Any, count: int, rng: np.random.Generator) -> Points:
    """Points spread over the inner part of a block."""
    core = block.buffer(-min(25.0, float(np.sqrt(block.area)) / 6))
    core = block if core.is_empty else core
    west, south, east, north = core.bounds
    points = np.empty((0, 2))
    while len(points) < count:
        drawn = rng.uniform((west, south), (east, north), (max(count * 3, 12), 2))
        points = np.concatenate([points, drawn[shapely.contains_xy(core, drawn[:, 0], drawn[:, 1])]])
    return points[:count]


def _pulled_in(points: Points, ground: Ground, block: int) -> Points:
    """Points that fell outside their block are drawn towards its middle until they lie in it."""
    shape, heart = ground.blocks[block], np.array(ground.blocks[block].representative_point().coords[0])
    points = points.copy()
    for _ in range(12):
        is_out = ~shapely.contains_xy(shape, points[:, 0], points[:, 1]) if len(points) else np.zeros(0, dtype=bool)
        if not is_out.any():
            break
        points[is_out] = points[is_out] * 0.5 + heart * 0.5
    return points
