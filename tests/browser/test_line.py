"""The whole line in one walk: a report with a messy address becomes heat, a case, a patrol, a visit with a photo, and
a closed case, with every step in the audit log. And its twin without signal: what a phone says is sent exactly once.
"""

import io
import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from PIL import ExifTags, Image
from sqlalchemy import text

from core import accounts, clock
from core.actors import Actor, Role, Tier
from core.db import unit_of_work
from core.jobs import run_pending
from grid.cells import cell_text
from patrol import service as patrol

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Page = Any
Visit = Callable[..., Page]
READY_MS: Final = 30_000
REPORTER: Final = "12800004567"
"""No operator gives out numbers that begin with 128."""
NAME: Final = "试用甲"
WIDE: Final = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True)
class Walk:
    """What is known along the way."""

    site: str
    pictures: Path

    def shot(self, page: Page, name: str) -> None:
        """Keep a picture of the page for whoever looks at a failed walk."""
        page.screenshot(path=self.pictures / f"{name}.png")


@dataclass(frozen=True)
class Block:
    """A building of the worker's ground, as the register has it."""

    code: str
    name: str
    lon: float
    lat: float
    team: str


def workers_block() -> Block:
    """A numbered block of an estate in the grids of the first worker's team."""
    with unit_of_work(Tier.ACCOUNTS) as session:
        worker = next(one for one in accounts.accounts(session) if one.role is Role.WORKER)
    with unit_of_work(Tier.JOBS) as session:
        row = session.execute(
            text("""
                SELECT v.code, v.name, v.lon, v.lat, t.name AS team
                FROM patrol.team_member m
                JOIN patrol.team t ON t.id = m.team_id
                JOIN patrol.team_grid g ON g.team_id = t.id
                JOIN address.v_place v ON v.grid_id = g.grid_id
                WHERE m.account_id = :worker AND v.level = 'building' AND v.name ~ '[^0-9][0-9]{1,2}栋$'
                ORDER BY v.name LIMIT 1
            """),
            {"worker": worker.id},
        ).one()
    return Block(row.code, row.name, row.lon, row.lat, row.team)


def messy(name: str) -> str:
    """The address as somebody says it: full-width digits, another word for the building, talk around it."""
    return f"师傅你好，就在{name.replace('栋', '幢').translate(WIDE)}这里嘛，楼下，"


