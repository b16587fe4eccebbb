"""Masked lists. What a session may see is decided in the database: these queries hold no grid filter of their own."""

from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.coords import Place
from registry.records import Business, Dossier, GridPopulation, Household, PersonDot, Resident

LIST_LENGTH = 50
MOST_AT_ONE_CODE = 500  # a tower with more is asked for unit by unit
DEPTH = 4  # estate → building → unit → room

_SHOWN = """
    p.id, p.grid_id, p.home_code, p.household_id, p.name_masked, p.gender, p.birth_year, p.id_tail, p.phone_masked,
    p.status
"""
_BELOW = f"""
    WITH RECURSIVE below(code, depth) AS (
        SELECT CAST(:code AS text) COLLATE "C", 0
        UNION ALL
        SELECT child.code, below.depth + 1 FROM below JOIN address.v_place child ON child.parent_code = below.code
        WHERE below.depth < {DEPTH})
"""
OWN_LIST = f"""
    SELECT {_SHOWN} FROM registry.person p WHERE p.home_code IS NOT NULL {{after}}
    ORDER BY p.grid_id, p.home_code, p.id LIMIT {{limit}}
"""
"""A worker's own people; no grid filter of its own: row-level security gives it. bench/scope measures it."""
REST_OF_GRID = "AND p.grid_id = :grid_id AND (p.home_code, p.id) > (:home_code, :id)"
NEXT_GRIDS = "AND p.grid_id > :grid_id"
"""A page goes on in two steps: one row comparison over all three columns would walk through every grid before it."""
After = tuple[int, str, UUID]


def own_residents(
    session: Session, *, actor: Actor, after: After | None = None, limit: int = LIST_LENGTH
) -> list[Resident]:
    """Residents of the session's own grids by grid, home and id; `after` is the key of the last one seen.

    For workers: a session that sees the whole county gets the whole county.
    """
    if after is None:
        return _own(session, "", {}, limit)
    key = dict(zip(("grid_id", "home_code", "id"), after, strict=True))
    found = _own(session, REST_OF_GRID, key, limit)
    if len(found) < limit:
        found += _own(session, NEXT_GRIDS, {"grid_id": after[0]}, limit - len(found))
    return found


def _own(session: Session, after: str, values: dict[str, Any], limit: int) -> list[Resident]:
    words = text(OWN_LIST.format(after=after, limit=":limit"))
    return [_resident(row) for row in session.execute(words, {**values, "limit": limit})]


def key_of(resident: Resident) -> After | None:
    """Where a page that ends with this resident goes on; None for somebody without grid or home."""
    if resident.grid_id is None or resident.home_code is None:
        return None
    return resident.grid_id, resident.home_code, resident.id


def residents_of(session: Session, code: str, *, actor: Actor, limit: int = MOST_AT_ONE_CODE) -> list[Resident]:
    """Residents at a code and at everything below it (a building: all its rooms), masked, by home and household."""
    rows = session.execute(
        text(f"""
            {_BELOW}
            SELECT {_SHOWN}, r.relation FROM below
            JOIN registry.person p ON p.home_code = below.code
            LEFT JOIN registry.residence r ON r.person_id = p.id AND r.valid_to IS NULL
            ORDER BY p.home_code, p.household_id, p.birth_year, p.id LIMIT :limit
        """),
        {"code": code, "limit": limit},
    )
    return [_resident(row, row.relation) for row in rows]


def businesses_of(session: Session, code: str, *, actor: Actor, limit: int = MOST_AT_ONE_CODE) -> list[Business]:
    """Businesses at a code and at everything below it, by name."""
    rows = session.execute(
        text(f"""
            {_BELOW}
            SELECT b.id, b.grid_id, b.site_code, b.uscc, b.name, b.kind, b.industry, b.person_masked, b.phone_masked,
                   b.status
            FROM below JOIN registry.business b ON b.site_code = below.code
            ORDER BY b.name, b.id LIMIT :limit
        """),
        {"code": code, "limit": limit},
    )
    return [Business(*row) for row in rows]


def dossier(session: Session, code: str, *, actor: Actor) -> Dossier:
    """One address, one file (一址一档): households with their members, and businesses. Empty when nobody is seen."""
    people = residents_of(session, code, actor=actor, limit=MOST_AT_ONE_CODE + 1)
    traders = businesses_of(session, code, actor=actor, limit=MOST_AT_ONE_CODE + 1)
    is_cut = max(len(people), len(traders)) > MOST_AT_ONE_CODE
    ordered = sorted(people[:MOST_AT_ONE_CODE], key=lambda who: (who.home_code or "", str(who.household_id or "")))
    households = tuple(
        Household(household_id, tuple(members))
        for (_, household_id), members in groupby(ordered, key=lambda who: (who.home_code, who.household_id))
    )
    return Dossier(code, households, tuple(traders[:MOST_AT_ONE_CODE]), is_cut)


def near(
    session: Session, bounds: tuple[float, float, float, float], *, actor: Actor, limit: int = 100
) -> list[PersonDot]:
    """Residents inside west, south, east, north that the session may see, at most `limit` (and never above 200)."""
    rows = session.execute(
        text("SELECT id, grid_id, home_code, lon, lat, name_masked FROM registry.people_in(:w, :s, :e, :n, :limit)"),
        {**dict(zip("wsen", bounds, strict=True)), "limit": limit},
    )
    return [PersonDot(row[0], row[1], row[2], Place(lon=row[3], lat=row[4]), row[5]) for row in rows]


def population(session: Session) -> list[GridPopulation]:
    """Counts of every grid the session may see, by grid."""
    rows = session.execute(
        text("SELECT grid_id, persons, households, businesses FROM registry.v_grid_population ORDER BY grid_id")
    )
    return [GridPopulation(*row) for row in rows]


def _resident(row: Row[Any], relation: str | None = None) -> Resident:
    return Resident(
        row.id, row.grid_id, row.home_code, row.household_id, row.name_masked, row.gender, row.birth_year, row.id_tail,
        row.phone_masked, relation, row.status,
    )  # fmt: skip
