"""The tables of this room. Private: other rooms use `incidents.service` and the view `incidents.v_report`.

Personal data held: `report.words` and `report.location_words` are free text of residents, masked by the registry
before they come here; they go with the retention class "report" (3 years after closing). `contact_ref` points into
`registry` and is worth nothing without it.
"""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, REAL
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

SCHEMA: Final = "incidents"
CODE: Final = Text(collation="C")
MOMENT: Final = DateTime(timezone=True)
KEY: Final = postgresql.UUID(as_uuid=True)


class ChannelRow(Base):
    """A channel in words, with the desk that receives from it."""

    __tablename__ = "channel"
    __table_args__ = ({"schema": SCHEMA},)

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    desk_unit: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class CategoryRow(Base):
    """A category; `also` are other offices' names for it."""

    __tablename__ = "category"
    __table_args__ = ({"schema": SCHEMA},)

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    is_sensitive: Mapped[bool]
    also: Mapped[list[str]] = mapped_column(ARRAY(Text))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class CategoryWord(Base):
    """A word that suggests a category, between two dates."""

    __tablename__ = "category_word"
    __table_args__ = ({"schema": SCHEMA},)

    word: Mapped[str] = mapped_column(Text, primary_key=True)
    category: Mapped[str] = mapped_column(CODE, primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)
    weight: Mapped[float] = mapped_column(REAL)
    origin: Mapped[str] = mapped_column(Text)


class ThresholdRow(Base):
    """A number that decides something, between two dates."""

    __tablename__ = "threshold"
    __table_args__ = ({"schema": SCHEMA},)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(Date)
    value: Mapped[float] = mapped_column(Float)
    note: Mapped[str] = mapped_column(Text)


class ReceiptRow(Base):
    """The idempotency key of a report: written first, so that a report is taken in once."""

    __tablename__ = "receipt"
    __table_args__ = ({"schema": SCHEMA},)

    channel: Mapped[str] = mapped_column(CODE, primary_key=True)
    reference: Mapped[str] = mapped_column(CODE, primary_key=True)
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    report_id: Mapped[UUID] = mapped_column(KEY)
    received_at: Mapped[datetime] = mapped_column(MOMENT)


class ReportRow(Base):
    """One report. Partitioned by month of `received_at`; lon and lat are WGS84.

    `h3_9` and `h3_10` are null when the place is known no better than `kinds.CELL_PRECISION_M`. `is_repeat` = a
    person joined it to an earlier report of the same matter, so it does not count again in the heat. `doubt` = why
    a person should look at the place (see `doubt.Doubt`), null when nobody need.
    """

    __tablename__ = "report"
    __table_args__ = (
        Index("report_received", "received_at", "id"),
        Index("report_grid", "grid_id", "received_at"),
        Index("report_cell_8", "h3_8", "received_at"),
        Index("report_cell_9", "h3_9", "received_at"),
        Index("report_cell_10", "h3_10", "received_at"),
        Index("report_code", "code"),
        Index("report_matter", "matter_id"),
        Index("report_batch", "batch_id"),
        Index("report_subject", "subject", "received_at"),
        Index("report_unplaced", "received_at", postgresql_where=text("h3_9 IS NULL")),
        Index("report_doubt", "doubt", "received_at", postgresql_where=text("doubt IS NOT NULL")),
        {"schema": SCHEMA, "postgresql_partition_by": "RANGE (received_at)"},
    )

    id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    channel: Mapped[str] = mapped_column(CODE)
    reference: Mapped[str] = mapped_column(CODE)
    taken_at: Mapped[datetime] = mapped_column(MOMENT)
    words: Mapped[str] = mapped_column(Text)
    location_words: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(CODE)
    category_why: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(CODE)
    urgency: Mapped[str] = mapped_column(CODE)
    source: Mapped[str] = mapped_column(CODE)
    contact_ref: Mapped[UUID | None] = mapped_column(KEY)
    status_hint: Mapped[str] = mapped_column(CODE)
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    unit_hint: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(CODE)
    place_level: Mapped[str | None] = mapped_column(CODE)
    precision: Mapped[str] = mapped_column(CODE)
    precision_m: Mapped[float | None] = mapped_column(REAL)
    placed_why: Mapped[str] = mapped_column(Text)
    place_score: Mapped[float | None] = mapped_column(REAL)
    lon: Mapped[float | None] = mapped_column(Float)
    lat: Mapped[float | None] = mapped_column(Float)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    h3_8: Mapped[int | None] = mapped_column(BigInteger)
    h3_9: Mapped[int | None] = mapped_column(BigInteger)
    h3_10: Mapped[int | None] = mapped_column(BigInteger)
    matter_id: Mapped[UUID] = mapped_column(KEY)
    is_repeat: Mapped[bool] = mapped_column(server_default=text("false"))
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    doubt: Mapped[str | None] = mapped_column(CODE)


