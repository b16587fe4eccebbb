"""A demo district of one hundredth to load, copies of the test database to load it into, and what lies there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from core import clock, db, prepare
from core.actors import Tier, system_actor
from core.db import unit_of_work
from etl.demo.making import make

ACTOR = system_actor("tests")
GROUND = ("divisions.csv", "division_areas.geojson", "grids.gpkg")
"""What must lie there before anything else."""

CONTENTS = {
    "address.address": "source_ref, key, level, status, name, lon, lat, grid_id, precision_m, h3_10",
    "registry.person": "id_blind, name_masked, gender, birth_year, precision, grid_id, household_id IS NULL",
    "registry.residence": "relation, grid_id, valid_to",
    "registry.household": "number_blind, grid_id",
    "registry.business": "uscc, name, kind, industry, precision, grid_id",
    "registry.contact": "id, name_masked, phone_masked",
    "incidents.report": "channel, reference, category, words, location_words, precision, grid_id, h3_9",
    'cases."case"': "channel, reference, status, category, summary, grid_id, due_at - opened_at, moves",
    "cases.case_event": "verb, from_status, to_status, unit, seq",
    "cases.case_clock": "stage, stopped_at IS NULL, grid_id",
    "patrol.team": "code, name, post_lon, post_lat",
    "core.account": "login, role",
}
"""What a load leaves, without what is drawn anew each time (ids, codes, moments of loading)."""


def district(folder: Path) -> Path:
    """The files of a district whose year ended yesterday."""
    make(folder, scale=0.01, seed=5, until=clock.day_of(clock.now()))
    return folder


@contextmanager
def copy_of(template: str) -> Iterator[str]:
    """A database of its own, worked in until the end of the block; then it is dropped."""
    name = f"etl_{uuid4().hex[:12]}"
    with prepare.administrator() as connection:
        prepare.make_database(connection, name, template)
        prepare.secure_database(connection, name)
    db.use_database(name)
    try:
        yield name
    finally:
        db.use_database(None)
        with prepare.administrator() as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')


def contents() -> dict[str, tuple[int, str]]:
    """For each table how many rows and a checksum over what they say, whatever their order."""
    found = {}
    with unit_of_work(Tier.OWNER) as session:
        for table, columns in CONTENTS.items():
            row = session.execute(
                text(f"""SELECT count(*) AS n, coalesce(md5(string_agg(line, '|' ORDER BY line)), '') AS sum
                         FROM (SELECT md5(ROW({columns})::text) AS line FROM {table}) rows""")
            ).one()
            found[table] = (row.n, row.sum)
    return found
