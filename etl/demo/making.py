"""Make the demo district: every file in the layouts that offices have, the truth beside them, the manifest last."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, time
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from etl.demo import areas
from etl.demo.channels import damage_reports, written
from etl.demo.crews import make_crews
from etl.demo.dividing import Division, divide
from etl.demo.ground import Ground, make_ground
from etl.demo.houses import Houses, build
from etl.demo.layouts import ADDRESSES, BUSINESSES, GRID_LAYER, RESIDENTS, ROAD_LAYER
from etl.demo.matters import happen
from etl.demo.naming import town_names, village_names
from etl.demo.people import damage_residents, make_residents
from etl.demo.register import damage_addresses, register_table
from etl.demo.roads import Roads, make_roads, road_table
from etl.demo.sizes import Sizes, sizes, stream
from etl.demo.streets import make_network
from etl.demo.telling import tell
from etl.demo.trade import damage_businesses, make_businesses
from etl.demo.writing import Done, write_csv, write_geojson, write_gpkg, write_xlsx

MANIFEST: Final = "manifest.json"
Damage = dict[str, dict[str, list[int]]]


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
    roads: Roads
    houses: Houses
    towns: list[str]
    villages: list[str]
    size: Sizes
    seed: int
    until: date


def make(
    out: Path,
    *,
    scale: float,
    seed: int,
    until: date,
    upto: time = time(23, 59, 59),
    report: Callable[[str, int], None] | None = None,
) -> Manifest:
    """Write the district into `out`; the same scale, seed, day and time give the same tables.

    The year of reports ends on the day `until` at `upto`, Shanghai time: nothing is told or closed later. `report`
    is called with (file name, rows) after each file. The manifest is written last: without it the folder is
    unfinished and must be made again. Raises ValueError for a scale outside 0.005 … 2.
    """
    size = sizes(scale)
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST).unlink(missing_ok=True)
    (out / "truth").mkdir(exist_ok=True)
    files: dict[str, int] = {}

    def done(name: str, rows: int) -> None:
        files[name] = rows
        if report is not None:
            report(name, rows)

    defects: Damage = {}
    district = _district(size, seed, until)
    _write_places(out, district, done)
    defects |= _write_addresses(out, district, done)
    people, found = _write_people(out, district, done)
    defects |= found
    firms, found = _write_businesses(out, district, done)
    defects |= found
    _write_crews(out, district, done)
    defects |= _write_reports(out, district, upto, people, firms, done)
    _write_json(out / "truth" / "defects.json", defects)
    manifest = Manifest(scale, seed, until.isoformat(), files)
    _write_json(out / MANIFEST, asdict(manifest))
    return manifest


def read_manifest(out: Path) -> Manifest | None:
    """The manifest of a finished folder; None when it was never finished."""
    path = out / MANIFEST
    return Manifest(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _district(size: Sizes, seed: int, until: date) -> _District:
    ground = make_ground(size, seed)
    division = divide(ground, size, seed)
    network = make_network(ground, division, size, seed)
    rng = stream(seed, "names")
    towns, villages = town_names(division.is_street, rng), village_names(division.is_community, rng)
    roads = make_roads(network, ground, division, towns, seed)
    houses = build(ground, division, network, roads, size, seed, villages)
    return _District(ground, division, roads, houses, towns, villages, size, seed, until)


def _write_places(out: Path, d: _District, done: Done) -> None:
    table = areas.division_rows(d.division, d.towns, d.villages)
    write_csv(out, "divisions.csv", table, done)
    write_geojson(out, "division_areas.geojson", areas.division_areas(d.ground, d.division, table), done)
    write_gpkg(out, "grids.gpkg", GRID_LAYER, areas.grid_table(d.ground, d.division, d.towns, d.villages), done)
    write_gpkg(out, "roads.gpkg", ROAD_LAYER, road_table(d.roads), done)


def _write_addresses(out: Path, d: _District, done: Done) -> Damage:
    """One sheet a town."""
    rng = stream(d.seed, "defects")
    defects: Damage = {}
    for number, part in _by_town(register_table(d.houses, d.towns, d.villages, d.seed)):
        name = f"addresses_{d.division.town_codes[number]}.xlsx"
        damaged, defects[name] = damage_addresses(part.select(list(ADDRESSES)), rng)
        write_xlsx(out, name, damaged, done)
    return defects


def _write_people(out: Path, d: _District, done: Done) -> tuple[pl.DataFrame, Damage]:
    """One file a town; returns who lives in which building for the reports."""
    rng = stream(d.seed, "defects")
    people = make_residents(d.houses, d.towns, d.villages, d.size, d.seed, d.until)
    defects: Damage = {}
    for number, part in _by_town(people):
        name = f"residents_{d.division.town_codes[number]}.csv"
        damaged, defects[name] = damage_residents(part.select(list(RESIDENTS)), rng)
        write_csv(out, name, damaged, done)
    homes = people.select("source_ref", "公民身份号码", "与户主关系")
    homes.write_parquet(out / "truth" / "residents.parquet")
    return people.select("building_id", "姓名", "联系电话", "性别"), defects


def _write_businesses(out: Path, d: _District, done: Done) -> tuple[pl.DataFrame, Damage]:
    firms = make_businesses(d.houses, d.towns, d.villages, d.size, d.seed, d.until)
    damaged, told = damage_businesses(firms.select(list(BUSINESSES)), stream(d.seed, "defects"))
    write_xlsx(out, "businesses.xlsx", damaged, done)
    firms.select("source_ref", "统一社会信用代码").write_parquet(out / "truth" / "businesses.parquet")
    return firms.select("building_id", "企业名称", "企业类型"), {"businesses.xlsx": told}


def _write_crews(out: Path, d: _District, done: Done) -> None:
    teams, staff = make_crews(d.division, d.houses, d.villages, d.size, d.seed)
    write_xlsx(out, "teams.xlsx", teams, done)
    write_xlsx(out, "staff.xlsx", staff, done)


def _write_reports(
    out: Path, d: _District, upto: time, people: pl.DataFrame, firms: pl.DataFrame, done: Done
) -> Damage:
    reports = happen(d.houses, d.size, d.seed, d.until, upto)
    told = tell(d.houses, reports, people, firms, d.roads, d.towns, d.villages, d.seed)
    places = d.houses.buildings.select("lon", "lat", "grid", village_no="village", town_no="town")[
        reports.table["building"]
    ]
    places = places.select(
        "lon", "lat", pl.Series("grid_code", d.division.grid_codes).gather(places["grid"]),
        pl.Series("village_code", d.division.village_codes).gather(places["village_no"]),
        pl.Series("village", d.villages).gather(places["village_no"]),
        pl.Series("town", d.towns).gather(places["town_no"]),
    )  # fmt: skip
    tables, truth = written(reports, told, places, d.seed)
    rng = stream(d.seed, "defects")
    defects: Damage = {}
    for name, table in tables.items():
        damaged, told_rows = damage_reports(name, table, rng)
        defects |= {name: told_rows} if told_rows else {}
        (write_xlsx if name.endswith(".xlsx") else write_csv)(out, name, damaged, done)
    truth.write_parquet(out / "truth" / "reports.parquet")
    return defects


def _by_town(table: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    for number in np.unique(table["town"].to_numpy()).tolist():
        yield number, table.filter(pl.col("town") == number)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
