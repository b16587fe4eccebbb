"""The demo district is a district: it tiles, its numbers check, its truth points at rows that exist."""

import json
from datetime import date
from pathlib import Path

import fastexcel
import geopandas as gpd
import polars as pl
import pytest
import shapely
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from etl.demo.making import Manifest, make, read_manifest

UNTIL = date(2026, 11, 24)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    out = tmp_path_factory.mktemp("demo")
    return out, make(out, scale=0.01, seed=7, until=UNTIL)


def sheet(path: Path) -> pl.DataFrame:
    return fastexcel.read_excel(path).load_sheet(0, dtypes="string").to_polars()


def addresses(out: Path) -> pl.DataFrame:
    return pl.concat([sheet(path) for path in sorted(out.glob("addresses_*.xlsx"))])


def test_every_count_is_met(district: tuple[Path, Manifest]) -> None:
    out, manifest = district
    rows = addresses(out)
    assert (rows["户室"].fill_null("") == "").sum() == 1_220
    assert rows.height == 1_220 + 3_270
    assert sum(n for name, n in manifest.files.items() if name.startswith("residents_")) == 6_270
    assert sum(n for name, n in manifest.files.items() if name.startswith("reports_")) == 1_600
    assert read_manifest(out) == manifest


def test_the_same_seed_makes_the_same_district(district: tuple[Path, Manifest], tmp_path: Path) -> None:
    out, _ = district
    make(tmp_path, scale=0.01, seed=7, until=UNTIL)
    for name in ("divisions.csv", "reports_110.csv", "reports_grid.csv"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_another_seed_makes_another(district: tuple[Path, Manifest], tmp_path: Path) -> None:
    out, _ = district
    make(tmp_path, scale=0.01, seed=8, until=UNTIL)
    assert (tmp_path / "reports_110.csv").read_bytes() != (out / "reports_110.csv").read_bytes()


def test_grids_tile_the_district(district: tuple[Path, Manifest]) -> None:
    out, _ = district
    grids = gpd.read_file(out / "grids.gpkg")
    areas = gpd.read_file(out / "division_areas.geojson")
    county = areas[areas["级别"] == "县区"].geometry.iloc[0]
    for layers in (["基础网格", "专属网格"], ["微网格"]):
        shapes = grids[grids["网格类型"].isin(layers)].geometry
        assert shapely.coverage_is_valid(shapes.to_numpy())
        assert shapely.coverage_union_all(shapes.to_numpy()).symmetric_difference(county).area < 1e-9


def test_identity_numbers_check_and_belong_to_nowhere(district: tuple[Path, Manifest]) -> None:
    out, _ = district
    numbers = []
    for path in out.glob("residents_*.csv"):
        numbers += [line.split(",")[1] for line in path.read_text(encoding="gb18030").splitlines()[1:]]
    assert len(set(numbers)) == len(numbers)
    assert all(mod_11_2.is_valid(number) and number.startswith("519901") for number in numbers)


def test_credit_codes_check(district: tuple[Path, Manifest]) -> None:
    codes = sheet(district[0] / "businesses.xlsx")["统一社会信用代码"].to_list()
    assert codes
    assert all(uscc.is_valid(code) for code in codes)


def test_the_truth_points_at_rows_that_exist(district: tuple[Path, Manifest]) -> None:
    out, _ = district
    truth = pl.read_parquet(out / "truth" / "reports.parquet")
    assert truth.height == 1_600
    assert set(truth["source_ref"].drop_nulls()) <= set(addresses(out)["源编号"])
    assert truth["matter"].n_unique() < truth.height  # some matters are told more than once


def test_bad_rows_are_known(district: tuple[Path, Manifest]) -> None:
    out, _ = district
    defects = json.loads((out / "truth" / "defects.json").read_text(encoding="utf-8"))
    for name, told in defects.items():
        rows = sheet(out / name)
        assert all(rows["经度"][number - 2] in (None, "") for number in told["no_coordinates"])
        assert all(float(rows["经度"][number - 2]) < 60 for number in told["swapped"])
