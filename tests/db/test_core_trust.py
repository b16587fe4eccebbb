"""The promises of the ground floor, attacked as a stranger would: with SQL under a tier's own login."""

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core import accounts, audit, clock, db
from core.actors import Actor, Role, Tier

AREAS = text("select core.session_areas()")


def test_a_worker_sees_the_grids_of_his_token(signed_in: Callable[..., Actor]) -> None:
    worker = signed_in(Role.WORKER, [7, 9])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        assert sorted(session.execute(AREAS).scalar_one()) == [7, 9]
        assert session.execute(text("select core.session_account()")).scalar_one() == worker.id


@pytest.mark.parametrize("forged", [None, "", "guess", "7,9", "{7,9}", "' or true --"])
def test_a_forged_token_sees_no_grid(signed_in: Callable[..., Actor], forged: str | None) -> None:
    signed_in(Role.WORKER, [7, 9])
    with db.unit_of_work(Tier.WORKER, token=forged) as session:
        assert session.execute(AREAS).scalar_one() == []
        assert session.execute(text("select core.session_account()")).scalar_one() is None


def test_the_id_of_an_account_is_no_token(signed_in: Callable[..., Actor]) -> None:
    worker = signed_in(Role.WORKER, [7])
    with db.unit_of_work(Tier.WORKER, token=str(worker.id)) as session:
        assert session.execute(AREAS).scalar_one() == []


def test_an_ended_session_sees_no_grid_at_once(signed_in: Callable[..., Actor]) -> None:
    worker = signed_in(Role.WORKER, [7])
    assert worker.token is not None
    with db.unit_of_work(Tier.ACCOUNTS) as session:
        accounts.end_session(session, worker.token, at=clock.now())
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        assert session.execute(AREAS).scalar_one() == []


def test_a_disabled_account_sees_no_grid_at_once(signed_in: Callable[..., Actor], actor: Actor) -> None:
    worker = signed_in(Role.WORKER, [7])
    with db.unit_of_work(Tier.ACCOUNTS) as session:
        accounts.disable(session, worker.id, actor=actor, at=clock.now())
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        assert session.execute(AREAS).scalar_one() == []


def test_the_token_does_not_outlive_its_transaction(signed_in: Callable[..., Actor]) -> None:
    worker = signed_in(Role.WORKER, [7])
    with db.unit_of_work(Tier.WORKER, token=worker.token):
        pass
    with db.unit_of_work(Tier.WORKER) as session:
        assert session.execute(AREAS).scalar_one() == []


CHANGES = [
    "update core.audit set actor_name = 'nobody'",
    "delete from core.audit",
    "truncate core.audit",
    "update core.audit_p2026_03 set action = 'x'",
    "delete from core.audit_p2026_03",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_himself_cannot_change_a_row(session: Session, actor: Actor, at: datetime, change: str) -> None:
    audit.record(session, actor, "thing.done", "thing", "1", at)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change))


@pytest.mark.parametrize("tier", [tier for tier in Tier if tier is not Tier.OWNER])
@pytest.mark.parametrize("attack", CHANGES)
def test_no_other_tier_changes_the_audit_log(database: str, tier: Tier, attack: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), db.unit_of_work(tier) as session:
        session.execute(text(attack))


def test_a_worker_cannot_write_audit_rows_under_another_name(signed_in: Callable[..., Actor], at: datetime) -> None:
    worker, other = signed_in(Role.WORKER, [7]), signed_in(Role.WORKER, [8])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        audit.record(session, worker, "thing.done", "thing", "1", at)
    with (
        pytest.raises(psycopg.Error, match="another name"),
        db.unit_of_work(Tier.WORKER, token=worker.token) as session,
    ):
        audit.record(session, other, "thing.done", "thing", "1", at)


def test_many_audit_rows_keep_their_own_moments(session: Session, at: datetime, actor: Actor) -> None:
    moments = [at + timedelta(days=40 * n) for n in range(3)]
    audit.record_many(session, actor, "many", "thing", ["a", "b", "c"], moments, {"n": 3})
    rows = session.execute(text("select object_id, at from core.audit where action = 'many' order by at")).all()
    assert [(row.object_id, row.at) for row in rows] == list(zip("abc", moments, strict=True))


@pytest.mark.parametrize("tier", [Tier.WORKER, Tier.COMMAND, Tier.INTAKE, Tier.JOBS, Tier.AUDIT, Tier.TILES, Tier.ETL])
@pytest.mark.parametrize(
    "attack",
    [
        "select password_hash from core.account",
        "select * from core.session",
        "create table public.mine (a int)",
        "create table core.mine (a int)",
        "set role wangge_owner",
        "set session authorization wangge_owner",
        "alter table core.audit disable trigger all",
        "select core.make_months('core.audit', '2030-01-01', '2030-01-01')",
        "copy core.account to program 'true'",
        "select pg_read_file('/etc/passwd')",
    ],
)
def test_escapes_are_refused(database: str, tier: Tier, attack: str) -> None:
    with pytest.raises(DBAPIError, match=r"denied|must be|permission"), db.unit_of_work(tier) as session:
        session.execute(text(attack))


def test_no_tier_is_a_member_of_another(session: Session) -> None:
    members = session.execute(
        text("""select r.rolname, m.rolname from pg_auth_members x join pg_roles r on r.oid = x.roleid
                join pg_roles m on m.oid = x.member where m.rolname like 'wangge\\_%'""")
    ).all()
    assert [tuple(row) for row in members if row[1] != "wangge_super"] == [("pg_read_all_data", "wangge_backup")]
