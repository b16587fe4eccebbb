"""Road files and photos: what comes in from outside."""

import io
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely
from PIL import Image

from core.errors import BadInput
from patrol.errors import PhotoRefused
from patrol.network import Network
from patrol.photos import MAX_BYTES, MAX_SIDE, clean
from patrol.profiles import Profile
from patrol.roadfiles import read_lines, read_roads

NODES = {1: (104.390, 31.130), 2: (104.391, 31.130), 3: (104.392, 31.130), 4: (104.391, 31.131), 5: (104.393, 31.130)}


def pbf(folder: Path, *ways: tuple[list[int], dict[str, str]]) -> Path:
    """An extract of the nodes above and some ways over them."""
    path = folder / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for key, lonlat in NODES.items():
            writer.add_node(osmium.osm.mutable.Node(id=key, location=lonlat, version=1))
        for key, (refs, tags) in enumerate(ways, 1):
            writer.add_way(osmium.osm.mutable.Way(id=key, nodes=refs, tags=tags, version=1))
    return path


def test_ways_are_cut_where_they_meet(tmp_path: Path) -> None:
    found = read_roads(
        pbf(tmp_path, ([1, 2, 3], {"highway": "residential", "name": "文庙街"}), ([2, 4], {"highway": "service"}))
    )
    assert found.lines == 2
    assert (found.graph.junctions, found.graph.edges) == (4, 3)
    assert set(found.graph.name) == {"文庙街", ""}


def test_what_is_no_road_is_left_alone(tmp_path: Path) -> None:
    road = ([1, 2], {"highway": "residential"})
    others = [
        ([2, 3], {"highway": "construction"}),
        ([2, 4], {"waterway": "river"}),
        ([3, 5, 4, 3], {"highway": "pedestrian", "area": "yes"}),
    ]
    assert read_roads(pbf(tmp_path, road, *others)).graph.edges == 1


def test_signs_close_and_turn_roads(tmp_path: Path) -> None:
    graph = read_roads(
        pbf(
            tmp_path,
            ([1, 2], {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}),
            ([2, 3], {"highway": "service", "access": "private", "foot": "yes"}),
            ([3, 5], {"highway": "primary", "oneway": "-1"}),
            ([2, 4], {"highway": "residential", "access": "no"}),
        )
    ).graph
    assert sorted(zip(graph.forward.tolist(), graph.backward.tolist(), strict=True)) == [(0, 0), (1, 1), (1, 7), (7, 3)]


def test_a_way_with_a_missing_node_is_cut_not_bridged(tmp_path: Path) -> None:
    graph = read_roads(pbf(tmp_path, ([1, 2, 99, 3, 5], {"highway": "residential"}))).graph
    assert graph.edges == 2
    assert graph.length_m.sum() < 200


def test_a_file_that_is_no_road_file_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "x.osm.pbf"
    broken.write_bytes(b"not a pbf at all")
    with pytest.raises(BadInput):
        read_roads(broken)
    table = tmp_path / "x.gpkg"
    table.write_bytes(b"no geopackage")
    with pytest.raises(BadInput):
        read_roads(table)
    with pytest.raises(BadInput):
        read_roads(pbf(tmp_path, ([1, 2], {"waterway": "river"})))


def test_a_bridge_over_a_street_is_no_junction() -> None:
    lines = [shapely.LineString([(0, -1), (0, 0), (0, 1)]), shapely.LineString([(-1, 0), (0, 0), (1, 0)])]
    frame = gpd.GeoDataFrame({"highway": ["primary", "residential"]}, geometry=lines, crs=4326)
    graph = read_lines(frame).graph
    assert (graph.junctions, graph.edges) == (4, 2)
    assert len(set(Network(graph, Profile.CAR).part)) == 2


def test_metric_tables_are_brought_to_degrees() -> None:
    frame = gpd.GeoDataFrame(
        {"路名": [None], "等级": ["residential"], "单行": [1]},
        geometry=[shapely.LineString([NODES[1], NODES[2]])],
        crs=4326,
    ).to_crs(4545)
    graph = read_lines(frame).graph
    assert graph.lon[0] == pytest.approx(104.39, abs=1e-6)
    assert (graph.forward[0], graph.backward[0]) == (7, 1)


def picture(size: tuple[int, int], kind: str = "JPEG", turn: int | None = None) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where it was"
    if turn:
        exif[0x0112] = turn
    Image.new("RGB", size, "teal").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_keeps_only_its_pixels(kind: str) -> None:
    kept = clean(picture((3000, 2000), kind))
    assert (kept.width, kept.height) == (MAX_SIDE, round(MAX_SIDE * 2 / 3))
    with Image.open(io.BytesIO(kept.jpeg)) as again:
        assert again.format == "JPEG"
        assert not again.getexif()
    assert b"where it was" not in kept.jpeg


def test_a_photo_taken_sideways_stands_upright() -> None:
    kept = clean(picture((40, 20), turn=6))
    assert (kept.width, kept.height) == (20, 40)


@pytest.mark.parametrize(
    "upload", [b"", b"<svg/>", b"GIF89a" + b"\0" * 40, picture((64, 64))[:200], b"\0" * (MAX_BYTES + 1)]
)
def test_what_is_no_photo_is_refused(upload: bytes) -> None:
    with pytest.raises(PhotoRefused):
        clean(upload)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_small_file_with_a_huge_picture_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (12000, 9000)).save(out, "PNG")
    with pytest.raises(PhotoRefused):
        clean(out.getvalue())
