"""Calling the client programs of PostgreSQL: psql, pg_dump, pg_restore."""

import os
from collections.abc import Sequence
from typing import Any

from core import cluster
from core.actors import Tier


def psql_argv(tier: Tier | None = None, words: Sequence[str] = ()) -> tuple[list[str], dict[str, str]]:
    """The command line and environment of psql as one tier (default: the administrator)."""
    info = cluster.ensure()
    keywords = info.admin if tier is None else info.keywords(tier)
    return [cluster.program("psql"), *words], client_environment(keywords)


def client_environment(keywords: dict[str, Any]) -> dict[str, str]:
    """The environment in which psql, pg_dump and their like reach the server as this user."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    chosen = {variable: str(keywords[name]) for name, variable in names.items() if keywords.get(name)}
    return {**os.environ, **chosen}
