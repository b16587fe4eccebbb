"""The door of the address room. Everybody else asks here or reads the view address.v_place."""

from sqlalchemy.orm import Session

from address._ingest import ingest
from address._placing import index, place
from address._regrid import relink_grids
from address.errors import AddressNotFound, ColumnsMissing
from address.match import Explanation
from address.reading import get, name_of, nearest, resolve, search
from address.records import AddressRecord, Placements
from address.version import stamp

__all__ = [
    "AddressNotFound",
    "AddressRecord",
    "ColumnsMissing",
    "Explanation",
    "Placements",
    "explain",
    "get",
    "index",
    "ingest",
    "name_of",
    "nearest",
    "place",
    "relink_grids",
    "resolve",
    "search",
    "stamp",
]


def explain(session: Session, words: str) -> Explanation:
    """Every step of matching one text, for people who wonder."""
    return index(session).explain(words)
