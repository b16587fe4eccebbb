"""What an administrator of the server does once, before the owner's migrations: roles, database, extensions.

Login roles belong to the server, not to a database, so they cannot be part of a migration.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from core import secrets
from core.actors import Tier
from core.cluster import ServerInfo
from core.errors import NotReady
from core.settings import settings

EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")
POSTGIS_OLDEST = (3, 3)
CHANGE_LOCK = 0x77616E67  # advisory lock: one process at a time prepares a server

# How long each tier may hold the database. Loading is long work; a page is not.
STATEMENT_TIMEOUT = {
    Tier.OWNER: "0",
    Tier.WORKER: "10s",
    Tier.COMMAND: "30s",
    Tier.INTAKE: "10s",
    Tier.ETL: "30min",
    Tier.JOBS: "10min",
    Tier.AUDIT: "60s",
    Tier.TILES: "5s",
    Tier.BACKUP: "0",
    Tier.ACCOUNTS: "10s",
}
LONG_TRANSACTIONS = (Tier.OWNER, Tier.ETL, Tier.JOBS, Tier.BACKUP)
MAY_MAKE_TEMP_TABLES = (Tier.OWNER, Tier.ETL, Tier.JOBS)


def prepare_server(info: ServerInfo) -> None:
    """Make sure every login role exists with the password kept in secrets, and the database with its extensions."""
    with _connect(info, "postgres") as connection:
        connection.execute("select pg_advisory_lock(%s)", [CHANGE_LOCK])
        for tier in Tier:
            _make_role(connection, tier)
        make_database(connection, str(info.admin["dbname"]))
    prepare_database(info, str(info.admin["dbname"]))


def make_database(connection: psycopg.Connection[Any], name: str, template: str | None = None) -> None:
    """Create a database owned by wangge_owner unless it exists; with a template a copy of that one."""
    if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        return
    words = sql.SQL("create database {} owner {} template {}").format(
        sql.Identifier(name), sql.Identifier(Tier.OWNER.role_name), sql.Identifier(template or "template0")
    )
    connection.execute(words)


def prepare_database(info: ServerInfo, name: str) -> None:
    """Extensions and the rights that a copy of a database does not inherit. Raises NotReady for an unfit database."""
    with _connect(info, name) as connection:
        _check_locale(connection)
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        _check_postgis(connection)
        connection.execute("revoke create on schema public from public")  # a copy of the database inherits this
        secure_database(connection, name)


def secure_database(connection: psycopg.Connection[Any], name: str) -> None:
    """Nobody connects or makes temporary tables unless named here; a copy of a database does not inherit this."""
    database = sql.Identifier(name)
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    for tier in Tier:
        role = sql.Identifier(tier.role_name)
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, role))
        if tier in MAY_MAKE_TEMP_TABLES:
            connection.execute(sql.SQL("grant temporary on database {} to {}").format(database, role))


def _make_role(connection: psycopg.Connection[Any], tier: Tier) -> None:
    role = sql.Identifier(tier.role_name)
    if not connection.execute("select 1 from pg_roles where rolname = %s", [tier.role_name]).fetchone():
        connection.execute(sql.SQL("create role {} login").format(role))
    settings_of = {
        "statement_timeout": STATEMENT_TIMEOUT[tier],
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60min" if tier in LONG_TRANSACTIONS else "60s",
        "client_min_messages": "warning",
    }
    if tier is Tier.BACKUP:
        connection.execute(sql.SQL("grant pg_read_all_data to {}").format(role))
    bypass = sql.SQL("inherit bypassrls" if tier is Tier.BACKUP else "noinherit nobypassrls")
    password = sql.Literal(secrets.password(tier.role_name))
    connection.execute(
        sql.SQL("alter role {} with login nosuperuser nocreatedb nocreaterole {} password {}").format(
            role, bypass, password
        )
    )
    for key, value in settings_of.items():
        connection.execute(sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(key), sql.Literal(value)))


def _check_locale(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute(
        "select datctype, pg_encoding_to_char(encoding) from pg_database where datname = current_database()"
    ).fetchone()
    if row is None or row[0] in ("C", "POSIX") or row[1] != "UTF8":
        raise NotReady(
            zh=f"数据库的字符设置是 {row}：模糊查找会看不见汉字。请用 UTF8 和 C.UTF-8（或 zh_CN.UTF-8）重建",
            en=f"the database's encoding and LC_CTYPE are {row}: fuzzy search would be blind to Chinese. "
            "Make it again with UTF8 and C.UTF-8 (or zh_CN.UTF-8)",
        )


def _check_postgis(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("select extversion from pg_extension where extname = 'postgis'").fetchone()
    version = tuple(int(part) for part in str(row[0] if row else "0.0").split(".")[:2])
    if version < POSTGIS_OLDEST:
        raise NotReady(
            zh=f"PostGIS {version} 太旧，需要 {POSTGIS_OLDEST}",
            en=f"PostGIS {version} is too old, need {POSTGIS_OLDEST}",
        )


@contextmanager
def _connect(info: ServerInfo, database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**{**info.admin, "dbname": database}, autocommit=True) as connection:
        connection.execute("set lock_timeout = '60s'")
        yield connection


def administrator(database: str | None = None) -> psycopg.Connection[Any]:
    """An autocommitting connection of the server's administrator; for making and dropping databases only."""
    from core.cluster import ensure

    info = ensure()
    return psycopg.connect(**{**info.admin, "dbname": database or "postgres"}, autocommit=True)


def database_name() -> str:
    """The database this process works with."""
    return settings().database_name
