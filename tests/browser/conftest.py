"""A site on a small loaded district, and a browser that sees nothing but this machine."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from core import accounts, clock, cluster, db, prepare
from core.actors import Role, Tier, system_actor
from core.db import unit_of_work
from core.jobs import run_pending
from etl import service as etl
from etl.demo.making import make

ROOT = Path(__file__).resolve().parents[2]
ARGS = [
    "--no-sandbox", "--disable-background-networking", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
]  # fmt: skip
PASSWORD = "correct-horse-battery"
ACTOR = system_actor("tests")
SERVE = "from core import db; db.use_database({name!r}); from cli.serve import run; run('127.0.0.1', {port})"


@pytest.fixture(scope="session")
def site_database(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with a demo district of one hundredth and passwords."""
    database = f"site_{uuid4().hex[:12]}"
    with prepare.administrator() as connection:
        prepare.make_database(connection, database, template)
        prepare.secure_database(connection, database)
    db.use_database(database)
    files = tmp_path_factory.mktemp("district")
    until = (clock.now() - timedelta(days=1)).astimezone(clock.SHANGHAI).date()
    make(files, scale=0.01, seed=3, until=until)
    etl.load_folder(files, actor=ACTOR)
    run_pending()
    _give_passwords()
    yield database
    db.use_database(None)
    with prepare.administrator() as connection:
        connection.execute(f'drop database if exists "{database}" with (force)')


@pytest.fixture(scope="session")
def site(site_database: str) -> Iterator[str]:
    """The base address of a server on that district. Its jobs are run by the tests that need them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster.ensure()
    program = [sys.executable, "-c", SERVE.format(name=site_database, port=port)]
    with subprocess.Popen(program, cwd=ROOT) as server:
        _wait(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
        server.terminate()


def _give_passwords() -> None:
    at = clock.now()
    with unit_of_work(Tier.ACCOUNTS) as session:
        known = accounts.accounts(session)
        for role in (Role.WORKER, Role.TEAM_LEADER, Role.COMMANDER, Role.DESK):
            found = next(one for one in known if one.role is role)
            accounts.set_password(session, found.id, PASSWORD, actor=ACTOR, at=at)
        for role in (Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN, Role.ETL):
            accounts.create_account(session, role.value, role.value, role, PASSWORD, actor=ACTOR, at=at)


def _wait(address: str) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium of this machine."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        yield found
        found.close()


class Visitor:
    """Opens pages as a role; `trouble` collects what should not happen on any page."""

    def __init__(self, browser: Browser, site: str) -> None:
        self.browser, self.site = browser, site
        self.trouble: list[str] = []

    def __call__(self, role: Role, width: int = 1366, height: int = 768) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        context.route("**/*", self._only_here)
        page = context.new_page()
        page.on("console", lambda m: self.trouble.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("requestfailed", lambda r: self._failed(r.url, r.failure or ""))
        page.goto(f"{self.site}/login")
        page.fill("[name=login]", self._login(role))
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.act")
        page.wait_for_url(lambda address: "/login" not in address)
        return page

    def _login(self, role: Role) -> str:
        with unit_of_work(Tier.ACCOUNTS) as session:
            return next(one.login for one in accounts.accounts(session) if one.role is role)

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self.site, "blob:", "data:")):
            route.continue_()
        else:
            self.trouble.append(f"outside: {route.request.url}")
            route.abort()

    def _failed(self, url: str, why: str) -> None:
        if "ERR_ABORTED" not in why:
            self.trouble.append(f"{url}: {why}")


@pytest.fixture
def visit(browser: Browser, site: str, site_database: str) -> Iterator[Callable[..., Page]]:
    """Open a page as a role; every context is closed afterwards. This process works in the site's database."""
    db.use_database(site_database)  # another test may have worked in its own
    visitor = Visitor(browser, site)
    yield visitor
    for context in browser.contexts:
        context.close()
