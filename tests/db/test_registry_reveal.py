"""Behind the mask: only with a purpose and a case number, written down first; and how reporters are put away."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import clock, db
from core.actors import Actor, Role, Tier
from registry import service
from registry.errors import PersonNotFound, RevealRefused
from registry.records import Kind, Purpose
from tests.db.registry_people import Town, make_town, people, session_of

pytestmark = pytest.mark.db


@pytest.fixture
def town(fresh_database: str, signed_in: Callable[..., Actor], actor: Actor, at: datetime) -> Town:
    return make_town(signed_in, actor, at)


def reveal(actor: Actor, ref: object, kind: Kind, at: datetime, case: str = "GD20260302001"):
    with db.unit_of_work(actor.tier, token=actor.token) as session:
        return service.reveal(session, ref, Purpose.CALL_BACK, case, actor=actor, at=at, kind=kind)


def looks(where: str = "true") -> int:
    with db.unit_of_work(Tier.AUDIT) as session:
        found = session.execute(text(f"SELECT count(*) FROM core.audit WHERE action = 'registry.revealed' AND {where}"))
        return int(found.scalar_one())


def test_a_look_behind_the_mask_is_written_down_first(town: Town, signed_in: Callable[..., Actor], at: datetime):
    desk = signed_in(Role.DESK, login="desk1")
    shown = reveal(desk, town.contact_id, Kind.CONTACT, at)
    assert shown.fields == {"name": "孙报告", "phone": "13712345678", "words": "我叫孙报告"}
    assert looks("actor_name = 'desk1' AND detail->>'purpose' = 'call_back' AND detail->>'case' = 'GD20260302001'") == 1


def test_a_worker_looks_at_his_own_people_only(town: Town, at: datetime):
    with session_of(town) as session:
        mine = service.own_residents(session, actor=town.worker)[0]
    shown = reveal(town.worker, mine.id, Kind.PERSON, at)
    assert shown.fields["name"].startswith("王")
    assert shown.fields["id_no"].startswith("519901")
    with pytest.raises(PersonNotFound) as foreign:
        reveal(town.worker, town.their_ids[0], Kind.PERSON, at)
    with pytest.raises(PersonNotFound) as nobody:
        reveal(town.worker, uuid4(), Kind.PERSON, at)
    assert foreign.value.zh == nobody.value.zh, "another grid and nobody look the same"
    with pytest.raises(RevealRefused):
        reveal(town.worker, town.contact_id, Kind.CONTACT, at)


def test_a_look_that_finds_nothing_counts_when_it_commits(town: Town, at: datetime):
    with session_of(town) as session, pytest.raises(PersonNotFound):
        service.reveal(session, town.their_ids[0], Purpose.VISIT, "A1", actor=town.worker, at=at, kind=Kind.PERSON)
    assert looks() == 1


@pytest.mark.parametrize(("purpose", "case"), [("curiosity", "A1"), ("visit", " "), ("visit", "x" * 65)])
def test_no_purpose_no_look(town: Town, signed_in: Callable[..., Actor], at: datetime, purpose: str, case: str):
    desk = signed_in(Role.DESK)
    with pytest.raises(DBAPIError), db.unit_of_work(Tier.COMMAND, token=desk.token) as session:
        session.execute(
            text("SELECT registry.reveal_sealed('contact', CAST(:ref AS uuid), :purpose, :case, :at)"),
            {"ref": town.contact_id, "purpose": purpose, "case": case, "at": at},
        )
    assert looks() == 0


def test_nobody_signed_in_no_look(town: Town, actor: Actor, at: datetime):
    with db.unit_of_work(Tier.COMMAND) as session, pytest.raises(RevealRefused, match="sign in"):
        service.reveal(session, town.contact_id, Purpose.VISIT, "A1", actor=actor, at=at)


def test_looks_are_limited_a_day(town: Town, signed_in: Callable[..., Actor], at: datetime):
    with db.unit_of_work(Tier.ACCOUNTS) as session:
        session.execute(text("UPDATE registry.disclosure_limit SET per_day = 2 WHERE role = 'desk'"))
    desk = signed_in(Role.DESK)
    for _ in range(2):
        reveal(desk, town.contact_id, Kind.CONTACT, at)
    with pytest.raises(RevealRefused, match="tomorrow"):
        reveal(desk, town.contact_id, Kind.CONTACT, at)
    assert looks() == 2


def test_a_sealed_value_without_the_key_is_noise(town: Town, signed_in: Callable[..., Actor]):
    """A worker who asks by SQL and rolls back gets bytes that only the service can open."""
    with session_of(town) as session:
        mine = service.own_residents(session, actor=town.worker)[0]
        sealed = session.execute(
            text("SELECT registry.reveal_sealed('person', :id, 'visit', 'A1', now())"), {"id": mine.id}
        ).scalar_one()
        session.rollback()
    assert "王".encode() not in bytes(sealed)
    assert b"519901" not in bytes(sealed)


@pytest.mark.parametrize("tier", [Tier.WORKER, Tier.COMMAND, Tier.INTAKE, Tier.ETL, Tier.JOBS])
def test_every_door_puts_reporters_away(town: Town, signed_in: Callable[..., Actor], actor: Actor, tier: Tier):
    by = town.worker if tier is Tier.WORKER else actor
    ref, now = uuid4(), clock.now()
    for _ in range(2):
        with db.unit_of_work(tier, token=by.token) as session:
            kept = service.keep_contact(
                session,
                contact_id=ref,
                name="钱多多",
                phone="13698765432",
                words="我是钱多多，门口积水",
                actor=by,
                at=now,
            )
    assert (kept.id, kept.masked_name, kept.masked_phone) == (ref, "钱**", "136****5432")
    assert kept.masked_words == "我是钱**，门口积水"
    with db.unit_of_work(Tier.ETL) as session:
        assert session.execute(text("SELECT count(*) FROM registry.contact")).scalar_one() == 2


def test_nothing_personal_is_not_kept(town: Town, actor: Actor, at: datetime):
    with db.unit_of_work(Tier.INTAKE) as session:
        kept = service.keep_contact(
            session, contact_id=uuid4(), name="无", phone=None, words="路灯不亮", actor=actor, at=at
        )
    assert kept.id is None
    assert kept.masked_words == "路灯不亮"


def test_a_worker_cannot_flood(town: Town, at: datetime):
    rows = people(*({"id": str(uuid4()), "name": "钱多多", "phone": "1", "words": "x"} for _ in range(21)))
    with pytest.raises(DBAPIError, match="too many contacts"), session_of(town) as session:
        service.keep_contacts(session, rows, actor=town.worker, at=at)


def test_erased_reporters_are_gone(town: Town, actor: Actor, signed_in: Callable[..., Actor], at: datetime):
    with db.unit_of_work(Tier.JOBS) as session:
        assert service.erase_contacts(session, [UUID(town.contact_id)], actor=actor, at=at) == 1
    with pytest.raises(PersonNotFound):
        reveal(signed_in(Role.DESK), town.contact_id, Kind.CONTACT, at)
