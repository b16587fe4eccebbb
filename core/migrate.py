"""Bringing a database to the newest schema. Migrations run as the owner, never as the administrator."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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


def configuration(connection: Connection, versions: Path) -> Config:
    """alembic's configuration, made in code; there is no ini file to forget."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def linked_head() -> str | None:
    """The last revision that hangs together with the first one. A gap in the chain ends it."""
    found = linked()
    return found[-1] if found else None


def linked() -> list[str]:
    """All revisions that hang together, from the first one on."""
    after = {before: revision for revision, (before, _) in _chain().items()}
    found: list[str] = []
    revision: str | None = None
    while revision in after:
        revision = after[revision]
        found.append(revision)
    return found


def _chain() -> dict[str, tuple[str | None, Path]]:
    """Revision -> the one before it, and its file; read without importing it."""
    found = {}
    for path in sorted((SCRIPTS / "versions").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        words = dict(re.findall(r"""^(revision|down_revision)(?:\s*:[^=]+)?\s*=\s*["']?(\w+)""", text, re.MULTILINE))
        before = words.get("down_revision")
        found[words["revision"]] = (None if before == "None" else before, path)
    return found


@contextmanager
def _scripts() -> Iterator[Path]:
    """The folder of migrations; with a gap in the chain a copy of the linked part, for alembic refuses the rest."""
    chain, whole = _chain(), linked()
    if len(whole) == len(chain):
        yield SCRIPTS / "versions"
        return
    with TemporaryDirectory() as name:
        for revision in whole:
            shutil.copy(chain[revision][1], name)
        yield Path(name)


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
    with engine(Tier.OWNER).connect() as connection, _scripts() as folder:
        command.upgrade(configuration(connection, folder), head or "base")
        connection.commit()
    return head


def differences(connection: Connection) -> list[object]:
    """What the models say and the database lacks, or the other way round. Empty when they agree."""
    found: list[object] = []
    with _scripts() as folder:
        config = configuration(connection, folder)
        config.attributes["differences"] = found
        scripts = ScriptDirectory.from_config(config)
        with EnvironmentContext(config, scripts, fn=lambda _revision, _context: []):
            scripts.run_env()
    return found


def current() -> str | None:
    """The revision the database is at, or None for an empty one."""
    with engine(Tier.OWNER).connect() as connection:
        exists = connection.execute(text("select to_regclass('core.alembic_version') is not null")).scalar_one()
        if not exists:
            return None
        return connection.execute(text("select version_num from core.alembic_version")).scalar_one_or_none()
