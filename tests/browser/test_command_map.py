"""The commander's map in a browser with the network cable out: it draws, says what it shows, and leads to a patrol."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from core.actors import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Page = Any
Visit = Callable[[Role], Page]
READY_MS = 30_000
WITHOUT_WEBGL = """
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith("webgl") ? null : real.call(this, kind, ...more);
    };
"""


@pytest.fixture
def command(visit: Visit, site: str) -> Callable[..., Page]:
    """Opens the map as somebody and waits until it has drawn."""

    def open_map(search: str = "", role: Role = Role.COMMANDER, size: tuple[int, int] = (1366, 768)) -> Page:
        page = visit(role)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{site}/command{search}")
        page.wait_for_selector("body[data-ready]", timeout=READY_MS)
        page.wait_for_function("() => !window.wangge.map || window.wangge.map.map.areTilesLoaded()", timeout=READY_MS)
        return page

    return open_map


def map_picture(page: Page) -> Image.Image:
    """What the map's box shows."""
    return Image.open(BytesIO(page.locator("#map canvas").screenshot())).convert("RGB")


def heat_pixels(page: Page) -> int:
    """Pixels in the warm colours of the ramp, which nothing else on the map has."""
    return sum(n for n, (r, g, b) in map_picture(page).getcolors(1 << 24) or [] if r > 200 and r - b > 60 and g < 245)


def trouble(visit: Visit) -> list[str]:
    """Requests to other hosts, failed requests, errors on the console."""
    return list(visit.trouble)  # type: ignore[attr-defined]


def test_the_map_draws_without_the_world_outside(command: Callable[..., Page], visit: Visit) -> None:
    page = command()
    assert heat_pixels(page) > 200
    assert len(map_picture(page).getcolors(1 << 24) or []) > 30  # base map and names, not one plain colour
    assert trouble(visit) == []


def test_the_legend_says_unit_and_period(command: Callable[..., Page]) -> None:
    legend = command("?days=90").locator("#legend").inner_text()
    assert "每格件数 · 近 90 天" in legend
    assert re.search(r"≥ \d+ 件|\d+ 件", legend)


def test_a_hot_place_opens_what_lies_behind_it(command: Callable[..., Page], visit: Visit) -> None:
    page = command()
    page.locator(".hot-item").first.click()
    page.wait_for_selector("#drawer .lines li")
    drawer = page.locator("#drawer").inner_text()
    assert "近 30 天" in drawer
    assert "预计下周" in drawer
    assert re.search(r"cell=[0-9a-f]{15}", page.url)
    assert trouble(visit) == []


def test_a_click_on_a_cell_of_the_map_opens_the_drawer(command: Callable[..., Page]) -> None:
    page = command()
    cell = page.locator(".hot-item").first.get_attribute("data-cell")
    spot = page.evaluate(
        """async (cell) => {
            const heat = window.wangge.map;
            heat.map.jumpTo({ center: heat.centres[heat.index.get(cell)], zoom: 14 });
            await new Promise((done) => heat.map.once("idle", done));
            const at = heat.map.project(heat.centres[heat.index.get(cell)]);
            const box = document.querySelector("#map").getBoundingClientRect();
            return [box.left + at.x, box.top + at.y];
        }""",
        cell,
    )
    page.mouse.click(*spot)
    page.wait_for_selector("#drawer h2")
    assert f"cell={cell}" in page.url


def test_the_address_holds_the_whole_view(command: Callable[..., Page]) -> None:
    page = command("?days=7&reported=0&hide=grids&res=8")
    assert page.locator('input[name="days"][value="7"]').is_checked()
    assert not page.locator("#reported").is_checked()
    assert not page.locator('[data-layer="grids"]').is_checked()
    page.locator("label:has(input[name=days][value='365'])").click()
    page.wait_for_url(re.compile("days=365"))
    page.go_back()
    assert page.locator('input[name="days"][value="7"]').is_checked()


def test_a_patrol_is_drafted_mended_and_sent_from_the_map(command: Callable[..., Page], visit: Visit) -> None:
    page = command()
    page.locator(".hot-item").first.click()
    page.locator("[data-plan]").click()
    page.wait_for_selector(".stops li", timeout=READY_MS)
    before = page.locator(".stops > li").count()
    assert page.locator(".why").first.inner_text().strip()
    if before > 1:
        page.locator(".stops > li").last.get_by_text("去掉").click()
        page.wait_for_function(f"() => document.querySelectorAll('.stops > li').length < {before}")
    page.locator("[data-approve]").click()
    page.wait_for_selector(".plan .notice.fine")
    assert "任务" in page.locator(".plan .notice.fine").inner_text()
    assert trouble(visit) == []


def test_a_team_leader_sees_no_small_counts_and_no_cases(command: Callable[..., Page]) -> None:
    page = command(role=Role.TEAM_LEADER)
    assert "少于 5 件的格不显示" in page.locator("#legend").inner_text()
    counts = [int(n.replace(",", "")) for n in page.locator(".hot-count b").all_inner_texts()]
    assert all(n >= 5 for n in counts)
    assert page.locator("#unplaced-button").is_hidden()


def test_the_keyboard_walks_the_hot_list(command: Callable[..., Page]) -> None:
    page = command()
    page.locator("#map").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#drawer h2")
    page.keyboard.press("Escape")
    page.wait_for_selector("#hot-panel:not([hidden])")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


def test_the_wall_is_dark_and_shows_no_lists(command: Callable[..., Page]) -> None:
    page = command("?wall=1", size=(1920, 1080))
    assert page.locator("#side").is_hidden()
    assert page.locator("#today").is_visible()
    corner = map_picture(page).getpixel((40, 400))
    assert sum(corner) < 120


def test_without_webgl_the_list_stays_and_the_simple_map_is_offered(visit: Visit, site: str) -> None:
    page = visit(Role.COMMANDER)
    page.add_init_script(WITHOUT_WEBGL)
    page.goto(f"{site}/command?days=90")
    page.wait_for_selector("body[data-ready]", timeout=READY_MS)
    assert page.locator(".hot-item").count() > 0
    link = page.locator("#map a")
    assert "days=90" in str(link.get_attribute("href"))
    link.click()
    page.wait_for_selector(".leaflet-container")
    assert "近 90 天" in page.locator(".caption").inner_text()
    assert trouble(visit) == []


def test_offline_is_said_and_nothing_is_lost(command: Callable[..., Page]) -> None:
    page = command()
    page.context.set_offline(True)
    page.locator("label:has(input[name=days][value='7'])").click()
    page.wait_for_function("() => document.getElementById('map-note').textContent.includes('连不上服务器')")
    assert page.locator(".hot-item").count() > 0
    page.context.set_offline(False)
    page.wait_for_function("() => document.getElementById('map-note').hidden", timeout=READY_MS)
