# ruff: noqa: INP001, T201
"""Take the pictures of docs/screens from a running site: `take.py --accounts FILE [--url U] [NAME …]`.

FILE is a JSON object from role to [login, password], as `wangge demo` prints them. A one-time password is replaced at
the first sign-in, and the new one written into FILE. Every host but the site's own is blocked, so a picture also shows
that nothing comes from outside. Pictures are reduced to 256 colours.
"""

import argparse
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
READY_MS = 30_000
MOST_CASES = 20
CHROMIUM = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
"""WebGL without a graphics card."""

Page = Any


def nothing(_page: Page) -> None:
    """No further step."""


def open_first_place(page: Page) -> None:
    """The drawer of the first place of the hot list."""
    page.locator(".hot-item").first.click()
    page.wait_for_selector("#drawer .lines li", timeout=READY_MS)


def draft_a_plan(page: Page) -> None:
    """A patrol to the first place, drawn over the map and not sent."""
    open_first_place(page)
    page.locator("[data-plan]").click()
    page.wait_for_selector(".stops", timeout=READY_MS)


def open_a_case(page: Page) -> None:
    """The first case of the list that lies at an address, by the keyboard."""
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/cases/**", timeout=READY_MS)
    for _ in range(MOST_CASES):
        page.wait_for_load_state("networkidle", timeout=READY_MS)
        if page.locator("#case-map").count() and page.locator(".facts a[href^='/a/']").count():
            return
        shown = page.url
        page.keyboard.press("j")
        page.wait_for_url(lambda address, shown=shown: address != shown, timeout=READY_MS)


def open_the_place(page: Page) -> None:
    """The card of the address of a case."""
    open_a_case(page)
    page.locator(".facts a[href^='/a/']").first.click()
    page.wait_for_selector("#residents", timeout=READY_MS)


def take_a_call(page: Page) -> None:
    """The address box answers, and the chosen address shows what was said there."""
    page.fill("#words", "楼上半夜还在拖桌子，连续一个星期，家里老人睡不着")
    page.locator("#place").press_sequentially("天元广场")
    page.wait_for_selector("#offers li", timeout=READY_MS)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#place-detail .said-before", timeout=READY_MS)


def arrive(page: Page) -> None:
    """Tasks for the worker's own ground, accepted."""
    if page.locator("[data-accept-all]").count():
        page.locator("[data-accept-all]").click()
        page.wait_for_function("() => !document.querySelector('[data-accept-all]')", timeout=READY_MS)
    page.wait_for_function("() => document.querySelector('#outbox').className.trim() === 'outbox'", timeout=READY_MS)


def look_at_the_map(page: Page) -> None:
    """The day on the map."""
    page.locator('[data-tab="map"]').click()
    page.wait_for_load_state("networkidle", timeout=READY_MS)


@dataclass(frozen=True)
class Shot:
    """A picture: who looks at what, how large, and what is done first."""

    name: str
    role: str
    path: str
    size: tuple[int, int] = (1366, 768)
    is_dark: bool = False
    first: Callable[[Page], None] = nothing


SHOTS = [
    Shot("command", "commander", "/command"),
    Shot("command-cell", "commander", "/command", first=open_first_place),
    Shot("command-plan", "commander", "/command", first=draft_a_plan),
    Shot("command-wall", "commander", "/command?wall=1&days=90", (1920, 1080), is_dark=True),
    Shot("command-phone", "commander", "/command", (360, 640)),
    Shot("command-simple", "commander", "/command/heat.html?days=90"),
    Shot("desk", "desk", "/desk"),
    Shot("desk-case", "desk", "/desk", first=open_a_case),
    Shot("desk-call", "desk", "/desk/new", first=take_a_call),
    Shot("desk-places", "desk", "/desk/places?scope=all&doubt=tie"),
    Shot("place", "desk", "/desk", first=open_the_place),
    Shot("reports", "desk", "/reports"),
    Shot("phone", "team_leader", "/m", (360, 640), first=arrive),
    Shot("phone-map", "team_leader", "/m", (360, 640), first=look_at_the_map),
    Shot("accounts", "sysadmin", "/admin/accounts"),
    Shot("audit", "auditor", "/audit"),
    Shot("login", "", "/login"),
]


def main() -> None:
    """Take all pictures, or those named."""
    told = argparse.ArgumentParser(description="Take the pictures of docs/screens.")
    told.add_argument("--url", default="http://127.0.0.1:8311")
    told.add_argument("--accounts", type=Path, required=True)
    told.add_argument("--out", type=Path, default=HERE)
    told.add_argument("--chromium", default="/usr/bin/chromium")
    told.add_argument("names", nargs="*")
    given = told.parse_args()
    accounts = Accounts(given.accounts, given.url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=CHROMIUM)
        for shot in SHOTS:
            if not given.names or shot.name in given.names:
                path = given.out / f"{shot.name}.png"
                path.write_bytes(small(take(browser, given.url, shot, accounts)))
                print(f"{path}  {path.stat().st_size / 1024:,.0f} KB")


class Accounts:
    """Who signs in with what; each role once, then its session is used again."""

    def __init__(self, path: Path, url: str) -> None:
        self.path, self.url = path, url
        self.known: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        self.states: dict[str, Any] = {}

    def sign_in(self, page: Page, role: str) -> None:
        """Sign in on the page, or not when nobody is asked for."""
        if not role or role in self.states:
            return
        login, password = self.known[role]
        page.goto(f"{self.url}/login")
        page.fill('input[name="login"]', login)
        page.fill('input[name="password"]', password)
        page.locator('form[action="/login"] button').click()
        page.wait_for_url(lambda address: "/login" not in address, timeout=READY_MS)
        if "/password" in page.url:
            self._own_password(page, role)
        if role == "team_leader":
            self._send_tasks(page)
        self.states[role] = page.context.storage_state()

    def _own_password(self, page: Page, role: str) -> None:
        own = secrets.token_urlsafe(18)
        page.fill('input[name="present"]', self.known[role][1])
        page.fill("#new", own)
        page.fill("#again", own)
        page.locator('form[action="/password"] button').click()
        page.wait_for_url(lambda address: "/password" not in address, timeout=READY_MS)
        self.known[role][1] = own
        self.path.write_text(json.dumps(self.known), encoding="utf-8")

    def _send_tasks(self, page: Page) -> None:
        """A team leader without tasks drafts a patrol for the own ground and sends it."""
        page.goto(f"{self.url}/m")
        page.wait_for_load_state("networkidle", timeout=READY_MS)
        if page.locator("[data-task]").count():
            return
        page.goto(f"{self.url}/command")
        page.wait_for_selector("body[data-ready]", timeout=READY_MS)
        for number in range(page.locator(".hot-item").count()):
            page.locator(".hot-item").nth(number).click()
            page.wait_for_selector(".plan", timeout=READY_MS)
            if page.locator("[data-plan]").count():
                page.locator("[data-plan]").click()
                page.wait_for_selector("[data-approve], .plan .notice.late", timeout=READY_MS)
                if page.locator("[data-approve]").count():
                    page.locator("[data-approve]").click()
                    page.wait_for_selector(".plan .notice.fine", timeout=READY_MS)
                    return
            page.keyboard.press("Escape")


def take(browser: Browser, url: str, shot: Shot, accounts: Accounts) -> bytes:
    """One picture as PNG bytes."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        color_scheme="dark" if shot.is_dark else "light",
        storage_state=accounts.states.get(shot.role),
    )
    page = context.new_page()
    own = urlsplit(url).netloc
    page.route("**/*", lambda route: route.continue_() if urlsplit(route.request.url).netloc == own else route.abort())
    accounts.sign_in(page, shot.role)
    page.goto(f"{url}{shot.path}")
    page.wait_for_load_state("networkidle", timeout=READY_MS)
    if shot.path.startswith("/command") and "heat.html" not in shot.path:
        page.wait_for_selector("body[data-ready]", timeout=READY_MS)
    shot.first(page)
    page.wait_for_timeout(2000)
    picture = page.screenshot()
    context.close()
    return bytes(picture)


def small(png: bytes) -> bytes:
    """The same picture with a palette of 256 colours."""
    out = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
