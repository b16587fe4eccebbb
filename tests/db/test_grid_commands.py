"""The commands of `wangge grid` as an operator types them, with files as they come."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from typer.testing import CliRunner

from cli.grid import app
from core import db
from core.actors import Actor, Tier
from core.errors import NotFound
from grid import service as grid
from tests.db.registry_people import MINE, OTHERS, make_town
from tests.db.test_incidents_regrid import MOVED, box

pytestmark = pytest.mark.db


def typed(*words: str) -> Any:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def town(signed_in: Any, actor: Actor, at: datetime) -> Any:
    return make_town(signed_in, actor, at)


def as_file(folder: Path, name: str, **shapes: Any) -> Path:
    codes = {"mine": MINE, "others": OTHERS}
    frame = gpd.GeoDataFrame({"网格编码": [codes[one] for one in shapes]}, geometry=list(shapes.values()), crs=4326)
    frame.to_file(folder / name)
    return folder / name


@pytest.mark.parametrize("name", ["new.geojson", "new.gpkg"])
def test_a_file_redraws(town: Any, tmp_path: Path, name: str) -> None:
    told = typed("redraw", str(as_file(tmp_path, name, **MOVED)))
    assert told.exit_code == 0
    assert "addresses 6" in told.output
    assert typed("check").exit_code == 0


def test_what_does_not_fit_is_drawn(town: Any, tmp_path: Path) -> None:
    path, page = as_file(tmp_path, "bad.geojson", mine=box(0, 1.2)), tmp_path / "bad.html"
    with pytest.raises(grid.RedrawRefused):
        typed("redraw", str(path), "--map", str(page))
    assert MINE in page.read_text("utf-8")
    assert "would lie in two grids" in page.read_text("utf-8")


def test_a_check_finds_what_lies_outside(town: Any, actor: Actor, at: datetime, tmp_path: Path) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        grid.retire_grids(session, [OTHERS], actor=actor, at=at.replace(year=2027))
        session.commit()
    with db.unit_of_work(Tier.OWNER) as session:
        session.connection().exec_driver_sql(
            "update grid.boundary set valid_to = '2026-03-05' where valid_to is not null"
        )
        session.connection().exec_driver_sql("update grid.version set stamp = gen_random_uuid()")
    table, page = tmp_path / "outside.csv", tmp_path / "check.html"
    told = typed("check", "--list", str(table), "--map", str(page))
    assert told.exit_code == 1
    assert len(table.read_text("utf-8-sig").splitlines()) == 1 + 12
    assert "网格外的地址 12 个" in page.read_text("utf-8")


def test_figures_of_a_date(town: Any, tmp_path: Path) -> None:
    today = date.today().isoformat()  # noqa: DTZ011 - rows were made just now
    before = typed("count", "--on", today).output
    assert [line.split()[1:3] for line in before.splitlines() if line.startswith("5199")] == [["12", "3"], ["12", "4"]]
    out = tmp_path / "count.csv"
    assert typed("count", "--on", today, "--out", str(out)).exit_code == 0
    assert out.read_text("utf-8-sig").startswith("code,addresses,people")


def test_tables_of_single_years(fresh_database: str, tmp_path: Path) -> None:
    for year, code, name in ((2015, "519901100000", "东湖镇"), (2024, "519901001000", "东湖街道")):
        path = tmp_path / f"{year}.csv"
        path.write_text(f"统计用区划代码,名称\n519901000000,旌原区\n{code},{name}\n坏,{name}\n", "utf-8")
        told = typed("years", str(path), "--year", str(year)).output
        assert "accepted 2" in told
        assert "rejected 1" in told
    told = typed("today", "东湖镇").output
    assert "519901001000  旌原区东湖街道  100%" in told
    assert "旌原区东湖镇" in typed("divisions", "--on", "2016-01-01").output
    (tmp_path / "old.txt").write_text("旌原区东湖镇中街１号\n旌原区东湖街道中街2号\n", "utf-8")
    assert typed("rewrite", str(tmp_path / "old.txt"), "--out", str(tmp_path / "new.csv")).exit_code == 0
    assert (tmp_path / "new.csv").read_text("utf-8-sig").splitlines()[1:] == [
        '旌原区东湖镇中街1号,旌原区东湖街道中街1号,name.former,""',
        '旌原区东湖街道中街2号,旌原区东湖街道中街2号,"",""',
    ]
    with pytest.raises(NotFound):
        typed("today", "没有的镇")
    assert typed("correct", "2015", "519901100000", "--document", "旌府〔2016〕1号").exit_code == 0
    assert "unknown today" in typed("today", "519901100").output
