"""address: the life of codes, guarded: nothing deleted, nothing re-issued; dated names and exchange codes"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.actors import Tier
from core.migration import EVERY_TIER, definer, grant, published_view

revision = "0011"
down_revision = "0010"

CODE = sa.Text(collation="C")
KINDS = [
    "create",
    "rename",
    "renumber",
    "division",
    "split",
    "merge",
    "rebuild",
    "demolish",
    "duplicate",
    "correct",
    "withdraw",
]
ENDS = "('merge', 'rebuild', 'demolish', 'duplicate', 'withdraw')"
BIRTHS = "('create', 'split', 'merge', 'rebuild')"
LEADS = "('create', 'split', 'merge', 'rebuild', 'duplicate')"
V_PLACE = """
    select code, name, level, parent_code, grid_id, town_code, village_code, lon, lat, geom,
           h3_8, h3_9, h3_10, precision_m
    from address.address where status {living}
"""
SCHEMES = (
    ("sz25", "25 位地址码", "25-digit code", "^[0-9]{25}$", "sure", "length; the order of the last 11 digits is ours"),
    ("grid15", "15 位单元网格码", "15-digit unit grid", "^[0-9]{15}$", "sure", "the grid that the place lies in"),
    ("grid20", "20 位网格码", "20-digit grid", "^[0-9]{20}$", "sure", "rendered from grid15; class digits as below"),
    (
        "coordinate",
        "坐标式地理编码",
        "coordinate code",
        "^[0-9]{15}$",
        "ours",
        "1e-5 degree; GB/T 39609 names the form",
    ),
    (
        "police",
        "公安标准地址编码",
        "police address id",
        "^[0-9A-Z-]{6,40}$",
        "ours",
        "taken over as the police give it",
    ),
    ("property", "不动产单元号", "real-estate unit number", "^[0-9A-Z]{28}$", "partly", "taken over as registered"),
)


def upgrade() -> None:
    names()
    codes()
    events()
    guards()
    op.execute("drop view address.v_place")
    published_view("address.v_place", V_PLACE.format(living="in ('provisional', 'current')"), EVERY_TIER)
    successors()


def names() -> None:
    op.add_column("address_name", sa.Column("parts", postgresql.JSONB), schema="address")
    op.drop_index("address_name_once", "address_name", schema="address")
    only_open = sa.text("valid_to IS NULL")
    columns = ["code", "kind", "text"]
    op.create_index(
        "address_name_open", "address_name", columns, unique=True, postgresql_where=only_open, schema="address"
    )
    op.create_index("address_name_once", "address_name", [*columns, "valid_from"], unique=True, schema="address")
    op.create_check_constraint("lasts", "address_name", "valid_to is null or valid_to > valid_from", schema="address")


def codes() -> None:
    op.create_table(
        "code_scheme",
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("name_zh", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("pattern", sa.Text, nullable=False),
        sa.Column("trust", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("class_digits", sa.Text),
        sa.PrimaryKeyConstraint("scheme", name="pk_code_scheme"),
        sa.CheckConstraint("trust in ('sure', 'partly', 'ours')", name="trust_is_known"),
        sa.CheckConstraint("class_digits ~ '^[0-9]{6}$'", name="class_is_6_digits"),
        schema="address",
    )
    for scheme in SCHEMES:
        values = ", ".join(f"'{word}'" for word in scheme)
        class_digits = "'000000'" if scheme[0] == "grid20" else "null"
        op.execute(f"insert into address.code_scheme values ({values}, {class_digits})")
    grant("address.code_scheme", EVERY_TIER)
    grant("address.code_scheme", Tier.ETL, "insert, update")
    only_open = sa.text("valid_to IS NULL")
    op.create_index(
        "address_code_open", "address_code", ["code", "scheme"], unique=True, postgresql_where=only_open,
        schema="address",
    )  # fmt: skip
    op.drop_index("address_code_code", "address_code", schema="address")
    op.create_index(
        "address_code_once", "address_code", ["code", "scheme", "valid_from"], unique=True, schema="address"
    )
    op.create_check_constraint("lasts", "address_code", "valid_to is null or valid_to > valid_from", schema="address")


def events() -> None:
    known = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint("event_is_known", "address_event", f"event in ({known})", schema="address")
    op.create_index(
        "address_event_to",
        "address_event",
        ["to_codes"],
        postgresql_using="gin",
        postgresql_where=sa.text(f"event IN {LEADS}"),
        schema="address",
    )
    op.execute("revoke update on address.address_event from wangge_etl, wangge_jobs")


def guards() -> None:
    """What Python promises, held by the tables themselves."""
    trigger_function(
        "never()",
        "begin raise exception 'address codes and their events are never deleted or rewritten'"
        " using errcode = 'integrity_constraint_violation'; end",
    )
    for table, on in (
        ("address", "delete"), ("address", "truncate"), ("address", "update of code"),
        ("address_event", "delete"), ("address_event", "truncate"), ("address_event", "update"),
    ):  # fmt: skip
        name = f"no_{on.replace(' ', '_')}"
        op.execute(
            f"create trigger {name} before {on} on address.{table} for each statement execute function address.never()"
        )
    trigger_function(
        "no_revival()",
        f"""
        declare newest address.address_event;
        begin
            select * into newest from address.address_event e
            where e.from_codes @> array[new.code::text]
              and ((e.event in {ENDS} and not new.code = any (e.to_codes))
                   or (e.event = 'correct' and e.detail ? 'status'))
            order by e.happened_on desc, e.id desc limit 1;
            if newest.event is distinct from 'correct' then
                raise exception 'code % ended and is not taken up again without a correction', new.code
                    using errcode = 'integrity_constraint_violation';
            end if;
            return new;
        end""",
    )
    op.execute(
        "create trigger no_revival before update of status on address.address for each row "
        "when (old.status in ('historic', 'alternative') and new.status in ('provisional', 'current')) "
        "execute function address.no_revival()"
    )
    trigger_function(
        "no_second_birth()",
        f"""
        declare born text[] := array(select unnest(new.to_codes) except select unnest(new.from_codes));
        begin
            if exists (select from address.address_event e
                       where e.from_codes && born or (e.event in {BIRTHS} and e.to_codes && born)) then
                raise exception 'a code is given out once: % has a life already', born
                    using errcode = 'integrity_constraint_violation';
            end if;
            return new;
        end""",
    )
    op.execute(
        "create trigger no_second_birth before insert on address.address_event for each row "
        f"when (new.event in {BIRTHS}) execute function address.no_second_birth()"
    )


def trigger_function(signature: str, body: str) -> None:
    definer(f"address.{signature}", "trigger", body, to=(), language="plpgsql", volatility="volatile")


def successors() -> None:
    """Today's successor of every code that ended: the bulk form of `address.lives.resolve`; none where several fit."""
    published_view(
        "address.v_successor",
        f"""
        with recursive told as (
            select distinct on (touched.code) touched.code, e.event, e.to_codes
            from address.address_event e cross join lateral unnest(e.from_codes) touched(code)
            where (e.event in {ENDS} and not touched.code = any (e.to_codes))
               or (e.event = 'correct' and e.detail ? 'status')
            order by touched.code, e.happened_on desc, e.id desc
        ), ended as (select * from told where event in {ENDS}),
        led(code, follower) as (
            select ended.code, follower from ended cross join lateral unnest(ended.to_codes) follower
            union
            select led.code, further from led join ended on ended.code = led.follower
            cross join lateral unnest(ended.to_codes) further
        )
        select code collate "C" as code, min(follower) collate "C" as successor
        from led where not exists (select from ended where ended.code = led.follower)
        group by code having count(*) = 1
        """,
        EVERY_TIER,
    )


