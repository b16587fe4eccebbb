"""The address register as a sheet: the parts of each building and room, written as different offices write them."""

from typing import Final

import numpy as np
import polars as pl

from etl.demo.houses import Houses
from etl.demo.layouts import ADDRESSES
from etl.demo.sizes import CITY, COUNTY, PROVINCE, stream

ABSENT: Final = ("", "无", "-", "")
"""How a town office writes that there is nothing; by town."""
FLOOR_STYLES: Final = ("{}层", "{}", "", "{}楼")
WIDE: Final = dict(zip("0123456789", "０１２３４５６７８９", strict=True))
NUMERALS: Final = {str(n): word for n, word in enumerate("零一二三四五六七八九")} | {
    "10": "十",
    "11": "十一",
    "12": "十二",
}
OTHER_LABELS: Final = ("{}幢", "{}号楼", "{}#", "{}栋")
HABIT_SHARE: Final = 0.012
"""Rows in which a clerk wrote full-width digits, a numeral or another word for 栋."""
WHOLE_PLATE_SHARE: Final = 0.1
"""Rows of shops whose sub-number stands in the plate column itself (128号附3号)."""


def register_table(houses: Houses, towns: list[str], villages: list[str], seed: int) -> pl.DataFrame:
    """All rows of the register, a building before its rooms, with the columns of `layouts.ADDRESSES` and `town`
    (running number); clean coordinates."""
    rng = stream(seed, "table")
    rows = _rows(houses)
    town_names, village_names = (pl.Series(names) for names in (towns, villages))
    rows = rows.with_columns(
        town_names.gather(rows["town"]).alias("t"), village_names.gather(rows["village"]).alias("v"),
        pl.Series("absent", ABSENT).gather(rows["town"] % len(ABSENT)),
        pl.Series("floor_style", FLOOR_STYLES).gather(rows["town"] * 3 % len(FLOOR_STYLES)),
        pl.Series("draw", rng.random(len(rows))), pl.Series("habit", rng.random(len(rows)) / HABIT_SHARE),
    )  # fmt: skip
    unit = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "单元").otherwise(pl.lit(""))
    is_whole = pl.col("sub").is_null() | (pl.col("draw") < WHOLE_PLATE_SHARE) | (pl.col("sub_style") == "-{}号")
    plate = pl.when(is_whole).then("plate").otherwise(pl.col("number").cast(pl.String) + "号")
    sub = pl.when(is_whole).then(pl.lit("")).otherwise(_put("sub_style", "sub"))
    floor = _put("floor_style", "floor")
    room = (
        pl.when(pl.col("is_old").fill_null(value=False)).then(pl.col("room").cast(pl.String) + "号").otherwise("said")
    )
    known = {
        "源编号": pl.col("source_ref"), "统一地址编码": pl.lit(""),
        "地址名称": pl.concat_str(
            pl.lit(PROVINCE + CITY + COUNTY), "t", "v", pl.col("place"), unit, pl.col("said").fill_null("")
        ),
        "省": pl.lit(PROVINCE), "市": pl.lit(CITY), "县": pl.lit(COUNTY), "乡镇街道": pl.col("t"),
        "类行政区划": pl.col("area"), "社区/村": pl.col("v"), "自然村": pl.col("hamlet"), "街路巷": pl.col("road"),
        "门牌": plate, "院落/小区名": pl.col("estate"), "院落别名": pl.col("alias"), "内部路": pl.lit(""), "内部门牌": sub,
        "楼栋名": pl.col("tower"), "楼栋别名": pl.lit(""), "楼栋号": _put("label", "building"), "单元": unit, "楼层": floor,
        "户室": room, "经度": pl.col("lon").round(7).cast(pl.String), "纬度": pl.col("lat").round(7).cast(pl.String),
    }  # fmt: skip
    table = rows.select("town", "absent", "habit", *(known[name].fill_null("").alias(name) for name in ADDRESSES))
    return _absent(_habits(table))


