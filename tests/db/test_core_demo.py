"""wangge demo: the self-check can fail, what is there is never replaced unasked, a real installation is left alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from cli import demo_check, demo_run, demo_site
from cli.demo_run import Balance, Wish
from core import accounts, clock
from core.actors import Actor, Role, Tier, system_actor
from core.db import unit_of_work
from core.errors import Refused

NOTHING_SAID = Wish(None, None, is_fresh=False, is_brief=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a demo that says: 3 grids, one sheet of addresses, one of reports."""
    files = {"grids.gpkg": 3, "addresses_1.xlsx": 5, "reports_web.csv": 4}
    manifest = {"scale": 0.02, "seed": 1, "until": "2026-11-25", "files": files}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


def held(promises: list[demo_check.Promise]) -> dict[str, bool]:
    return {one.en: one.holds for one in promises}


def test_an_empty_database_keeps_no_promise(fresh_database: str, folder: Path) -> None:
    found = held(demo_check.check(folder, []))
    assert not found["every row is read"]
    assert not found["every grid is there"]
    assert not found["reports are placed"]
    assert not found["every report has a case"]
    assert found["no job is left"]


def test_a_sheet_that_does_not_add_up_is_named(fresh_database: str, folder: Path) -> None:
    sheet = [Balance("addresses_1.xlsx", 5, 4, 0, 0, 0.1), Balance("grids.gpkg", 3, 3, 0, 0, 0.1)]
    found = {one.en: one for one in demo_check.check(folder, sheet)}
    assert not found["read = accepted + repeated + rejected"].holds
    assert found["read = accepted + repeated + rejected"].words == "addresses_1.xlsx"
    assert not found["every accepted address has a code"].holds


def test_a_day_of_heat_that_no_report_explains_is_seen(fresh_database: str, folder: Path) -> None:
    with unit_of_work(Tier.OWNER) as session:
        session.execute(
            text("""insert into incidents.heat_day (resolution, day, h3, category, source, channel, grid_id, n)
                    values (9, '2026-05-01', 1, (select min(code) from incidents.category), 'reported',
                            (select min(code) from incidents.channel), -1, 2)""")
        )
    words = next(one for one in demo_check.check(folder, []) if one.en.startswith("heat"))
    assert not words.holds
    assert "2026-05-01" in words.words


def test_another_scale_than_the_present_one_is_refused_with_the_way_out(folder: Path) -> None:
    with pytest.raises(Refused) as told:
        demo_run._check_same(folder, Wish(1.0, None, is_fresh=False, is_brief=True))
    assert "--fresh" in told.value.zh
    assert "--scale 0.02" in told.value.en
    demo_run._check_same(folder, NOTHING_SAID)
    demo_run._check_same(folder, Wish(0.02, 1, is_fresh=False, is_brief=True))


def test_a_real_installation_is_no_place_for_a_demo(
    fresh_database: str, signed_in: Callable[..., Actor], actor: Actor
) -> None:
    demo_run._refuse_foreign_data()
    signed_in(Role.COMMANDER)
    with pytest.raises(Refused):
        demo_run._refuse_foreign_data()


def test_passwords_are_shown_once_and_kept(
    fresh_database: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo_site._say_passwords(folder, renew=False)
    first = passwords_in(capsys.readouterr().out)
    assert len(first) == len(demo_site.STAFF)
    demo_site._say_passwords(folder, renew=False)
    again = capsys.readouterr().out
    assert "wangge user passwd" in again
    assert not passwords_in(again)
    assert signs_in(first["demo-desk"])
    assert not any(password in (folder / demo_site.SHOWN).read_text() for password in first.values())
    demo_site._say_passwords(folder, renew=True)
    renewed = passwords_in(capsys.readouterr().out)
    assert renewed["demo-desk"] != first["demo-desk"]
    assert not signs_in(first["demo-desk"])


def passwords_in(printed: str) -> dict[str, str]:
    rows = [line.split() for line in printed.splitlines()]
    return {row[-2]: row[-1] for row in rows if row and row[-1].count("-") == 3 and len(row[-1]) == 19}


def signs_in(password: str) -> bool:
    try:
        with unit_of_work(Tier.ACCOUNTS) as session:
            accounts.authenticate(session, "demo-desk", password, at=clock.now())
    except accounts.SignInRefused:
        return False
    return True


def test_the_system_makes_the_accounts(fresh_database: str, folder: Path) -> None:
    demo_site._say_passwords(folder, renew=False)
    with unit_of_work(Tier.ACCOUNTS) as session:
        made = accounts.account(session, "demo-commander")
        assert made.role is Role.COMMANDER
        kept = accounts.actor_of(
            session, accounts.begin_session(session, made.id, at=clock.now()).token, at=clock.now()
        )
    assert kept is not None
    assert kept.must_change
    assert system_actor("demo").role is Role.SYSTEM
