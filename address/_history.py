"""The history of codes read from the tables. Behind the door: call `address.service`."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes, lives
from address.errors import AddressNotFound
from address.lives import Answer, Event, Kind, Status
from address.reading import get
from address.records import DatedCode, DatedName, History, PastEvent


def resolve(session: Session, code: str, on: date) -> Answer:
    """Who answers for a code, typed in any form, on a day: see `address.lives.resolve`. Raises AddressNotFound."""
    wanted = codes.fold(code)
    if get(session, wanted) is None:
        raise AddressNotFound(code)
    return lives.resolve(events_of(session, [wanted]), wanted, on)


def events_of(session: Session, wanted: Iterable[str]) -> list[Event]:
    """The events of these codes and of all that came after them, in the order in which they happened.

    Positions put right are left out: they say nothing about a life.
    """
    rows = session.execute(_REACHED, {"codes": list(wanted)})
    return [
        Event(row.id, Kind(row.event), tuple(row.from_codes), tuple(row.to_codes), row.happened_on,
              None if row.status is None else Status(row.status))
        for row in rows
    ]  # fmt: skip


_REACHED = text("""
    WITH RECURSIVE reached(code) AS (
        SELECT unnest(CAST(:codes AS text[]))
        UNION
        SELECT follower FROM reached
        JOIN address.address_event e ON e.from_codes @> ARRAY[reached.code]
            AND e.event IN ('merge', 'rebuild', 'duplicate')
        CROSS JOIN LATERAL unnest(e.to_codes) follower
    )
    SELECT DISTINCT e.id, e.event, e.from_codes, e.to_codes, e.happened_on, e.detail ->> 'status' AS status
    FROM reached JOIN address.address_event e ON e.from_codes @> ARRAY[reached.code]
        OR (e.event IN ('create', 'split', 'merge', 'rebuild') AND e.to_codes @> ARRAY[reached.code])
    WHERE e.event <> 'correct' OR e.detail ? 'status'
    ORDER BY e.happened_on, e.id
""")


def name_on(session: Session, code: str, on: date) -> str:
    """What the object was called on a day. Raises AddressNotFound."""
    found = get(session, code)
    if found is None:
        raise AddressNotFound(code)
    former = session.execute(
        text("""
            SELECT text FROM address.address_name
            WHERE code = :code AND kind = 'former' AND valid_from <= :on AND valid_to > :on ORDER BY id DESC LIMIT 1
        """),
        {"code": found.code, "on": on},
    ).scalar()
    return found.name if former is None else str(former)


def history(session: Session, code: str) -> History:
    """Other names, other bodies' codes and events of one code, the oldest first."""
    wanted = {"code": codes.fold(code)}
    names = session.execute(
        text("""
            SELECT kind, text, valid_from, valid_to, source FROM address.address_name
            WHERE code = :code ORDER BY valid_from, id
        """),
        wanted,
    )
    others = session.execute(_OTHER_CODES, wanted)
    events = session.execute(
        text("""
            SELECT event, from_codes, to_codes, happened_on, document, recorded_at FROM address.address_event
            WHERE from_codes @> ARRAY[CAST(:code AS text)]
               OR (event IN ('create', 'split', 'merge', 'rebuild', 'duplicate')
                   AND to_codes @> ARRAY[CAST(:code AS text)])
            ORDER BY happened_on, id
        """),
        wanted,
    )
    return History(
        tuple(DatedName(*row) for row in names),
        tuple(DatedCode(*row) for row in others),
        tuple(PastEvent(Kind(row[0]), tuple(row[1]), tuple(row[2]), *row[3:]) for row in events),
    )


_OTHER_CODES = text("""
    SELECT c.scheme, s.name_zh, s.name_en, c.value, c.valid_from, c.valid_to, s.trust
    FROM address.address_code c JOIN address.code_scheme s USING (scheme)
    WHERE c.code = :code ORDER BY c.scheme, c.valid_from
""")


def by_other_code(session: Session, value: str, on: date) -> list[str]:
    """The codes that another body's code meant on a day; most schemes give one, a grid gives none."""
    rows = session.execute(
        text("""
            SELECT code FROM address.address_code
            WHERE scheme IN ('sz25', 'police', 'property') AND value = :value
                AND valid_from <= :on AND (valid_to IS NULL OR valid_to > :on) ORDER BY code
        """),
        {"value": value.strip().upper(), "on": on},
    )
    return list(rows.scalars())


def likely(session: Session, code: str) -> list[str]:
    """Codes of the register that a mistyped code may have meant: one symbol wrong, or two swapped."""
    guesses = codes.corrections(codes.fold(code))
    rows = session.execute(
        text("SELECT code FROM address.address WHERE code = ANY(:codes) ORDER BY code"), {"codes": guesses}
    )
    return list(rows.scalars())
