"""The page of doubtful places: one key a choice, the next at once, undo, search, aliases; with and without WebGL."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from core.actors import Role, Tier
from core.db import unit_of_work

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Page = Any
Visit = Callable[..., Page]
READY_MS = 30_000
SOON_MS = 100
NO_WEBGL = "HTMLCanvasElement.prototype.getContext = function () { return null; }"
AT_ONCE = """(key) => new Promise((done) => {
  const words = () => document.querySelector(".place-words")?.innerText;
  const before = words(), begun = performance.now();
  new MutationObserver(() => { if (words() && words() !== before) done(performance.now() - begun); })
    .observe(document.getElementById("one"), { childList: true, subtree: true });
  document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
})"""
"""Milliseconds from a key to the next report."""
FITS = "() => document.documentElement.scrollWidth <= innerWidth + 1"


def shown(page: Page) -> str:
    page.wait_for_selector("#one:not([aria-busy]) .place-words", timeout=READY_MS)
    return str(page.locator(".place-words").inner_text())


def open_places(page: Page, site: str, query: str = "scope=all") -> str:
    page.goto(f"{site}/desk/places?{query}")
    words = shown(page)
    page.wait_for_load_state("networkidle", timeout=READY_MS)
    return words


def decided(page: Page) -> None:
    """The server has answered to a decision."""
    page.wait_for_function("() => document.getElementById('said').dataset.kind === 'fine'", timeout=READY_MS)


def total(page: Page) -> int:
    return int(page.locator('[data-doubt=""] b').inner_text().replace(",", ""))


def placings() -> list[tuple[str, str | None, bool]]:
    with unit_of_work(Tier.COMMAND) as session:
        rows = session.execute(text("SELECT choice, code, undone_at IS NULL FROM incidents.placing ORDER BY id"))
        return [tuple(row) for row in rows]


def test_a_key_decides_the_next_one_shows_at_once_and_undo_brings_it_back(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    first = open_places(page, site, "scope=all&doubt=number")
    page.wait_for_selector(".choices button", timeout=READY_MS)
    assert page.locator(".pin").count() == page.locator(".choices button").count()
    chosen = page.locator(".choices button").first.inner_text().split("\n")[1]
    before, made = total(page), len(placings())
    assert page.evaluate(AT_ONCE, "1") < SOON_MS
    decided(page)
    assert chosen in page.locator("#said").inner_text()
    assert total(page) == before - 1
    assert placings()[made:][0][0::2] == ("candidate", True)
    page.keyboard.press("u")
    page.wait_for_function("(words) => document.querySelector('.place-words')?.innerText === words", arg=first)
    assert total(page) == before
    assert placings()[made:][0][2] is False
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_none_village_search_skip_and_back(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    open_places(page, site, "scope=all&doubt=number")
    made = len(placings())
    page.wait_for_selector(".others-row button:has-text('v'):enabled", timeout=READY_MS)
    page.keyboard.press("v")
    decided(page)
    shown(page)
    page.evaluate("() => { document.getElementById('said').dataset.kind = ''; }")
    page.keyboard.press("0")
    decided(page)
    third = shown(page)
    page.keyboard.press("j")
    page.wait_for_function("(words) => document.querySelector('.place-words')?.innerText !== words", arg=third)
    page.keyboard.press("k")
    page.wait_for_function("(words) => document.querySelector('.place-words')?.innerText === words", arg=third)
    page.keyboard.press("s")
    page.fill("#words", "社区")
    page.wait_for_selector("#hits li", timeout=READY_MS)
    name = page.locator("#hits li").first.locator("div").first.inner_text()
    page.evaluate("() => { document.getElementById('said').dataset.kind = ''; }")
    page.keyboard.press("Enter")
    decided(page)
    assert name in page.locator("#said").inner_text()
    assert [choice for choice, _, _ in placings()[made:]] == ["village", "none", "searched"]
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_two_people_see_different_reports(visit: Visit, site: str) -> None:
    first, second = visit(Role.DESK), visit(Role.COMMANDER)
    ids = []
    for page in (first, second):
        with page.expect_response(re.compile("/desk/api/places/next")) as told:
            page.goto(f"{site}/desk/places?scope=all&doubt=none")
        ids.append(told.value.json()["card"]["id"])
    assert ids[0] != ids[1]


def test_a_new_wording_becomes_an_alias_that_is_taken_and_taken_back(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    open_places(page, site, "scope=all&doubt=none")
    for _ in range(8):  # not every wording is a name
        shown(page)
        page.evaluate("() => { document.getElementById('said').dataset.kind = ''; }")
        page.keyboard.press("s")
        page.fill("#words", "社区")
        page.wait_for_selector("#hits li", timeout=READY_MS)
        page.keyboard.press("Enter")
        decided(page)
        if "别名" in page.locator("#said").inner_text():
            break
    page.keyboard.press("b")
    page.wait_for_selector("#alias-list li", timeout=READY_MS)
    line = page.locator("#alias-list li[data-alias]").first
    alias = line.get_attribute("data-alias")
    line.locator("button.act").click()
    done = page.locator(f"#alias-done li[data-alias='{alias}']")
    done.wait_for(timeout=READY_MS)
    with unit_of_work(Tier.COMMAND) as session:
        query = text("SELECT valid_to FROM address.address_name n JOIN address.alias l ON l.code = n.code"
                     " AND l.words = n.text AND n.kind = 'colloquial' WHERE l.id = :id")  # fmt: skip
        assert session.execute(query, {"id": alias}).scalars().all() == [None]
    done.locator("button").click()
    page.locator(f"#alias-list li[data-alias='{alias}']").wait_for(timeout=READY_MS)
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_without_webgl_the_list_stands_alone(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    page.add_init_script(NO_WEBGL)
    open_places(page, site, "scope=all&doubt=number")
    assert page.locator("#map").is_hidden()
    page.wait_for_selector(".choices button", timeout=READY_MS)
    page.keyboard.press("1")
    decided(page)
    assert visit.trouble == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1366, 768), (3840, 2160)])
def test_it_fits_the_phone_the_desk_and_the_wall(visit: Visit, site: str, width: int, height: int) -> None:
    page = visit(Role.DESK, width, height)
    open_places(page, site)
    assert page.evaluate(FITS)
    if width == 360:
        small = page.locator(".choices button, .others-row button").evaluate_all(
            "(all) => all.filter((e) => e.getBoundingClientRect().height < 43.5).length"
        )
        assert small == 0


def test_an_empty_list_says_so_and_what_to_do(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    page.goto(f"{site}/desk/places?doubt=pile")
    page.wait_for_selector("#one h2", timeout=READY_MS)
    assert page.locator("#one h2").inner_text() == "没有待核的地址了"
    assert page.locator("#one p").inner_text() != ""
