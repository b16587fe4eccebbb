"""How alembic runs here: on the connection that core.migrate hands over, as the owner, over all rooms' models."""

import importlib
import importlib.util
import re
from typing import Any

from alembic import context
from alembic.autogenerate import compare_metadata
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from core.db import Base
from core.migrate import ROOMS

PARTITION = re.compile(r"_p(\d{4}_\d{2}|default)$")

for room in ROOMS:
    if importlib.util.find_spec(room) and importlib.util.find_spec(f"{room}.models"):
        importlib.import_module(f"{room}.models")


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Only the schemas of our rooms."""
    return name in ROOMS if kind == "schema" else True


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Partitions belong to their parent and have no model."""
    if kind == "table" and name and (PARTITION.search(name) or name == "alembic_version"):
        return False
    if kind == "index" and thing.table is not None and PARTITION.search(thing.table.name):
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))


def run() -> None:
    """Migrate on the given connection; the caller commits."""
    connection = context.config.attributes["connection"]
    connection.execute(text("create schema if not exists core"))
    connection.execute(text("set local lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=True,
        include_name=include_name,
        include_object=include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        version_table_schema="core",
        compare_type=True,
    )
    found = context.config.attributes.get("differences")
    if found is not None:
        found.extend(compare_metadata(context.get_context(), Base.metadata))
        return
    with context.begin_transaction():
        context.run_migrations()


run()
