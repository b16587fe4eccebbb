"""Signing in: passwords, lock-out with growing delay, and sessions that end at once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts
from core.accounts import SignInRefused
from core.actors import Actor, Role
from core.errors import BadInput, Refused

PASSWORD = "correct horse battery"
ACCOUNT_TABLE = text("select * from core.account")


@pytest.fixture
def wang(session: Session, actor: Actor, at: datetime) -> accounts.Account:
    return accounts.create_account(session, "Wang", "测试员", Role.WORKER, PASSWORD, [3, 5], actor=actor, at=at)


def attempt(session: Session, password: str, at: datetime) -> bool:
    try:
        accounts.authenticate(session, "wang", password, at=at)
    except SignInRefused:
        return False
    return True


def test_the_right_password_begins_a_session(session: Session, wang: accounts.Account, at: datetime) -> None:
    token = accounts.authenticate(session, " WANG ", PASSWORD, at=at)
    found = accounts.actor_of(session, token.token, at=at)
    assert found is not None
    assert (found.id, found.name, found.role, found.token) == (wang.id, "wang", Role.WORKER, token.token)


def test_neither_password_nor_token_is_stored(session: Session, wang: accounts.Account, at: datetime) -> None:
    token = accounts.authenticate(session, "wang", PASSWORD, at=at)
    stored = str(session.execute(text("select * from core.session")).all()) + str(session.execute(ACCOUNT_TABLE).all())
    assert PASSWORD not in stored
    assert token.token not in stored
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in stored


def test_five_failures_lock_the_account_even_for_the_right_password(
    session: Session, wang: accounts.Account, at: datetime
) -> None:
    assert not any(attempt(session, "wrong password", at + timedelta(seconds=n)) for n in range(5))
    assert not attempt(session, PASSWORD, at + timedelta(seconds=10))
    assert attempt(session, PASSWORD, at + timedelta(seconds=10) + accounts.FIRST_LOCK)


def test_the_second_lock_is_longer(session: Session, wang: accounts.Account, at: datetime) -> None:
    for n in range(5):
        attempt(session, "wrong password", at + timedelta(seconds=n))
    again = at + timedelta(seconds=5) + accounts.FIRST_LOCK
    for n in range(5):
        attempt(session, "wrong password", again + timedelta(seconds=n))
    assert not attempt(session, PASSWORD, again + timedelta(seconds=5) + accounts.FIRST_LOCK)
    assert attempt(session, PASSWORD, again + timedelta(seconds=5) + 2 * accounts.FIRST_LOCK)


def test_failures_far_apart_do_not_lock(session: Session, wang: accounts.Account, at: datetime) -> None:
    for n in range(8):
        attempt(session, "wrong password", at + n * timedelta(minutes=6))
    assert attempt(session, PASSWORD, at + timedelta(hours=1))


def test_an_unknown_login_costs_the_same_work_and_the_same_words(
    session: Session, wang: accounts.Account, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = accounts._hasher.verify
    monkeypatch.setattr(accounts._hasher, "verify", lambda p, h: checked.append(h) or verify(p, h))
    with pytest.raises(SignInRefused) as unknown:
        accounts.authenticate(session, "nobody", PASSWORD, at=at)
    with pytest.raises(SignInRefused) as wrong:
        accounts.authenticate(session, "wang", "wrong password", at=at)
    assert len(checked) == 2
    assert checked[0].split("$")[:4] == checked[1].split("$")[:4]
    assert str(unknown.value) == str(wrong.value)


def test_an_account_without_password_cannot_sign_in(session: Session, actor: Actor, at: datetime) -> None:
    accounts.create_account(session, "li", "测试员", Role.DESK, None, actor=actor, at=at)
    with pytest.raises(SignInRefused):
        accounts.authenticate(session, "li", "", at=at)


def test_a_session_ends_by_sign_out_by_time_and_by_a_new_password(
    session: Session, wang: accounts.Account, actor: Actor, at: datetime
) -> None:
    one, two = (accounts.authenticate(session, "wang", PASSWORD, at=at) for _ in range(2))
    accounts.end_session(session, one.token, at=at)
    assert accounts.actor_of(session, one.token, at=at) is None
    assert accounts.actor_of(session, two.token, at=two.expires_at) is None
    assert accounts.actor_of(session, two.token, at=at) is not None
    accounts.set_password(session, wang.id, "another long one", actor=actor, at=at)
    assert accounts.actor_of(session, two.token, at=at) is None


def test_a_disabled_account_is_out_at_once(
    session: Session, wang: accounts.Account, actor: Actor, at: datetime
) -> None:
    token = accounts.authenticate(session, "wang", PASSWORD, at=at)
    accounts.disable(session, wang.id, actor=actor, at=at)
    assert accounts.actor_of(session, token.token, at=at) is None
    assert not attempt(session, PASSWORD, at)


def test_an_account_switched_on_again_signs_in_anew(
    session: Session, wang: accounts.Account, actor: Actor, at: datetime
) -> None:
    before = accounts.authenticate(session, "wang", PASSWORD, at=at)
    accounts.disable(session, wang.id, actor=actor, at=at)
    accounts.enable(session, wang.id, actor=actor, at=at)
    assert accounts.actor_of(session, before.token, at=at) is None
    assert attempt(session, PASSWORD, at)


def test_logins_are_unique_and_short_passwords_refused(
    session: Session, wang: accounts.Account, actor: Actor, at: datetime
) -> None:
    with pytest.raises(Refused, match="exists already"):
        accounts.create_account(session, "WANG", "x", Role.DESK, None, actor=actor, at=at)
    with pytest.raises(BadInput):
        accounts.create_account(session, "zhao", "x", Role.DESK, "short", actor=actor, at=at)


def test_areas_change_by_date(session: Session, wang: accounts.Account, actor: Actor, at: datetime) -> None:
    accounts.set_areas(session, wang.id, [5, 8], actor=actor, at=at + timedelta(days=1))
    rows = session.execute(text("select area_id, valid_to from core.account_area order by area_id")).all()
    assert [(row.area_id, row.valid_to is None) for row in rows] == [(3, False), (5, True), (8, True)]


def test_every_step_is_in_the_audit_log(session: Session, wang: accounts.Account, actor: Actor, at: datetime) -> None:
    attempt(session, "wrong password", at)
    attempt(session, PASSWORD, at)
    actions = session.scalars(text("select action from core.audit order by id")).all()
    assert actions == ["account.created", "session.refused", "session.begun"]
