"""Tables of the grid room. Private: other rooms read the views grid.v_* or ask the service. No personal data."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

CODE = Text(collation="C")


def _multipolygon() -> Geometry:
    return Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)


class Division(Base):
    """A county, town or village in one stretch of time. At most one row of a code is open (valid_to null)."""

    __tablename__ = "division"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9]{12}$'", name="code_is_12_digits"),
        CheckConstraint("level in ('province', 'city', 'county', 'town', 'village')", name="level_is_known"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("division_code_from", "code", "valid_from", unique=True),
        Index("division_open", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("division_parent", "parent_code"),
        Index("division_geom", "geom", postgresql_using="gist"),
        {"schema": "grid"},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    level: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(CODE)
    successor_code: Mapped[str | None] = mapped_column(CODE)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    geom: Mapped[Any | None] = mapped_column(_multipolygon())
    from_year: Mapped[int | None] = mapped_column(SmallInteger)
    """Taken from the newest yearly table, for want of the office's own."""


class DivisionYear(Base):
    """A division in the table of one year. `key`: its code, or the town's code + "/" + name where it has none."""

    __tablename__ = "division_year"
    __table_args__ = (
        CheckConstraint("level in ('province', 'city', 'county', 'town', 'village')", name="level_is_known"),
        {"schema": "grid"},
    )

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(CODE, primary_key=True)
    level: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_key: Mapped[str] = mapped_column(CODE)


class DivisionCorrection(Base):
    """What an office says a division of one year became in the next table; nothing in `successors`: it ended."""

    __tablename__ = "division_correction"
    __table_args__ = ({"schema": "grid"},)

    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(CODE, primary_key=True)
    successors: Mapped[list[str]] = mapped_column(ARRAY(Text))
    document: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Grid(Base):
    """A grid as a name and a place in the hierarchy; its ground is in `Boundary`, dated."""

    __tablename__ = "grid"
    __table_args__ = (
        CheckConstraint("layer in ('base', 'dedicated', 'micro')", name="layer_is_known"),
        CheckConstraint(
            "code ~ (case when layer = 'micro' then '^[0-9]{17}$' else '^[0-9]{15}$' end)", name="code_fits_layer"
        ),
        CheckConstraint("(layer = 'micro') = (parent_id is not null)", name="micro_has_parent"),
        Index("grid_code", "code", unique=True),
        Index("grid_village", "village_code"),
        Index("grid_parent", "parent_id"),
        {"schema": "grid"},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(CODE)
    name: Mapped[str] = mapped_column(Text)
    layer: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("grid.grid.id"))
    village_code: Mapped[str] = mapped_column(CODE)
    town_code: Mapped[str] = mapped_column(CODE)
    office: Mapped[str | None] = mapped_column(Text)


class Boundary(Base):
    """The ground of a grid in one stretch of time: valid_from <= day < valid_to. At most one open row a grid."""

    __tablename__ = "boundary"
    __table_args__ = (
        CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        Index("boundary_grid_from", "grid_id", "valid_from", unique=True),
        Index("boundary_open", "grid_id", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("boundary_geom", "geom", postgresql_using="gist"),
        {"schema": "grid"},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.grid.id"))
    geom: Mapped[Any] = mapped_column(_multipolygon(), nullable=False)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)


class Version(Base):
    """One row: a stamp that changes with every change of grids or divisions, so that caches know when they are old."""

    __tablename__ = "version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"schema": "grid"})

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, server_default=text("1"))
    stamp: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
