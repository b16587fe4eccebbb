"""Batches: taken back while nothing rests on them, gone on with after a stop, told apart from changed files."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from core import clock
from core.actors import Tier
from core.coords import Crs
from core.db import unit_of_work
from etl import kinds, service
from etl.errors import BatchNotFound, FileChanged, OptionsDiffer, UndoRefused
from etl.records import BatchReport, Undone
from etl.understood import Options
from tests.db.etl_district import ACTOR, GROUND, contents, copy_of, district

pytestmark = pytest.mark.slow

ADDRESSES = "addresses_519901001000.xlsx"
RESIDENTS = "residents_519901001000.csv"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return district(tmp_path_factory.mktemp("district"))


@pytest.fixture
def ground(template: str, files: Path) -> Iterator[Path]:
    """A database with divisions and grids; the files of the district."""
    with copy_of(template):
        for name in GROUND:
            service.load(files / name, actor=ACTOR)
        yield files


def undo(report: BatchReport) -> Undone:
    with unit_of_work(Tier.ETL) as session:
        return service.undo(session, report.batch_id, actor=ACTOR, at=clock.now())


def living() -> dict[str, int]:
    tables = {
        "addresses": "SELECT count(*) FROM address.v_place",
        "residents": "SELECT count(*) FROM registry.person",
        "residences": "SELECT count(*) FROM registry.residence",
        "households": "SELECT count(*) FROM registry.household",
        "counted": "SELECT coalesce(sum(persons), 0) FROM registry.grid_population",
    }
    with unit_of_work(Tier.ETL) as session:
        return {name: int(session.scalar(text(words)) or 0) for name, words in tables.items()}


def test_what_a_batch_made_is_taken_back_and_may_come_again(ground: Path) -> None:
    empty = living()
    addresses = service.load(ground / ADDRESSES, actor=ACTOR)
    with_addresses = living()
    residents = service.load(ground / RESIDENTS, actor=ACTOR)
    full = contents()

    with pytest.raises(UndoRefused) as told:
        undo(addresses)
    assert f"（第 {residents.batch_id} 批）" in told.value.zh
    assert told.value.zh.endswith("请先撤销后来的批次")
    assert contents() == full

    assert undo(residents).done[0][2] == residents.accepted
    assert living() == with_addresses
    assert undo(addresses).done[0][2] == with_addresses["addresses"]
    assert living() == empty
    with pytest.raises(UndoRefused, match="undone already"):
        undo(addresses)

    again = service.load(ground / ADDRESSES, actor=ACTOR)
    assert (again.accepted, again.rejected_count) == (addresses.accepted, addresses.rejected_count)
    service.load(ground / RESIDENTS, actor=ACTOR)
    rebuilt = contents()
    assert {name: rebuilt[name] for name in full if name != "address.address"} == {
        name: full[name] for name in full if name != "address.address"
    }
    with unit_of_work(Tier.OWNER) as session:
        row = session.execute(text("SELECT count(*) AS n, count(DISTINCT code) AS codes FROM address.address")).one()
    assert row.n == row.codes == 2 * with_addresses["addresses"]  # the codes of the first are kept, none came back


def test_a_batch_that_a_later_one_changed_stays(ground: Path, tmp_path: Path) -> None:
    service.load(ground / ADDRESSES, actor=ACTOR)
    first = service.load(ground / RESIDENTS, actor=ACTOR)
    before = contents()["registry.person"][0]
    table = pl.read_csv((ground / RESIDENTS).read_bytes().decode("gb18030").encode(), infer_schema=False)
    moved = table.head(4).with_columns(pl.lit("鼓楼街道").alias("户籍地址"))
    path = tmp_path / "更正.csv"
    moved.write_csv(path)
    second = service.load(path, actor=ACTOR)
    assert second.accepted == 4
    with pytest.raises(UndoRefused) as told:
        undo(first)
    assert f"后来的更正 4（第 {second.batch_id} 批）" in told.value.zh
    undone = undo(second)  # made nothing, so there is nothing to withdraw; what it corrected stays, and that is said
    assert not undone.done
    assert "4" in undone.notes[0][0]
    assert contents()["registry.person"][0] == before


@pytest.mark.parametrize("name", GROUND)
def test_ground_is_corrected_not_undone(ground: Path, name: str) -> None:
    with unit_of_work(Tier.ETL) as session:
        found = next(one for one in service.batches(session) if one.file_name == name)
    with pytest.raises(UndoRefused) as told, unit_of_work(Tier.ETL) as session:
        service.undo(session, found.id, actor=ACTOR, at=clock.now())
    assert "请导入正确的" in told.value.zh


def test_an_unknown_batch_is_told(ground: Path) -> None:
    with pytest.raises(BatchNotFound), unit_of_work(Tier.ETL) as session:
        service.undo(session, 999_999, actor=ACTOR, at=clock.now())


class _Stopped(Exception):
    pass


def stop_after_one_chunk(path: Path, **options: Crs) -> None:
    def tell(done: int, total: int) -> None:
        raise _Stopped

    with pytest.raises(_Stopped):
        service.load(path, actor=ACTOR, tell=tell, **options)  # type: ignore[arg-type]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    for kind, entry in kinds.TABLES.items():
        monkeypatch.setitem(kinds.TABLES, kind, replace(entry, chunk_rows=300))  # type: ignore[misc]


@pytest.mark.usefixtures("small_chunks")
def test_a_load_goes_on_with_the_options_it_began_with(ground: Path) -> None:
    path = ground / ADDRESSES
    stop_after_one_chunk(path, crs=Crs.CGCS2000)
    with pytest.raises(OptionsDiffer) as told:
        service.load(path, actor=ACTOR)
    assert "--crs cgcs2000" in told.value.zh
    report = service.load(path, actor=ACTOR, crs=Crs.CGCS2000)
    assert report.is_resumed
    assert "继续" in report.notes[0][0]
    assert report.adds_up


@pytest.mark.usefixtures("small_chunks")
def test_a_file_that_changed_after_a_stop_is_read_anew(ground: Path, tmp_path: Path) -> None:
    path = tmp_path / ADDRESSES
    raw = (ground / ADDRESSES).read_bytes()
    path.write_bytes(raw)
    stop_after_one_chunk(path)
    path.write_bytes(raw + b"\0")
    report = service.load(path, actor=ACTOR)
    assert not report.is_resumed
    assert "此后有改动" in report.notes[0][0]
    assert report.repeated >= 290
    with unit_of_work(Tier.ETL) as session:
        assert sorted(one.status for one in service.batches(session, kind="addresses")) == ["abandoned", "finished"]


def test_a_dry_run_says_what_a_load_would_and_leaves_nothing(ground: Path) -> None:
    before = contents()
    with unit_of_work(Tier.ETL) as session:
        batches = len(service.batches(session))
    look = service.look(ground / ADDRESSES, Options(), actor=ACTOR)
    assert look.outcome is not None
    assert contents() == before
    with unit_of_work(Tier.ETL) as session:
        assert len(service.batches(session)) == batches
    report = service.load(ground / ADDRESSES, actor=ACTOR)
    assert (look.outcome.accepted, look.outcome.repeated, len(look.outcome.rejected)) == (
        report.accepted, report.repeated, report.rejected_count,
    )  # fmt: skip
    assert look.total == report.read
    assert look.kind == "addresses"
    assert len(look.rows) == 10
    assert "WGS84" in (look.positions or ("",))[0]
    assert not look.is_doubtful


def test_the_sheet_of_a_batch_wants_its_own_file(ground: Path, tmp_path: Path) -> None:
    path = tmp_path / ADDRESSES
    path.write_bytes((ground / ADDRESSES).read_bytes())
    report = service.load(path, actor=ACTOR)
    sheet = service.write_rejects_of(path, report.batch_id)
    assert sheet is not None
    assert sheet.exists()
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(FileChanged):
        service.write_rejects_of(path, report.batch_id)
