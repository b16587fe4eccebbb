"""Make the demo district: every file in the layouts that offices have, the truth beside them, the manifest last."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import polars as pl
import shapely

from etl.demo import houses as building
from etl.demo.channels import written
from etl.demo.dividing import Division, divide, outlines
from etl.demo.ground import Ground, in_degrees, make_ground
from etl.demo.houses import Houses, full_prefix
from etl.demo.layouts import ADDRESSES, BUSINESSES, CSV_ENCODINGS, GRID_LAYER, RESIDENTS, ROAD_LAYER
from etl.demo.matters import happen
from etl.demo.naming import town_names, village_names
from etl.demo.people import businesses, residents
from etl.demo.roads import Road, name_roads
from etl.demo.sizes import CITY, COUNTY, COUNTY_CODE, PROVINCE, Sizes, sizes, stream
from etl.demo.streets import Network, make_network
from etl.demo.telling import tell

MANIFEST: Final = "manifest.json"
SINCE: Final = "2020-01-01"
Report = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which files were made, with their rows; `files` in the order in which they should be loaded."""

    scale: float
    seed: int
    until: str
    files: dict[str, int]


@dataclass(frozen=True, slots=True)
class _District:
    ground: Ground
    division: Division
    network: Network
    roads: list[Road]
    houses: Houses
    towns: list[str]
    villages: list[str]
    size: Sizes


