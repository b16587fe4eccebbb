"""etl: the ledger of loads and the rows that were refused"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from core.actors import Tier
from core.migration import grant

revision = "0008"
down_revision = "0007"

CODE = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", CODE, nullable=False),
        sa.Column("status", CODE, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("rows_done", sa.Integer, nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("repeated", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.CheckConstraint("rows_done = accepted + repeated + rejected", name="adds_up"),
        sa.CheckConstraint("status in ('running', 'finished')", name="status_is_known"),
        schema="etl",
    )
    op.create_index("batch_sha256", "batch", ["sha256", "kind"], schema="etl")
    op.create_table(
        "reject",
        sa.Column("batch_id", sa.BigInteger, nullable=False),
        sa.Column("row_no", sa.Integer, nullable=False),
        sa.Column("column_name", sa.Text),
        sa.Column("zh", sa.Text, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "row_no", name="pk_reject"),
        sa.ForeignKeyConstraint(["batch_id"], ["etl.batch.id"], name="fk_reject_batch_id"),
        schema="etl",
    )
    for table in ("etl.batch", "etl.reject"):
        grant(table, (Tier.ETL, Tier.JOBS), "select, insert, update")
        grant(table, (Tier.COMMAND, Tier.AUDIT), "select")


def downgrade() -> None:
    op.drop_table("reject", schema="etl")
    op.drop_table("batch", schema="etl")
