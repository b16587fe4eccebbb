"""Lists of what wants checking: each fault found once, with its reason, and only on one's own ground; moving people."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as address
from address.service import NewPlace
from core import db
from core.actors import Actor, Role, Tier
from registry import service
from registry.service import REPORT_NAMES, Finding, Report
from tests.db.registry_people import count, home, make_town, people, person, session_of, settle, shop

pytestmark = pytest.mark.db


@pytest.fixture
def town(session: Session, actor: Actor, at: datetime) -> Session:
    settle(session, actor=actor, at=at)
    return session


def found(session: Session, name: Report, actor: Actor, at: datetime) -> list[Finding]:
    total, rows = service.report(session, name, on=at.date(), actor=actor)
    assert total == len(rows)
    for row in rows:
        assert row.why_zh
        assert row.why_en.isascii() or row.code
        assert "\n" not in row.why_zh
    return rows


def live(session: Session, actor: Actor, at: datetime, *rows: dict[str, object]) -> None:
    service.load_residents(session, people(*rows), batch_id=1, actor=actor, at=at)


def code_at(session: Session, name: str) -> str:
    words = text("SELECT code FROM address.v_place WHERE name LIKE :n")
    return str(session.execute(words, {"n": f"%{name}"}).scalar_one())


def test_a_clean_register_has_empty_lists(town: Session, actor: Actor, at: datetime) -> None:
    live(town, actor, at, *(person(n) for n in range(3)))
    service.load_businesses(town, people(shop(1)), batch_id=1, actor=actor, at=at)
    assert {name: found(town, name, actor, at) for name in Report} == {name: [] for name in Report}
    assert set(REPORT_NAMES) == set(Report)


def test_orphans_are_listed_with_how_far_they_are_known(town: Session, actor: Actor, at: datetime) -> None:
    live(town, actor, at, person(1, home_text="不知道在哪里"), person(2))
    service.load_businesses(town, people(shop(3, address="旌原区东湖街道")), batch_id=1, actor=actor, at=at)
    (resident,) = found(town, Report.RESIDENTS_WITHOUT_CODE, actor, at)
    assert resident.subject.startswith("张*")
    assert (resident.code, resident.why_zh) == (None, "地址未能识别")
    (business,) = found(town, Report.BUSINESSES_WITHOUT_CODE, actor, at)
    assert business.why_zh == "只到乡镇街道"
    town.execute(text("UPDATE address.address SET parent_code = NULL WHERE name LIKE '%12号1栋'"))
    town.execute(text("UPDATE address.address SET status = 'historic' WHERE name LIKE '%14号1栋'"))
    why = {row.place[-6:]: row.why_zh for row in found(town, Report.CODES_WITHOUT_PARENT, actor, at)}
    assert why["街12号1栋"] == "没有上级地址"
    assert why["号1栋1单元"].endswith("已停用或不存在")


def test_one_address_with_two_codes_is_found_whatever_its_spelling(town: Session, actor: Actor, at: datetime) -> None:
    how = {"on": at.date(), "document": None, "actor": actor, "at": at}
    house = code_at(town, "12号1栋1单元")
    address.create(town, NewPlace({"room": "0101"}), parent=house, **how)
    address.create(town, NewPlace({"building": "一"}), parent=code_at(town, "文庙街14号"), **how)
    twice = found(town, Report.ADDRESSES_TWICE, actor, at)
    assert [len(row.others) for row in twice] == [2, 2]
    assert code_at(town, "12号1栋1单元101室") in {code for row in twice for code in row.others}


def test_records_that_agree_in_all_that_is_shown_are_listed(town: Session, actor: Actor, at: datetime) -> None:
    same = [number for number in range(1, 400) if person(number)["id_no"][-2:] == person(1)["id_no"][-2:]
            and number % 2 == 1][:2]  # fmt: skip
    assert len(same) == 2
    live(town, actor, at, *(person(number, name="张三") for number in same), person(2))
    (row,) = found(town, Report.RECORDS_TWICE, actor, at)
    assert (row.code, row.why_en) == (
        code_at(town, "12号1栋1单元101室"),
        "2 records at one address agree in all that is shown",
    )


def test_over_full_rooms_follow_the_limit_of_the_day(town: Session, actor: Actor, at: datetime) -> None:
    live(town, actor, at, *(person(n, name=f"张{chr(0x4E00 + n)}") for n in range(1, 13)))
    (row,) = found(town, Report.OVER_FULL_ROOMS, actor, at)
    assert (row.code, row.why_zh) == (code_at(town, "12号1栋1单元101室"), "登记 12 人，上限 10 人")
    town.execute(text("UPDATE registry.report_limit SET valid_to = :day"), {"day": at.date()})
    assert found(town, Report.OVER_FULL_ROOMS, actor, at) == []
    values = {"day": at.date()}
    town.execute(text("INSERT INTO registry.report_limit VALUES ('over-full-rooms', :day, NULL, 11)"), values)
    assert service.limit_of(town, Report.OVER_FULL_ROOMS, at.date()) == 11
    assert service.limit_of(town, Report.OVER_FULL_ROOMS, date(2000, 1, 1)) == 10
    assert len(found(town, Report.OVER_FULL_ROOMS, actor, at)) == 1


def test_a_business_where_people_live_is_listed(town: Session, actor: Actor, at: datetime) -> None:
    live(town, actor, at, person(1), person(2))
    shops = people(shop(1, address=home(12)), shop(2, address=home(12, 201)), shop(3))
    service.load_businesses(town, shops, batch_id=1, actor=actor, at=at)
    (row,) = found(town, Report.BUSINESSES_IN_DWELLINGS, actor, at)
    assert (row.code, row.why_zh) == (code_at(town, "12号1栋1单元101室"), "该户室另登记居民 2 人")


def test_moving_closes_one_residence_and_opens_the_next(town: Session, actor: Actor, at: datetime) -> None:
    """Many people at one code, one person at many codes in the course of time, one open row each."""
    live(town, actor, at, person(1), person(2))
    live(town, actor, at + timedelta(days=30), person(1, house=14))
    live(town, actor, at + timedelta(days=60), person(1, house=14, room=102))
    rows = town.execute(
        text("""
            SELECT a.name, r.valid_from, r.valid_to FROM registry.residence r
            JOIN registry.person p ON p.id = r.person_id JOIN address.address a ON a.code = r.home_code
            WHERE p.id = (SELECT person_id FROM registry.residence GROUP BY 1 HAVING count(*) > 1)
            ORDER BY r.valid_from
        """)
    ).all()
    days = [at.date() + timedelta(days=n) for n in (0, 30, 60)]
    assert [row[0][-12:] for row in rows] == ["12号1栋1单元101室", "14号1栋1单元101室", "14号1栋1单元102室"]
    assert [(row[1], row[2]) for row in rows] == [(days[0], days[1]), (days[1], days[2]), (days[2], None)]
    assert count(town, "residence", "valid_to IS NULL") == 2


def test_people_follow_a_merged_or_doubled_code_and_wait_where_none_fits(
    town: Session, actor: Actor, at: datetime
) -> None:
    live(town, actor, at, person(1), person(2, room=102), person(3, house=14), person(4, house=16))
    service.load_businesses(town, people(shop(1, address=home(12))), batch_id=1, actor=actor, at=at)
    later = at + timedelta(days=10)
    how = {"on": later.date(), "document": None, "actor": actor, "at": later}
    rooms = [code_at(town, f"12号1栋1单元{room}室") for room in (101, 102)]
    made = address.merge(town, rooms, NewPlace({"room": "101"}), **how)
    gone = code_at(town, "14号1栋1单元101室")
    address.demolish(town, [gone], **how)
    stale = found(town, Report.AT_ENDED_CODES, actor, at)
    assert {row.why_zh for row in stale} == {f"编码已停用，现由 {made.code} 负责", "编码已停用，没有唯一的后继编码"}
    assert service.follow_codes(town, actor=actor, at=later) == 3
    assert count(town, "person", f"home_code = '{made.code}' AND grid_id IS NOT NULL") == 2
    assert count(town, "business", f"site_code = '{made.code}'") == 1
    assert count(town, "residence", f"home_code = '{made.code}' AND valid_to IS NULL") == 2
    assert count(town, "residence", f"valid_to = '{later.date()}'") == 2
    assert count(town, "business_site", f"site_code = '{made.code}' AND valid_to IS NULL") == 1
    (left,) = found(town, Report.AT_ENDED_CODES, actor, at)
    assert left.code == gone
    assert service.follow_codes(town, actor=actor, at=later) == 0


def test_a_worker_sees_the_faults_of_his_own_ground_only(
    signed_in: Callable[..., Actor], actor: Actor, at: datetime
) -> None:
    made = make_town(signed_in, actor, at)
    with db.unit_of_work(Tier.ETL) as session:
        rows = [person(200 + n, house=house, name=f"钱{chr(0x4E00 + n)}") for house in (12, 16) for n in range(11)]
        rows = [row | {"id_no": person(300 + n)["id_no"]} for n, row in enumerate(rows)]
        service.load_residents(session, people(*rows), batch_id=2, actor=actor, at=at)
        for house in (12, 16):
            parent = code_at(session, f"{house}号1栋1单元")
            address.create(session, NewPlace({"room": "0101"}), parent=parent, on=at.date(), document=None,
                           actor=actor, at=at)  # fmt: skip
        session.execute(text("UPDATE address.address SET parent_code = NULL WHERE level = 'building'"))
    with session_of(made) as session:
        for name, expected in (
            (Report.OVER_FULL_ROOMS, 1), (Report.ADDRESSES_TWICE, 1), (Report.CODES_WITHOUT_PARENT, 2),
        ):  # fmt: skip
            _, rows_seen = service.report(session, name, on=at.date(), actor=made.worker)
            assert {row.grid_id for row in rows_seen} == {made.mine}
            assert len(rows_seen) == expected
        for name in Report:
            service.report(session, name, on=at.date(), actor=made.worker)
    desk = signed_in(Role.DESK)
    with db.unit_of_work(Tier.COMMAND, token=desk.token) as session:
        total, first = service.report(session, Report.OVER_FULL_ROOMS, on=at.date(), actor=desk, limit=1)
        assert (total, len(first)) == (2, 1)
        _, second = service.report(session, Report.OVER_FULL_ROOMS, on=at.date(), actor=desk, limit=1, skip=1)
        assert first != second
        for name in Report:
            service.report(session, name, on=at.date(), actor=desk)
