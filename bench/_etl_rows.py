"""What a load leaves, row by row, the same in every database: keys instead of codes and random ids."""

import json
from collections import Counter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.sealing import sealer

_PARTS: Final = 'a.town, a.village, a."group", a.road, a.lane, a.number, a.sub_number, a.estate, a.building, a.unit'
_KEYS: Final = "ARRAY(SELECT k.key FROM unnest({codes}) AS u(one) JOIN address.address k ON k.code = u.one ORDER BY 1)"
_HOME: Final = "(SELECT k.key FROM address.address k WHERE k.code = {code})"

QUERIES: Final = {
    "address.address": f"""
        SELECT a.key, a.level, a.status, a.name, {_PARTS}, a.floor, a.room, a.town_code, a.village_code, a.grid_id,
               a.lon, a.lat, a.precision_m, a.h3_8, a.h3_9, a.h3_10, a.source_ref, {_HOME.format(code="a.parent_code")}
        FROM address.address a""",
    "address.implied": f"SELECT {_HOME.format(code='i.code')}, told, lon_sum, lat_sum FROM address.implied i",
    "address.address_name": f"""
        SELECT {_HOME.format(code="n.code")}, kind, text, valid_from, valid_to FROM address.address_name n""",
    "address.address_event": f"""
        SELECT event, {_KEYS.format(codes="from_codes")}, {_KEYS.format(codes="to_codes")}, happened_on, detail::text
        FROM address.address_event""",
    "registry.person": f"""
        SELECT p.id_blind, h.number_blind, {_HOME.format(code="p.home_code")}, p.grid_id, p.name_masked, p.gender,
               p.birth_year, p.id_tail, p.phone_masked, p.status, p.precision, p.spot, p.phone_blind, p.content
        FROM registry.person p LEFT JOIN registry.household h ON h.id = p.household_id""",
    "registry.household": f"""
        SELECT number_blind, grid_id, {_HOME.format(code="home_code")} FROM registry.household""",
    "registry.residence": f"""
        SELECT p.id_blind, h.number_blind, {_HOME.format(code="r.home_code")}, r.grid_id, r.relation, r.valid_from,
               r.valid_to
        FROM registry.residence r JOIN registry.person p ON p.id = r.person_id
        LEFT JOIN registry.household h ON h.id = r.household_id""",
    "registry.business": f"""
        SELECT uscc, name, kind, industry, founded_on, status, person_masked, phone_masked, precision, spot, content,
               grid_id, {_HOME.format(code="site_code")}
        FROM registry.business""",
    "registry.business_site": f"""
        SELECT b.uscc, {_HOME.format(code="s.site_code")}, s.grid_id, s.address, s.valid_from, s.valid_to
        FROM registry.business_site s JOIN registry.business b ON b.id = s.business_id""",
    "registry.grid_population": "SELECT * FROM registry.grid_population",
    "registry.contact": "SELECT id, name_masked, phone_masked, phone_blind FROM registry.contact",
    "incidents.report": f"""
        SELECT channel, reference, category, words, location_words, precision, lon, lat, grid_id, h3_9,
               {_HOME.format(code="r.code")}
        FROM incidents.report r""",
    'cases."case"': """
        SELECT channel, reference, status, category, summary, grid_id, due_at - opened_at, moves FROM cases."case" """,
    "etl.batch": "SELECT kind, file_name, sha256, status, rows_done, accepted, repeated, rejected FROM etl.batch",
    "etl.reject": """
        SELECT b.file_name, r.row_no, r.column_name, r.zh FROM etl.reject r JOIN etl.batch b ON b.id = r.batch_id""",
    "core.audit": "SELECT action, actor_name FROM core.audit WHERE action LIKE 'etl.%'",
}
SEALED: Final = {
    "registry.person": "SELECT id, sealed FROM registry.person",
    "registry.household": "SELECT id, sealed FROM registry.household",
    "registry.business": "SELECT id, sealed FROM registry.business",
    "registry.contact": "SELECT id, sealed FROM registry.contact",
}
Rows = dict[str, Counter[str]]


def rows_of(session: Session) -> Rows:
    """Each table's rows as text, with how often each is there; what is sealed is opened."""
    found: Rows = {table: Counter(map(_told, session.execute(text(query)))) for table, query in QUERIES.items()}
    seals = sealer()
    for table, query in SEALED.items():
        opened = (seals.open(table, UUID(str(row.id)), bytes(row.sealed)) for row in session.execute(text(query)))
        found[f"{table}, sealed"] = Counter(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in opened)
    return found


def _told(row: Any) -> str:
    return repr([bytes(value).hex() if isinstance(value, bytes | memoryview) else value for value in row])


def differing(one: Rows, other: Rows) -> dict[str, int]:
    """How many rows of each table are in one of them only; tables that are equal are left out."""
    counts = {table: sum(((one[table] - other[table]) + (other[table] - one[table])).values()) for table in one}
    return {table: count for table, count in counts.items() if count}
