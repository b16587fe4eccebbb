"""People and businesses at codes that lead to another code now. Behind the door: `registry.service.follow_codes`."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import day_of
from registry._population import recount


def follow_codes(session: Session, *, actor: Actor, at: datetime) -> int:
    """After addresses were merged, rebuilt or found to be duplicates: who was registered there is registered at the one
    code that answers now; how many. The residence or site before is closed today, a new one opens.

    Nobody moves where several codes fit or none: `reports` lists them.
    """
    values = {"today": day_of(at)}
    touched: set[int | None] = set()
    count = 0
    for statement in (_PERSONS, _HOUSEHOLDS, _BUSINESSES):
        for before, after in session.execute(statement):
            touched |= {before, after}
            count += statement is not _HOUSEHOLDS
    if count:
        for statement in (_RESIDENCES, _SITES):
            session.execute(statement, values)
        recount(session, touched)
        record(session, actor, "registry.codes_followed", "registry.person", "", at, {"moved": count})
    return count


def _moved(table: str, code: str) -> str:
    """The first column keeps to the grid's rule: who had no sure grid gets none."""
    return f"""
        UPDATE registry.{table} now SET {code} = v.code,
            grid_id = CASE WHEN old.grid_id IS NULL THEN NULL ELSE v.grid_id END
        FROM registry.{table} old JOIN address.v_successor s ON s.code = old.{code}
        JOIN address.v_place v ON v.code = s.successor
        WHERE now.id = old.id RETURNING old.grid_id, now.grid_id
    """


_PERSONS = text(_moved("person", "home_code"))
_HOUSEHOLDS = text(_moved("household", "home_code"))
_BUSINESSES = text(_moved("business", "site_code"))
# What began today is put right in place: nobody lived half a day at a code.
_RESIDENCES = text("""
    WITH moved AS (
        SELECT r.id, r.valid_from, p.home_code, p.grid_id FROM registry.residence r
        JOIN registry.person p ON p.id = r.person_id
        JOIN address.v_successor s ON s.code = r.home_code
        WHERE r.valid_to IS NULL AND p.home_code IS DISTINCT FROM r.home_code
    ), closed AS (
        UPDATE registry.residence r SET valid_to = :today FROM moved
        WHERE r.id = moved.id AND r.valid_from < :today
        RETURNING r.person_id, r.household_id, r.relation, moved.home_code, moved.grid_id
    ), mended AS (
        UPDATE registry.residence r SET home_code = moved.home_code, grid_id = moved.grid_id FROM moved
        WHERE r.id = moved.id AND r.valid_from >= :today
    )
    INSERT INTO registry.residence (person_id, household_id, home_code, grid_id, relation, valid_from)
    SELECT person_id, household_id, home_code, grid_id, relation, :today FROM closed
""")
_SITES = text("""
    WITH moved AS (
        SELECT t.id, t.valid_from, b.site_code, b.grid_id FROM registry.business_site t
        JOIN registry.business b ON b.id = t.business_id
        JOIN address.v_successor s ON s.code = t.site_code
        WHERE t.valid_to IS NULL AND b.site_code IS DISTINCT FROM t.site_code
    ), closed AS (
        UPDATE registry.business_site t SET valid_to = :today FROM moved
        WHERE t.id = moved.id AND t.valid_from < :today
        RETURNING t.business_id, t.address, moved.site_code, moved.grid_id
    ), mended AS (
        UPDATE registry.business_site t SET site_code = moved.site_code, grid_id = moved.grid_id FROM moved
        WHERE t.id = moved.id AND t.valid_from >= :today
    )
    INSERT INTO registry.business_site (business_id, site_code, grid_id, address, valid_from)
    SELECT business_id, site_code, grid_id, address, :today FROM closed
""")
