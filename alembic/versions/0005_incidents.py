"""incidents: channels, categories, reports, matters, heat by day"""

import sqlalchemy as sa
from alembic import op

from core.actors import Tier
from core.migration import (
    area_policy,
    definer,
    drop_function,
    grant,
    month_partitions,
    published_view,
)
from incidents.classify import shipped_rules
from incidents.heat import PILE_SHARE, PILE_TEXTS
from incidents.kinds import Channel
from incidents.matter import Thresholds

revision = "0005"
down_revision = "0004"

TABLES = (
    """
CREATE TABLE incidents.category (
    code TEXT COLLATE "C" NOT NULL,
    rank SMALLINT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    is_sensitive BOOLEAN NOT NULL,
    also TEXT[] NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_category PRIMARY KEY (code)
)
    """,
    """
CREATE TABLE incidents.category_word (
    word TEXT NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    weight REAL NOT NULL,
    origin TEXT NOT NULL,
    CONSTRAINT pk_category_word PRIMARY KEY (word, category, valid_from)
)
    """,
    """
CREATE TABLE incidents.channel (
    code TEXT COLLATE "C" NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    desk_unit TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    CONSTRAINT pk_channel PRIMARY KEY (code)
)
    """,
    """
CREATE TABLE incidents.fallback_point (
    lon FLOAT NOT NULL,
    lat FLOAT NOT NULL,
    n INTEGER NOT NULL,
    texts INTEGER NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_fallback_point PRIMARY KEY (lon, lat)
)
    """,
    """
CREATE TABLE incidents.heat_day (
    resolution SMALLINT NOT NULL,
    day DATE NOT NULL,
    h3 BIGINT NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    grid_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT pk_heat_day PRIMARY KEY (resolution, day, h3, category, source, channel, grid_id)
)
    """,
    """
CREATE INDEX heat_day_cell ON incidents.heat_day (h3, day)
    """,
    """
CREATE INDEX heat_day_grid ON incidents.heat_day (grid_id, day)
    """,
    """
CREATE TABLE incidents.matter (
    id UUID NOT NULL,
    county_code TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE incidents.matter_suggestion (
    report_id UUID NOT NULL,
    earlier_id UUID NOT NULL,
    likeness REAL NOT NULL,
    metres REAL NOT NULL,
    days REAL NOT NULL,
    is_same_code BOOLEAN NOT NULL,
    suggested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decision TEXT COLLATE "C",
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_matter_suggestion PRIMARY KEY (report_id, earlier_id)
)
    """,
    """
CREATE INDEX matter_suggestion_earlier ON incidents.matter_suggestion (earlier_id)
    """,
    """
CREATE TABLE incidents.receipt (
    channel TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    body_hash BYTEA NOT NULL,
    report_id UUID NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_receipt PRIMARY KEY (channel, reference)
)
    """,
    """
CREATE TABLE incidents.report (
    id UUID NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    county_code TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
    words TEXT NOT NULL,
    location_words TEXT NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    category_why TEXT NOT NULL,
    urgency TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    contact_ref UUID,
    status_hint TEXT COLLATE "C" NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    unit_hint TEXT,
    code TEXT COLLATE "C",
    place_level TEXT COLLATE "C",
    precision TEXT COLLATE "C" NOT NULL,
    precision_m REAL,
    placed_why TEXT NOT NULL,
    place_score REAL,
    lon FLOAT,
    lat FLOAT,
    grid_id INTEGER,
    h3_8 BIGINT,
    h3_9 BIGINT,
    h3_10 BIGINT,
    matter_id UUID NOT NULL,
    is_repeat BOOLEAN DEFAULT false NOT NULL,
    batch_id BIGINT,
    CONSTRAINT pk_report PRIMARY KEY (id, received_at)
)
 PARTITION BY RANGE (received_at)
    """,
    """
CREATE INDEX report_batch ON incidents.report (batch_id)
    """,
    """
CREATE INDEX report_cell_10 ON incidents.report (h3_10, received_at)
    """,
    """
CREATE INDEX report_cell_8 ON incidents.report (h3_8, received_at)
    """,
    """
CREATE INDEX report_cell_9 ON incidents.report (h3_9, received_at)
    """,
    """
CREATE INDEX report_code ON incidents.report (code)
    """,
    """
CREATE INDEX report_grid ON incidents.report (grid_id, received_at)
    """,
    """
CREATE INDEX report_matter ON incidents.report (matter_id)
    """,
    """
CREATE INDEX report_received ON incidents.report (received_at, id)
    """,
    """
CREATE INDEX report_unplaced ON incidents.report (received_at) WHERE h3_9 IS NULL
    """,
    """
CREATE TABLE incidents.threshold (
    name TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    value FLOAT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_threshold PRIMARY KEY (name, valid_from)
)
    """,
)


