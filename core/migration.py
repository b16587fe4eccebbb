"""Words for migrations, so that every room grants rights, writes policies and definer functions alike.

Imported by alembic/versions only.
"""

import re
from collections.abc import Iterable, Sequence

from alembic import op

from core.actors import Tier

EVERY_TIER: tuple[Tier, ...] = tuple(tier for tier in Tier if tier not in (Tier.OWNER, Tier.BACKUP))
"""All tiers that are granted rights by name (the owner has them; backup reads everything already)."""

WHOLE_COUNTY: tuple[Tier, ...] = (Tier.OWNER, Tier.COMMAND, Tier.INTAKE, Tier.ETL, Tier.JOBS, Tier.AUDIT)
"""Tiers whose rows are not narrowed by grid; what they may read is narrowed by grants and columns instead."""

DEFINER_PATH = "pg_catalog, public, pg_temp"


def grant(
    table: str, tiers: Tier | Iterable[Tier], privileges: str = "select", columns: Sequence[str] | None = None
) -> None:
    """Grant privileges ("select, insert") on `schema.table` or a view, on some columns only when named."""
    what = ", ".join(
        f"{word.strip()} ({', '.join(columns)})" if columns is not None else word.strip()
        for word in privileges.split(",")
    )
    op.execute(f"grant {what} on {table} to {_roles(tiers)}")


def grant_sequence(sequence: str, tiers: Tier | Iterable[Tier]) -> None:
    """Let tiers draw numbers from a sequence. Identity columns need it not."""
    op.execute(f"grant usage, select on sequence {sequence} to {_roles(tiers)}")


def area_policy(table: str, column: str = "grid_id", tiers: Iterable[Tier] = WHOLE_COUNTY) -> None:
    """Row-level security: a worker reaches the rows of his own grids, the named tiers all rows, others none.

    The comparison is the one form that stays an index condition. It does for writes too (WITH CHECK).
    Spatial look-ups of a worker go through a definer function: a policy kills the GiST index.
    """
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy own_area on {table} to {Tier.WORKER.role_name} "
        f"using ({column} = any ((select core.session_areas())::int[]))"
    )
    op.execute(f"create policy whole_county on {table} to {_roles(tiers)} using (true) with check (true)")


def definer(
    signature: str,
    returns: str,
    body: str,
    *,
    to: Iterable[Tier],
    language: str = "sql",
    volatility: str = "stable",
) -> None:
    """A SECURITY DEFINER function with a fixed search path that only the named tiers may call.

    `signature` is "schema.name(argument type, …)". The function runs as the owner, so it must check by itself what
    the caller may see, by core.session_areas() and core.session_account().
    """
    op.execute(
        f"create or replace function {signature} returns {returns} language {language} {volatility} "
        f"security definer set search_path = {DEFINER_PATH} as $wangge${body}$wangge$"
    )
    plain = re.sub(r"\s+default\s+[^,)]+", "", signature, flags=re.IGNORECASE)
    op.execute(f"revoke all on function {plain} from public")
    if names := _roles(to):
        op.execute(f"grant execute on function {plain} to {names}")


def published_view(name: str, query: str, tiers: Iterable[Tier]) -> None:
    """A view that other rooms may join: security_invoker, so that the caller's own policies hold."""
    op.execute(f"create view {name} with (security_invoker = true) as {query}")
    grant(name, tiers)


def month_partitions(table: str, first: str = "2025-01", last: str = "2027-12") -> None:
    """Partitions of a table partitioned by a timestamptz, one for each month in UTC from first to last, and a default.

    Named `<table>_p2026_01` and `<table>_pdefault`; `core.make_months` adds more later.
    """
    op.execute(f"create table {table}_pdefault partition of {table} default")
    op.execute(f"select core.make_months('{table}', '{first}-01', '{last}-01')")


def say_personal(table: str, words: str) -> None:
    """Mark a table that holds personal data: which, and when it goes. A house test asks for it."""
    quoted = words.replace("'", "''")
    op.execute(f"comment on table {table} is 'personal data: {quoted}'")


def drop_function(signature: str) -> None:
    """For downgrades: remove a function."""
    op.execute(f"drop function if exists {signature}")


def _roles(tiers: Tier | Iterable[Tier]) -> str:
    chosen = (tiers,) if isinstance(tiers, Tier) else tuple(tiers)
    return ", ".join(tier.role_name for tier in chosen)