def downgrade() -> None:
    op.execute("drop view address.v_successor")
    op.execute("drop view address.v_place")
    published_view("address.v_place", V_PLACE.format(living="<> 'historic'"), EVERY_TIER)
    for name in ("no_revival on address.address", "no_second_birth on address.address_event"):
        op.execute(f"drop trigger {name}")
    for name in ("delete", "truncate", "update_of_code"):
        op.execute(f"drop trigger no_{name} on address.address")
    for name in ("delete", "truncate", "update"):
        op.execute(f"drop trigger no_{name} on address.address_event")
    for name in ("never", "no_revival", "no_second_birth"):
        op.execute(f"drop function address.{name}()")
    op.drop_index("address_event_to", "address_event", schema="address")
    op.drop_constraint("event_is_known", "address_event", schema="address")
    op.execute("grant update on address.address_event to wangge_etl, wangge_jobs")
    op.drop_constraint("lasts", "address_code", schema="address")
    op.drop_index("address_code_once", "address_code", schema="address")
    op.drop_index("address_code_open", "address_code", schema="address")
    op.create_index("address_code_code", "address_code", ["code"], schema="address")
    op.drop_table("code_scheme", schema="address")
    op.drop_constraint("lasts", "address_name", schema="address")
    op.drop_index("address_name_once", "address_name", schema="address")
    op.drop_index("address_name_open", "address_name", schema="address")
    op.create_index("address_name_once", "address_name", ["code", "kind", "text"], unique=True, schema="address")
    op.drop_column("address_name", "parts", schema="address")
