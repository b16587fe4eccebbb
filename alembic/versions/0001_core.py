"""core: schemas, accounts and sessions, scope functions, audit, outbox, working days"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.actors import Tier
from core.migration import EVERY_TIER, definer, grant

revision = "0001"
down_revision = None

SCHEMAS = ("core", "grid", "address", "registry", "incidents", "cases", "patrol", "etl", "maps", "api")
ROLES = ("worker", "team_leader", "commander", "desk", "etl", "auditor", "sysadmin", "secadmin")
MOMENT = sa.DateTime(timezone=True)
STAFF = "personal data: login and name of staff; kept while employed, then disabled"


def upgrade() -> None:
    for schema in SCHEMAS:
        op.execute(f"create schema if not exists {schema}")
        op.execute(f"grant usage on schema {schema} to {', '.join(tier.role_name for tier in EVERY_TIER)}")
    op.execute("alter default privileges revoke execute on functions from public")
    accounts()
    months()
    audit()
    outbox()
    scope()


def accounts() -> None:
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger, server_default=sa.text("1"), nullable=False),
        sa.Column("issuer", sa.Text, server_default=sa.text("'A01'"), nullable=False),
        sa.Column("county_code", sa.Text, server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
        sa.CheckConstraint("id = 1", name="ck_installation_one_row"),
        schema="core",
    )
    op.execute("insert into core.installation default values")
    grant("core.installation", EVERY_TIER)
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("is_active", sa.Boolean, server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("failed_count", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("first_failed_at", MOMENT),
        sa.Column("locked_until", MOMENT),
        sa.Column("lock_count", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("login", name="uq_account_login"),
        sa.CheckConstraint(f"role in ({', '.join(repr(role) for role in ROLES)})", name="ck_account_role"),
        schema="core",
        comment=STAFF,
    )
    op.create_table(
        "account_area",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("area_id", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.PrimaryKeyConstraint("account_id", "area_id", "valid_from", name="pk_account_area"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["core.account.id"], name="fk_account_area_account_id", ondelete="CASCADE"
        ),
        schema="core",
    )
    op.create_index("ix_account_area_area_id", "account_area", ["area_id"], schema="core")
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_session"),
        sa.ForeignKeyConstraint(["account_id"], ["core.account.id"], name="fk_session_account_id", ondelete="CASCADE"),
        schema="core",
    )
    op.create_index("ix_session_account_id", "session", ["account_id"], schema="core")
    op.create_table(
        "working_day",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("is_working", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_working_day"),
        schema="core",
    )
    grant("core.working_day", EVERY_TIER)
    public = ["id", "login", "display_name", "role", "is_active"]
    grant("core.account", [Tier.COMMAND, Tier.JOBS, Tier.ETL, Tier.AUDIT], "select", public)
    grant("core.account_area", [Tier.COMMAND, Tier.JOBS, Tier.ETL, Tier.AUDIT])
    grant("core.account", Tier.ETL, "select", ["failed_count", "lock_count"])  # an insert returns them
    grant("core.account", Tier.ETL, "insert")
    grant("core.account_area", Tier.ETL, "insert, update")
    grant("core.account", Tier.ACCOUNTS, "select, insert, update")
    grant("core.account_area", Tier.ACCOUNTS, "select, insert, update")
    grant("core.session", Tier.ACCOUNTS, "select, insert, update, delete")


def months() -> None:
    # Only the owner may call it: partitions belong to the owner, and a stranger's table name must not reach format().
    op.execute("""
        create function core.make_months(parent regclass, first date, last date) returns int
        language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            month date := date_trunc('month', first)::date;
            name text;
            made int := 0;
        begin
            while month <= last loop
                name := format('%I.%I', (select nspname from pg_namespace n join pg_class c on c.relnamespace = n.oid
                                          where c.oid = parent),
                               (select relname from pg_class where oid = parent) || to_char(month, '"_p"YYYY_MM'));
                if to_regclass(name) is null then
                    execute format('create table %s partition of %s for values from (%L) to (%L)', name, parent,
                                   month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
                    made := made + 1;
                end if;
                month := (month + interval '1 month')::date;
            end loop;
            return made;
        end $$""")


def audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("county_code", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Uuid, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("actor_role", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("detail", postgresql.JSONB),
        sa.PrimaryKeyConstraint("at", "id", name="pk_audit"),
        schema="core",
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_object", "audit", ["object_kind", "object_id"], schema="core")
    op.execute("create table core.audit_pdefault partition of core.audit default")
    op.execute("select core.make_months('core.audit', '2025-01-01', '2027-12-01')")
    op.execute("""
        create function core.audit_is_append_only() returns trigger language plpgsql as $$
        begin
            raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
        end $$""")
    op.execute("""
        create trigger append_only before update or delete on core.audit
        for each row execute function core.audit_is_append_only()""")
    op.execute("""
        create trigger no_truncate before truncate on core.audit
        for each statement execute function core.audit_is_append_only()""")
    grant("core.audit", Tier.AUDIT)
    definer(
        "core.audit_write(actor_id uuid, actor_name text, actor_role text, action text, object_kind text, "
        "object_ids text[], ats timestamptz[], detail jsonb)",
        "void",
        """
        begin
            -- who signs in by a token writes under his own name only
            if session_user = 'wangge_worker' or coalesce(current_setting('wangge.session', true), '') <> '' then
                if actor_id is distinct from core.session_account() then
                    raise exception 'an audit row under another name' using errcode = 'insufficient_privilege';
                end if;
            end if;
            insert into core.audit (at, county_code, actor_id, actor_name, actor_role, action, object_kind, object_id,
                                    detail)
            select coalesce(ats[n], ats[1]), i.county_code, audit_write.actor_id, audit_write.actor_name,
                   audit_write.actor_role, audit_write.action, audit_write.object_kind, one, audit_write.detail
              from unnest(object_ids) with ordinality as o(one, n), core.installation i;
        end""",
        to=EVERY_TIER,
        language="plpgsql",
        volatility="volatile",
    )


def outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("run_after", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("done_at", MOMENT),
        sa.Column("failed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        schema="core",
    )
    pending = sa.text("done_at is null and failed_at is null")
    op.create_index("ix_outbox_pending", "outbox", ["run_after", "id"], schema="core", postgresql_where=pending)
    op.create_index("ix_outbox_key", "outbox", ["kind", "key"], schema="core", postgresql_where=pending)
    grant("core.outbox", Tier.JOBS, "select, update, delete")
    grant("core.outbox", [Tier.COMMAND, Tier.AUDIT, Tier.ACCOUNTS])
    # A pending job that nobody has begun serves the new wish too: locking it keeps the worker away until we commit,
    # so that it will see our rows. One that is locked by others or was begun may have looked already: a new one then.
    definer(
        "core.enqueue(kind text, key text, payload jsonb, at timestamptz, run_after timestamptz)",
        "void",
        """
        begin
            if enqueue.key is not null then
                perform 1 from core.outbox o
                  where o.kind = enqueue.kind and o.key = enqueue.key and o.done_at is null and o.failed_at is null
                    and o.attempts = 0 and o.run_after <= enqueue.run_after
                  limit 1 for update skip locked;
                if found then
                    return;
                end if;
            end if;
            insert into core.outbox (kind, key, payload, created_at, run_after)
            values (enqueue.kind, enqueue.key, enqueue.payload, enqueue.at, enqueue.run_after);
        end""",
        to=EVERY_TIER,
        language="plpgsql",
        volatility="volatile",
    )


def scope() -> None:
    live = """
        from core.session s join core.account a on a.id = s.account_id
        where s.token_hash = sha256(convert_to(nullif(current_setting('wangge.session', true), ''), 'UTF8'))
          and s.ended_at is null and s.expires_at > now() and a.is_active"""
    definer("core.session_account()", "uuid", f"select a.id {live}", to=EVERY_TIER)
    definer("core.session_role()", "text", f"select a.role {live}", to=EVERY_TIER)
    definer(
        "core.session_areas()",
        "int[]",
        f"""select coalesce(array_agg(distinct aa.area_id), '{{}}')
              from core.account_area aa
             where aa.account_id = (select a.id {live} and a.role in ('worker', 'team_leader'))
               and aa.valid_from <= (now() at time zone 'Asia/Shanghai')::date
               and (aa.valid_to is null or aa.valid_to > (now() at time zone 'Asia/Shanghai')::date)""",
        to=EVERY_TIER,
    )


def downgrade() -> None:
    for schema in reversed(SCHEMAS[1:]):
        op.execute(f"drop schema if exists {schema}")
    for name in ("account_area", "session", "account", "audit", "outbox", "working_day", "installation"):
        op.execute(f"drop table core.{name} cascade")
    op.execute("drop function core.session_areas(), core.session_account(), core.session_role()")
    op.execute("drop function core.make_months(regclass, date, date), core.audit_is_append_only()")
    op.execute("drop function core.audit_write(uuid, text, text, text, text, text[], timestamptz[], jsonb)")
    op.execute("drop function core.enqueue(text, text, jsonb, timestamptz, timestamptz)")
