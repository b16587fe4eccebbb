"""Hot reads: psycopg connections from pools of their own, for what is asked a hundred times a second.

A session costs more than the look-up itself, and slow work elsewhere must not use up the connections of these.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import psycopg
import psycopg_pool

from core import cluster, db
from core.actors import Tier

CONNECTIONS: Final = 6
WAIT_S: Final = 3.0
"""How long a question waits for a free connection before it is told to come back."""

FRESH_S: Final = 1.0
"""A connection used so lately is not asked whether it still stands."""


class Connection(psycopg.Connection[Any]):
    """A connection that knows when it was used last (time.monotonic)."""

    used_at = 0.0


Pool = psycopg_pool.ConnectionPool[Connection]

_pools: dict[tuple[Tier, str | None], Pool] = {}
_guard = threading.Lock()


@contextmanager
def reading(tier: Tier, *, token: str | None = None) -> Iterator[Connection]:
    """A connection to read with. `token` is what row-level security resolves; with one, all is one transaction.

    Raises Unavailable when the database cannot be reached.
    """
    try:
        with _pool(tier).connection(timeout=WAIT_S) as connection:
            if token is None:
                yield connection
                return
            with connection.transaction():
                connection.execute("select set_config('wangge.session', %s, true)", [token])
                yield connection
    except (psycopg_pool.PoolTimeout, psycopg.OperationalError) as exc:
        raise db.away() from exc


def dispose() -> None:
    """Close all pools; the next question opens new ones."""
    with _guard:
        for pool in _pools.values():
            pool.close(timeout=1.0)
        _pools.clear()


def _pool(tier: Tier) -> Pool:
    key = (tier, db.chosen_database())
    with _guard:
        if key not in _pools:
            _pools[key] = _opened(*key)
        return _pools[key]


def _opened(tier: Tier, database: str | None) -> Pool:
    """Opened without waiting: a database that is away is no reason to fail here.

    Plans are made for each question: a generic plan of a word search would read the whole table.
    """

    def keywords() -> dict[str, Any]:
        # the private cluster may have been killed: ensure() repairs and starts it
        return {**cluster.ensure().keywords(tier, database), "prepare_threshold": None, "autocommit": True}

    return psycopg_pool.ConnectionPool(
        kwargs=keywords,
        min_size=1,
        max_size=CONNECTIONS,
        connection_class=Connection,
        check=_check,
        reset=_used,
        reconnect_timeout=WAIT_S,
        open=True,
        name=f"hot-{tier.value}",
    )


def _check(connection: Connection) -> None:
    """Ask a connection that has lain still; an error makes the pool throw it away and take another."""
    if monotonic() - connection.used_at > FRESH_S:
        psycopg_pool.ConnectionPool.check_connection(connection)


def _used(connection: Connection) -> None:
    connection.used_at = monotonic()


db.on_dispose(dispose)
