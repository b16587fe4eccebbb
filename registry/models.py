"""Tables of the registry. Private, and personal: every table says which data it holds and when they go.

A worker's database session sees rows of its own grids and the masked columns only (row-level security and column
grants, migration 0004). `sealed` holds the clear fields, encrypted; `*_blind` are keyed indexes for exact look-up.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

CODE = Text(collation="C")
PERSON_PERSONAL = (
    "personal data: name, identity number, phone, home, birth year of residents; kept: while they live in the county, "
    "then until the county's retention rule ends"
)
HOUSEHOLD_PERSONAL = "personal data: household number; kept: as long as a member is kept"
RESIDENCE_PERSONAL = "personal data: who lived where, from when to when; kept: as long as the person is kept"
BUSINESS_PERSONAL = "personal data: name and phone of the person in charge; kept: while the business is registered"
BUSINESS_SITE_PERSONAL = "personal data: where a business, perhaps a sole trader, works; kept: as long as the business"
CONTACT_PERSONAL = (
    "personal data: name, phone and own words of who reported; kept: 3 years after the case is closed, then erased"
)
DISCLOSURE_PERSONAL = (
    "personal data: which staff member looked behind the mask of whom, and why; kept: at least 200 days, as the audit"
)


class Person(Base):
    """A resident as he is registered now."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("gender in ('m', 'f')", name="gender_is_known"),
        Index("person_id_blind", "id_blind", unique=True),
        Index("person_phone_blind", "phone_blind", postgresql_where=text("phone_blind IS NOT NULL")),
        Index("person_home", "home_code"),
        Index(
            "person_list",
            "grid_id",
            "home_code",
            "id",
            postgresql_include=[
                "household_id",
                "name_masked",
                "gender",
                "birth_year",
                "id_tail",
                "phone_masked",
                "status",
            ],
        ),
        Index("person_spot", "grid_id", "spot", postgresql_using="gist"),
        {"schema": "registry", "comment": PERSON_PERSONAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    home_code: Mapped[str | None] = mapped_column(CODE)
    household_id: Mapped[UUID | None]
    name_masked: Mapped[str]
    gender: Mapped[str | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    id_tail: Mapped[str]
    phone_masked: Mapped[str]
    status: Mapped[str | None]
    precision: Mapped[str]
    spot: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    sealed: Mapped[bytes]
    id_blind: Mapped[bytes]
    phone_blind: Mapped[bytes | None]
    content: Mapped[bytes]
    batch_id: Mapped[int | None]
    changed_in: Mapped[int | None]
    updated_at: Mapped[datetime]


class Household(Base):
    """People under one household number (户号)."""

    __tablename__ = "household"
    __table_args__ = (
        Index("household_number_blind", "number_blind", unique=True),
        Index("household_grid", "grid_id"),
        {"schema": "registry", "comment": HOUSEHOLD_PERSONAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    home_code: Mapped[str | None] = mapped_column(CODE)
    number_blind: Mapped[bytes]
    sealed: Mapped[bytes]
    batch_id: Mapped[int | None]


class Residence(Base):
    """Who lived at which code: valid_from <= day < valid_to. At most one open row a person."""

    __tablename__ = "residence"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("residence_open", "person_id", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("residence_home", "home_code"),
        {"schema": "registry", "comment": RESIDENCE_PERSONAL},
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("registry.person.id", ondelete="CASCADE"))
    household_id: Mapped[UUID | None]
    home_code: Mapped[str | None] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    relation: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Business(Base):
    """A registered business. Name and credit code are public registers; the person in charge is sealed."""

    __tablename__ = "business"
    __table_args__ = (
        Index("business_uscc", "uscc", unique=True),
        Index("business_at_site", "site_code"),
        Index("business_grid", "grid_id", "name"),
        {"schema": "registry", "comment": BUSINESS_PERSONAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    site_code: Mapped[str | None] = mapped_column(CODE)
    uscc: Mapped[str] = mapped_column(CODE)
    name: Mapped[str]
    kind: Mapped[str | None]
    industry: Mapped[str | None]
    founded_on: Mapped[date | None]
    status: Mapped[str | None]
    person_masked: Mapped[str]
    phone_masked: Mapped[str]
    precision: Mapped[str]
    spot: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    sealed: Mapped[bytes]
    content: Mapped[bytes]
    batch_id: Mapped[int | None]
    changed_in: Mapped[int | None]
    updated_at: Mapped[datetime]


class BusinessSite(Base):
    """Where a business worked: valid_from <= day < valid_to. At most one open row a business."""

    __tablename__ = "business_site"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("business_site_open", "business_id", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("business_site_code", "site_code"),
        {"schema": "registry", "comment": BUSINESS_SITE_PERSONAL},
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    business_id: Mapped[UUID] = mapped_column(ForeignKey("registry.business.id", ondelete="CASCADE"))
    site_code: Mapped[str | None] = mapped_column(CODE)
    grid_id: Mapped[int | None] = mapped_column(Integer)
    address: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Contact(Base):
    """Who reported something, apart from the report; nobody reads this table, only registry.reveal_sealed does."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("contact_phone_blind", "phone_blind", postgresql_where=text("phone_blind IS NOT NULL")),
        Index("contact_erase_after", "erase_after", postgresql_where=text("erase_after IS NOT NULL")),
        {"schema": "registry", "comment": CONTACT_PERSONAL},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name_masked: Mapped[str]
    phone_masked: Mapped[str]
    sealed: Mapped[bytes]
    phone_blind: Mapped[bytes | None]
    created_at: Mapped[datetime]
    erase_after: Mapped[date | None]


class Disclosure(Base):
    """Every look behind a mask, for the daily limits; the audit log has the same rows and more."""

    __tablename__ = "disclosure"
    __table_args__ = (
        CheckConstraint("kind in ('person', 'contact', 'business')", name="kind_is_known"),
        CheckConstraint(
            "purpose in ('call_back', 'visit', 'emergency', 'dispute', 'correction')", name="purpose_is_known"
        ),
        Index("disclosure_by_account", "account_id", "on_day"),
        {"schema": "registry", "comment": DISCLOSURE_PERSONAL},
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    account_id: Mapped[UUID]
    on_day: Mapped[date]
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    purpose: Mapped[str]
    case_number: Mapped[str]


class DisclosureLimit(Base):
    """How many looks behind a mask a role has a day. Editable; a role without a row has none."""

    __tablename__ = "disclosure_limit"
    __table_args__ = (
        CheckConstraint("per_day >= 0", name="not_negative"),
        {"schema": "registry", "comment": "no personal data: a rule"},
    )

    role: Mapped[str] = mapped_column(primary_key=True)
    per_day: Mapped[int] = mapped_column(Integer)


class ReportLimit(Base):
    """From how many on a report lists a place, with dates: valid_from <= day < valid_to."""

    __tablename__ = "report_limit"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        CheckConstraint("value > 0", name="is_positive"),
        {"schema": "registry", "comment": "no personal data: a rule"},
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    value: Mapped[int] = mapped_column(Integer)


class GridPopulation(Base):
    """Counts of each grid and the box around its residents' buildings, kept by the loaders."""

    __tablename__ = "grid_population"
    __table_args__ = {"schema": "registry", "comment": "no personal data: counts"}  # noqa: RUF012

    grid_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    persons: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    households: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    businesses: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    west: Mapped[float | None]
    south: Mapped[float | None]
    east: Mapped[float | None]
    north: Mapped[float | None]