WRITERS = (Tier.INTAKE, Tier.ETL, Tier.JOBS, Tier.COMMAND, Tier.WORKER)
READERS = (Tier.COMMAND, Tier.ETL, Tier.JOBS, Tier.WORKER)
"""The intake (the public) writes reports and reads none; the audit tier reads the audit, not what residents wrote."""
RULES = ("channel", "category", "category_word", "threshold")

CLAIM = """
begin
    if session_user = 'wangge_intake' and exists (select 1 from unnest(channels) c where c <> 'web')
       or session_user = 'wangge_worker' and exists (select 1 from unnest(channels) c where c <> 'grid') then
        raise insufficient_privilege using message = 'this door takes reports of its own channel only';
    end if;
    insert into incidents.receipt (channel, reference, body_hash, report_id, received_at)
        select w.channel, w.reference, w.body, w.id, w.at
        from unnest(channels, refs, bodies, ids, moments) with ordinality w(channel, reference, body, id, at, n)
        order by w.channel, w.reference, w.n on conflict do nothing;
    return query
        select w.n::int, r.report_id = w.id, r.body_hash = w.body,
               case when r.body_hash = w.body then r.report_id end
        from unnest(channels, refs, bodies, ids) with ordinality w(channel, reference, body, id, n)
        join incidents.receipt r on r.channel = w.channel and r.reference = w.reference
        order by w.n;
end
"""
"""Two statements on purpose: the first waits for a rival transaction, the second sees what it has committed.
Keys are taken in order, so that two chunks with some keys in common wait and do not lock each other out."""

ANSWERED = """
    select p.* from incidents.receipt r
    join incidents.report p on p.id = r.report_id and p.received_at = r.received_at
    where r.channel = channel_ and r.reference = reference_ and r.body_hash = body_
"""
"""Whoever holds the same body may have the same answer again, also without the right to read reports."""


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    month_partitions("incidents.report", "2025-01", "2027-12")
    for table in RULES:
        grant(f"incidents.{table}", (*READERS, Tier.INTAKE, Tier.AUDIT))
    for table in ("report", "matter"):
        grant(f"incidents.{table}", WRITERS, "insert")
        grant(f"incidents.{table}", (Tier.ETL, Tier.JOBS, Tier.COMMAND), "update")
    grant("incidents.report", READERS)
    grant("incidents.matter", (Tier.COMMAND, Tier.ETL, Tier.JOBS))
    grant("incidents.receipt", (Tier.ETL, Tier.JOBS))
    grant("incidents.matter_suggestion", (Tier.COMMAND, Tier.ETL, Tier.JOBS), "select, insert, update")
    grant("incidents.heat_day", READERS)
    grant("incidents.fallback_point", (Tier.COMMAND, Tier.ETL, Tier.JOBS))
    for table in ("heat_day", "fallback_point"):
        grant(f"incidents.{table}", (Tier.ETL, Tier.JOBS), "insert, update, delete")
    area_policy("incidents.report")
    area_policy("incidents.heat_day")
    op.execute(
        "create policy discovered on incidents.report for insert to wangge_worker with check (source = 'discovered')"
    )
    definer(
        "incidents.claim(channels text[], refs text[], bodies bytea[], ids uuid[], moments timestamptz[])",
        "table (n int, is_new boolean, is_same boolean, report_id uuid)",
        CLAIM,
        to=WRITERS,
        language="plpgsql",
        volatility="volatile",
    )
    definer(
        "incidents.answered(channel_ text, reference_ text, body_ bytea)",
        "setof incidents.report",
        ANSWERED,
        to=WRITERS,
    )
    published_view(
        "incidents.v_report",
        "select id, received_at, taken_at, channel, reference, category, source, words, location_words, code, precision,"
        " precision_m, placed_why, lon, lat, grid_id, h3_8, h3_9, h3_10, matter_id, is_repeat from incidents.report",
        READERS,
    )
    everybody = (*READERS, Tier.INTAKE)
    published_view(
        "incidents.v_category",
        "select code, rank, name_zh, name_en, is_sensitive, valid_from, valid_to from incidents.category",
        everybody,
    )
    published_view(
        "incidents.v_channel",
        "select code, name_zh, name_en, desk_unit, valid_from, valid_to from incidents.channel",
        everybody,
    )
    seed()


