"""address: search by pairs of characters, learned aliases; incidents: doubtful places and what people decide"""

from alembic import op

from core.actors import Tier
from core.migration import EVERY_TIER, definer, drop_function, grant
from incidents.doubt import WHY

revision = "0015"
down_revision = "0016"

GRAMS = """
create function address.grams(words text) returns bigint[] language sql immutable strict parallel safe as $$
    select array(select ascii(substr(words, i, 1))::bigint << 21 | ascii(substr(words, i + 1, 1))
                 from generate_series(1, length(words) - 1) i)
$$
"""
"""Every two characters that stand side by side, as one number each: trigrams are blind to words of two characters."""
ABOVE_ROOMS = "level <> 'room' AND level <> 'unit'"
ESTATES = "level IN ('estate', 'landmark')"
"""They are few and asked for first: a word that stands in every name must not lead through all of them."""

TABLES = (
    """
CREATE TABLE address.alias (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    words TEXT NOT NULL,
    times INTEGER NOT NULL,
    state TEXT DEFAULT 'proposed' NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_alias PRIMARY KEY (id),
    CONSTRAINT ck_alias_state_is_known CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn'))
)
    """,
    "CREATE UNIQUE INDEX alias_once ON address.alias (code, words)",
    """
CREATE TABLE incidents.placing (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    report_id UUID NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    county_code TEXT COLLATE "C" NOT NULL,
    choice TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C",
    alias_id BIGINT,
    before JSONB NOT NULL,
    placed_by UUID NOT NULL,
    placed_by_name TEXT NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    undone_by UUID,
    undone_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_placing PRIMARY KEY (id),
    CONSTRAINT ck_placing_choice_is_known CHECK (choice IN ('candidate', 'searched', 'village', 'none'))
)
    """,
    "CREATE INDEX placing_report ON incidents.placing (report_id, id)",
    """
CREATE TABLE incidents.placing_claim (
    report_id UUID NOT NULL,
    claimed_by UUID NOT NULL,
    claimed_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_placing_claim PRIMARY KEY (report_id)
)
    """,
    'ALTER TABLE incidents.report ADD COLUMN doubt TEXT COLLATE "C"',
    "CREATE INDEX report_doubt ON incidents.report (doubt, received_at) WHERE doubt IS NOT NULL",
)

NAME_ALIAS = """
declare
    one address.alias;
begin
    select * into one from address.alias where id = alias_id;
    if one.state = 'approved' then
        insert into address.address_name (code, kind, text, valid_from, source)
            values (one.code, 'colloquial', one.words, on_day, 'alias ' || one.id)
            on conflict (code, kind, text, valid_from) do update set valid_to = null, source = excluded.source;
    else
        update address.address_name set valid_to = greatest(on_day, valid_from + 1)
        where code = one.code and kind = 'colloquial' and text = one.words and valid_to is null;
        if not found then
            return;
        end if;
    end if;
    update address.version set stamp = gen_random_uuid(), edited = default;
end
"""
"""The desk may decide about an alias; the names themselves it cannot write."""

FOLLOW_PLACE = """
begin
    update cases."case" c set code = code_, grid_id = grid_id_, h3_9 = h3_9_ where c.report_id = report_id_
        returning c.id into case_id;
    update cases.case_event e set grid_id = grid_id_ where e.case_id = follow_place.case_id;
    update cases.case_clock k set grid_id = grid_id_ where k.case_id = follow_place.case_id;
    update cases.case_report r set grid_id = grid_id_
        where r.case_id = follow_place.case_id and r.report_id = report_id_;
end
"""
"""Whose ground a case lies in stands on all its rows: the people of the new grid see it, those of the old one not."""


def upgrade() -> None:
    op.execute(GRAMS)
    everybody = ", ".join(tier.role_name for tier in EVERY_TIER)
    op.execute(f"GRANT EXECUTE ON FUNCTION address.grams(text) TO {everybody}")
    for statement in TABLES:
        op.execute(statement)
    op.execute("DROP INDEX address.address_name_words")
    op.execute(
        f"CREATE INDEX address_name_grams ON address.address USING gin (address.grams(name)) WHERE {ABOVE_ROOMS}"
    )
    op.execute(f"CREATE INDEX address_estate_grams ON address.address USING gin (address.grams(name)) WHERE {ESTATES}")
    op.execute("CREATE INDEX address_other_name_grams ON address.address_name USING gin (address.grams(text))")
    grant("address.alias", EVERY_TIER)
    grant("address.alias", (Tier.COMMAND, Tier.ETL, Tier.JOBS), "insert, update")
    for table in ("placing", "placing_claim"):
        grant(f"incidents.{table}", (Tier.COMMAND, Tier.JOBS), "select, insert, update")
    definer(
        "address.name_alias(alias_id bigint, on_day date)", "void", NAME_ALIAS,
        to=(Tier.COMMAND, Tier.JOBS), language="plpgsql", volatility="volatile",
    )  # fmt: skip
    definer(
        "cases.follow_place(report_id_ uuid, code_ text, grid_id_ int, h3_9_ bigint, out case_id uuid)", "uuid",
        FOLLOW_PLACE, to=(Tier.COMMAND, Tier.JOBS), language="plpgsql", volatility="volatile",
    )  # fmt: skip
    for why, doubt in WHY.items():
        op.execute(f"UPDATE incidents.report SET doubt = '{doubt}' WHERE placed_why = '{why}'")
    op.execute("UPDATE incidents.report SET doubt = 'pile' WHERE placed_why LIKE 'default point; %'")


def downgrade() -> None:
    drop_function("cases.follow_place(uuid, text, int, bigint)")
    drop_function("address.name_alias(bigint, date)")
    op.execute(
        "DROP INDEX incidents.report_doubt, address.address_other_name_grams, address.address_estate_grams,"
        " address.address_name_grams"
    )
    op.execute("ALTER TABLE incidents.report DROP COLUMN doubt")
    op.execute("DROP TABLE incidents.placing_claim, incidents.placing, address.alias")
    op.execute(f"CREATE INDEX address_name_words ON address.address USING gin (name gin_trgm_ops) WHERE {ABOVE_ROOMS}")
    op.execute("DROP FUNCTION address.grams(text)")
