"""Other bodies' codes, computed and dated. Behind the door: call `address.service.recode` and `recode_all`.

A row says from when to when a value held. What no longer holds is closed on the day of the change and what holds now
opens on it, in one statement over all places concerned; codes, names and positions of addresses stay.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from address.codes import fold
from address.errors import AddressNotFound, BadOtherCode
from address.reading import get
from core import jobs
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from grid.records import DAWN

TAKEN_OVER = ("police", "property")
"""Schemes whose values other bodies give; the rest is computed here."""
AFTER = timedelta(minutes=2)


def recode(session: Session, grid_ids: Sequence[int], *, actor: Actor, at: datetime) -> int:
    """After these grids were drawn, redrawn or renumbered: dated codes of the places in them, or that were in them,
    as they are now. How many rows were closed or opened. Writes one audit row when something changed."""
    where = """
        house.code IN (
            SELECT code FROM address.address WHERE grid_id = ANY(:ids)
            UNION
            SELECT o.code FROM address.address_code o JOIN grid.grid g ON o.value = g.code
            WHERE g.id = ANY(:ids) AND o.scheme = 'grid15' AND o.valid_to IS NULL)
    """
    return _recode(session, where, {"ids": [int(one) for one in grid_ids]}, actor, at)


def recode_places(session: Session, codes: Sequence[str], *, actor: Actor, at: datetime) -> int:
    """The same for the houses among these codes and those that the rooms among them stand in."""
    where = """
        house.code IN (
            SELECT unnest(ARRAY[a.code, a.parent_code, up.parent_code]) FROM address.address a
            LEFT JOIN address.address up ON up.code = a.parent_code WHERE a.code = ANY(:codes))
    """
    return _recode(session, where, {"codes": list(codes)}, actor, at)


def recode_all(session: Session, *, actor: Actor, at: datetime) -> int:
    """The same for every place; after a load. A second call changes nothing."""
    return _recode(session, "true", {}, actor, at)


def ask_for_recode(session: Session, at: datetime) -> None:
    """Have all places recoded in a while: loads within `AFTER` of each other are followed by one job."""
    jobs.enqueue(session, "address.recode", {}, key="all", at=at, run_after=at + AFTER)


@jobs.handler("address.recode")
def _after_load(session: Session, payload: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    recode_all(session, actor=actor, at=at)


def _recode(session: Session, where: str, values: Mapping[str, Any], actor: Actor, at: datetime) -> int:
    for table in ("address_wanted", "address_concerned"):
        session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))
    session.execute(text(_CONCERNED.format(where=where)), values)
    session.execute(text("ANALYZE address_concerned"))
    session.execute(_WANTED)
    session.execute(text("ANALYZE address_wanted"))
    changed: int = session.execute(_REPLACE, {"on": day_of(at), "dawn": DAWN}).scalar_one()
    for table in ("address_wanted", "address_concerned"):
        session.execute(text(f"DROP TABLE {table}"))
    if changed:
        record(session, actor, "address.recoded", "address.address", "", at, {"rows": changed})
    return changed


_LIVING = "status IN ('provisional', 'current')"
# A house is what people call by one number: a building, a plate or a landmark. Rooms are numbered inside theirs.
_CONCERNED = f"""
    CREATE TEMP TABLE address_concerned ON COMMIT DROP AS
    WITH house AS MATERIALIZED (
        SELECT code, code AS house, grid_id, lon, lat, false AS is_room, created_at, '' AS sorting
        FROM address.address house WHERE level IN ('building', 'door', 'landmark') AND {_LIVING} AND ({{where}})
    ), above(code, house, unit) AS (
        SELECT code, code, '' FROM house
        UNION ALL
        SELECT a.code, house.code, a.unit FROM house JOIN address.address a ON a.parent_code = house.code
        WHERE a.level = 'unit' AND a.{_LIVING}
    )
    SELECT * FROM house
    UNION ALL
    SELECT a.code, above.house, NULL, NULL, NULL, true, a.created_at,
           lpad(coalesce(above.unit, ''), 8, '0') || lpad(coalesce(a.room, a.floor, ''), 12, '0')
    FROM above JOIN address.address a ON a.parent_code = above.code WHERE a.level = 'room' AND a.{_LIVING}
