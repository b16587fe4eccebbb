"""The schema: empty to head equals the models; personal data is labelled; nobody is scored."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import db, migrate
from core.actors import Tier

pytestmark = pytest.mark.db

SCHEMAS = "('core','grid','address','registry','incidents','cases','patrol','etl','maps','api')"
SCORES = re.compile(r"(score|rating|risk|label|danger|credit_level|predict|suspicio|profile|blacklist)")
STAFF_TABLES = {"core.account"}  # who works here; all other personal data is in registry


def test_empty_to_head_equals_the_models(database: str) -> None:
    with db.engine(Tier.OWNER).connect() as connection:
        differences = migrate.differences(connection)
    assert [str(one) for one in differences] == []


def test_nobody_is_scored(session: Session) -> None:
    """Analysis is of places, cases and services. No column of registry looks like a judgement of a person."""
    names = session.execute(
        text("select table_schema || '.' || table_name || '.' || column_name from information_schema.columns "
             "where table_schema = 'registry'")
    ).scalars()  # fmt: skip
    assert [name for name in names if SCORES.search(name.rpartition(".")[2])] == []


def test_every_table_with_personal_data_says_so_and_no_other(session: Session) -> None:
    rows = session.execute(
        text(f"""select n.nspname || '.' || c.relname, coalesce(obj_description(c.oid), '')
                   from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in {SCHEMAS}""")
    ).all()
    labelled = {name for name, comment in rows if "personal data:" in comment}
    expected = {name for name, _ in rows if name.startswith("registry.")} | STAFF_TABLES
    assert labelled == expected


def test_registry_tables_that_carry_a_grid_are_narrowed_by_it(session: Session) -> None:
    rows = session.execute(
        text("""select c.relname, c.relrowsecurity and c.relforcerowsecurity
                  from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  join pg_attribute a on a.attrelid = c.oid and a.attname = 'grid_id'
                 where n.nspname = 'registry' and c.relkind in ('r', 'p') and not c.relispartition""")
    ).all()
    assert [name for name, is_narrowed in rows if not is_narrowed] == []


def test_views_run_as_their_caller(session: Session) -> None:
    rows = session.execute(
        text(f"""select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where c.relkind = 'v' and n.nspname in {SCHEMAS}
                    and not coalesce(c.reloptions @> array['security_invoker=true'], false)""")
    ).scalars()
    assert list(rows) == []


def test_definer_functions_fix_their_search_path_and_are_closed_to_the_public(session: Session) -> None:
    rows = session.execute(
        text(f"""select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                  where p.prosecdef and n.nspname in {SCHEMAS}
                    and (not coalesce(array_to_string(p.proconfig, ',') like '%search_path=%', false)
                         or has_function_privilege('public', p.oid, 'execute'))""")
    ).scalars()
    assert list(rows) == []


def test_everything_belongs_to_the_owner(session: Session) -> None:
    rows = session.execute(
        text(f"""select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname in {SCHEMAS} and pg_get_userbyid(c.relowner) <> 'wangge_owner'""")
    ).scalars()
    assert list(rows) == []


@pytest.mark.parametrize("tier", [Tier.TILES, Tier.AUDIT, Tier.INTAKE])
def test_encrypted_columns_are_out_of_reach_of_tiers_that_never_reveal(session: Session, tier: Tier) -> None:
    rows = session.execute(
        text("""select table_name, column_name from information_schema.column_privileges
                 where grantee = :role and table_schema = 'registry' and column_name like '%\\_enc'
                   and privilege_type = 'SELECT'"""),
        {"role": tier.role_name},
    ).all()
    assert rows == []


def test_the_chain_of_migrations_is_whole() -> None:
    """Each migration follows another one, up to one head; a gap would be left out without a word."""
    assert len(list((migrate.SCRIPTS / "versions").glob("*.py"))) == len(migrate.linked())
