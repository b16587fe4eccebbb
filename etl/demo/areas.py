"""Divisions and grids as the tables and shapes that offices hand over."""

from typing import Final

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from etl.demo.dividing import Division, outlines
from etl.demo.ground import Ground, in_degrees
from etl.demo.layouts import DIVISIONS, GRIDS
from etl.demo.sizes import COUNTY, COUNTY_CODE

SINCE: Final = "2020-01-01"
COUNTY_ROW: Final = f"{COUNTY_CODE}000000"
ENDED: Final = (("398", "老堰村", "2004-01-01"), ("399", "土门子村", "2011-05-01"))
"""Villages that were merged into others when the codes were renewed: serial, name, since."""
KIND_NAMES: Final = {"park": "工业园", "school": "学校", "hospital": "医院"}


def division_rows(division: Division, towns: list[str], villages: list[str]) -> pl.DataFrame:
    """County, towns, villages, and two villages that have ended; columns of `layouts.DIVISIONS`."""
    rows = [(COUNTY_ROW, "县区", COUNTY, "", SINCE, "")]
    rows += [(c, "乡镇街道", n, COUNTY_ROW, SINCE, "") for c, n in zip(division.town_codes, towns, strict=True)]
    parents = [division.town_codes[t] for t in division.village_town.tolist()]
    rows += [(c, "村社区", n, p, SINCE, "") for c, n, p in zip(division.village_codes, villages, parents, strict=True)]
    last = division.town_codes[-1]
    rows += [(f"{last[:9]}{serial}", "村社区", name, last, since, SINCE) for serial, name, since in ENDED]
    return pl.DataFrame(rows, schema=list(DIVISIONS), orient="row")


def division_areas(ground: Ground, division: Division, table: pl.DataFrame) -> gpd.GeoDataFrame:
    """The shapes of the divisions that are in force, in the order of the table."""
    now = table.filter(pl.col("失效日期") == "")
    shapes = np.concatenate([
        np.array([shapely.normalize(shapely.coverage_union_all(ground.blocks))], dtype=object),
        outlines(ground, division.block_town), outlines(ground, division.block_village),
    ])  # fmt: skip
    columns = {name: now[name].to_list() for name in ("区划代码", "名称", "级别")}
    return gpd.GeoDataFrame(columns, geometry=list(_multi(in_degrees(shapes))), crs=4326)


def grid_table(ground: Ground, division: Division, towns: list[str], villages: list[str]) -> gpd.GeoDataFrame:
    """Base and dedicated grids, then micro-grids; columns of `layouts.GRIDS`."""
    names = _grid_names(division, villages)
    office = [f"{COUNTY}{towns[int(division.village_town[v])]}" for v in division.grid_village.tolist()]
    village_codes = [division.village_codes[v] for v in division.grid_village.tolist()]
    micro_of = division.micro_grid.tolist()
    micro_names = [f"{names[g]}微网格{int(c[15:])}" for g, c in zip(micro_of, division.micro_codes, strict=True)]
    is_base = [kind == "base" for kind in division.grid_kind]
    values = (
        division.grid_codes + division.micro_codes,
        names + micro_names,
        ["基础网格" if flag else "专属网格" for flag in is_base] + ["微网格"] * len(micro_of),
        village_codes + [division.grid_codes[g] for g in micro_of],
        village_codes + [village_codes[g] for g in micro_of],
        office + [office[g] for g in micro_of],
    )
    shapes = np.concatenate([outlines(ground, division.block_grid), outlines(ground, division.block_micro)])
    columns = dict(zip(GRIDS, values, strict=True))
    return gpd.GeoDataFrame(columns, geometry=list(_multi(in_degrees(shapes))), crs=4326)


def _grid_names(division: Division, villages: list[str]) -> list[str]:
    """泰安社区第三网格; a dedicated grid is named after what it holds."""
    seen: dict[int, int] = {}
    names = []
    for village, kind in zip(division.grid_village.tolist(), division.grid_kind, strict=True):
        seen[village] = seen.get(village, 0) + 1
        own = f"第{_numeral(seen[village])}网格" if kind == "base" else f"{KIND_NAMES[kind]}专属网格"
        names.append(villages[village] + own)
    return names


def _numeral(number: int) -> str:
    digits = "零一二三四五六七八九十"
    if number <= 10:
        return digits[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def _multi(shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    return np.array([s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes], dtype=object)
