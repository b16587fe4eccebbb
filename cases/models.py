"""The tables of this room. Private: other rooms use `cases.service` and the view `cases.v_case`.

Personal data held: `case.summary` and `case.place_words` are masked free text of residents, `case_event.note` is
free text of handlers; they go with the retention class "case". Reporters are reached through the case, never here.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

SCHEMA: Final = "cases"
CODE: Final = Text(collation="C")
MOMENT: Final = DateTime(timezone=True)
KEY: Final = postgresql.UUID(as_uuid=True)


class CaseRow(Base):
    """One case. `unit` holds it, `offered_to` has not signed yet, `first_unit` received it first.

    `due_at`, `soon_at`, `due_stage` and `due_rule` repeat the running clock that is due first; all null when none runs.
    `matter_id` is the matter of the report when it came; the report tells what it was joined to since.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index("case_opened", "opened_at", "id"),
        Index("case_status", "status", "opened_at", "id"),
        Index("case_category", "category", "opened_at", "id"),
        Index("case_grid", "grid_id", "opened_at", "id"),
        Index("case_cell", "h3_9", "opened_at"),
        Index("case_by_report", "report_id"),
        Index("case_batch", "batch_id"),
        Index("case_closed", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        Index("case_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
        {"schema": SCHEMA},
    )

    id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    number: Mapped[str] = mapped_column(CODE, unique=True)
    county_code: Mapped[str] = mapped_column(CODE)
    report_id: Mapped[UUID] = mapped_column(KEY)
    matter_id: Mapped[UUID] = mapped_column(KEY)
    channel: Mapped[str] = mapped_column(CODE)
    reference: Mapped[str] = mapped_column(CODE)
    category: Mapped[str] = mapped_column(CODE)
    source: Mapped[str] = mapped_column(CODE)
    urgency: Mapped[str] = mapped_column(CODE)
    summary: Mapped[str] = mapped_column(Text)
    place_words: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    h3_9: Mapped[int | None] = mapped_column(BigInteger)
    has_reporter: Mapped[bool]
    status: Mapped[str] = mapped_column(CODE)
    lane: Mapped[str] = mapped_column(CODE, server_default=text("'ordinary'"))
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    is_watched: Mapped[bool] = mapped_column(server_default=text("false"))
    unit: Mapped[str] = mapped_column(Text)
    offered_to: Mapped[str | None] = mapped_column(Text)
    first_unit: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(MOMENT)
    status_at: Mapped[datetime] = mapped_column(MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    soon_at: Mapped[datetime | None] = mapped_column(MOMENT)
    due_stage: Mapped[str | None] = mapped_column(CODE)
    due_rule: Mapped[str | None] = mapped_column(CODE)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    closed_by: Mapped[UUID | None] = mapped_column(KEY)
    moves: Mapped[int] = mapped_column(Integer)
    batch_id: Mapped[int | None] = mapped_column(BigInteger)


class CaseEvent(Base):
    """One thing that was done to a case; `seq` counts from 1 within the case. Partitioned by month of `at`."""

    __tablename__ = "case_event"
    __table_args__ = (
        Index("case_event_case", "case_id", "seq"),
        {"schema": SCHEMA, "postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    case_id: Mapped[UUID] = mapped_column(KEY)
    seq: Mapped[int] = mapped_column(Integer)
    county_code: Mapped[str] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    verb: Mapped[str] = mapped_column(CODE)
    from_status: Mapped[str | None] = mapped_column(CODE)
    to_status: Mapped[str] = mapped_column(CODE)
    actor_id: Mapped[UUID] = mapped_column(KEY)
    actor_name: Mapped[str] = mapped_column(Text)
    actor_role: Mapped[str] = mapped_column(CODE)
    unit: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))


class CaseClock(Base):
    """A clock of a case: started by one verb, stopped by another, due by the rule it names."""

    __tablename__ = "case_clock"
    __table_args__ = (
        Index("case_clock_running", "due_at", postgresql_where=text("stopped_at IS NULL")),
        {"schema": SCHEMA},
    )

    case_id: Mapped[UUID] = mapped_column(KEY, ForeignKey("cases.case.id", ondelete="CASCADE"), primary_key=True)
    stage: Mapped[str] = mapped_column(CODE, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    rule: Mapped[str] = mapped_column(CODE)
    due_at: Mapped[datetime] = mapped_column(MOMENT)
    soon_at: Mapped[datetime] = mapped_column(MOMENT)
    stops_on: Mapped[list[str]] = mapped_column(ARRAY(Text))
    stopped_at: Mapped[datetime | None] = mapped_column(MOMENT)
    stopped_by: Mapped[str | None] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)


class CaseReport(Base):
    """Which reports a case answers: the one that opened it, and those a person joined to it."""

    __tablename__ = "case_report"
    __table_args__ = (
        Index("case_report_report", "report_id"),
        {"schema": SCHEMA},
    )

    case_id: Mapped[UUID] = mapped_column(KEY, ForeignKey("cases.case.id", ondelete="CASCADE"), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    joined_at: Mapped[datetime] = mapped_column(MOMENT)
    grid_id: Mapped[int | None] = mapped_column(Integer)


class ClockRuleRow(Base):
    """A clock rule between two dates (see `clocks.ClockRule`)."""

    __tablename__ = "clock_rule"
    __table_args__ = (
        Index("clock_rule_code", "code", "valid_from", unique=True),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    stage: Mapped[str] = mapped_column(CODE)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(CODE)
    channel: Mapped[str | None] = mapped_column(CODE)
    urgency: Mapped[str | None] = mapped_column(CODE)
    place: Mapped[str | None] = mapped_column(CODE)
    amount: Mapped[int] = mapped_column(Integer)
    unit: Mapped[str] = mapped_column(CODE)
    starts_on: Mapped[list[str]] = mapped_column(ARRAY(Text))
    stops_on: Mapped[list[str]] = mapped_column(ARRAY(Text))
    rank: Mapped[int] = mapped_column(SmallInteger)
    origin: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
