"""etl: batches can be undone and keep what was said about their file; registry: who made a row and who changed it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("batch", sa.Column("options", JSONB, server_default=sa.text("'{}'"), nullable=False), schema="etl")
    op.alter_column("batch", "options", server_default=None, schema="etl")
    op.add_column("batch", sa.Column("undone_at", sa.DateTime(timezone=True)), schema="etl")
    op.add_column("batch", sa.Column("undone_by", sa.Text), schema="etl")
    _statuses("'running', 'finished', 'undone', 'abandoned'")
    for table in ("person", "business"):
        op.add_column(table, sa.Column("changed_in", sa.BigInteger), schema="registry")


def downgrade() -> None:
    for table in ("person", "business"):
        op.drop_column(table, "changed_in", schema="registry")
    op.execute("update etl.batch set status = 'finished' where status in ('undone', 'abandoned')")
    _statuses("'running', 'finished'")
    for column in ("undone_by", "undone_at", "options"):
        op.drop_column("batch", column, schema="etl")


def _statuses(words: str) -> None:
    op.execute("alter table etl.batch drop constraint if exists status_is_known")
    op.execute("alter table etl.batch drop constraint if exists ck_batch_status_is_known")
    op.create_check_constraint("status_is_known", "batch", f"status in ({words})", schema="etl")
