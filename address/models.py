"""Tables of the address room. Private: other rooms read the view address.v_place or ask the service.

No personal data: an address says where, never who.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

CODE = Text(collation="C")
THIS_TRANSACTION = text("pg_current_xact_id()::text::bigint")
"""Also in rows that another program writes: a default, and a trigger on update (migration 0013)."""
POINT = "ST_SetSRID(ST_MakePoint(lon, lat), 4326)"


class Address(Base):
    """One addressable object. `key` is its canonical text: the same object told again has the same key."""

    __tablename__ = "address"
    __table_args__ = (
        CheckConstraint("level in ('estate', 'door', 'building', 'unit', 'room', 'landmark')", name="level_is_known"),
        CheckConstraint("status in ('provisional', 'current', 'alternative', 'historic')", name="status_is_known"),
        CheckConstraint("code ~ '^[0-9A-HJ-NP-RTUWXY]{12}$'", name="code_is_12_symbols"),
        Index("address_key", "key", unique=True),
        Index("address_source_ref", "source_ref", unique=True),
        Index("address_parent", "parent_code"),
        Index("address_grid_level", "grid_id", "level"),
        Index("address_edited", "edited"),
        Index(
            "address_house_geom",
            "geom",
            postgresql_using="gist",
            postgresql_where=text("level in ('building', 'door')"),
        ),
        Index(
            "address_name_grams",
            text("address.grams(name)"),
            postgresql_using="gin",
            postgresql_where=text("level <> 'room' AND level <> 'unit'"),
        ),
        Index(
            "address_estate_grams",
            text("address.grams(name)"),
            postgresql_using="gin",
            postgresql_where=text("level IN ('estate', 'landmark')"),
        ),
        {"schema": "address"},
    )

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(CODE)
    level: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default=text("'current'"))
    name: Mapped[str] = mapped_column(Text)
    town: Mapped[str | None] = mapped_column(Text)
    village: Mapped[str | None] = mapped_column(Text)
    group: Mapped[str | None] = mapped_column(Text)
    road: Mapped[str | None] = mapped_column(Text)
    lane: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    sub_number: Mapped[str | None] = mapped_column(Text)
    estate: Mapped[str | None] = mapped_column(Text)
    building: Mapped[str | None] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    floor: Mapped[str | None] = mapped_column(Text)
    room: Mapped[str | None] = mapped_column(Text)
    town_code: Mapped[str | None] = mapped_column(CODE)
    village_code: Mapped[str | None] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    geom: Mapped[Any | None] = mapped_column(
        Geometry("POINT", srid=4326, spatial_index=False), Computed(POINT, persisted=True)
    )
    precision_m: Mapped[float] = mapped_column(REAL)
    h3_8: Mapped[int] = mapped_column(BigInteger)
    h3_9: Mapped[int] = mapped_column(BigInteger)
    h3_10: Mapped[int] = mapped_column(BigInteger)
    source_ref: Mapped[str | None] = mapped_column(CODE)
    key: Mapped[str] = mapped_column(CODE)
    batch_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    edited: Mapped[int] = mapped_column(BigInteger, server_default=THIS_TRANSACTION)


class Implied(Base):
    """Objects that no row of a register stated yet, only rows that lie below them: how many, and where they lie.

    Sums in billionths of a degree: whole numbers, so that the middle does not depend on the order of the rows.
    """

    __tablename__ = "implied"
    __table_args__ = (CheckConstraint("told > 0", name="somebody_told"), {"schema": "address"})

    code: Mapped[str] = mapped_column(CODE, primary_key=True)
    told: Mapped[int] = mapped_column(Integer)
    lon_sum: Mapped[int] = mapped_column(BigInteger)
    lat_sum: Mapped[int] = mapped_column(BigInteger)


class AddressName(Base):
    """What else an object is called: former, plate, colloquial, developer's name; dated.

    `parts` of a former name are the parts that stood in it, so that it is read as it was written then.
    """

    __tablename__ = "address_name"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("address_name_open", "code", "kind", "text", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("address_name_once", "code", "kind", "text", "valid_from", unique=True),
        Index("address_name_edited", "edited"),
        Index("address_other_name_grams", text("address.grams(text)"), postgresql_using="gin"),
        {"schema": "address"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str | None] = mapped_column(Text)
    parts: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    edited: Mapped[int] = mapped_column(BigInteger, server_default=THIS_TRANSACTION)


class Alias(Base):
    """What people call an object, learned from placements that a person confirmed; a name once it is approved."""

    __tablename__ = "alias"
    __table_args__ = (
        Index("alias_once", "code", "words", unique=True),
        CheckConstraint("state IN ('proposed', 'approved', 'refused', 'withdrawn')", name="state_is_known"),
        {"schema": "address"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    words: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(Text, server_default=text("'proposed'"))
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AddressCode(Base):
    """What other bodies call an object, dated."""

    __tablename__ = "address_code"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("address_code_open", "code", "scheme", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("address_code_once", "code", "scheme", "valid_from", unique=True),
        Index("address_code_value", "scheme", "value"),
        {"schema": "address"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    scheme: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(CODE)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class CodeScheme(Base):
    """A kind of code that other bodies use: how it looks, and how far its definition can be trusted."""

    __tablename__ = "code_scheme"
    __table_args__ = (
        CheckConstraint("trust in ('sure', 'partly', 'ours')", name="trust_is_known"),
        CheckConstraint("class_digits ~ '^[0-9]{6}$'", name="class_is_6_digits"),
        {"schema": "address"},
    )

    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    pattern: Mapped[str] = mapped_column(Text)
    trust: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    class_digits: Mapped[str | None] = mapped_column(Text)


class AddressEvent(Base):
    """What happened to codes (`address.lives`). Triggers keep it append-only and give every code one life."""

    __tablename__ = "address_event"
    __table_args__ = (
        CheckConstraint(
            "event in ('create', 'rename', 'renumber', 'division', 'split', 'merge', 'rebuild', 'demolish', "
            "'duplicate', 'correct', 'withdraw')",
            name="event_is_known",
        ),
        Index("address_event_from", "from_codes", postgresql_using="gin"),
        Index(
            "address_event_to",
            "to_codes",
            postgresql_using="gin",
            postgresql_where=text("event IN ('create', 'split', 'merge', 'rebuild', 'duplicate')"),
        ),
        {"schema": "address"},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event: Mapped[str] = mapped_column(Text)
    from_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    to_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    happened_on: Mapped[date]
    document: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class GazetteerName(Base):
    """Names the parser should know beyond those of divisions and addresses."""

    __tablename__ = "gazetteer_name"
    __table_args__ = (Index("gazetteer_name_once", "kind", "text", unique=True), {"schema": "address"})

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    stands_for: Mapped[str | None] = mapped_column(Text)


class Version(Base):
    """One row: a stamp that changes with every change of addresses, never the same in two databases.

    `edited` is the transaction that changed it last.
    """

    __tablename__ = "version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"schema": "address"})

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default=text("1"))
    stamp: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    edited: Mapped[int] = mapped_column(BigInteger, server_default=THIS_TRANSACTION)