def _rows(houses: Houses) -> pl.DataFrame:
    rooms = houses.rooms.select("source_ref", "building_id", "unit", "floor", "room", "said", "is_old")
    with_rooms = rooms.join(
        houses.buildings.drop("source_ref"), left_on="building_id", right_on="id", how="left", maintain_order="left"
    )
    return pl.concat([houses.buildings, with_rooms], how="diagonal").sort("source_ref")


def _put(style: str, value: str) -> pl.Expr:
    """A style column ("{}栋") with its value put in; null without a value."""
    parts = pl.col(style).str.split_exact("{}", 1)
    filled = parts.struct.field("field_0") + pl.col(value).cast(pl.String) + parts.struct.field("field_1").fill_null("")
    return pl.when(pl.col(style) == "").then(pl.lit("")).otherwise(filled)


def _habits(table: pl.DataFrame) -> pl.DataFrame:
    """In a few rows a clerk wrote the plate in full-width digits, the building in a numeral or with another word."""
    bare = pl.col("楼栋号").str.extract(r"^(\d+)", 1)
    wide = pl.col("门牌").str.replace_many(WIDE)
    numeral = bare.replace(NUMERALS) + "栋"
    other = pl.concat_str(bare, pl.lit("幢"))
    habit, has_number = pl.col("habit"), bare.is_not_null()
    return table.with_columns(
        pl.when(habit < 0.3).then(wide).otherwise("门牌").alias("门牌"),
        pl.when(has_number & habit.is_between(0.3, 0.6)).then(numeral)
        .when(has_number & habit.is_between(0.6, 0.9)).then(other)
        .otherwise("楼栋号").alias("楼栋号"),
        pl.when(habit.is_between(0.9, 1.0) & (pl.col("户室") != "")).then(pl.col("户室") + " ").otherwise("户室").alias("户室"),
    ).drop("habit")  # fmt: skip


def _absent(table: pl.DataFrame) -> pl.DataFrame:
    """Put the town's word for "nothing" into the parts that are absent; rows of buildings keep 户室 empty."""
    parts = ("类行政区划", "自然村", "街路巷", "院落/小区名", "院落别名", "内部路", "楼栋别名", "单元")
    return table.with_columns(
        pl.when(pl.col(name) == "").then("absent").otherwise(name).alias(name) for name in parts
    ).drop("absent")


def damage_addresses(part: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """Put a few bad rows into a town's sheet; says which, by the number of the sheet's row (the header is row 1).

    no_coordinates and swapped change rows; same_ref repeats an earlier row's 源编号 on another address at the end;
    same_row repeats a whole row at the end.
    """
    rooms = np.flatnonzero((part["户室"] != "").to_numpy())
    chosen = rng.permutation(rooms if len(rooms) >= 12 else np.arange(len(part)))[:12]
    blank, swapped = np.sort(chosen[:4]), np.sort(chosen[4:8])
    lon, lat = part["经度"].to_list(), part["纬度"].to_list()
    for row in blank.tolist():
        lon[row] = lat[row] = ""
    for row in swapped.tolist():
        lon[row], lat[row] = lat[row], lon[row]
    part = part.with_columns(pl.Series("经度", lon), pl.Series("纬度", lat))
    again = part[np.sort(chosen[8:10])]
    other = part[np.sort(chosen[10:12])].with_columns(
        (pl.col("地址名称") + "附1").alias("地址名称"), (pl.col("户室").str.strip_chars() + "附1").alias("户室")
    )
    told = {
        "no_coordinates": (blank + 2).tolist(), "swapped": (swapped + 2).tolist(),
        "same_row": [len(part) + 2 + n for n in range(len(again))],
        "same_ref": [len(part) + 2 + len(again) + n for n in range(len(other))],
    }  # fmt: skip
    return pl.concat([part, again, other]), told
