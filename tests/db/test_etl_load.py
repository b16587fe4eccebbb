"""Every kind of file through the one door: rows add up, a second run changes nothing, what is refused can be mended."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl
import pytest
from rustpy_xlsxwriter import FastExcel
from sqlalchemy import text

from core import db
from core.actors import Tier
from core.coords import Crs, from_wgs84
from core.db import unit_of_work
from etl import ledger, service
from etl.errors import AlreadyLoading, KindUnknown
from etl.kinds import TABLES
from etl.readers import read_table
from etl.records import BatchReport
from etl.rejected import REASON, ROW_NO
from tests.db.etl_district import ACTOR, contents, copy_of, district

pytestmark = pytest.mark.slow

SHAPES: Final = {"division_areas", "grids", "roads"}
YEARLY: Final = {"division_years", "village_years"}
"""Kinds that the demo district has no file of."""
ADDRESSES: Final = "addresses_519901001000.xlsx"
RESIDENTS: Final = "residents_519901001000.csv"


class Loaded:
    """A district loaded once, for tests that leave it as it is."""

    def __init__(self, database: str, files: Path) -> None:
        self.database, self.files = database, files
        self.reports = MappingProxyType({one.file_name: one for one in service.load_folder(files, actor=ACTOR)})


@pytest.fixture(scope="module")
def whole(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with copy_of(template) as name:
        yield Loaded(name, district(tmp_path_factory.mktemp("district")))


@pytest.fixture
def loaded(whole: Loaded) -> Iterator[Loaded]:
    db.use_database(whole.database)
    yield whole
    db.use_database(None)


def test_every_kind_is_loaded_and_every_row_accounted_for(loaded: Loaded) -> None:
    assert {one.kind for one in loaded.reports.values()} == (set(TABLES) - YEARLY) | SHAPES
    for report in loaded.reports.values():
        assert report.adds_up, report.file_name
        assert report.accepted > 0, report.file_name
    assert sum(one.rejected_count for one in loaded.reports.values()) > 0


def test_the_same_files_again_change_nothing(loaded: Loaded) -> None:
    before = contents()
    for again in service.load_folder(loaded.files, actor=ACTOR):
        first = loaded.reports[again.file_name]
        assert (again.read, again.accepted) == (first.read, 0), again.file_name
        assert again.rejected_count == first.rejected_count, again.file_name
    assert contents() == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_same_rows_in_another_encoding_are_the_same_rows(loaded: Loaded, tmp_path: Path, encoding: str) -> None:
    before = contents()
    other = tmp_path / f"{encoding}.csv"
    other.write_bytes((loaded.files / RESIDENTS).read_bytes().decode("gb18030").encode(encoding) + b"\r\n")
    report = service.load(other, actor=ACTOR)
    assert (report.kind, report.accepted) == ("residents", 0)
    assert contents() == before


def test_people_without_a_grid_are_counted_by_how_well_they_are_placed(loaded: Loaded) -> None:
    reports = [one for one in loaded.reports.values() if one.kind == "residents"]
    with unit_of_work(Tier.ETL) as session:
        told = session.execute(
            text("SELECT precision, count(*) AS n FROM registry.person WHERE grid_id IS NULL GROUP BY 1")
        ).all()
    assert {row.precision: row.n for row in told} == summed(reports)
    assert summed(reports).keys() <= {"none", "town", "village", "road", "estate"}  # a sure place has a grid


def summed(reports: list[BatchReport]) -> dict[str, int]:
    words = {word for one in reports for word in one.without_grid}
    return {word: sum(one.without_grid.get(word, 0) for one in reports) for word in words}


def test_headers_nobody_knows_are_told_with_the_file(loaded: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    for attempt in (lambda: service.load(path, actor=ACTOR), lambda: service.load_folder(tmp_path, actor=ACTOR)):
        with pytest.raises(KindUnknown) as told:
            attempt()
        assert told.value.where == "名单.csv"
        assert "甲" in told.value.zh


def test_a_file_that_is_being_loaded_elsewhere_is_refused(loaded: Loaded) -> None:
    path = loaded.files / RESIDENTS
    with ledger.only_one(sha256(path.read_bytes()).hexdigest(), path.name), pytest.raises(AlreadyLoading):
        service.load(path, actor=ACTOR)
    assert service.load(path, actor=ACTOR).adds_up


def test_refused_rows_are_written_mended_and_loaded(template: str, whole: Loaded, tmp_path: Path) -> None:
    with copy_of(template):
        path = tmp_path / ADDRESSES
        path.write_bytes((whole.files / ADDRESSES).read_bytes())
        for name in ("divisions.csv", "division_areas.geojson", "grids.gpkg"):
            service.load(whole.files / name, actor=ACTOR)
        report = service.load(path, actor=ACTOR)
        sheet = service.write_rejects(path, report)
        assert sheet == tmp_path / ADDRESSES.replace(".xlsx", ".rejected.xlsx")
        refused = read_table(sheet).frame
        assert refused.height == report.rejected_count > 0
        originals = read_table(path).frame.with_columns(pl.col("row_no").cast(pl.String).alias(ROW_NO))
        beside = refused.join(originals, on=ROW_NO, how="left", suffix="_was")
        assert beside["地址名称"].to_list() == beside["地址名称_was"].to_list()
        assert all("/" in why for why in refused[REASON])

        assert service.ordered(tmp_path) == [path]  # the sheet of refused rows is no file of the folder
        mended = refused.drop("row_no").with_columns(pl.lit("104.39").alias("经度"), pl.lit("31.13").alias("纬度"))
        FastExcel(str(sheet)).sheet("拒收", mended.fill_null("")).save()
        again = service.load(sheet, actor=ACTOR)
        assert again.adds_up
        assert again.accepted > 0
        assert again.rejected_count < report.rejected_count
        if again.rejected_count:
            assert service.write_rejects(sheet, again) == tmp_path / ADDRESSES.replace(".xlsx", ".rejected.2.xlsx")


def test_a_corrected_file_corrects_and_adds_nothing(loaded: Loaded, tmp_path: Path) -> None:
    before = contents()
    lines = (loaded.files / "businesses.xlsx", tmp_path / "businesses.xlsx")
    table = read_table(lines[0]).frame.drop("row_no").fill_null("")
    name = table.columns[table.columns.index("企业名称")]
    changed = table.with_columns(pl.when(pl.int_range(pl.len()) < 5).then(pl.col(name) + "（改）").otherwise(name))
    FastExcel(str(lines[1])).sheet("Sheet1", changed).save()
    report = service.load(lines[1], actor=ACTOR)
    assert report.adds_up
    assert report.accepted == 5
    after = contents()
    assert after["registry.business"][0] == before["registry.business"][0]
    assert after["registry.business"][1] != before["registry.business"][1]
    service.load(lines[0], actor=ACTOR)
    assert contents() == before


def test_a_register_in_another_coordinate_system_lies_where_it_belongs(
    template: str, whole: Loaded, tmp_path: Path
) -> None:
    with copy_of(template):
        table = read_table(whole.files / ADDRESSES).frame.drop("row_no").fill_null("").head(300)
        lon, lat = (table[name].cast(pl.Float64, strict=False).fill_null(float("nan")) for name in ("经度", "纬度"))
        shifted = from_wgs84(lon.to_numpy(), lat.to_numpy(), Crs.GCJ02)
        columns = (
            pl.Series(name, moved).cast(pl.String) for name, moved in zip(("经度", "纬度"), shifted, strict=True)
        )
        path = tmp_path / "addresses.xlsx"
        FastExcel(str(path)).sheet("Sheet1", table.with_columns(columns)).save()
        report = service.load(path, actor=ACTOR, crs=Crs.GCJ02)
        assert report.accepted > 200
        with unit_of_work(Tier.ETL) as session:
            rows = session.execute(
                text("SELECT source_ref, lon, lat FROM address.address WHERE source_ref IS NOT NULL")
            )
            found = {row.source_ref: (row.lon, row.lat) for row in rows}
        true = dict(zip(table["源编号"], zip(lon, lat, strict=True), strict=True))
        assert all(abs(x - true[ref][0]) < 1e-6 and abs(y - true[ref][1]) < 1e-6 for ref, (x, y) in found.items())