class Placing(Base):
    """What a person decided about the place of a report; `before` = the place columns as they were, for undo."""

    __tablename__ = "placing"
    __table_args__ = (
        Index("placing_report", "report_id", "id"),
        CheckConstraint("choice IN ('candidate', 'searched', 'village', 'none')", name="choice_is_known"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    report_id: Mapped[UUID] = mapped_column(KEY)
    received_at: Mapped[datetime] = mapped_column(MOMENT)
    county_code: Mapped[str] = mapped_column(CODE)
    choice: Mapped[str] = mapped_column(CODE)
    code: Mapped[str | None] = mapped_column(CODE)
    alias_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    placed_by: Mapped[UUID] = mapped_column(KEY)
    placed_by_name: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(MOMENT)
    undone_by: Mapped[UUID | None] = mapped_column(KEY)
    undone_at: Mapped[datetime | None] = mapped_column(MOMENT)


class PlacingClaim(Base):
    """Who has a doubtful report before him, so that nobody else gets the same one."""

    __tablename__ = "placing_claim"
    __table_args__ = ({"schema": SCHEMA},)

    report_id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    claimed_by: Mapped[UUID] = mapped_column(KEY)
    claimed_until: Mapped[datetime] = mapped_column(MOMENT)


class MatterRow(Base):
    """What one or more reports are about. Every report has one; a person joins two."""

    __tablename__ = "matter"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    county_code: Mapped[str] = mapped_column(CODE)
    category: Mapped[str] = mapped_column(CODE)
    opened_at: Mapped[datetime] = mapped_column(MOMENT)


class MatterSuggestion(Base):
    """ "These two may be the same matter", with the evidence; and what a person decided (joined | apart)."""

    __tablename__ = "matter_suggestion"
    __table_args__ = (
        Index("matter_suggestion_earlier", "earlier_id"),
        {"schema": SCHEMA},
    )

    report_id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    earlier_id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    likeness: Mapped[float] = mapped_column(REAL)
    metres: Mapped[float] = mapped_column(REAL)
    days: Mapped[float] = mapped_column(REAL)
    is_same_code: Mapped[bool]
    suggested_at: Mapped[datetime] = mapped_column(MOMENT)
    decision: Mapped[str | None] = mapped_column(CODE)
    decided_by: Mapped[UUID | None] = mapped_column(KEY)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)


class CategoryChoice(Base):
    """A category that a person chose for a report, with what was suggested: what the model learns from."""

    __tablename__ = "category_choice"
    __table_args__ = ({"schema": SCHEMA},)

    report_id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    category: Mapped[str] = mapped_column(CODE)
    suggested: Mapped[str] = mapped_column(CODE)
    chosen_by: Mapped[UUID] = mapped_column(KEY)
    chosen_at: Mapped[datetime] = mapped_column(MOMENT)


class BurstRow(Base):
    """Many near-identical texts within minutes, for a person to look at; decision: one (matter), many, None = open."""

    __tablename__ = "burst"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[UUID] = mapped_column(KEY, primary_key=True)
    began_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime] = mapped_column(MOMENT)
    reports: Mapped[list[UUID]] = mapped_column(ARRAY(KEY))
    decision: Mapped[str | None] = mapped_column(CODE)
    decided_by: Mapped[UUID | None] = mapped_column(KEY)
    decided_at: Mapped[datetime | None] = mapped_column(MOMENT)


class HeatDay(Base):
    """Reports per day, cell, category, source, channel and grid (-1 = in no grid): made from `report` by the job."""

    __tablename__ = "heat_day"
    __table_args__ = (
        Index("heat_day_cell", "h3", "day"),
        Index("heat_day_grid", "grid_id", "day"),
        {"schema": SCHEMA},
    )

    resolution: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    h3: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category: Mapped[str] = mapped_column(CODE, primary_key=True)
    source: Mapped[str] = mapped_column(CODE, primary_key=True)
    channel: Mapped[str] = mapped_column(CODE, primary_key=True)
    grid_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class FallbackPoint(Base):
    """A geocoder's default point (see `heat.fallback_piles`): its reports are listed as unplaced, not as heat."""

    __tablename__ = "fallback_point"
    __table_args__ = ({"schema": SCHEMA},)

    lon: Mapped[float] = mapped_column(Float, primary_key=True)
    lat: Mapped[float] = mapped_column(Float, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    texts: Mapped[int] = mapped_column(Integer)
    found_at: Mapped[datetime] = mapped_column(MOMENT)
