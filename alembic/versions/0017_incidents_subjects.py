"""incidents: the subject of a report, the categories that people chose, bursts, and joined reports of a case"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.actors import Tier
from core.migration import grant
from incidents.matter import Thresholds

revision = "0017"
down_revision = "0015"

C = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
KEY = postgresql.UUID(as_uuid=True)
DESKS = (Tier.COMMAND, Tier.JOBS)
THRESHOLDS = (
    ("matter.share", Thresholds().share, "同一事项：地点不精确时，可能之处集中于一地的比例不低于（0…1）"),
    ("burst.minutes", 30.0, "集中涌入：相邻两条相隔不超过（分钟）"),
    ("burst.reports", 8.0, "集中涌入：不少于（件）"),
    ("burst.likeness", 0.6, "集中涌入：文字相似度不低于（0…1）"),
)


def upgrade() -> None:
    op.add_column("report", sa.Column("subject", C), schema="incidents")
    op.execute("create index report_subject on incidents.report (subject, received_at)")
    op.create_table(
        "category_choice",
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("category", C, nullable=False),
        sa.Column("suggested", C, nullable=False),
        sa.Column("chosen_by", KEY, nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="pk_category_choice"),
        schema="incidents",
    )
    op.create_table(
        "burst",
        sa.Column("id", KEY, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("reports", postgresql.ARRAY(KEY), nullable=False),
        sa.Column("decision", C),
        sa.Column("decided_by", KEY),
        sa.Column("decided_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_burst"),
        schema="incidents",
    )
    grant("incidents.category_choice", DESKS, "select, insert, update")
    grant("incidents.burst", DESKS, "select, insert, update")
    grant("cases.case_report", Tier.COMMAND, "update, delete")
    op.execute(
        "update incidents.threshold set value = 120"
        " where name = 'matter.radius_m' and valid_from = '2000-01-01' and value = 50"
    )
    for name, value, note in THRESHOLDS:
        op.execute(
            sa.text(
                "insert into incidents.threshold (name, value, note, valid_from)"
                " values (:name, :value, :note, '2000-01-01')"
            ).bindparams(name=name, value=value, note=note)
        )


def downgrade() -> None:
    for name, _, _ in THRESHOLDS:
        op.execute(sa.text("delete from incidents.threshold where name = :name").bindparams(name=name))
    op.execute(f"revoke update, delete on cases.case_report from {Tier.COMMAND.role_name}")
    op.drop_table("burst", schema="incidents")
    op.drop_table("category_choice", schema="incidents")
    op.drop_column("report", "subject", schema="incidents")