def seed() -> None:
    """The shipped channels, categories, words and thresholds, valid since ever."""
    for channel, zh, en, unit in CHANNELS:
        op.execute(
            sa.text(
                "insert into incidents.channel (code, name_zh, desk_unit, name_en, valid_from)"
                " values (:code, :zh, :unit, :en, '2000-01-01')"
            ).bindparams(code=channel.value, zh=zh, unit=unit, en=en)
        )
    for name, value, note in THRESHOLDS:
        op.execute(
            sa.text(
                "insert into incidents.threshold (name, value, note, valid_from) values (:name, :value, :note, '2000-01-01')"
            ).bindparams(name=name, value=value, note=note)
        )
    rules = shipped_rules()
    for one in rules.categories:
        op.execute(
            sa.text(
                "insert into incidents.category (code, rank, name_zh, name_en, is_sensitive, also, valid_from)"
                " values (:code, :rank, :zh, :en, :sensitive, :also, '2000-01-01')"
            ).bindparams(code=one.code, rank=one.rank, zh=one.name_zh, en=one.name_en, sensitive=one.is_sensitive,
                         also=list(one.also))
        )  # fmt: skip
    for word, category, weight in dict.fromkeys(rules.words):
        op.execute(
            sa.text(
                "insert into incidents.category_word (word, category, valid_from, weight, origin)"
                " values (:word, :category, '2000-01-01', :weight, 'shipped') on conflict do nothing"
            ).bindparams(word=word, category=category, weight=weight)
        )


CHANNELS = (
    (Channel.HOTLINE_12345, "12345 热线", "12345 hotline", "热线受理中心"),
    (Channel.POLICE_110, "110 非警务", "110, no police matter", "热线受理中心"),
    (Channel.PETITION, "信访", "Petitions", "信访局"),
    (Channel.MEDIATION, "人民调解", "People's mediation", "司法局"),
    (Channel.WEB, "网上提交", "Web reports", "热线受理中心"),
    (Channel.GRID, "网格发现", "Found by grid workers", "综治中心"),
    (Channel.WALK_IN, "群众来访", "Walk-in", "综治中心"),
)

_LIMITS = Thresholds()
THRESHOLDS = (
    ("matter.radius_m", _LIMITS.radius_m, "同一事项：两处相距不超过（米）"),
    ("matter.days", _LIMITS.days, "同一事项：两次相隔不超过（天）"),
    ("matter.likeness", _LIMITS.likeness, "同一事项：文字相似度不低于（0…1）"),
    ("pile.share", PILE_SHARE, "默认落点：一点上的件数占全部的比例超过"),
    ("pile.texts", PILE_TEXTS, "默认落点：一点上不同地址文字不少于"),
)


def downgrade() -> None:
    op.execute("drop view incidents.v_report, incidents.v_category, incidents.v_channel")
    drop_function("incidents.answered(text, text, bytea)")
    drop_function("incidents.claim(text[], text[], bytea[], uuid[], timestamptz[])")
    for table in ("report", "receipt", "matter", "matter_suggestion", "heat_day", "fallback_point", *RULES):
        op.execute(f"drop table incidents.{table} cascade")
