"""Sessions: one unit of work is one transaction, under one tier's login role, with the session token set first.

Pools are made at first use, never at import; a database that is away is reported as Unavailable and tried again at the
next call.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from sqlalchemy import BigInteger, DateTime, Engine, LargeBinary, MetaData, Row, Text, Uuid, create_engine, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from core import cluster
from core.actors import Tier
from core.errors import Unavailable

if TYPE_CHECKING:
    import polars as pl

POOL_SIZE = 5
POOL_OVERFLOW = 5
COPY_ROWS = 5_000  # of a frame that become text at a time; the server takes them in meanwhile

_engines: dict[tuple[Tier, str | None], Engine] = {}
_closers: list[Callable[[], None]] = []
_guard = threading.Lock()
_database: str | None = None


class Base(DeclarativeBase):
    """The tables of all rooms share one catalogue; each room's `models` stays private to it.

    Names of keys and indexes follow one convention, so that migrations and models agree.
    """

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy wants a plain class attribute
        str: Text,
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        dict: JSONB,
        dict[str, Any]: JSONB,
        int: BigInteger,
    }


@contextmanager
def unit_of_work(tier: Tier, *, token: str | None = None) -> Iterator[Session]:
    """One transaction as one tier. Commits at the end, rolls back on any error.

    `token` is the session token that row-level security resolves; without one a worker sees no row.
    Raises Unavailable when the database cannot be reached or goes away in the middle.
    """
    connection = _connect(tier)
    try:
        with connection, Session(connection, expire_on_commit=False) as session, session.begin():
            set_token(session, token)
            yield session
    except DBAPIError as exc:
        if (stop := _stop_behind(exc)) is not None:
            raise stop from exc
        if exc.connection_invalidated or isinstance(exc.orig, psycopg.errors.AdminShutdown):
            raise away() from exc
        raise


def _stop_behind(exc: BaseException) -> BaseException | None:
    """Ctrl-C or a signal in the middle of a query: rolling back fails too, and that error hides the wish to stop."""
    seen = exc.__context__
    while seen is not None and not isinstance(seen, KeyboardInterrupt | SystemExit):
        seen = seen.__context__
    return seen


def set_token(session: Session, token: str | None) -> None:
    """Tell row-level security who asks, until this transaction ends."""
    session.execute(text("select set_config('wangge.session', :token, true)"), {"token": token or ""})


def raw_connection(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection under this session, in the same transaction: for COPY."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"not a psycopg connection: {driver!r}")
    return driver


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY rows into `schema.table` (or a temporary table) in this transaction. Returns how many.

    Values are adapted by psycopg; pending ORM changes are flushed first. Conflicts raise: copy to a temporary table
    and upsert from there where repeats are possible.
    """
    session.flush()
    count = 0
    names = ", ".join(f'"{name}"' for name in columns)
    with raw_connection(session).cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_frame(session: Session, table: str, frame: "pl.DataFrame") -> None:
    """COPY a frame into `schema.table` (or a temporary table), columns by name, in this transaction.

    As `copy_rows`, many times as fast. Null stays null and "" stays ""; bytes go into bytea.
    """
    import polars as pl

    session.flush()
    names = ", ".join(f'"{name}"' for name in frame.columns)
    packed = [name for name, kind in frame.schema.items() if kind == pl.Binary]
    hexed = (pl.concat_str(pl.lit("\\x"), pl.col(name).bin.encode("hex")).alias(name) for name in packed)
    written = frame.with_columns(*hexed)
    words = f"copy {table} ({names}) from stdin (format csv)"
    with raw_connection(session).cursor() as cursor, cursor.copy(words) as copy:
        for block in written.iter_slices(COPY_ROWS):
            lines = BytesIO()
            block.write_csv(lines, include_header=False, quote_style="non_numeric")
            copy.write(lines.getbuffer())


def stream_rows(
    session: Session, words: str, values: dict[str, Any] | None = None, *, at_once: int = 5_000
) -> Iterator[Row[Any]]:
    """The rows of a query through a server-side cursor: memory holds `at_once` of them, however many there are."""
    options = {"stream_results": True, "yield_per": at_once}
    yield from session.execute(text(words), values or {}, execution_options=options)


def read_frame(
    session: Session, query: str, schema: Mapping[str, Any], values: Mapping[str, Any] | None = None
) -> "pl.DataFrame":
    """The answer to a query as a frame with these columns, by COPY: for many rows. "" comes as null.

    `query` in psycopg's form (%(name)s); the columns in the order of `schema` (name → polars type).
    """
    import polars as pl

    session.flush()
    told = BytesIO()
    words = f"copy ({query}) to stdout (format csv)"
    with raw_connection(session).cursor() as cursor, cursor.copy(words, values) as copy:
        told.writelines(copy)
    if not told.tell():
        return pl.DataFrame(schema=dict(schema))
    told.seek(0)
    return pl.read_csv(told, has_header=False, new_columns=list(schema), schema_overrides=dict(schema))


def vacuum() -> None:
    """VACUUM (ANALYZE) everything the owner owns, outside any transaction: index-only reads and good plans at once."""
    with engine(Tier.OWNER).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # the catalogues belong to the administrator; the hint about each of them is no news
        connection.execute(text("set client_min_messages = error"))
        connection.execute(text("vacuum (analyze)"))
        connection.execute(text("reset client_min_messages"))


def engine(tier: Tier) -> Engine:
    """The lazily made pool of one tier for the current database."""
    key = (tier, _database)
    with _guard:
        if key not in _engines:
            _engines[key] = _make_engine(tier)
        return _engines[key]


def use_database(name: str | None) -> None:
    """Work with another database of the same server from now on (None: the one of the settings). For tests."""
    global _database  # noqa: PLW0603 - for tests: one a process
    dispose()
    _database = name


def chosen_database() -> str | None:
    """The database that `use_database` chose; None for the one of the settings."""
    return _database


def on_dispose(closer: Callable[[], None]) -> None:
    """Have something closed together with the pools."""
    _closers.append(closer)


def dispose() -> None:
    """Close all pools of this process; the next unit of work makes new ones."""
    for close in _closers:
        close()
    with _guard:
        for made in _engines.values():
            made.dispose()
        _engines.clear()


def _make_engine(tier: Tier) -> Engine:
    database = _database

    def connect() -> psycopg.Connection[Any]:
        keywords = cluster.ensure_known().keywords(tier, database)
        try:
            return psycopg.connect(**keywords)
        except psycopg.OperationalError:
            # the private cluster may have been killed: ensure() repairs and starts it
            return psycopg.connect(**cluster.ensure().keywords(tier, database))

    return create_engine(
        "postgresql+psycopg://",
        creator=connect,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_timeout=10,
    )


def _connect(tier: Tier) -> Any:
    try:
        return engine(tier).connect()
    except (OperationalError, psycopg.OperationalError) as exc:
        raise away() from exc


def away() -> Unavailable:
    """What is told while the database cannot be reached."""
    return Unavailable(
        zh="数据库暂时连不上，请稍后再试", en="the database cannot be reached just now, please try again shortly"
    )
