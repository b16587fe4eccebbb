"""Lists of places: what stands above and below one, and those of a grid. Behind the door: call `address.service`."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes
from address.reading import get
from address.records import AddressRecord

HOUSES = ("building", "door", "landmark")
DEPTH = 4  # estate → building → unit → room


def above(session: Session, found: AddressRecord) -> list[AddressRecord]:
    """What the place stands in, the widest first."""
    chain: list[AddressRecord] = []
    parent = found.parent_code
    while parent is not None and len(chain) < DEPTH and (one := get(session, parent)) is not None:
        chain.append(one)
        parent = one.parent_code
    return chain[::-1]


def children(session: Session, code: str, limit: int) -> list[tuple[str, str, str]]:
    """Code, level and name of what stands directly below, living, in the order of names."""
    rows = session.execute(
        text("""
            SELECT code, level, name FROM address.v_place WHERE parent_code = :code
            ORDER BY length(name), name COLLATE "C" LIMIT :limit
        """),
        {"code": codes.fold(code), "limit": limit},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def codes_below(session: Session, code: str, limit: int) -> list[str]:
    """The code and those of everything below it, at most so many."""
    rows = session.execute(
        text(f"""
            WITH RECURSIVE below(code, depth) AS (
                SELECT CAST(:code AS text) COLLATE "C", 0
                UNION ALL
                SELECT v.code, below.depth + 1 FROM below JOIN address.v_place v ON v.parent_code = below.code
                WHERE below.depth < {DEPTH}
            ) SELECT code FROM below LIMIT :limit
        """),
        {"code": codes.fold(code), "limit": limit},
    )
    return list(rows.scalars())


def houses(session: Session, *, grid_id: int | None = None, below: str | None = None) -> list[str]:
    """Codes of the buildings, plates and landmarks of a grid, or of an estate and all below it, in the order of a walk:
    by road, number and building."""
    inside = None if below is None else codes_below(session, below, 100_000)
    rows = session.execute(
        text("""
            SELECT code FROM address.address
            WHERE level = ANY(:levels) AND status IN ('provisional', 'current')
                AND (CAST(:grid_id AS int) IS NULL OR grid_id = :grid_id)
                AND (CAST(:inside AS text[]) IS NULL OR code = ANY(:inside))
            ORDER BY road, estate, lpad(substring(number FROM '^[0-9]+'), 6, '0'), number,
                     lpad(substring(building FROM '^[0-9]+'), 6, '0'), building, code
        """),
        {"levels": list(HOUSES), "grid_id": grid_id, "inside": inside},
    )
    return list(rows.scalars())


def records(session: Session, wanted: Sequence[str]) -> list[AddressRecord]:
    """The places with these codes, in their order; unknown codes are missing."""
    return [found for code in wanted if (found := get(session, code)) is not None]
