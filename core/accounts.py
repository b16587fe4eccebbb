"""Accounts and sessions: who may sign in, for which grids, and the token that row-level security resolves.

Work through Tier.ACCOUNTS (creation also through ETL for staff lists). Passwords are argon2id; session tokens are 256
random bits, kept as a hash only, looked up at every request, so that ending one works at once.
"""

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor, Role
from core.clock import day_of
from core.errors import BadInput, NotAllowed, NotFound, Refused
from core.models import ACCOUNT_ROLES, AccountAreaRow, AccountRow, SessionRow
from core.settings import settings

HASH_MEMORY_KIB = 19 * 1024  # OWASP's argon2id setting: 19 MiB, 2 passes, 1 lane
HASHES_AT_ONCE = 2  # so that a flood of logins cannot take the machine's memory
FAILURES_ALLOWED = 5
FAILURE_WINDOW = timedelta(minutes=15)
FIRST_LOCK = timedelta(minutes=1)  # doubles with every lock in a row
LONGEST_LOCK = timedelta(hours=4)
PASSWORD_MIN = 10
PASSWORD_MAX = 256

_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=HASH_MEMORY_KIB, parallelism=1),))
_turnstile = threading.BoundedSemaphore(HASHES_AT_ONCE)
_nobody: list[str] = []


@dataclass(frozen=True, slots=True)
class Account:
    """An account as others may see it."""

    id: UUID
    login: str
    display_name: str
    role: Role
    is_active: bool
    area_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A fresh login. `token` is shown once and never stored."""

    token: str = field(repr=False)
    account_id: UUID
    role: Role
    expires_at: datetime


class SignInRefused(NotAllowed):
    """Wrong login or password, or the account is locked or disabled: one answer for all of them."""

    def __init__(self) -> None:
        super().__init__(
            zh="登录名或口令不正确，或账号暂时锁定；连续失败后请等几分钟再试",
            en="wrong login or password, or the account is locked for now; after several failures wait some minutes",
        )


def create_account(
    session: Session,
    login: str,
    display_name: str,
    role: Role,
    password: str | None,
    area_ids: Sequence[int] = (),
    *,
    actor: Actor,
    at: datetime,
    is_one_time: bool = False,
) -> Account:
    """Make an account. Without a password nobody can sign in until one is set. Raises Refused when the login exists.

    A one-time password has to be replaced at the first sign-in.
    """
    login = login.strip().lower()
    if not login or role.value not in ACCOUNT_ROLES:
        raise BadInput(zh=f"登录名或角色不对：{login} {role}", en=f"no such login or role: {login} {role}")
    row = AccountRow(
        id=uuid4(), login=login, display_name=display_name, role=role.value, is_active=True, created_at=at,
        password_hash=None if password is None else hash_password(password), is_one_time=is_one_time,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as exc:
        raise Refused(zh=f"登录名已存在：{login}", en=f"the login exists already: {login}") from exc
    _add_areas(session, row.id, area_ids, day_of(at))
    audit.record(session, actor, "account.created", "account", str(row.id), at, {"login": login, "role": role.value})
    return Account(row.id, login, display_name, role, True, tuple(area_ids))


def set_areas(session: Session, account_id: UUID, area_ids: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """From this day on the account answers for exactly these grids."""
    today = day_of(at)
    live = AccountAreaRow.valid_to.is_(None) | (AccountAreaRow.valid_to > today)
    session.execute(
        update(AccountAreaRow)
        .where(AccountAreaRow.account_id == account_id, live, AccountAreaRow.area_id.not_in(area_ids))
        .values(valid_to=today)
    )
    present = session.scalars(select(AccountAreaRow.area_id).where(AccountAreaRow.account_id == account_id, live)).all()
    _add_areas(session, account_id, [area for area in area_ids if area not in set(present)], today)
    audit.record(session, actor, "account.areas", "account", str(account_id), at, {"areas": list(area_ids)})


def set_password(
    session: Session, account_id: UUID, password: str, *, actor: Actor, at: datetime, is_one_time: bool = False
) -> None:
    """Change a password, unlock the account and end all its sessions. A one-time one is replaced at the next sign-in.

    Raises BadInput when it is too short, too long, or the one that is to be replaced.
    """
    row = _row(session, account_id)
    if row.is_one_time and not is_one_time and _verify(password, row.password_hash):
        raise BadInput(zh="新密码不能与一次性密码相同", en="the new password must differ from the one-time one")
    row.password_hash, row.is_one_time = hash_password(password), is_one_time
    row.failed_count, row.first_failed_at, row.locked_until, row.lock_count = 0, None, None, 0
    end_sessions(session, account_id, at=at)
    audit.record(session, actor, "account.password", "account", str(account_id), at)


def disable(session: Session, account_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Nobody can sign in with it any more; its sessions end at once."""
    _row(session, account_id).is_active = False
    end_sessions(session, account_id, at=at)
    audit.record(session, actor, "account.disabled", "account", str(account_id), at)


