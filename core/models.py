"""Tables of core. Private: other rooms use audit, jobs, accounts and workdays."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from core.actors import Role
from core.db import Base

ACCOUNT_ROLES = tuple(role.value for role in Role if role not in (Role.SYSTEM, Role.PUBLIC))
_ROLE_LIST = ", ".join(f"'{role}'" for role in ACCOUNT_ROLES)


class InstallationRow(Base):
    """One row: who mints codes here, for which county."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"schema": "core"})
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default=text("1"))
    issuer: Mapped[str] = mapped_column(server_default=text("'A01'"))
    county_code: Mapped[str] = mapped_column(server_default=text("''"))


class AccountRow(Base):
    """A person who may sign in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"role in ({_ROLE_LIST})", name="role"),
        {"schema": "core", "comment": "personal data: login and name of staff; kept while employed, then disabled"},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]
    failed_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    first_failed_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    lock_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    is_one_time: Mapped[bool] = mapped_column(server_default=text("false"))


class AccountAreaRow(Base):
    """Which grids a worker or team leader answers for, and since when. `area_id` is the id of a grid."""

    __tablename__ = "account_area"
    __table_args__ = (PrimaryKeyConstraint("account_id", "area_id", "valid_from"), {"schema": "core"})
    account_id: Mapped[UUID] = mapped_column(ForeignKey("core.account.id", ondelete="CASCADE"))
    area_id: Mapped[int] = mapped_column(Integer, index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class SessionRow(Base):
    """A login that lasts: only the hash of its token is kept."""

    __tablename__ = "session"
    __table_args__ = {"schema": "core"}  # noqa: RUF012
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("core.account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AuditRow(Base):
    """Append-only log, one partition a month."""

    __tablename__ = "audit"
    __table_args__ = (
        PrimaryKeyConstraint("at", "id"),
        Index("ix_audit_object", "object_kind", "object_id"),
        {"schema": "core", "postgresql_partition_by": "RANGE (at)"},
    )
    id: Mapped[int] = mapped_column(Identity(always=True))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    county_code: Mapped[str]
    actor_id: Mapped[UUID]
    actor_name: Mapped[str]
    actor_role: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    detail: Mapped[dict[str, Any] | None]


class OutboxRow(Base):
    """A job to be done, written in the transaction that needs it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_pending", "run_after", "id", postgresql_where=text("done_at is null and failed_at is null")),
        Index("ix_outbox_key", "kind", "key", postgresql_where=text("done_at is null and failed_at is null")),
        {"schema": "core"},
    )
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    key: Mapped[str | None]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    run_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class WorkingDayRow(Base):
    """Whether a day is worked, and who says so: chinesecalendar, assumed (not yet announced), or an editor's login."""

    __tablename__ = "working_day"
    __table_args__ = {"schema": "core"}  # noqa: RUF012
    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    source: Mapped[str]
