"""The data officer's page: look, load, mend, take back; nothing from outside, nothing left on the server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from core.actors import Role, Tier
from core.db import unit_of_work
from etl.readers import read_table
from tests.files.ground import ADDRESS_HEADER, text_of

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Visit = Callable[..., Page]


def doors(road: str) -> list[list[str]]:
    """Five doors on the spots of buildings that are there, the last at 0/0."""
    with unit_of_work(Tier.ETL) as session:
        spots = session.execute(
            text("SELECT lon, lat, town, village FROM address.address WHERE level = 'building' ORDER BY code LIMIT 5")
        ).all()
    rows = [
        [f"{road}{n}", f"{road}{n}号", town, village, road, str(n), f"{lon:.7f}", f"{lat:.7f}"]
        for n, (lon, lat, town, village) in enumerate(spots, start=1)
    ]
    rows[-1][-2:] = ["0", "0"]
    return rows


def file_of(folder: Path, road: str) -> Path:
    path = folder / f"{road}.csv"
    path.write_text(text_of([ADDRESS_HEADER, *doors(road)]), encoding="gb18030")
    return path


def test_a_file_is_looked_at_loaded_mended_and_taken_back(visit: Visit, tmp_path: Path) -> None:
    page = visit(Role.ETL)
    page.wait_for_url("**/load")
    path = file_of(tmp_path, "试验东路")
    page.set_input_files("#file", path)
    page.click("#look")
    expect(page.locator("#seen")).to_contain_text("标准地址登记表")
    expect(page.locator("#seen")).to_contain_text("gb18030")
    expect(page.locator("#seen")).to_contain_text("坐标不在本辖区")
    expect(page.locator("#seen tbody").first.locator("tr")).to_have_count(4 + 1)
    page.click("#seen button.act")
    expect(page.locator("#done .chip.fine")).to_be_visible()
    assert page.locator("#done .sum b").all_inner_texts() == ["5", "4", "0", "1"]
    with page.expect_download() as coming:
        page.click("#done button")
    sheet = tmp_path / "refused.xlsx"
    coming.value.save_as(sheet)
    refused = read_table(sheet).frame
    assert refused["地址名称"].to_list() == ["试验东路5号"]

    row = page.locator("#batches tbody tr").first
    expect(row).to_contain_text("试验东路.csv")
    row.get_by_role("button", name="拒收原因").click()
    expect(page.locator("#asked-body")).to_contain_text("坐标不在本辖区")
    page.keyboard.press("Escape")
    row.get_by_role("button", name="撤销").click()
    page.click("#asked-yes")
    expect(page.locator("#batches tbody tr").first).to_contain_text("已撤销")
    with unit_of_work(Tier.ETL) as session:
        words = text("SELECT count(*) FROM address.v_place WHERE name LIKE '%试验东路%'")
        assert session.scalar(words) == 0
    assert visit.trouble == []  # type: ignore[attr-defined]


def test_a_file_that_is_none_gets_its_sentence(visit: Visit, tmp_path: Path) -> None:
    page = visit(Role.ETL)
    path = tmp_path / "表.xls"
    path.write_text("<html><table></table></html>", encoding="utf-8")
    page.set_input_files("#file", path)
    page.click("#look")
    expect(page.locator("#done")).to_contain_text("这是网页（HTML/XML）改了扩展名")


def test_what_may_leave_leaves(visit: Visit, tmp_path: Path) -> None:
    page = visit(Role.DESK)
    page.goto(page.url.replace("/desk", "/export"))
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV").first.click()
    sheet = tmp_path / "out.csv"
    coming.value.save_as(sheet)
    assert "统一地址编码" in read_table(sheet).headers
    assert visit.trouble == []  # type: ignore[attr-defined]