def enable(session: Session, account_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Its login and password are good again. Sessions that ended stay ended."""
    _row(session, account_id).is_active = True
    audit.record(session, actor, "account.enabled", "account", str(account_id), at)


def authenticate(session: Session, login: str, password: str, *, at: datetime) -> SessionToken:
    """Check a password and begin a session. Raises SignInRefused, after the same work for known and unknown logins.

    The caller must COMMIT also when it raises, so that the failure is counted: catch, leave the unit of work, re-raise.
    """
    row = session.scalars(
        select(AccountRow).where(AccountRow.login == login.strip().lower()).with_for_update()
    ).one_or_none()
    is_right = _verify(password, row.password_hash if row is not None else None)
    if row is None:
        raise SignInRefused
    is_locked = row.locked_until is not None and row.locked_until > at
    who = Actor(row.id, row.login, Role(row.role))
    if not is_right or is_locked or not row.is_active:
        if not is_locked:
            _count_failure(row, at)
        session.flush()
        audit.record(session, who, "session.refused", "account", str(row.id), at, {"locked": is_locked})
        raise SignInRefused
    row.failed_count, row.first_failed_at, row.locked_until, row.lock_count = 0, None, None, 0
    begun = begin_session(session, row.id, at=at)
    audit.record(session, who, "session.begun", "account", str(row.id), at)
    return begun


def begin_session(session: Session, account_id: UUID, *, at: datetime) -> SessionToken:
    """A session without a password check: after a second factor, or in tests."""
    row = _row(session, account_id)
    token = secrets.token_urlsafe(32)
    expires_at = at + timedelta(hours=settings().session_hours)
    session.add(SessionRow(token_hash=_digest(token), account_id=row.id, created_at=at, expires_at=expires_at))
    session.flush()
    return SessionToken(token, row.id, Role(row.role), expires_at)


def actor_of(session: Session, token: str, *, at: datetime) -> Actor | None:
    """Who holds this token now; None when it is unknown, ended or expired, or the account is disabled."""
    found = session.execute(
        select(AccountRow.id, AccountRow.login, AccountRow.role, AccountRow.is_one_time)
        .join(SessionRow, SessionRow.account_id == AccountRow.id)
        .where(
            SessionRow.token_hash == _digest(token),
            SessionRow.ended_at.is_(None),
            SessionRow.expires_at > at,
            AccountRow.is_active,
        )
    ).one_or_none()
    return None if found is None else Actor(found.id, found.login, Role(found.role), token, found.is_one_time)


def end_session(session: Session, token: str, *, at: datetime) -> None:
    """Sign out: this token is dead from now on."""
    session.execute(
        update(SessionRow)
        .where(SessionRow.token_hash == _digest(token), SessionRow.ended_at.is_(None))
        .values(ended_at=at)
    )


def end_sessions(session: Session, account_id: UUID, *, at: datetime) -> None:
    """All sessions of an account are dead from now on."""
    session.execute(
        update(SessionRow).where(SessionRow.account_id == account_id, SessionRow.ended_at.is_(None)).values(ended_at=at)
    )


def account(session: Session, login: str) -> Account:
    """The account of this login. Raises NotFound."""
    found = [one for one in accounts(session) if one.login == login.strip().lower()]
    if not found:
        raise NotFound(zh=f"没有这个账号：{login}", en=f"no such account: {login}")
    return found[0]


def accounts(session: Session) -> list[Account]:
    """All accounts by login, with the grids each answers for today."""
    rows = session.execute(
        text("""
            select a.id, a.login, a.display_name, a.role, a.is_active,
                   coalesce(array_agg(r.area_id order by r.area_id) filter (where r.area_id is not null), '{}') as areas
              from core.account a
              left join core.account_area r on r.account_id = a.id and r.valid_from <= current_date
                        and (r.valid_to is null or r.valid_to > current_date)
             group by a.id, a.login, a.display_name, a.role, a.is_active order by a.login""")
    ).all()
    return [Account(r.id, r.login, r.display_name, Role(r.role), r.is_active, tuple(r.areas)) for r in rows]


def new_password() -> str:
    """A random password a person can type: four groups of four, about 77 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def hash_password(password: str) -> str:
    """argon2id, at most two at once in this process. Raises BadInput for one too short or too long."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise BadInput(
            zh=f"口令需要 {PASSWORD_MIN}–{PASSWORD_MAX} 个字符",
            en=f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters",
        )
    with _turnstile:
        return _hasher.hash(password)


def _verify(password: str, password_hash: str | None) -> bool:
    """The same work whether there is a hash or not."""
    if not _nobody:
        _nobody.append(hash_password(secrets.token_urlsafe(16)))
    with _turnstile:
        is_right = _hasher.verify(password[:PASSWORD_MAX], password_hash or _nobody[0])
    return is_right and password_hash is not None


def _count_failure(row: AccountRow, at: datetime) -> None:
    if row.first_failed_at is None or at - row.first_failed_at > FAILURE_WINDOW:
        row.failed_count, row.first_failed_at = 0, at
    row.failed_count += 1
    if row.failed_count >= FAILURES_ALLOWED:
        row.locked_until = at + min(FIRST_LOCK * 2**row.lock_count, LONGEST_LOCK)
        row.lock_count += 1
        row.failed_count, row.first_failed_at = 0, None


def _add_areas(session: Session, account_id: UUID, area_ids: Sequence[int], since: date) -> None:
    ordered = sorted(set(area_ids))  # rows in the order of their index: session_areas reads few pages at every query
    session.add_all(AccountAreaRow(account_id=account_id, area_id=area, valid_from=since) for area in ordered)
    session.flush()


def _row(session: Session, account_id: UUID) -> AccountRow:
    row = session.get(AccountRow, account_id)
    if row is None:
        raise NotFound(zh="没有这个账号", en="no such account")
    return row


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
