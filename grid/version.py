"""The stamp that tells caches they are old."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def change(session: Session) -> None:
    """Give the grounds a new stamp; part of the transaction that changed them."""
    session.execute(text("UPDATE grid.version SET stamp = gen_random_uuid()"))
