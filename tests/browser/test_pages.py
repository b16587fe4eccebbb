"""Every page of every role, in both languages and hostile company: no error, nothing from outside, keys that work."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from core.actors import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Page = Any
Visit = Callable[..., Page]
READY_MS = 30_000

PAGES = {
    Role.COMMANDER: ("/command", "/command?wall=1", "/desk", "/account", "/password"),
    Role.DESK: (
        "/desk",
        "/desk?state=all&days=365",
        "/desk?q=nothing-of-the-kind",
        "/desk/new",
        "/desk/places?scope=all",
        "/account",
    ),
    Role.WORKER: ("/m", "/m#map", "/m#report", "/m#me", "/password"),
    Role.TEAM_LEADER: ("/m", "/command"),
    Role.AUDITOR: ("/audit", "/audit?action=session.begun", "/account"),
    Role.SYSADMIN: ("/admin/accounts", "/account"),
    Role.SECADMIN: ("/admin/accounts", "/account"),
    Role.ETL: ("/account",),
}
HOSTILE_NAME = "<b onerror=alert(4)>`名"
HOSTILE = "<img src=x onerror=alert(1)>`${alert(2)}`\"'><script>alert(3)</script>{{7*7}}"

CONTRAST = """() => {
  const curve = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * curve(r / 255) + 0.7152 * curve(g / 255) + 0.0722 * curve(b / 255);
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0.5) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const e of document.querySelectorAll("body *")) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e), ink = parts(style.color);
    const speaks = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!speaks || !box.width || !box.height || style.visibility === "hidden" || (ink[3] ?? 1) < 0.1) continue;
    if (e.closest(".away, .skip, .shape, svg, option, [disabled]")) continue;
    const [a, b] = [light(ink), light(ground(e))], ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${e.tagName} ${e.textContent.trim().slice(0, 20)}`);
  }
  return weak;
}"""
"""Texts of less than 4.5 : 1 on their ground."""
SMALL = """() => {
  const all = document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary, label.check");
  const boxes = [...all].filter((e) => !e.closest(".skip, [hidden]"))
    .map((e) => [e, ((e.matches("input") && e.closest("label")) || e).getBoundingClientRect()]);
  return boxes.filter(([, box]) => box.width > 2 && box.height > 2 && (box.width < 43.5 || box.height < 43.5))
    .map(([e, box]) => `${e.tagName} ${Math.round(box.width)}x${Math.round(box.height)} ${e.textContent.trim()}`);
}"""
"""What a thumb would miss: less than 44 px."""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, th, label, nav a')].map((e) => e.innerText)"
FITS = "() => document.documentElement.scrollWidth <= innerWidth + 1"
OUTBOX_SAYS = "(words) => document.getElementById('outbox').innerText.includes(words)"


def settle(page: Page) -> None:
    """Wait until the page has asked for everything and drawn it."""
    if "/command" in page.url:  # a map drops requests for tiles it no longer wants: the network is never said idle
        page.wait_for_selector("body[data-ready]", timeout=READY_MS)
        page.wait_for_function("() => !window.wangge.map || window.wangge.map.map.areTilesLoaded()", timeout=READY_MS)
    else:
        page.wait_for_load_state("networkidle", timeout=READY_MS)


def language(page: Page, site: str, locale: str) -> None:
    """Read in the other language from here on."""
    page.context.add_cookies([{"name": "wangge_locale", "value": locale, "url": site}])


@pytest.mark.parametrize("role", PAGES)
def test_every_page_of_a_role_is_whole_in_both_languages(visit: Visit, site: str, role: Role) -> None:
    is_phone = role is Role.WORKER
    page = visit(role, *((360, 640) if is_phone else (1366, 768)))
    for locale in ("zh", "en"):
        language(page, site, locale)
        for path in PAGES[role]:
            page.goto("about:blank")
            page.goto(f"{site}{path}")
            settle(page)
            assert page.locator("html").get_attribute("lang") == ("zh-CN" if locale == "zh" else "en")
            assert page.locator("h1:visible, h1.away").count() >= 1, path
            assert page.evaluate(CONTRAST) == [], path
            assert page.evaluate(FITS), path
            if is_phone and path.startswith("/m"):
                assert page.evaluate(SMALL) == [], path
            if locale == "en":
                ours = page.evaluate(HEADINGS)
                assert [text for text in ours if re.search("[\u4e00-\u9fff]", text.replace("中文", ""))] == [], path
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_dark_pages_are_as_readable(visit: Visit, site: str) -> None:
    for role, paths in (
        (Role.DESK, ("/desk", "/desk/new")),
        (Role.WORKER, ("/m", "/m#report")),
        (Role.AUDITOR, ("/audit",)),
    ):
        page = visit(role)
        page.emulate_media(color_scheme="dark")
        for path in paths:
            page.goto(f"{site}{path}")
            settle(page)
            assert page.evaluate(CONTRAST) == [], path


def test_a_page_that_is_not_there_or_not_allowed_says_so(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    for path, status, words in (
        (f"/desk/cases/{uuid4()}", 404, "没有这个案件"),
        ("/nowhere", 404, "没有这个页面"),
        ("/audit", 403, "没有权限"),
    ):
        answer = page.goto(f"{site}{path}")
        assert answer.status == status
        assert words in page.locator("main").inner_text()
        assert page.get_by_role("link", name="回到首页").is_visible()
    page.goto(f"{site}/desk?due=sometime")
    assert "填写有误" in page.locator("main").inner_text()


def test_the_desk_is_driven_by_keys(visit: Visit, site: str) -> None:
    page = visit(Role.DESK)
    page.goto(f"{site}/desk?state=all")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    chosen = page.locator("tr[aria-selected=true] td.code").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/desk/cases/"))
    assert page.locator("h1").inner_text() == chosen
    with page.expect_navigation():  # until loaded: before that the page has a heading but does not hear keys yet
        page.keyboard.press("j")
    assert page.locator("h1").inner_text() != chosen
    page.keyboard.press("?")
    page.locator("#keys").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert page.evaluate("() => document.activeElement.id") == "note"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile(r"/desk\?"))
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/desk/new"))
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_hostile_words_are_shown_as_words(visit: Visit, site: str) -> None:
    dialogs: list[str] = []

    def note(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page = visit(Role.DESK)
    page.on("dialog", note)
    page.goto(f"{site}/desk/new")
    page.fill("#words", f"噪声太大 {HOSTILE}")
    page.fill("#place", HOSTILE)
    page.fill("#name", HOSTILE_NAME)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#filed:not([hidden])", timeout=READY_MS)
    page.locator("#filed a").first.click()
    page.wait_for_url(re.compile("/desk/cases/"))
    settle(page)
    assert HOSTILE in page.locator(".said-words").inner_text()
    page.locator("#contact button").click()
    page.wait_for_function("() => document.getElementById('contact-shown').innerText.includes('onerror')")
    for path in (f"/desk?q={quote(HOSTILE)}", "/desk", f"/login?next={quote('//evil.example/' + HOSTILE)}"):
        page.goto(f"{site}{path}")
        settle(page)
    reader = visit(Role.COMMANDER)
    reader.on("dialog", note)
    reader.goto(f"{site}/command")
    settle(reader)
    reader.locator("#unplaced-button").click()
    reader.wait_for_selector("#drawer .lines li", timeout=READY_MS)
    assert "<script>alert(3)" in reader.locator("#drawer").inner_text()
    assert dialogs == []
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_without_signal_the_phone_keeps_what_is_said(visit: Visit, site: str) -> None:
    page = visit(Role.WORKER, 360, 640)
    page.goto(f"{site}/m#report")
    settle(page)
    page.wait_for_function("() => navigator.serviceWorker.controller || navigator.serviceWorker.ready")
    page.context.set_offline(True)
    page.fill("#words", "路灯坏了一盏")
    page.fill("#place", "文庙街")
    page.locator("#report button").click()
    page.wait_for_function(OUTBOX_SAYS, arg="1 项待上传")
    page.reload()
    page.wait_for_function(OUTBOX_SAYS, arg="1 项待上传")
    page.context.set_offline(False)
    page.wait_for_function(OUTBOX_SAYS, arg="全部已上传", timeout=READY_MS)
