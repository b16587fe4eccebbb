"""The stamp that tells caches of addresses they are old."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def stamp(session: Session) -> UUID:
    """Changes whenever addresses change, and is never the same in two databases."""
    found: UUID = session.execute(text("SELECT stamp FROM address.version")).scalar_one()
    return found


def change(session: Session) -> None:
    """Give the addresses a new stamp; part of the transaction that changed them."""
    session.execute(text("UPDATE address.version SET stamp = gen_random_uuid(), edited = DEFAULT"))
