"""The database of the tests: a private cluster of its own, a template brought to head once, a copy for each process.

`session` is an owner's session that is rolled back. `as_tier` works on a fresh copy of its own, where commits are real.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _test_data() -> Path:
    """A data folder for tests only, apart from any real one. WANGGE_DATA moves it."""
    if (chosen := os.environ.get("WANGGE_DATA")) is not None:
        return Path(chosen) if Path(chosen).name == "tests" else Path(chosen) / "tests"
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"wangge-{os.geteuid()}-{name}" / "tests"


os.environ["WANGGE_DATA"] = str(_test_data())
os.environ["WANGGE_IS_TEST"] = "1"
os.environ.pop("WANGGE_DATABASE_URL", None)

from sqlalchemy import text  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from core import accounts, clock, cluster, db, migrate, prepare  # noqa: E402
from core.actors import Actor, Role, Tier, system_actor  # noqa: E402
from core.settings import settings  # noqa: E402

AsTier = Callable[..., AbstractContextManager[Session]]


def _fingerprint() -> str:
    """Changes when a migration or a word they use changes."""
    sources = [*sorted((ROOT / "alembic").rglob("*.py")), *(ROOT / "core").glob("*.py")]
    wanted = [p for p in sources if p.parent.name != "core" or p.name in ("migration.py", "prepare.py", "workdays.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in wanted)).hexdigest()[:12]


@pytest.fixture(scope="session")
def template() -> str:
    """The name of a database at head that nobody connects to; made once, kept for the next run."""
    name = f"template_{_fingerprint()}"
    with prepare.administrator() as connection:
        connection.execute("select pg_advisory_lock(4711)")
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            draft = f"draft_{uuid4().hex[:8]}"
            prepare.make_database(connection, draft)
            prepare.prepare_database(cluster.ensure(), draft)
            db.use_database(draft)
            migrate.upgrade_schema()
            migrate.seed_installation()
            db.use_database(None)
            for (old,) in connection.execute("select datname from pg_database where datname like 'template\\_%'"):
                if old != "template_postgis":
                    connection.execute(f'drop database if exists "{old}"')
            connection.execute(f'alter database "{draft}" rename to "{name}"')
    return name


def _copy(template_name: str) -> str:
    name = f"test_{uuid4().hex[:12]}"
    with prepare.administrator() as connection:
        prepare.make_database(connection, name, template_name)
        prepare.secure_database(connection, name)
    return name


def _drop(name: str) -> None:
    with prepare.administrator() as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def _own_database(template: str) -> Iterator[str]:
    name = _copy(template)
    yield name
    _drop(name)


@pytest.fixture
def database(_own_database: str) -> Iterator[str]:
    """The copy of this test process; nothing may be committed in it."""
    db.use_database(_own_database)
    yield _own_database
    db.use_database(None)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """An owner's session, rolled back at the end of the test. Commits inside become savepoints."""
    with db.engine(Tier.OWNER).connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as made:
            yield made
        outer.rollback()


@pytest.fixture
def fresh_database(template: str) -> Iterator[str]:
    """A copy for one test, where commits are real; dropped afterwards. unit_of_work works in it."""
    name = _copy(template)
    db.use_database(name)
    yield name
    db.use_database(None)
    _drop(name)


@pytest.fixture
def as_tier(fresh_database: str) -> AsTier:
    """`with as_tier(Tier.WORKER, token=t) as session:` commits for real, in a copy that ends with the test."""
    return db.unit_of_work


@pytest.fixture
def at() -> datetime:
    """A fixed moment: Monday 2 March 2026, 10:00 in Shanghai."""
    return datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def actor() -> Actor:
    """The system, for verbs that want an actor."""
    return system_actor("test")


@pytest.fixture
def signed_in(fresh_database: str, actor: Actor) -> Callable[..., Actor]:
    """`signed_in(Role.WORKER, [3, 4])` makes an account answering for grids 3 and 4 and signs it in for real."""

    def sign_in(role: Role, area_ids: list[int] | None = None, login: str | None = None) -> Actor:
        now = clock.now()
        with db.unit_of_work(Tier.ACCOUNTS) as work:
            made = accounts.create_account(
                work, login or f"u{uuid4().hex[:8]}", "测试员", role, None, area_ids or [], actor=actor, at=now
            )
            token = accounts.begin_session(work, made.id, at=now).token
            found = accounts.actor_of(work, token, at=now)
        assert found is not None
        return found

    return sign_in


def one(session: Session, sql: str, **values: object) -> object:
    """The single value of a statement."""
    return session.execute(text(sql), values).scalar_one()


def pytest_sessionfinish() -> None:
    """Whoever leaves last stops the cluster of the tests."""
    db.dispose()
    cluster.release()
    settings.cache_clear()