def make(out: Path, *, scale: float, seed: int, until: date, report: Report | None = None) -> Manifest:
    """Write the district into `out`; the same scale, seed and day give the same tables.

    `report` is called with (file name, rows) after each file. The manifest is written last: without it the folder
    is unfinished and must be made again.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST).unlink(missing_ok=True)
    district = _district(scale, seed)
    files: dict[str, int] = {}

    def done(name: str, rows: int) -> None:
        files[name] = rows
        if report is not None:
            report(name, rows)

    _write_divisions(out, district, done)
    _write_grids(out, district, done)
    _write_roads(out, district, done)
    _write_addresses(out, district, seed, done)
    _write_people(out, district, seed, until, done)
    _write_teams(out, district, seed, done)
    _write_reports(out, district, seed, until, done)
    manifest = Manifest(scale, seed, until.isoformat(), files)
    (out / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def read_manifest(out: Path) -> Manifest | None:
    """The manifest of a finished folder; None when it was never finished."""
    path = out / MANIFEST
    return Manifest(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _district(scale: float, seed: int) -> _District:
    size = sizes(scale)
    ground = make_ground(size, seed)
    division = divide(ground, size, seed)
    network = make_network(ground, division, size, seed)
    rng = stream(seed, "names")
    towns, villages = town_names(division.is_street, rng), village_names(division.is_community, rng)
    roads = name_roads(ground, division, network, seed)
    stock = building.build(ground, division, network, roads, size, seed, villages)
    return _District(ground, division, network, roads, stock, towns, villages, size)


def _write_divisions(out: Path, d: _District, done: Report) -> None:
    county = f"{COUNTY_CODE}000000"
    rows = [(county, "县区", COUNTY, "", SINCE, "")]
    rows += [(c, "乡镇街道", n, county, SINCE, "") for c, n in zip(d.division.town_codes, d.towns, strict=True)]
    parents = [d.division.town_codes[t] for t in d.division.village_town.tolist()]
    rows += [
        (c, "村社区", n, p, SINCE, "") for c, n, p in zip(d.division.village_codes, d.villages, parents, strict=True)
    ]
    names = ["区划代码", "级别", "名称", "上级代码", "生效日期", "失效日期"]
    _csv(out, "divisions.csv", pl.DataFrame(rows, schema=names, orient="row"), done)
    shapes = [
        shapely.coverage_union_all(d.ground.blocks),
        *outlines(d.ground, d.division.block_town),
        *outlines(d.ground, d.division.block_village),
    ]
    areas = gpd.GeoDataFrame(
        {"区划代码": [r[0] for r in rows], "名称": [r[2] for r in rows], "级别": [r[1] for r in rows]},
        geometry=list(in_degrees(np.array(shapes, dtype=object))), crs=4326,
    )  # fmt: skip
    areas.to_file(out / "division_areas.geojson", driver="GeoJSON", COORDINATE_PRECISION=7)
    done("division_areas.geojson", len(areas))


def _write_grids(out: Path, d: _District, done: Report) -> None:
    div, kinds = d.division, {"park": "工业园", "school": "学校", "hospital": "医院"}
    seen: dict[int, int] = {}
    base_names = []
    for village, kind in zip(div.grid_village.tolist(), div.grid_kind, strict=True):
        seen[village] = seen.get(village, 0) + 1
        base_names.append(
            f"{d.villages[village]}第{seen[village]}网格"
            if kind == "base"
            else f"{d.villages[village]}{kinds[kind]}专属网格"
        )
    office = [d.towns[int(div.village_town[v])] for v in div.grid_village.tolist()]
    village_codes = [div.village_codes[v] for v in div.grid_village.tolist()]
    micro_of = div.micro_grid.tolist()
    columns = {
        "网格编码": div.grid_codes + div.micro_codes,
        "网格名称": base_names
        + [f"{base_names[g]}微网格{code[15:]}" for g, code in zip(micro_of, div.micro_codes, strict=True)],
        "网格类型": ["基础网格" if k == "base" else "专属网格" for k in div.grid_kind] + ["微网格"] * len(micro_of),
        "上级编码": village_codes + [div.grid_codes[g] for g in micro_of],
        "社区代码": village_codes + [village_codes[g] for g in micro_of],
        "管辖单位": office + [office[g] for g in micro_of],
    }
    shapes = np.concatenate([outlines(d.ground, div.block_grid), outlines(d.ground, div.block_micro)])
    grids = gpd.GeoDataFrame(columns, geometry=list(in_degrees(shapes)), crs=4326)
    (out / "grids.gpkg").unlink(missing_ok=True)
    grids.to_file(out / "grids.gpkg", layer=GRID_LAYER, driver="GPKG")
    done("grids.gpkg", len(grids))


def _write_roads(out: Path, d: _District, done: Report) -> None:
    rows = [(road.name, road.highway, 0, d.network.pieces[p].line) for road in d.roads for p in road.pieces]
    lines = in_degrees(np.array([shapely.LineString(row[3]) for row in rows], dtype=object))
    roads = gpd.GeoDataFrame(
        {"路名": [r[0] for r in rows], "等级": [r[1] for r in rows], "单行": [r[2] for r in rows]},
        geometry=list(lines), crs=4326,
    )  # fmt: skip
    (out / "roads.gpkg").unlink(missing_ok=True)
    roads.to_file(out / "roads.gpkg", layer=ROAD_LAYER, driver="GPKG")
    done("roads.gpkg", len(roads))


def _write_addresses(out: Path, d: _District, seed: int, done: Report) -> None:
    """One sheet a town: a building row, then its rooms; a few bad rows whose numbers go into truth/defects.json."""
    houses = d.houses
    rows = pl.concat([
        houses.buildings.with_columns(pl.lit(None, pl.Int64).alias("unit"), pl.lit(None, pl.Int64).alias("floor"),
                                      pl.lit(None, pl.Int64).alias("room")),
        houses.rooms.drop("nth", "source_ref").with_columns(houses.rooms["source_ref"]).join(
            houses.buildings.drop("source_ref"), left_on="building_id", right_on="id", maintain_order="left"),
    ], how="diagonal_relaxed").sort("source_ref")  # fmt: skip
    village = pl.Series(d.villages).gather(rows["village"].to_list())
    town = pl.Series(d.towns).gather(rows["town"].to_list())
    is_farm = pl.col("use") == "farm"
    text = pl.col("number").cast(pl.String)
    unit = pl.when(pl.col("unit") > 0).then(pl.col("unit").cast(pl.String) + "单元").otherwise(pl.lit(""))
    room = pl.when(pl.col("room").is_not_null()).then(pl.col("room").cast(pl.String) + "室").otherwise(pl.lit(""))
    table = rows.with_columns(village.alias("v"), town.alias("t")).select(
        pl.col("source_ref").alias("源编号"), pl.lit("").alias("统一地址编码"),
        (pl.lit(full_prefix("", "")) + pl.col("t") + pl.col("v") + pl.col("place") + unit + room).alias("地址名称"),
        pl.lit(PROVINCE).alias("省"), pl.lit(CITY).alias("市"), pl.lit(COUNTY).alias("县"),
        pl.col("t").alias("乡镇街道"), pl.lit("").alias("类行政区划"), pl.col("v").alias("社区/村"),
        pl.when(is_farm).then(pl.col("group").cast(pl.String) + "组").otherwise(pl.lit("无")).alias("自然村"),
        pl.col("road").fill_null("无").alias("街路巷"), (text + "号").fill_null("").alias("门牌"),
        pl.col("estate").fill_null("").alias("院落/小区名"), pl.lit("").alias("院落别名"),
        pl.lit("").alias("内部路"), pl.lit("").alias("内部门牌"), pl.lit("").alias("楼栋名"), pl.lit("").alias("楼栋别名"),
        (pl.col("building").cast(pl.String) + "栋").fill_null("").alias("楼栋号"), unit.alias("单元"),
        pl.col("floor").cast(pl.String).fill_null("").alias("楼层"), room.alias("户室"),
        pl.col("lon").round(7).cast(pl.String).alias("经度"), pl.col("lat").round(7).cast(pl.String).alias("纬度"),
        pl.col("town"),
    ).with_columns(pl.Series("town", rows["town"]))  # fmt: skip
    defects: dict[str, dict[str, list[int]]] = {}
    for number, part in _by_town(table):
        name = f"addresses_{d.division.town_codes[number]}.xlsx"
        damaged, defects[name] = _damage(part.select(list(ADDRESSES)), stream(seed, "defects"))
        _xlsx(out, name, damaged, done)
    (out / "truth").mkdir(exist_ok=True)
    (out / "truth" / "defects.json").write_text(json.dumps(defects, ensure_ascii=False), encoding="utf-8")


def _damage(part: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """Four room rows without coordinates, four with them swapped; sheet row numbers of both."""
    rooms = np.flatnonzero((part["户室"] != "").to_numpy())
    chosen = np.sort(rng.permutation(rooms)[:8])
    blank, swapped = set(chosen[:4].tolist()), set(chosen[4:].tolist())
    lon, lat = part["经度"].to_list(), part["纬度"].to_list()
    for row in blank:
        lon[row] = lat[row] = ""
    for row in swapped:
        lon[row], lat[row] = lat[row], lon[row]
    told = {"no_coordinates": [r + 2 for r in sorted(blank)], "swapped": [r + 2 for r in sorted(swapped)]}
    return part.with_columns(pl.Series("经度", lon), pl.Series("纬度", lat)), told


def _write_people(out: Path, d: _District, seed: int, until: date, done: Report) -> None:
    people = residents(d.houses, d.size, seed, until)
    for number, part in _by_town(people):
        _csv(out, f"residents_{d.division.town_codes[number]}.csv", part.select(list(RESIDENTS)), done)
    _xlsx(out, "businesses.xlsx", businesses(d.houses, d.size, seed, until).select(list(BUSINESSES)), done)


def _write_teams(out: Path, d: _District, seed: int, done: Report) -> None:
    """Every grid belongs to one team; a team holds about two neighbouring ones and starts from the first."""
    codes = d.division.grid_codes
    count = min(d.size.teams, len(codes))
    share = np.array_split(np.arange(len(codes)), count)
    posts = d.houses.buildings.group_by("grid", maintain_order=True).first()
    place = {row["grid"]: (row["lon"], row["lat"]) for row in posts.select("grid", "lon", "lat").iter_rows(named=True)}
    any_place = next(iter(place.values()))
    rows, staff = [], [("zhihui", "指挥员", "指挥长", "", ""), ("zuoxi", "坐席员", "坐席", "", "")]
    for nth, grids in enumerate(share, start=1):
        village = d.villages[int(d.division.grid_village[grids[0]])]
        held = ";".join(codes[g] for g in grids)
        lon, lat = place.get(int(grids[0]), any_place)
        rows.append(
            (
                f"XL{nth:03d}",
                f"{village}巡逻队{nth}",
                f"{village}网格服务站",
                str(round(lon, 7)),
                str(round(lat, 7)),
                held,
            )
        )
        staff.append((f"dz{nth:03d}", f"队长{nth}", "队长", held, f"XL{nth:03d}"))
        staff += [(f"wg{codes[g][6:]}", f"网格员{g + 1}", "网格员", codes[g], f"XL{nth:03d}") for g in grids]
    teams = ["队伍编码", "队伍名称", "驻点名称", "驻点经度", "驻点纬度", "管辖网格"]
    _xlsx(out, "teams.xlsx", pl.DataFrame(rows, schema=teams, orient="row"), done)
    _xlsx(
        out,
        "staff.xlsx",
        pl.DataFrame(staff, schema=["登录名", "姓名", "角色", "管辖网格", "队伍编码"], orient="row"),
        done,
    )


def _write_reports(out: Path, d: _District, seed: int, until: date, done: Report) -> None:
    reports = happen(d.houses, d.size, seed, until)
    told = tell(d.houses, reports, d.towns, d.villages, seed)
    places = d.houses.buildings.select("lon", "lat", "grid", "village")[reports.table["building"].to_list()]
    places = places.with_columns(
        pl.Series("village_code", [d.division.village_codes[v] for v in places["village"].to_list()])
    )
    tables, truth = written(reports, told, places, d.division.grid_codes, seed)
    for name, table in tables.items():
        (_xlsx if name.endswith(".xlsx") else _csv)(out, name, table, done)
    truth.write_parquet(out / "truth" / "reports.parquet")


def _by_town(table: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    return [(int(key[0]), part) for key, part in table.group_by("town", maintain_order=True)]


def _csv(out: Path, name: str, table: pl.DataFrame, done: Report) -> None:
    pattern = f"{name.split('_')[0]}_*.csv" if name.startswith("residents_") else name
    raw: Any = table.write_csv()
    (out / name).write_bytes(raw.encode(CSV_ENCODINGS[pattern]))
    done(name, table.height)


def _xlsx(out: Path, name: str, table: pl.DataFrame, done: Report) -> None:
    from rustpy_xlsxwriter import FastExcel

    FastExcel(str(out / name)).sheet("Sheet1", table.fill_null("").to_dicts()).save()
    done(name, table.height)
