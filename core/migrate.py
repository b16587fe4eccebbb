"""Bringing a database to the newest schema. Migrations run as the owner, never as the administrator."""

import ast
import warnings
from collections.abc import Iterator

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core import cluster, prepare
from core.actors import Tier
from core.db import engine, unit_of_work
from core.settings import CHECKOUT, settings
from core.workdays import seed

SCRIPTS = CHECKOUT / "alembic"
ROOMS = ("core", "grid", "address", "registry", "incidents", "cases", "patrol", "etl", "maps", "api")


def configuration(connection: Connection | None = None) -> Config:
    """alembic's configuration, made in code; there is no ini file to forget."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def linked_head() -> str | None:
    """The last revision that hangs together with the first one. A gap in the chain ends it."""
    after = {before: revision for revision, before in _chain()}
    revision: str | None = None
    while revision in after:
        revision = after[revision]
    return revision


def _chain() -> Iterator[tuple[str, str | None]]:
    """(revision, the one before it) of every migration file, read without importing it."""
    for path in sorted((SCRIPTS / "versions").glob("*.py")):
        words = {
            node.targets[0].id: node.value.value
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }  # fmt: skip
        words |= {
            node.target.id: node.value.value
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            and isinstance(node.value, ast.Constant)
        }  # fmt: skip
        if "revision" in words:
            before = words.get("down_revision")
            yield str(words["revision"]), None if before is None else str(before)


def upgrade() -> str | None:
    """Server, roles, database and schema to the newest state; seeds what migrations cannot know. Returns the head."""
    info = cluster.ensure()
    prepare.prepare_server(info)
    head = upgrade_schema()
    seed_installation()
    return head


def seed_installation() -> None:
    """Working days, and whom this installation serves: what a migration cannot know."""
    with unit_of_work(Tier.OWNER) as session:
        seed(session)
        session.execute(
            text("update core.installation set county_code = :county, issuer = :issuer"),
            {"county": settings().county_code, "issuer": settings().issuer},
        )


def upgrade_schema() -> str | None:
    """Run the missing migrations as the owner."""
    head = linked_head()
    with engine(Tier.OWNER).connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a gap in the chain while rooms are being built
        command.upgrade(configuration(connection), head or "base")
        connection.commit()
    return head


def differences(connection: Connection) -> list[object]:
    """What the models say and the database lacks, or the other way round. Empty when they agree."""
    found: list[object] = []
    config = configuration(connection)
    config.attributes["differences"] = found
    with EnvironmentContext(config, ScriptDirectory.from_config(config), fn=lambda _revision, _context: []):
        ScriptDirectory.from_config(config).run_env()
    return found


def current() -> str | None:
    """The revision the database is at, or None for an empty one."""
    with engine(Tier.OWNER).connect() as connection:
        exists = connection.execute(text("select to_regclass('core.alembic_version') is not null")).scalar_one()
        if not exists:
            return None
        return connection.execute(text("select version_num from core.alembic_version")).scalar_one_or_none()
