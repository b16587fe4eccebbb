"""Taking back what a batch brought. Behind the door: call `registry.service`.

What was loaded by mistake about people is erased, not kept: they were never to be here. What the batch changed in rows
that were here before cannot be put back (what they said before is not kept twice) and stays, which is told.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.rows import Burden
from registry._population import recount


def resting_on(session: Session, codes: Sequence[str]) -> list[Burden]:
    """Residents and businesses that live or trade at these codes, and the batches they came in."""
    found = []
    for zh, en, table, column in (
        ("居民", "residents", "person", "home_code"),
        ("经营主体", "businesses", "business", "site_code"),
    ):
        row = session.execute(
            text(f"""
                SELECT count(*) AS n, array_remove(array_agg(DISTINCT batch_id), NULL) AS batches
                FROM registry.{table} WHERE {column} = ANY(:codes)
            """),
            {"codes": list(codes)},
        ).one()
        if row.n:
            found.append(Burden(zh, en, row.n, tuple(row.batches or ())))
    return found


def withdraw(session: Session, batch_id: int, *, actor: Actor, at: datetime) -> tuple[int, int]:
    """Erase what a batch made: (residents, businesses). Households without a member left go with them."""
    values = {"batch": batch_id}
    people, homes = _erased(session, _PERSONS, values)
    session.execute(_HOUSEHOLDS, values)
    traders, sites = _erased(session, _BUSINESSES, values)
    recount(session, homes | sites)
    detail = {"residents": people, "businesses": traders}
    record(session, actor, "registry.batch_withdrawn", "etl.batch", str(batch_id), at, detail)
    return people, traders


def changed_since(session: Session, batch_id: int) -> list[Burden]:
    """Rows the batch made that later batches have changed."""
    row = session.execute(
        text("""
            SELECT count(*) AS n, array_agg(DISTINCT changed_in) AS batches FROM (
                SELECT changed_in FROM registry.person WHERE batch_id = :batch AND changed_in <> :batch
                UNION ALL
                SELECT changed_in FROM registry.business WHERE batch_id = :batch AND changed_in <> :batch) later
        """),
        {"batch": batch_id},
    ).one()
    return [Burden("后来的更正", "later corrections", row.n, tuple(row.batches))] if row.n else []


def changed_by(session: Session, batch_id: int) -> int:
    """Rows that were here before and that the batch was the last to change."""
    words = text("""
        SELECT (SELECT count(*) FROM registry.person WHERE changed_in = :batch AND batch_id IS DISTINCT FROM :batch)
             + (SELECT count(*) FROM registry.business WHERE changed_in = :batch AND batch_id IS DISTINCT FROM :batch)
    """)
    return int(session.execute(words, {"batch": batch_id}).scalar_one())


def _erased(session: Session, statement: str, values: dict[str, int]) -> tuple[int, set[int | None]]:
    grids = list(session.scalars(text(statement), values))
    return len(grids), set(grids)


_PERSONS = "DELETE FROM registry.person WHERE batch_id = :batch RETURNING grid_id"
_BUSINESSES = "DELETE FROM registry.business WHERE batch_id = :batch RETURNING grid_id"
_HOUSEHOLDS = text("""
    DELETE FROM registry.household h WHERE h.batch_id = :batch
        AND NOT EXISTS (SELECT FROM registry.person p WHERE p.household_id = h.id)
""")
