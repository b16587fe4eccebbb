"""address: which transaction wrote a row last, for indexes in memory; the middle of objects that were only implied"""

import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import EVERY_TIER, definer, grant

revision = "0013"
down_revision = "0014"

CODE = sa.Text(collation="C")
WRITERS = (Tier.ETL, Tier.JOBS)
EDITED = ("address", "address_name")
THIS = sa.text("pg_current_xact_id()::text::bigint")


def upgrade() -> None:
    definer(
        "address.mark_edit()",
        "trigger",
        "begin new.edited := pg_current_xact_id()::text::bigint; return new; end",
        to=(),
        language="plpgsql",
        volatility="volatile",
    )
    for table in EDITED:
        op.add_column(table, sa.Column("edited", sa.BigInteger, server_default=THIS, nullable=False), schema="address")
        op.create_index(f"{table}_edited", table, ["edited"], schema="address")
        op.execute(
            f"create trigger mark_edit before update on address.{table} for each row "
            "execute function address.mark_edit()"
        )
    op.add_column("version", sa.Column("edited", sa.BigInteger, server_default=THIS, nullable=False), schema="address")
    op.create_table(
        "implied",
        sa.Column("code", CODE, nullable=False),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("lon_sum", sa.BigInteger, nullable=False),
        sa.Column("lat_sum", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_implied"),
        sa.CheckConstraint("told > 0", name="somebody_told"),
        schema="address",
    )
    grant("address.implied", EVERY_TIER)
    grant("address.implied", WRITERS, "insert, update, delete")


def downgrade() -> None:
    op.drop_table("implied", schema="address")
    op.drop_column("version", "edited", schema="address")
    for table in EDITED:
        op.execute(f"drop trigger mark_edit on address.{table}")
        op.drop_index(f"{table}_edited", table, schema="address")
        op.drop_column(table, "edited", schema="address")
    op.execute("drop function address.mark_edit()")
