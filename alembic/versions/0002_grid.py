"""grid: divisions, grids, dated boundaries, and the views other rooms read"""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import EVERY_TIER, definer, grant, published_view

revision = "0002"
down_revision = "0001"

CODE = sa.Text(collation="C")
WRITERS = (Tier.ETL, Tier.JOBS)


def area() -> geoalchemy2.Geometry:
    return geoalchemy2.Geometry("MULTIPOLYGON", srid=4326, spatial_index=False)


def upgrade() -> None:
    tables()
    for table in ("grid.division", "grid.grid", "grid.boundary", "grid.version"):
        grant(table, EVERY_TIER)
        grant(table, WRITERS, "insert, update")
    views()


def tables() -> None:
    op.create_table(
        "division",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("parent_code", CODE),
        sa.Column("successor_code", CODE),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("geom", area()),
        sa.PrimaryKeyConstraint("id", name="pk_division"),
        sa.CheckConstraint("code ~ '^[0-9]{12}$'", name="code_is_12_digits"),
        sa.CheckConstraint("level in ('province', 'city', 'county', 'town', 'village')", name="level_is_known"),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        schema="grid",
    )
    op.create_index("division_code_from", "division", ["code", "valid_from"], unique=True, schema="grid")
    only_open = sa.text("valid_to IS NULL")
    op.create_index("division_open", "division", ["code"], unique=True, postgresql_where=only_open, schema="grid")
    op.create_index("division_parent", "division", ["parent_code"], schema="grid")
    op.create_index("division_geom", "division", ["geom"], postgresql_using="gist", schema="grid")
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("code", CODE, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Integer),
        sa.Column("village_code", CODE, nullable=False),
        sa.Column("town_code", CODE, nullable=False),
        sa.Column("office", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_grid"),
        sa.ForeignKeyConstraint(["parent_id"], ["grid.grid.id"], name="fk_grid_parent_id"),
        sa.CheckConstraint("layer in ('base', 'dedicated', 'micro')", name="layer_is_known"),
        sa.CheckConstraint(
            "code ~ (case when layer = 'micro' then '^[0-9]{17}$' else '^[0-9]{15}$' end)",
            name="code_fits_layer",
        ),
        sa.CheckConstraint("(layer = 'micro') = (parent_id is not null)", name="micro_has_parent"),
        schema="grid",
    )
    op.create_index("grid_code", "grid", ["code"], unique=True, schema="grid")
    op.create_index("grid_village", "grid", ["village_code"], schema="grid")
    op.create_index("grid_parent", "grid", ["parent_id"], schema="grid")
    op.create_table(
        "boundary",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("grid_id", sa.Integer, nullable=False),
        sa.Column("geom", area(), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_boundary"),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid.id"], name="fk_boundary_grid_id"),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        schema="grid",
    )
    op.create_index("boundary_grid_from", "boundary", ["grid_id", "valid_from"], unique=True, schema="grid")
    op.create_index("boundary_open", "boundary", ["grid_id"], unique=True, postgresql_where=only_open, schema="grid")
    op.create_index("boundary_geom", "boundary", ["geom"], postgresql_using="gist", schema="grid")
    op.create_table(
        "version",
        sa.Column("id", sa.SmallInteger, server_default=sa.text("1"), autoincrement=False, nullable=False),
        sa.Column("stamp", sa.Uuid, server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_version"),
        sa.CheckConstraint("id = 1", name="one_row"),
        schema="grid",
    )
    op.execute("insert into grid.version default values")


def views() -> None:
    """v_* show what is open today; v_division_dated shows every stretch of time."""
    published_view(
        "grid.v_grid",
        """
        select g.id, g.code, g.name, g.layer, g.parent_id, g.village_code, village.name as village_name,
               g.town_code, town.name as town_name, g.office,
               ST_X(ST_PointOnSurface(b.geom)) as lon, ST_Y(ST_PointOnSurface(b.geom)) as lat
        from grid.grid g
        left join grid.boundary b on b.grid_id = g.id and b.valid_to is null
        left join grid.division village on village.code = g.village_code and village.valid_to is null
        left join grid.division town on town.code = g.town_code and town.valid_to is null
        """,
        EVERY_TIER,
    )
    published_view(
        "grid.v_grid_shape",
        """
        select g.id, g.code, g.name, g.layer, g.parent_id, g.village_code, g.town_code, b.geom
        from grid.grid g join grid.boundary b on b.grid_id = g.id and b.valid_to is null
        """,
        EVERY_TIER,
    )
    published_view(
        "grid.v_division",
        "select id, code, level, name, full_name, parent_code, geom from grid.division where valid_to is null",
        EVERY_TIER,
    )
    published_view(
        "grid.v_division_dated",
        """
        select id, code, level, name, full_name, parent_code, valid_from, valid_to, successor_code,
               ST_X(ST_PointOnSurface(geom)) as lon, ST_Y(ST_PointOnSurface(geom)) as lat
        from grid.division
        """,
        EVERY_TIER,
    )
    definer("grid.stamp()", "text", "select stamp::text from grid.version", to=EVERY_TIER)


def downgrade() -> None:
    op.execute("drop function grid.stamp()")
    op.execute("drop view grid.v_division_dated, grid.v_division, grid.v_grid_shape, grid.v_grid")
    for table in ("version", "boundary", "grid", "division"):
        op.drop_table(table, schema="grid")
