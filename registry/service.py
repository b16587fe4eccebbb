"""The door of the registry. What comes out is masked, but for `reveal`, which writes down who looked and why."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from registry._businesses import load_businesses
from registry._contacts import erase_contacts, keep_contact, keep_contacts, reveal
from registry._population import recount
from registry._residents import load_residents
from registry.masking import mask_name, mask_phone, mask_room
from registry.masking import mask_text as mask_words
from registry.reading import businesses_of, dossier, key_of, near, own_residents, population, residents_of
from registry.records import (
    PURPOSE_NAMES_ZH,
    Business,
    ContactRef,
    Dossier,
    GridPopulation,
    Household,
    Kind,
    PersonDot,
    Purpose,
    Resident,
    Revealed,
)

__all__ = [
    "PURPOSE_NAMES_ZH",
    "Business",
    "ContactRef",
    "Dossier",
    "GridPopulation",
    "Household",
    "Kind",
    "PersonDot",
    "Purpose",
    "Resident",
    "Revealed",
    "businesses_of",
    "dossier",
    "erase_contacts",
    "keep_contact",
    "keep_contacts",
    "key_of",
    "load_businesses",
    "load_residents",
    "mask_name",
    "mask_phone",
    "mask_room",
    "mask_words",
    "near",
    "own_residents",
    "population",
    "relink_grids",
    "residents_of",
    "reveal",
]


def relink_grids(session: Session, *, actor: Actor, at: datetime) -> int:
    """After grids were redrawn: give people and businesses the grid that their code has now. How many moved.

    Only those whose place is sure have a grid at all; that does not change here. Open residences and sites follow.
    """
    moved = 0
    touched: set[int | None] = set()
    for statement in (_MOVE_PERSONS, _MOVE_HOUSEHOLDS, _MOVE_BUSINESSES):
        for before, after in session.execute(statement):
            moved += 1
            touched |= {before, after}
    if moved:
        for statement in (_FOLLOW_PERSONS, _FOLLOW_BUSINESSES):
            session.execute(statement)
        recount(session, touched)
        record(session, actor, "registry.grids_relinked", "registry.person", "", at, {"moved": moved})
    return moved


_MOVE_PERSONS = text("""
    UPDATE registry.person p SET grid_id = v.grid_id
    FROM registry.person old JOIN address.v_place v ON v.code = old.home_code
    WHERE p.id = old.id AND old.precision IN ('room', 'building', 'door') AND old.grid_id IS DISTINCT FROM v.grid_id
    RETURNING old.grid_id, p.grid_id
""")
_MOVE_HOUSEHOLDS = text("""
    UPDATE registry.household h SET grid_id = v.grid_id
    FROM registry.household old JOIN address.v_place v ON v.code = old.home_code
    WHERE h.id = old.id AND old.grid_id IS NOT NULL AND old.grid_id IS DISTINCT FROM v.grid_id
    RETURNING old.grid_id, h.grid_id
""")
_MOVE_BUSINESSES = text("""
    UPDATE registry.business b SET grid_id = v.grid_id
    FROM registry.business old JOIN address.v_place v ON v.code = old.site_code
    WHERE b.id = old.id AND old.precision IN ('room', 'building', 'door') AND old.grid_id IS DISTINCT FROM v.grid_id
    RETURNING old.grid_id, b.grid_id
""")
# A grid is a relation of the place, not a move of the person: the open row is corrected, its dates stay.
_FOLLOW_PERSONS = text("""
    UPDATE registry.residence r SET grid_id = p.grid_id FROM registry.person p
    WHERE p.id = r.person_id AND r.valid_to IS NULL AND r.grid_id IS DISTINCT FROM p.grid_id
""")
_FOLLOW_BUSINESSES = text("""
    UPDATE registry.business_site s SET grid_id = b.grid_id FROM registry.business b
    WHERE b.id = s.business_id AND s.valid_to IS NULL AND s.grid_id IS DISTINCT FROM b.grid_id
""")
