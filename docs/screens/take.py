# ruff: noqa: INP001, T201
"""Take the pictures of docs/screens from a running site: `take.py --accounts FILE [--url U] [NAME …]`.

FILE is a JSON object from role to [login, password], as `wangge demo` prints them. Every host but the site's own is
blocked, so a picture also shows that nothing comes from outside. Pictures are reduced to 256 colours.
"""

import argparse
import json
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
    Shot("worker", "worker", "/m", (360, 640)),
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
    accounts = json.loads(given.accounts.read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=CHROMIUM)
        for shot in SHOTS:
            if not given.names or shot.name in given.names:
                path = given.out / f"{shot.name}.png"
                path.write_bytes(small(take(browser, given.url, shot, accounts.get(shot.role))))
                print(f"{path}  {path.stat().st_size / 1024:,.0f} KB")


def take(browser: Browser, url: str, shot: Shot, account: list[str] | None) -> bytes:
    """One picture as PNG bytes."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", color_scheme="dark" if shot.is_dark else "light"
    )
    page = context.new_page()
    own = urlsplit(url).netloc
    page.route("**/*", lambda route: route.continue_() if urlsplit(route.request.url).netloc == own else route.abort())
    if account is not None:
        page.goto(f"{url}/login")
        page.fill('input[name="login"]', account[0])
        page.fill('input[name="password"]', account[1])
        page.locator('form[action="/login"] button').click()
        page.wait_for_url(lambda address: "/login" not in address, timeout=READY_MS)
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
