"""The page of a place: the public sees no person, staff by role and ground; mistyped and ended codes lead on."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from address import codes
from address import service as addresses
from core import clock
from core.actors import Role, Tier, system_actor
from core.db import unit_of_work

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Page = Any
Visit = Callable[..., Page]
FITS = "() => document.documentElement.scrollWidth <= innerWidth + 1"
SMALL = """() => [...document.querySelectorAll(".place-main a, .place-main button, .bar button")]
  .map((e) => [e, e.getBoundingClientRect()]).filter(([, box]) => box.height > 2 && box.height < 43.5)
  .map(([e]) => e.textContent.trim())"""
HOW: dict[str, Any] = {"document": "测试〔2026〕1号", "actor": system_actor("tests")}


def row(sql: str, **values: object) -> Any:
    with unit_of_work(Tier.OWNER) as session:
        return session.execute(text(sql), values).first()


def lived_in(grid_id: int | None = None) -> Any:
    """A building with residents and cases, of a grid when one is named: code, name and grid."""
    return row(
        """
        SELECT v.code, v.name, v.grid_id FROM address.v_place v
        WHERE v.level = 'building' AND (CAST(:grid AS int) IS NULL OR v.grid_id = :grid) AND EXISTS (
            SELECT FROM address.v_place room JOIN registry.person p ON p.home_code = room.code
            WHERE room.name LIKE v.name || '%')
        ORDER BY v.code LIMIT 1
        """,
        grid=grid_id,
    )


def picture(page: Page, name: str) -> None:
    """Kept where WANGGE_PICTURES says, to be looked at."""
    if folder := os.environ.get("WANGGE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def passer_by(visit: Visit) -> Callable[..., Page]:
    """A page of somebody without an account; nothing but this site may be asked."""

    def open_page(path: str, width: int = 360, height: int = 740) -> Page:
        context = visit.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")  # type: ignore[attr-defined]
        context.route("**/*", visit._only_here)  # type: ignore[attr-defined]
        page = context.new_page()
        page.on("console", lambda m: visit.trouble.append(m.text) if m.type == "error" else None)  # type: ignore[attr-defined]
        page.on("requestfailed", lambda r: visit.trouble.append(r.url))  # type: ignore[attr-defined]
        page.goto(visit.site + path)  # type: ignore[attr-defined]
        page.wait_for_load_state("networkidle")
        return page

    return open_page


@pytest.mark.parametrize("width", [360, 1366])
def test_a_passer_by_sees_the_place_and_nobody(visit: Visit, passer_by: Callable[..., Page], width: int) -> None:
    code, name, _ = lived_in()
    page = passer_by(f"/a/{codes.show(code).lower()}", width)
    words = page.inner_text("main")
    assert name in words
    assert codes.show(code) in words
    assert page.get_attribute("a.button.act", "href") == "tel:12345"
    for secret in ("居民", "企业", "人口", "户主", "案件", "138", "**"):
        assert secret not in words
    assert page.evaluate("() => document.querySelector('img.qr').naturalWidth > 0")
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
    picture(page, f"place-public-{width}")
    page.context.add_cookies([{"name": "wangge_locale", "value": "en", "url": visit.site}])  # type: ignore[attr-defined]
    page.reload()
    assert "Report something here: call 12345" in page.inner_text("main")
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_a_mistyped_code_is_told_with_the_likely_one(visit: Visit, passer_by: Callable[..., Page]) -> None:
    code, name, _ = lived_in()
    wrong = code[:5] + next(s for s in codes.ALPHABET if s != code[5]) + code[6:]
    page = passer_by(f"/a/{wrong}")
    words = page.inner_text("main")
    assert "校验位不对" in words
    assert name in words
    picture(page, "place-mistyped")
    page.click("a.instead")
    assert page.url.endswith(f"/a/{code}")
    assert "应有 12 位" in passer_by("/a/A01").inner_text("main")
    unknown = codes.mint(np.array([7]), b"another key of another place", "X99")[0]
    assert "没有这个地址编码" in passer_by(f"/a/{unknown}").inner_text("main")
    hostile = passer_by("/a/%3Cimg%20src=x%20onerror=alert(1)%3E")
    assert hostile.locator("main img").count() == 0
    assert [one for one in visit.trouble if "404" not in one] == []  # type: ignore[attr-defined]


def test_an_ended_code_leads_to_todays(visit: Visit, passer_by: Callable[..., Page]) -> None:
    old = row("""
        SELECT a.code, b.code, a.name FROM address.v_place a JOIN address.v_place b
            ON b.parent_code = a.parent_code AND b.code > a.code AND b.level = 'room'
        WHERE a.level = 'room' AND NOT EXISTS (SELECT FROM registry.person p WHERE p.home_code IN (a.code, b.code))
        ORDER BY a.code LIMIT 1
    """)
    with unit_of_work(Tier.JOBS) as session:
        made = addresses.merge(
            session, old[:2], addresses.NewPlace({"room": "合并1"}), on=clock.today(), at=clock.now(), **HOW
        )
    page = passer_by(f"/a/{old[0]}")
    words = page.inner_text("main")
    assert "这个编码已停用" in words
    assert "合并" in words
    picture(page, "place-ended")
    page.click("a.instead")
    assert page.inner_text("h1") == made.name
    assert visit.trouble == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(("role", "width"), [(Role.DESK, 1366), (Role.WORKER, 360)])
def test_staff_see_the_card_masked_and_look_behind_it_with_a_reason(visit: Visit, role: Role, width: int) -> None:
    page = visit(role, width)
    mine = row("""
        SELECT area_id FROM core.account_area h JOIN core.account a ON a.id = h.account_id
        WHERE a.role = :role AND EXISTS (SELECT FROM registry.person p WHERE p.grid_id = h.area_id)
            AND a.login = (SELECT min(login) FROM core.account WHERE role = :role) LIMIT 1
    """, role=role.value)  # fmt: skip
    code, _, _ = lived_in(mine[0] if role is Role.WORKER and mine else None)
    with unit_of_work(Tier.JOBS) as session:
        addresses.recode_all(session, actor=HOW["actor"], at=clock.now())
    page.goto(f"{visit.site}/a/{code}")  # type: ignore[attr-defined]
    assert re.search(r"\b\d{25}\b", page.inner_text("#codes"))
    people = page.inner_text("#residents")
    assert re.search(r"[\u4e00-\u9fff]\*", people)
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", page.inner_text("main"))
    assert not re.search(r"\d{17}[\dX]", page.inner_text("#residents"))
    assert page.evaluate(FITS)
    picture(page, f"place-card-{role.value}")
    page.click("#residents [data-look]")
    page.click("#look-go")
    assert "请填写工单编号" in page.inner_text("#shown")
    looks = "SELECT count(*) FROM core.audit WHERE action = 'registry.revealed'"
    before = row(looks)[0]
    page.fill("#case-number", "A-2026-1")
    page.click("#look-go")
    page.wait_for_function("() => document.getElementById('shown').innerText.includes('证件号码')")
    assert row(looks)[0] == before + 1
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_a_worker_sees_nobody_of_another_grid(visit: Visit) -> None:
    page = visit(Role.WORKER, 360)
    login = visit._login(Role.WORKER)  # type: ignore[attr-defined]
    with unit_of_work(Tier.OWNER) as session:
        held = session.execute(text("""
            SELECT h.area_id FROM core.account_area h JOIN core.account a ON a.id = h.account_id
            WHERE a.login = :login
        """), {"login": login}).scalars().all()  # fmt: skip
        other = session.execute(text("""
            SELECT p.grid_id FROM registry.person p WHERE p.grid_id IS NOT NULL AND NOT p.grid_id = ANY(:held) LIMIT 1
        """), {"held": list(held)}).scalar()  # fmt: skip
    assert other is not None
    code, _, _ = lived_in(other)
    page.goto(f"{visit.site}/a/{code}")  # type: ignore[attr-defined]
    assert "不在您的网格内" in page.inner_text("#residents")
    assert page.locator("[data-look]").count() == 0


def test_the_lists_open_and_lead_to_the_places(visit: Visit) -> None:
    page = visit(Role.DESK)
    page.goto(f"{visit.site}/reports")  # type: ignore[attr-defined]
    assert page.locator(".report-names li").count() == 8
    picture(page, "reports")
    totals = [int(one.replace(",", "")) for one in page.locator(".report-names b").all_inner_texts()]
    page.locator(".report-names a").nth(max(range(8), key=lambda at: totals[at])).click()
    page.wait_for_selector("tbody tr")
    assert page.locator("tbody tr").count() == min(max(totals), 100)
    picture(page, "reports-list")
    assert page.evaluate(FITS)
    assert visit.trouble == []  # type: ignore[attr-defined]