def posted(site: str, address: str, key: str) -> str:
    """File a report as a citizen's client does; the number it answers."""
    fields = {
        "service_code": "noise",
        "description": f"楼下棋牌室半夜打麻将吵得睡不着，请来看看。我是{NAME}，电话{REPORTER}",
        "address_string": address,
        "first_name": NAME[1:],
        "last_name": NAME[0],
        "phone": REPORTER,
    }
    asked = urllib.request.Request(  # noqa: S310 - our own server
        f"{site}/open311/v2/requests.json",
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Idempotency-Key": key},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own server
        return str(json.load(answer)[0]["service_request_id"])


def outward(site: str, number: str) -> dict[str, Any]:
    """The report as the public sees it."""
    with urllib.request.urlopen(f"{site}/open311/v2/requests/{number}.json", timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)[0]
    return found


def kept(number: str) -> Any:
    """The case and its report as they lie in the database."""
    with unit_of_work(Tier.JOBS) as session:
        return session.execute(
            text("""SELECT c.id, c.report_id, c.status, r.code, r.h3_9, r.category, r.words, r.location_words
                    FROM cases.v_case c JOIN incidents.v_report r ON r.id = c.report_id WHERE c.number = :number"""),
            {"number": number},
        ).one()


def snapshot_with_a_position(place: Block) -> bytes:
    """A photo as a phone takes it, with its position inside."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "phone"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (place.lat, 0.0, 0.0), 3: "E", 4: (place.lon, 0.0, 0.0)}
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(out, "JPEG", exif=exif)
    assert Image.open(io.BytesIO(out.getvalue())).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    return out.getvalue()


def on_the_map(visit: Visit, walk: Walk, number: str, cell: str) -> Page:
    """The commander opens the cell; the report lies behind it as a case."""
    page = visit(Role.COMMANDER)
    page.goto(f"{walk.site}/command?days=30&cell={cell}")
    page.wait_for_selector("body[data-ready]", timeout=READY_MS)
    case_id = kept(number).id
    page.wait_for_selector(f'#drawer a.line[href="/desk/cases/{case_id}"]', timeout=READY_MS)
    drawer = page.locator("#drawer").inner_text()
    assert REPORTER not in drawer
    assert NAME not in drawer
    walk.shot(page, "1-map")
    return page


def count_in_cell(page: Page, walk: Walk, cell: str) -> int:
    """What the heat of the commander's map says of a cell."""
    told = page.request.get(f"{walk.site}/command/api/cell/{cell}?days=30")
    assert told.ok
    return int(told.json()["n"])


def patrol_sent(page: Page, walk: Walk, number: str, team: str) -> None:
    """A draft for the team holds the case; the commander sends it out."""
    if page.locator(".plan-ask select").count():
        page.locator(".plan-ask select").select_option(label=team)
    page.locator("[data-plan]").click()
    page.wait_for_selector(".stops > li", timeout=READY_MS)
    assert number in page.locator(".stops").inner_text()
    page.locator(".stops > li", has_text=number).scroll_into_view_if_needed()
    walk.shot(page, "2-plan")
    page.locator("[data-approve]").click()
    page.wait_for_selector(".plan .notice.fine")


def on_the_phone(visit: Visit, site: str, place: Block | None = None) -> Page:
    """The worker's page on a small phone; its position is the place, when one is given."""
    page = visit(Role.WORKER, 360, 640)
    if place is not None:
        page.context.grant_permissions(["geolocation"], origin=site)
        page.context.set_geolocation({"longitude": place.lon, "latitude": place.lat})
    page.goto(f"{site}/m")
    page.wait_for_selector("#list [data-task]", timeout=READY_MS)
    return page


def tap_through(page: Page, task: str, picture: bytes | None, note: str) -> None:
    """Accept, arrive, done."""
    card = page.locator(f'[data-task="{task}"]')
    if page.locator("[data-accept-all]").count() and not card.locator('[data-act="accept"]').count():
        page.locator("[data-accept-all]").click()
    else:
        card.locator('[data-act="accept"]').click()
    card.locator('[data-act="arrive"]').click()
    card.locator('[data-act="done"]').click()
    page.locator("#record").get_by_label("已处置").check()
    if picture is not None:
        page.set_input_files("#photo", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": picture})
        page.wait_for_selector("#photo-shown:not([hidden])")
    page.fill("#note", note)


def visited(visit: Visit, walk: Walk, number: str, place: Block) -> str:
    """The worker does what the phone asks; the number of the photo."""
    page = on_the_phone(visit, walk.site, place)
    told = page.request.get(f"{walk.site}/m/api/tasks").json()["tasks"]
    task = str(next(one["id"] for one in told if one["case"] == number))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    walk.shot(page, "3-phone")
    tap_through(page, task, snapshot_with_a_position(place), "已劝老板十点后停业，楼上住户在场")
    walk.shot(page, "4-phone-record")
    page.locator('#record button[value="done"]').click()
    page.wait_for_selector(f'[data-task="{task}"][data-status="done"]', state="attached")
    page.get_by_text("全部已上传").wait_for()
    walk.shot(page, "5-phone-done")
    return task


def closed_on_the_desk(visit: Visit, walk: Walk, number: str) -> None:
    """The desk sees the visit with its photo, without the photo's position, answers, and closes."""
    page = visit(Role.DESK)
    page.goto(f"{walk.site}/desk?state=open&q={number}")
    assert page.locator("tbody tr").count() == 1
    assert "已处置" in page.locator("tbody tr").inner_text()
    walk.shot(page, "6-desk")
    page.locator("tbody tr a").click()
    page.wait_for_selector(".timeline .photo", state="attached")
    page.evaluate("document.querySelector('.timeline .photo').scrollIntoView()")  # it loads when it is looked at
    page.wait_for_function("() => document.querySelector('.timeline .photo').naturalWidth > 0")
    photo = page.request.get(walk.site + page.locator(".timeline .photo").get_attribute("src")).body()
    assert not Image.open(io.BytesIO(photo)).getexif()
    assert REPORTER not in page.content()
    page.evaluate("scrollTo(0, 0)")
    walk.shot(page, "7-case")
    for verb, note, status in (("answer", "已电话告知处置结果", "已反馈"), ("close", "", "已办结")):
        page.fill("#note", note)
        with page.expect_navigation():
            page.locator(f'#act button[value="{verb}"]').click()
        assert status in page.locator("main").inner_text()
    walk.shot(page, "8-case-closed")


def in_the_audit_log(visit: Visit, walk: Walk, steps: dict[str, str]) -> None:
    """The auditor's page holds each step with its object."""
    page = visit(Role.AUDITOR)
    for action, thing in steps.items():
        page.goto(f"{walk.site}/audit?action={action}")
        assert thing in page.locator("table").inner_text(), action
    page.goto(f"{walk.site}/audit")
    walk.shot(page, "9-audit")


def test_a_report_walks_the_whole_line(visit: Visit, site: str, tmp_path: Path) -> None:
    walk, place = Walk(site, tmp_path), workers_block()
    key = uuid4().hex
    number = posted(site, messy(place.name), key)
    assert posted(site, messy(place.name), key) == number  # the client asked twice
    run_pending()
    case = kept(number)
    assert case.code == place.code
    assert REPORTER not in case.words
    cell = cell_text(case.h3_9)

    command = on_the_map(visit, walk, number, cell)
    assert count_in_cell(command, walk, cell) >= 1
    patrol_sent(command, walk, number, place.team)
    task = visited(visit, walk, number, place)
    assert outward(site, number)["status"] == "open"
    closed_on_the_desk(visit, walk, number)
    steps = {"report.received": case.report_id, "case.opened": case.id, "plan.approved": plan_of(task)}
    steps |= dict.fromkeys(("task.accept", "task.arrive", "task.done"), task)
    steps |= dict.fromkeys(("case.handle", "case.answer", "case.close"), case.id)
    in_the_audit_log(visit, walk, {action: str(thing) for action, thing in steps.items()})
    assert outward(site, number)["status"] == "closed"
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_without_signal_the_phone_keeps_what_is_said_and_sends_it_once(visit: Visit, site: str, tmp_path: Path) -> None:
    walk = Walk(site, tmp_path)
    sent_anew(workers_block().team)
    page = on_the_phone(visit, site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("async () => (await caches.keys()).length > 0 && !!(await caches.match('/m'))")
    task = page.locator("[data-task].next").get_attribute("data-task")
    before = told_about(task)
    page.context.set_offline(True)
    tap_through(page, task, None, "楼道已清空")
    page.locator('#record button[value="done"]').click()
    page.get_by_text("3 项待上传").wait_for()
    walk.shot(page, "1-offline")
    page.reload()  # the page opens without signal, and nothing is forgotten
    page.get_by_text("3 项待上传").wait_for()
    page.locator(f'[data-task="{task}"][data-status="done"]').wait_for(state="attached")
    assert told_about(task) == before == []

    lost = lose_the_first_answer(page)
    with page.expect_event("requestfailed", lambda one: "feedback" in one.url):
        page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")  # the next moment with signal
    page.get_by_text("全部已上传").wait_for(timeout=2 * READY_MS)
    walk.shot(page, "2-sent")
    assert lost == [200]
    assert told_about(task) == ["accept", "arrive", "done"]


def lose_the_first_answer(page: Page) -> list[int]:
    """The server takes the first thing said, but its answer does not arrive; the list holds what it answered."""
    lost: list[int] = []

    def once(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.context.route("**/m/api/feedback", once)
    return lost


def sent_anew(team_name: str) -> None:
    """The team has the tasks of one plan that nobody has looked at; what other tests sent is gone."""
    at = clock.now()
    with unit_of_work(Tier.OWNER) as session:
        session.execute(text("TRUNCATE patrol.plan CASCADE"))
    with unit_of_work(Tier.ACCOUNTS) as session:
        found = next(one for one in accounts.accounts(session) if one.role is Role.COMMANDER)
    commander = Actor(found.id, found.login, Role.COMMANDER)
    with unit_of_work(Tier.COMMAND) as session:
        team = next(one for one in patrol.teams(session) if one.name == team_name)
        plan = patrol.draft(session, team.id, actor=commander, at=at, seed=1)
        patrol.approve(session, plan.id, actor=commander, at=at)


def told_about(task: str) -> list[str]:
    """What has reached the server about a task, once for each time it was kept."""
    with unit_of_work(Tier.JOBS) as session:
        rows = session.execute(
            text("SELECT kind FROM patrol.feedback WHERE task_id = :task ORDER BY kind, received_at"), {"task": task}
        )
        return [row.kind for row in rows]


def plan_of(task: str) -> str:
    """The plan that a task came from."""
    with unit_of_work(Tier.JOBS) as session:
        return str(session.execute(text("SELECT plan_id FROM patrol.task WHERE id = :id"), {"id": task}).scalar_one())
