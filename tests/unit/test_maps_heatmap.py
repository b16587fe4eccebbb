"""The map file that needs nothing else: cells only, words that stay words, no other host named."""

import re
from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely

from grid.cells import boundaries
from grid.cells import cells as cells_of
from maps.heatmap import Base, Caption, heat_map, safe

CAPTION = Caption("旌原区 热度图", datetime(2026, 3, 2, 2, 42, tzinfo=UTC), days=30, total=1284, unplaced=37)
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "`${alert(4)}`",
    "{{ 9973 * 99991 }}",
    "{% raw %}",
    "{# gone",
    "';alert(5);//",
    "\u2028alert(6)\u2029",
]


def hexes(counts: list[int], places: list[str] | None = None) -> gpd.GeoDataFrame:
    """So many neighbouring cells with these counts."""
    lon = 104.39 + 0.006 * np.arange(len(counts))
    found = cells_of(lon, np.full(len(counts), 31.13), 9)
    shapes = [shapely.Polygon(ring) for ring in boundaries(found)]
    return gpd.GeoDataFrame({"n": counts, "place": places or [""] * len(counts)}, geometry=shapes, crs=4326)


def base() -> Base:
    town = shapely.box(104.3, 31.1, 104.5, 31.2)
    outlines = gpd.GeoDataFrame({"name": ["城南街道"], "level": ["town"]}, geometry=[town], crs=4326)
    road = shapely.LineString([(104.3, 31.15), (104.5, 31.15)])
    return Base(outlines, gpd.GeoDataFrame({"rank": [0]}, geometry=[road], crs=4326))


def own_words(page: str) -> str:
    """The page without the shipped Leaflet."""
    return re.sub(r"<style>.*?</script>", "", page, count=1, flags=re.DOTALL)


def test_the_page_says_what_it_shows() -> None:
    page = own_words(heat_map(hexes([6, 12, 40]), CAPTION, base=base()))
    for words in (
        "旌原区 热度图",
        "近 30 天 · 1,284 件 · 截至 2026-03-02 10:42",
        "未精确落图 37 件",
        "少于 5 件的格不显示",
    ):
        assert words in page
    assert "\\u57ce\\u5357\\u8857\\u9053" in page  # 城南街道, as JSON writes it


def test_no_other_host_is_named_outside_comments() -> None:
    page = heat_map(hexes([6, 12, 40]), CAPTION, base=base())
    assert re.findall(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", own_words(page)) == []
    assert "url(" not in own_words(page)
    assert "cdn." not in page
    assert "sourceMappingURL" not in page


def test_small_cells_do_not_leave_the_house() -> None:
    page = own_words(heat_map(hexes([1, 4, 9, 30]), CAPTION))
    assert sorted(re.findall(r'"n": "(\d+) ', page)) == ["30", "9"]
    everything = own_words(heat_map(hexes([1, 4, 9, 30]), CAPTION, smallest=None))
    assert len(re.findall(r'"n": "(\d+) ', everything)) == 4


def test_points_are_counted_and_never_drawn() -> None:
    spot = shapely.Point(104.3912345, 31.1312345)
    page = own_words(heat_map(gpd.GeoDataFrame(geometry=[spot] * 8, crs=4326), CAPTION))
    assert '"n": "8 ' in page
    assert "104.3912345" not in page
    assert '"Point"' not in page


def test_points_on_another_projection_come_to_the_same_cells() -> None:
    spots = gpd.GeoDataFrame(geometry=[shapely.Point(104.39, 31.13)] * 6, crs=4326)
    rings = [
        re.findall(r"\[104\.\d+, 31\.\d+\]", own_words(heat_map(frame, CAPTION)))
        for frame in (spots, spots.to_crs(4545))
    ]
    assert rings[0] == rings[1]


def test_an_empty_map_says_so() -> None:
    assert "本期没有可以显示的格" in heat_map(hexes([]), CAPTION)


def test_lines_are_no_heat() -> None:
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(104, 31), (105, 31)])], crs=4326)
    with pytest.raises(ValueError, match="LineString"):
        heat_map(line, CAPTION)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    hostile = Caption(text, CAPTION.as_of, 30, 10)
    outlines = gpd.GeoDataFrame({"name": [text], "level": ["town"]}, geometry=[shapely.box(104, 31, 105, 32)], crs=4326)
    page = own_words(heat_map(hexes([9], [text]), hostile, base=Base(outlines, outlines.iloc[:0])))
    for raw in ("<script>alert", "<img src=x", "`${", "'>;alert", "997210243", "{{"):
        assert raw not in page
    assert safe(text) in page


def test_safe_keeps_what_a_reader_sees() -> None:
    assert safe("泰河路 12 号 <3 栋>") == "泰河路 12 号 &lt;3 栋&gt;"
