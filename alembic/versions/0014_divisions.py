"""grid: yearly tables of divisions and what an office corrects in them; redrawn grids reach cases"""

import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import EVERY_TIER, grant, published_view

revision = "0014"
down_revision = "0011"

CODE = sa.Text(collation="C")
WRITERS = (Tier.ETL, Tier.JOBS)
TABLES_OF_A_CASE = ('cases."case"', "cases.case_event", "cases.case_clock", "cases.case_report")


def upgrade() -> None:
    op.add_column("division", sa.Column("from_year", sa.SmallInteger), schema="grid")
    op.create_table(
        "division_year",
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("key", CODE, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent_key", CODE, nullable=False),
        sa.PrimaryKeyConstraint("year", "key", name="pk_division_year"),
        sa.CheckConstraint("level in ('province', 'city', 'county', 'town', 'village')", name="level_is_known"),
        schema="grid",
    )
    op.create_table(
        "division_correction",
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("key", CODE, nullable=False),
        sa.Column("successors", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", "key", name="pk_division_correction"),
        schema="grid",
    )
    for table in ("grid.division_year", "grid.division_correction"):
        grant(table, EVERY_TIER)
        grant(table, WRITERS, "insert, update")
    grant("grid.division_correction", Tier.COMMAND, "insert, update")
    grant("grid.version", Tier.COMMAND, "update")
    grant("grid.division", WRITERS, "delete")  # what was taken from a yearly table gives way to the office's own
    published_view(
        "grid.v_village_without_code",
        """
        select t.name as town, y.name as village
        from grid.division_year y join grid.division t on t.code = y.parent_key and t.valid_to is null
        where y.level = 'village' and y.key like '%/%' and y.year = t.from_year
        """,
        EVERY_TIER,
    )
    for table in TABLES_OF_A_CASE:
        grant(table, WRITERS, "update", columns=["grid_id"])


def downgrade() -> None:
    for table in TABLES_OF_A_CASE:
        roles = ", ".join(tier.role_name for tier in WRITERS)
        op.execute(f"revoke update (grid_id) on {table} from {roles}")
    op.execute("drop view grid.v_village_without_code")
    op.drop_table("division_correction", schema="grid")
    op.drop_table("division_year", schema="grid")
    op.execute("delete from grid.division where from_year is not null")
    op.drop_column("division", "from_year", schema="grid")