"""
# Numbers once given inside a grid or a house are never given again; a house that comes back takes a new one.
_WANTED = text("""
    CREATE TEMP TABLE address_wanted ON COMMIT DROP AS
    WITH house AS MATERIALIZED (
        SELECT c.*, g.code AS grid_code, o.value AS held,
               CASE WHEN g.code ~ '^[0-9]{12}0[0-9]{2}$' AND g.code !~ '000$'
                    THEN left(g.code, 12) || right(g.code, 2) END COLLATE "C" AS ground
        FROM address_concerned c LEFT JOIN grid.grid g ON g.id = c.grid_id
        LEFT JOIN address.address_code o ON o.code = c.code AND o.scheme = 'sz25' AND o.valid_to IS NULL
        WHERE NOT c.is_room
    ), used AS MATERIALIZED (
        SELECT one.ground, (SELECT substr(max(o.value), 15, 5)::int FROM address.address_code o
            WHERE o.scheme = 'sz25' AND o.value BETWEEN one.ground || repeat('0', 11) AND one.ground || repeat('9', 11)
        ) AS most FROM (SELECT DISTINCT ground FROM house) one
    ), numbered AS (
        SELECT house.*, CASE WHEN left(held, 14) = house.ground THEN substr(held, 15, 5)::int
            ELSE coalesce(used.most, 0) + row_number() OVER (
                PARTITION BY house.ground, left(held, 14) IS NOT DISTINCT FROM house.ground
                ORDER BY created_at, code) END AS number
        FROM house LEFT JOIN used ON used.ground = house.ground
    ), house25 AS MATERIALIZED (
        SELECT *, CASE WHEN number <= 99999 THEN ground || lpad(number::text, 5, '0') END COLLATE "C" AS digits19
        FROM numbered
    ), room AS MATERIALIZED (
        SELECT c.code, c.house, c.sorting, house25.digits19, CASE WHEN row_number() OVER (
            PARTITION BY c.house, substr(o.value, 20) ORDER BY c.code) = 1 THEN substr(o.value, 20)::int END AS held
        FROM address_concerned c JOIN house25 ON house25.code = c.house
        LEFT JOIN address.address_code o ON o.code = c.code AND o.scheme = 'sz25' AND o.valid_to IS NULL
        WHERE c.is_room
    ), room_used AS MATERIALIZED (
        SELECT one.house, greatest(one.held, (SELECT substr(max(o.value), 20)::int FROM address.address_code o
            WHERE o.scheme = 'sz25' AND o.value BETWEEN one.digits19 || '000000' AND one.digits19 || '999999')) AS most
        FROM (SELECT house, digits19, max(held) AS held FROM room GROUP BY 1, 2 HAVING count(*) > count(held)) one
    ), room25 AS (
        SELECT room.*, coalesce(room.held, coalesce(room_used.most, 0) + row_number() OVER (
            PARTITION BY room.house, room.held IS NULL ORDER BY sorting, code)) AS number
        FROM room LEFT JOIN room_used USING (house)
    )
    SELECT code, 'sz25' AS scheme, digits19 || '000000' AS value FROM house25
    UNION ALL SELECT code, 'sz25', digits19 || lpad(number::text, 6, '0') FROM room25
    UNION ALL SELECT code, 'grid15', grid_code FROM house25
    UNION ALL SELECT code, 'coordinate', lpad(round(lon * 100000)::text, 8, '0')
        || lpad(round(lat * 100000)::text, 7, '0') FROM house25
