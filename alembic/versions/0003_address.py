"""address: addressable objects with permanent codes, their names and events, and the view other rooms read"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.actors import Tier
from core.migration import EVERY_TIER, definer, grant, grant_sequence, published_view

revision = "0003"
down_revision = "0002"

CODE = sa.Text(collation="C")
WRITERS = (Tier.ETL, Tier.JOBS)
TABLES = ("address", "address_name", "address_code", "address_event", "gazetteer_name", "version")
PARTS = (
    "town", "village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "floor", "room",
)  # fmt: skip
POINT = "ST_SetSRID(ST_MakePoint(lon, lat), 4326)"


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.execute("create sequence address.serial")
    grant_sequence("address.serial", WRITERS)
    places()
    histories()
    for table in TABLES:
        grant(f"address.{table}", EVERY_TIER)
        grant(f"address.{table}", WRITERS, "insert, update")
    published_view(
        "address.v_place",
        """
        select code, name, level, parent_code, grid_id, town_code, village_code, lon, lat, geom,
               h3_8, h3_9, h3_10, precision_m
        from address.address where status <> 'historic'
        """,
        EVERY_TIER,
    )
    definer("address.version()", "text", "select stamp::text from address.version", to=EVERY_TIER)


def places() -> None:
    op.create_table(
        "address",
        sa.Column("code", CODE, nullable=False),
        sa.Column("parent_code", CODE),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("status", sa.Text, server_default=sa.text("'current'"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        *(sa.Column(part, sa.Text) for part in PARTS),
        sa.Column("town_code", CODE),
        sa.Column("village_code", CODE),
        sa.Column("grid_id", sa.Integer),
        sa.Column("lon", sa.Double, nullable=False),
        sa.Column("lat", sa.Double, nullable=False),
        sa.Column(
            "geom", geoalchemy2.Geometry("POINT", srid=4326, spatial_index=False), sa.Computed(POINT, persisted=True)
        ),
        sa.Column("precision_m", sa.REAL, nullable=False),
        sa.Column("h3_8", sa.BigInteger, nullable=False),
        sa.Column("h3_9", sa.BigInteger, nullable=False),
        sa.Column("h3_10", sa.BigInteger, nullable=False),
        sa.Column("source_ref", CODE),
        sa.Column("key", CODE, nullable=False),
        sa.Column("batch_id", sa.BigInteger),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_address"),
        sa.CheckConstraint(
            "level in ('estate', 'door', 'building', 'unit', 'room', 'landmark')", name="level_is_known"
        ),
        sa.CheckConstraint("status in ('provisional', 'current', 'alternative', 'historic')", name="status_is_known"),
        sa.CheckConstraint("code ~ '^[0-9A-HJ-NP-RTUWXY]{12}$'", name="code_is_12_symbols"),
        schema="address",
    )
    index = op.create_index
    index("address_key", "address", ["key"], unique=True, schema="address")
    index("address_source_ref", "address", ["source_ref"], unique=True, schema="address")
    index("address_parent", "address", ["parent_code"], schema="address")
    index("address_grid_level", "address", ["grid_id", "level"], schema="address")
    index(
        "address_house_geom",
        "address",
        ["geom"],
        postgresql_using="gist",
        postgresql_where=sa.text("level in ('building', 'door')"),
        schema="address",
    )
    index(
        "address_name_words",
        "address",
        ["name"],
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
        postgresql_where=sa.text("level <> 'room' AND level <> 'unit'"),
        schema="address",
    )


def histories() -> None:
    op.create_table(
        "address_name",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("source", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_address_name"),
        schema="address",
    )
    op.create_index("address_name_once", "address_name", ["code", "kind", "text"], unique=True, schema="address")
    op.create_table(
        "address_code",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("value", CODE, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_address_code"),
        schema="address",
    )
    op.create_index("address_code_code", "address_code", ["code"], schema="address")
    op.create_index("address_code_value", "address_code", ["scheme", "value"], schema="address")
    op.create_table(
        "address_event",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("from_codes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("to_codes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("detail", postgresql.JSONB),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_address_event"),
        schema="address",
    )
    op.create_index("address_event_from", "address_event", ["from_codes"], postgresql_using="gin", schema="address")
    op.create_table(
        "gazetteer_name",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("stands_for", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_gazetteer_name"),
        schema="address",
    )
    op.create_index("gazetteer_name_once", "gazetteer_name", ["kind", "text"], unique=True, schema="address")
    op.create_table(
        "version",
        sa.Column("id", sa.SmallInteger, server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.Uuid, server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.CheckConstraint("id = 1", name="one_row"),
        schema="address",
    )
    op.execute("insert into address.version default values")


def downgrade() -> None:
    op.execute("drop function address.version()")
    op.execute("drop view address.v_place")
    for table in reversed(TABLES):
        op.drop_table(table, schema="address")
    op.execute("drop sequence address.serial")
