"""The self-contained heat map opened from disk, without any network: it draws, and hostile words stay words."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from grid.cells import boundaries
from grid.cells import cells as cells_of
from maps.heatmap import Base, Caption, heat_map

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARKS = ["<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "\"><iframe srcdoc='<script>{}</script>'>"]
BREAKS = ["</script><script>{}</script>", "`${{{}}}`", "'+{}+'", '"+{}+"', "\\u003cscript>{}"]
TEMPLATES = ["{{{{ {} }}}}", "{{% if {} %}}", "{{# {}"]
CALL = "window.hit=1"
HOSTILE = [shape.format(CALL) for shape in MARKS + BREAKS + TEMPLATES]


def open_file(browser: Browser, path: Path) -> tuple[Any, list[str]]:
    """The page, and every request, error and dialog it caused besides itself."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if request.url != path.as_uri() else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: (seen.append("dialog"), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_selector(".leaflet-container")
    page.wait_for_timeout(300)
    return page, seen


def hexes(places: list[str]) -> gpd.GeoDataFrame:
    lon = 104.39 + 0.006 * np.arange(len(places))
    rings = boundaries(cells_of(lon, np.full(len(places), 31.13), 9))
    shapes = [shapely.Polygon(ring) for ring in rings]
    return gpd.GeoDataFrame({"n": 9 + np.arange(len(places)), "place": places}, geometry=shapes, crs=4326)


def towns(names: list[str]) -> Base:
    boxes = [shapely.box(104.38 + 0.01 * i, 31.1, 104.39 + 0.01 * i, 31.16) for i in range(len(names))]
    outlines = gpd.GeoDataFrame({"name": names, "level": "town"}, geometry=boxes, crs=4326)
    return Base(outlines, outlines.iloc[:0])


def caption(title: str) -> Caption:
    return Caption(title, datetime(2026, 3, 2, 2, 42, tzinfo=UTC), days=30, total=200)


def test_the_file_draws_and_asks_for_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "热度 图.html"
    path.write_text(
        heat_map(hexes(["文庙街", "泰山路", "明珠社区"]), caption("旌原区"), base=towns(["城南街道"])), encoding="utf-8"
    )
    page, seen = open_file(browser, path)
    assert seen == []
    assert page.locator(".name.town").inner_text() == "城南街道"
    assert "每格件数 · 近 30 天" in page.locator(".legend").inner_text()
    box = page.locator("canvas.leaflet-zoom-animated").first
    assert box.evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_do_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(heat_map(hexes([text, text]), caption(text), base=towns([text])), encoding="utf-8")
    page, seen = open_file(browser, path)
    page.mouse.move(683, 384)
    for step in range(0, 400, 40):
        page.mouse.move(683 + step - 200, 384)
    assert page.evaluate("window.hit") is None
    assert seen == []
    assert page.locator("h1").inner_text() == text
    assert page.locator(".name.town span").inner_text() == text


def test_words_on_a_cell_are_shown_when_the_mouse_is_there(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "words.html"
    path.write_text(heat_map(hexes(["文庙街 <b>3</b> 栋"]), caption("旌原区")), encoding="utf-8")
    page, seen = open_file(browser, path)
    page.mouse.move(600, 384)
    page.mouse.move(683, 384)
    assert page.locator(".leaflet-tooltip").inner_text().splitlines() == ["文庙街 <b>3</b> 栋", "9 件"]
    assert seen == []
