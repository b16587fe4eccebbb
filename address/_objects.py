"""From rows of a sheet to addressable objects: a room implies its unit, its building, its door or estate.

Behind the door: call `address.service.ingest`.
"""

import unicodedata
from collections.abc import Sequence

import polars as pl

PARTS = (
    "town", "village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "floor", "room",
)  # fmt: skip
TEXTS = ("source_ref", "name", *PARTS, "level", "estate_alias", "building_alias")
LEVELS = ("estate", "door", "building", "unit", "room", "landmark")
EMPTY_WORDS = frozenset(
    {"", "无", "-", "--", "—", "/", "\\", "空", "null", "NULL", "None", "nan", "NaN", "N/A", "暂无"}
)
SUFFIXES = {
    "number": "号", "sub_number": "号", "building": "号楼|栋|幢|座|楼|号", "unit": "单元", "floor": "层|楼",
    "room": "室|号房|号", "group": "村民小组|小组|组|社", "lane": "",
}  # fmt: skip
PREFIXES = {"sub_number": "附|之"}
"""Written before the number by some offices: 附2号, 之2; the standard name says it once."""
BARE = "-?[0-9A-Za-z甲乙丙丁一二三四五六七八九十]+"

METRES = {"room": 10.0, "unit": 10.0, "building": 10.0, "door": 20.0, "landmark": 30.0, "estate": 150.0}
"""How far a person may be from the point we keep, a convention of this system by kind of object."""


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of the contract, texts trimmed, fillers (无, -, …) null, 12号 → 12, 3栋 → 3."""
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in TEXTS if name not in frame.columns]
    frame = frame.with_columns(missing) if missing else frame
    if "row_no" not in frame.columns:
        frame = frame.with_row_index("row_no", offset=2)
    return frame.select(
        pl.col("row_no").cast(pl.Int64),
        *(_bare(frame[name].cast(pl.String), PREFIXES.get(name, ""), SUFFIXES.get(name, "")) for name in TEXTS),
        *(
            (pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.Float64)).cast(pl.Float64).alias(name)
            for name in ("lon", "lat")
        ),
    )


def _bare(column: pl.Series, prefixes: str, suffixes: str) -> pl.Series:
    """Each different text once: full-width folded, blanks out, the classifying words round a bare number cut."""
    different = column.unique().drop_nulls().to_list()
    folded = {word: "".join(unicodedata.normalize("NFKC", word).split()) for word in different}
    told = pl.DataFrame(
        {"old": different, "new": [None if word in EMPTY_WORDS else word for word in folded.values()]},
        schema={"old": pl.String, "new": pl.String},
    )
    if suffixes:
        told = told.with_columns(pl.col("new").str.replace(f"^(?:{prefixes}|)({BARE})(?:{suffixes})?$", "${1}"))
    return column.replace_strict(told["old"], told["new"], default=None, return_dtype=pl.String).alias(column.name)


def with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds key_<level> for every level a row reaches, `key` of the row's own object and its level as `is_a`.

    A floor without a room is an object like a room: shops and offices have whole floors.
    """
    door = pl.when(pl.col("road").is_not_null()).then(
        _joined("d", ("town", "road", "lane", "number", "sub_number"))
    ).otherwise(_joined("d", ("town", "village", "group", "lane", "number", "sub_number")))  # fmt: skip
    base = pl.coalesce("key_estate", "key_door", "key_ground")
    is_floor = pl.col("floor").is_not_null() & pl.any_horizontal(pl.col("number", "estate", "building").is_not_null())
    rows = rows.with_columns(
        pl.when(pl.col("number").is_not_null()).then(door).alias("key_door"),
        pl.when(pl.col("estate").is_not_null()).then(_joined("e", ("town", "estate"))).alias("key_estate"),
        _joined("g", ("town", "village", "group", "road", "lane")).alias("key_ground"),
    )
    rows = rows.with_columns(
        pl.when(pl.col("building").is_not_null())
        .then(pl.concat_str(base, pl.lit("|b"), "building"))
        .alias("key_building")
    )
    rows = rows.with_columns(
        pl.when(pl.col("unit").is_not_null())
        .then(pl.concat_str(pl.coalesce("key_building", base), pl.lit("|u"), "unit"))
        .alias("key_unit")
    )
    rows = rows.with_columns(
        pl.when(pl.col("room").is_not_null())
        .then(pl.concat_str(pl.coalesce("key_unit", "key_building", base), pl.lit("|r"), "room"))
        .when(is_floor)
        .then(pl.concat_str(pl.coalesce("key_unit", "key_building", base), pl.lit("|f"), "floor"))
        .alias("key_room"),
        pl.when(pl.all_horizontal(pl.col("number", "estate", "building", "unit", "room").is_null()))
        .then(pl.concat_str(pl.lit("l|"), pl.col("town").fill_null(""), pl.lit("|"), "name"))
        .alias("key_landmark"),
    )
    order = ("room", "unit", "building", "door", "estate", "landmark")
    is_a: pl.Expr = pl.lit(None, dtype=pl.String)
    for level in reversed(order):
        is_a = pl.when(pl.col(f"key_{level}").is_not_null()).then(pl.lit(level)).otherwise(is_a)
    return rows.with_columns(is_a.alias("is_a"), pl.coalesce([f"key_{level}" for level in order]).alias("key"))


