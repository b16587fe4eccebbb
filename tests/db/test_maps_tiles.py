"""Base map tiles: drawn from published views, by a role that may read nothing else."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core import db
from core.actors import Actor, Tier
from core.errors import NotFound
from maps import tiles
from patrol import service as patrol
from tests.db.maps_town import GRIDS, MIDDLE, load_town, street, tile_at

pytestmark = pytest.mark.db


@pytest.fixture
def town(fresh_database: str, actor: Actor, at: datetime) -> Iterator[None]:
    """The small town, loaded for real."""
    del fresh_database
    with db.unit_of_work(Tier.ETL) as session:
        load_town(session, actor, at)
    yield
    tiles.forget()


def drawn(z: int, layer: str = "base", place: tuple[float, float] = MIDDLE) -> bytes:
    with db.unit_of_work(Tier.TILES) as session:
        return tiles.tile(session, layer, *tile_at(*place, z))


def layers(tile: bytes, folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """What GDAL reads in a tile."""
    path = folder / "t.mvt"
    path.write_bytes(tile)
    return {name: pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)}


@pytest.mark.usefixtures("town")
def test_another_program_reads_the_tile_with_chinese_names(tmp_path: Path) -> None:
    found = layers(drawn(14), tmp_path)
    assert found["division"]["name"].tolist() == ["旌原区", "东湖街道", "文庙社区", "泰山社区"]
    assert found["division_label"]["level"].tolist() == ["county", "town", "village", "village"]
    assert found["grid"]["code"].tolist() == GRIDS
    assert found["grid_label"]["name"].tolist() == ["文庙社区第1网格", "泰山社区第1网格"]
    assert found["road"][["name", "rank"]].to_numpy().tolist() == [["文庙街", 0]]


@pytest.mark.usefixtures("town")
def test_a_far_look_shows_less(tmp_path: Path) -> None:
    assert set(layers(drawn(8), tmp_path)) == {"division", "division_label", "road"}
    assert layers(drawn(6), tmp_path)["division"]["level"].tolist() == ["county"]
    assert "grid_label" not in layers(drawn(12), tmp_path)


@pytest.mark.usefixtures("town")
def test_nothing_is_drawn_where_nothing_lies() -> None:
    assert drawn(14, place=(100.0, 30.0)) == b""


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("layer", "tile"), [("account", (8, 202, 104)), ("base", (8, 300, 104)), ("base", (17, 0, 0)), ("base", (-1, 0, 0))]
)
def test_what_does_not_exist_is_not_found(layer: str, tile: tuple[int, int, int]) -> None:
    with db.unit_of_work(Tier.TILES) as session, pytest.raises(NotFound):
        tiles.tile(session, layer, *tile)


@pytest.mark.usefixtures("town")
def test_a_new_road_is_drawn_at_once(actor: Actor, at: datetime, tmp_path: Path) -> None:
    with db.unit_of_work(Tier.TILES) as session:
        before = tiles.version(session)
    drawn(14)
    with db.unit_of_work(Tier.ETL) as session:
        patrol.load_roads(session, street("泰山路", "primary"), actor=actor, at=at)
    with db.unit_of_work(Tier.TILES) as session:
        assert tiles.version(session) != before
    assert layers(drawn(14), tmp_path)["road"]["name"].tolist() == ["泰山路"]


def test_the_tiles_role_reads_grounds_places_and_roads_and_nothing_else(session: Session) -> None:
    rows = session.execute(
        text("""select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
                  and n.nspname not in ('pg_catalog', 'information_schema', 'public')
                  and has_any_column_privilege('wangge_tiles', c.oid, 'select')""")
    ).scalars()
    open_to_it = {name for name in rows if not name.startswith(("grid.", "address."))}
    roads = {"patrol.road_edge", "patrol.road_graph", "patrol.v_road"}
    counted = {"registry.grid_population", "registry.v_grid_population"}  # how many live in a grid, nobody by name
    assert open_to_it <= roads | counted | {"core.working_day", "core.installation"}


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("table", ["core.account", "core.session", "registry.person", "patrol.task"])
def test_the_tiles_role_is_refused_people(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.unit_of_work(Tier.TILES) as session:
        session.execute(text(f"select 1 from {table} limit 1"))


def test_no_other_role_draws_tiles(session: Session) -> None:
    rows = session.execute(
        text("""select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname = 'maps' and (has_function_privilege('wangge_intake', p.oid, 'execute')
                   or not has_function_privilege('wangge_tiles', p.oid, 'execute'))""")
    ).scalars()
    assert list(rows) == []


def test_tiles_remembered_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KEPT_TILES", 3)
    tiles.forget()
    for x in range(5):
        tiles._keep(("v", "base", 5, x, 0), b"x")
    assert [key[3] for key in tiles._drawn] == [2, 3, 4]
    tiles.forget()