""")
# A first value counts as held since ever, as a first boundary does. One that began the same day is corrected in place.
_REPLACE = text("""
    WITH stale AS (
        SELECT o.id, o.valid_from FROM address.address_code o
        JOIN address_wanted w ON w.code = o.code AND w.scheme = o.scheme
        WHERE o.valid_to IS NULL AND o.value IS DISTINCT FROM w.value
    ), closed AS (
        UPDATE address.address_code o SET valid_to = :on FROM stale
        WHERE o.id = stale.id AND stale.valid_from < :on RETURNING o.code, o.scheme
    ), mended AS (
        UPDATE address.address_code o SET value = w.value FROM stale, address_wanted w
        WHERE o.id = stale.id AND stale.valid_from >= :on AND w.code = o.code AND w.scheme = o.scheme
            AND w.value IS NOT NULL RETURNING o.code
    ), opened AS (
        INSERT INTO address.address_code (code, scheme, value, valid_from)
        SELECT w.code, w.scheme, w.value, CASE WHEN known.code IS NULL THEN CAST(:dawn AS date) ELSE :on END
        FROM address_wanted w
        LEFT JOIN closed ON closed.code = w.code AND closed.scheme = w.scheme
        LEFT JOIN address.address_code held ON held.code = w.code AND held.scheme = w.scheme AND held.valid_to IS NULL
        LEFT JOIN (SELECT DISTINCT code, scheme FROM address.address_code
                   WHERE code IN (SELECT code FROM address_concerned)) known
            ON known.code = w.code AND known.scheme = w.scheme
        WHERE w.value IS NOT NULL AND (held.code IS NULL OR closed.code IS NOT NULL)
        ORDER BY w.scheme, w.code
        ON CONFLICT (code, scheme, valid_from) DO UPDATE SET value = excluded.value, valid_to = NULL RETURNING code
    )
    SELECT (SELECT count(*) FROM closed) + (SELECT count(*) FROM mended) + (SELECT count(*) FROM opened)
""")


def set_other_code(
    session: Session, code: str, scheme: str, value: str, *, on: date, actor: Actor, at: datetime
) -> None:
    """Take over what another body calls a place from a day on (police id, real-estate unit number); the old one ends.

    Raises AddressNotFound, and BadOtherCode for an unknown scheme, a value of the wrong form, or an earlier day.
    """
    found = get(session, fold(code))
    if found is None:
        raise AddressNotFound(code)
    row = session.execute(
        text("SELECT name_zh, name_en, pattern FROM address.code_scheme WHERE scheme = :scheme"), {"scheme": scheme}
    ).first()
    if row is None or scheme not in TAKEN_OVER:
        raise BadOtherCode(f"不能登记这种编码：{scheme}", f"no value is taken over for {scheme}")
    values = {"code": found.code, "scheme": scheme, "value": value.strip().upper(), "on": on}
    if not session.execute(text("SELECT :value ~ :pattern"), values | {"pattern": row.pattern}).scalar():
        raise BadOtherCode(f"{row.name_zh}的格式不对：{value}", f"not a {row.name_en}: {value}")
    since = session.execute(_SINCE, values).scalar()
    if since is not None and on <= since:
        raise BadOtherCode(f"{row.name_zh}自 {since} 起已有值；请给出更晚的日期", f"it has a value since {since}")
    session.execute(_CLOSE, values)
    session.execute(_OPEN, values)
    record(session, actor, "address.other_code", "address.address", found.code, at, {"scheme": scheme})


_SINCE = text("SELECT max(valid_from) FROM address.address_code WHERE code = :code AND scheme = :scheme")
_CLOSE = text(
    "UPDATE address.address_code SET valid_to = :on WHERE code = :code AND scheme = :scheme AND valid_to IS NULL"
)
_OPEN = text("INSERT INTO address.address_code (code, scheme, value, valid_from) VALUES (:code, :scheme, :value, :on)")