def parents(rows: pl.DataFrame) -> pl.DataFrame:
    """The objects rows imply and do not state themselves, one for each key, as the first row below tells them."""
    found = []
    for level, kept in KEPT_PARTS.items():
        below = rows.filter(pl.col(f"key_{level}").is_not_null() & (pl.col("is_a") != level))
        below = below.with_columns(
            pl.col(f"key_{level}").alias("key"),
            pl.lit(level).alias("is_a"),
            pl.lit(None, dtype=pl.String).alias("source_ref"),
            pl.lit(None, dtype=pl.String).alias("name"),
            *(pl.lit(None, dtype=pl.String).alias(part) for part in PARTS if part not in kept),
            *(pl.lit(None, dtype=pl.String).alias(f"key_{deeper}") for deeper in DEEPER[level]),
        )
        found.append(below)
    return pl.concat(found).unique("key", keep="first", maintain_order=True)


GROUND = ("town", "village", "group")
DOOR = (*GROUND, "road", "lane", "number", "sub_number", "estate")
KEPT_PARTS: dict[str, Sequence[str]] = {
    "estate": ("town", "village", "estate"),
    "door": DOOR,
    "building": (*DOOR, "building"),
    "unit": (*DOOR, "building", "unit"),
}
DEEPER = {"estate": ("door", "building", "unit", "room"), "door": ("building", "unit", "room"),
          "building": ("unit", "room"), "unit": ("room",)}  # fmt: skip


def finished(objects: pl.DataFrame) -> pl.DataFrame:
    """Adds key_parent, the standard name and precision_m."""
    above: pl.Expr = pl.lit(None, dtype=pl.String)
    chains = {
        "room": ("key_unit", "key_building", "key_estate", "key_door"),
        "unit": ("key_building", "key_estate", "key_door"),
        "building": ("key_estate", "key_door"),
        "door": ("key_estate",),
    }
    for level, chain in chains.items():
        above = pl.when(pl.col("is_a") == level).then(pl.coalesce(chain)).otherwise(above)
    return objects.with_columns(
        above.alias("key_parent"),
        pl.when(pl.col("is_a") == "landmark").then(pl.col("name")).otherwise(standard_name()).alias("name"),
        pl.col("is_a").replace_strict(METRES, return_dtype=pl.Float64).alias("precision_m"),
    )


def standard_name() -> pl.Expr:
    """The address as it is written: 东湖街道文庙社区文庙街12号1栋2单元301室."""
    return pl.concat_str(
        "town",
        "village",
        _said("group", "组"),
        "road",
        "lane",
        _said("number", "号"),
        pl.concat_str(pl.lit("附"), _said("sub_number", "号")),
        "estate",
        _said("building", "栋"),
        _said("unit", "单元"),
        pl.when(pl.col("room").is_null()).then(_said("floor", "层")),
        _said("room", "室"),
        ignore_nulls=True,
    )


def _said(part: str, suffix: str) -> pl.Expr:
    is_bare = pl.col(part).str.contains(f"^{BARE}$")
    return pl.when(is_bare).then(pl.concat_str(part, pl.lit(suffix))).otherwise(pl.col(part))


def _joined(kind: str, parts: Sequence[str]) -> pl.Expr:
    return pl.concat_str(pl.lit(kind), *(pl.col(part).fill_null("") for part in parts), separator="|")
