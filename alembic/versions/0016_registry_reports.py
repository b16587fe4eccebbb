"""registry: the limits that its reports go by, as rows with dates"""

import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import grant

revision = "0016"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "report_limit",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("value", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", "valid_from", name="pk_report_limit"),
        sa.CheckConstraint("valid_to is null or valid_to > valid_from", name="lasts"),
        sa.CheckConstraint("value > 0", name="is_positive"),
        schema="registry",
        comment="no personal data: a rule",
    )
    op.execute("insert into registry.report_limit values ('over-full-rooms', '1900-01-01', null, 10)")
    grant("registry.report_limit", [Tier.WORKER, Tier.COMMAND, Tier.ETL, Tier.JOBS, Tier.AUDIT, Tier.ACCOUNTS])
    grant("registry.report_limit", [Tier.ETL, Tier.ACCOUNTS], "insert, update")


def downgrade() -> None:
    op.drop_table("report_limit", schema="registry")
