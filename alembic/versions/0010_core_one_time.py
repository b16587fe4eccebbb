"""core: a password that somebody else has set is good for one sign-in, then it has to be replaced"""

import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import grant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "account",
        sa.Column("is_one_time", sa.Boolean, server_default=sa.text("false"), nullable=False),
        schema="core",
    )
    grant("core.account", Tier.ETL, "select", ["is_one_time"])  # an insert returns it


def downgrade() -> None:
    op.drop_column("account", "is_one_time", schema="core")
