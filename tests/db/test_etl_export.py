"""Files out: what a session sees, masked, safe for spreadsheets; and an export of addresses is nothing new."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import polars as pl
import pytest
from sqlalchemy import text

from core import clock
from core.actors import Tier
from core.db import unit_of_work
from core.errors import BadInput
from etl import exporting, service
from etl.readers import read_table
from etl.writers import DANGEROUS, Format
from tests.db.etl_district import ACTOR, GROUND, copy_of, district

pytestmark = pytest.mark.slow

LINE = ("addresses_519901001000.xlsx", "residents_519901001000.csv", "businesses.xlsx", "reports_110.csv")


@pytest.fixture(scope="module")
def loaded(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    files = district(tmp_path_factory.mktemp("district"))
    with copy_of(template):
        for name in (*GROUND, *LINE):
            service.load(files / name, actor=ACTOR)
        yield files


def out(layer: str, form: Format, folder: Path) -> Path:
    path = folder / f"{layer}.{form.value}"
    chosen = exporting.layer_of(layer, form)
    with unit_of_work(Tier.COMMAND) as session, path.open("wb") as opened:
        for piece in exporting.export(session, chosen, form):
            opened.write(piece)
    return path


@pytest.mark.parametrize("form", [Format.CSV, Format.XLSX])
def test_an_export_of_addresses_loads_as_repeats_only(loaded: Path, tmp_path: Path, form: Format) -> None:
    report = service.load(out("addresses", form, tmp_path), actor=ACTOR)
    assert report.kind == "addresses"
    assert report.read > 2_000
    assert (report.accepted, report.repeated, report.rejected_count) == (0, report.read, 0), report.rejected[:3]


@pytest.mark.parametrize("form", [Format.GEOJSON, Format.GPKG])
def test_an_export_of_grids_loads_as_repeats_only(loaded: Path, tmp_path: Path, form: Format) -> None:
    report = service.load(out("grids", form, tmp_path), actor=ACTOR)
    assert report.kind == "grids"
    assert (report.accepted, report.repeated) == (0, report.read), report.rejected[:3]


def test_people_leave_masked_and_counted(loaded: Path, tmp_path: Path) -> None:
    table = read_table(out("residents", Format.XLSX, tmp_path)).frame
    with unit_of_work(Tier.ETL) as session:
        assert table.height == session.scalar(text("SELECT count(*) FROM registry.person"))
    originals = pl.read_csv(io.BytesIO((loaded / LINE[1]).read_bytes().decode("gb18030").encode()), infer_schema=False)
    names = originals["姓名"].drop_nulls().filter(originals["姓名"].drop_nulls().str.len_chars() > 1)
    assert not set(table["姓名"]) & set(names)
    assert table["证件号码末两位"].str.len_chars().max() == 2
    assert not set(table["联系电话"].drop_nulls()) & set(originals["联系电话"].drop_nulls())


@pytest.mark.parametrize("layer", list(exporting.LAYERS))
def test_every_cell_is_text_no_spreadsheet_runs(loaded: Path, tmp_path: Path, layer: str) -> None:
    for form in (Format.CSV, Format.XLSX):
        table = read_table(out(layer, form, tmp_path)).frame.drop("row_no")
        assert table.height > 0
        assert not any(str(cell).startswith(DANGEROUS) for row in table.iter_rows() for cell in row if cell)


def test_a_map_program_opens_what_has_a_place(loaded: Path, tmp_path: Path) -> None:
    told = json.loads(out("businesses", Format.GEOJSON, tmp_path).read_text(encoding="utf-8"))
    assert {one["geometry"]["type"] for one in told["features"] if one["geometry"]} == {"Point"}
    frame = gpd.read_file(out("cases", Format.GPKG, tmp_path))
    assert len(frame) > 0
    assert frame.crs.to_epsg() == 4326


def test_people_have_no_place_on_a_map() -> None:
    with pytest.raises(BadInput):
        exporting.layer_of("residents", Format.GEOJSON)


def test_an_export_is_written_down(loaded: Path) -> None:
    layer = exporting.layer_of("residents", Format.CSV)
    with unit_of_work(Tier.COMMAND) as session:
        exporting.audit(session, layer, Format.CSV, actor=ACTOR, at=clock.now())
    with unit_of_work(Tier.OWNER) as session:
        words = text("SELECT count(*) FROM core.audit WHERE action = 'etl.exported' AND object_id = 'residents'")
        assert session.scalar(words) == 1
