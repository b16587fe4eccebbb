"""Reading addresses: one by code, by words, by position. Behind the door: call `address.service`."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from address import codes
from address._objects import PARTS
from address.records import AddressRecord
from core.coords import Place

_PART_NAMES = ", ".join(f'a."{part}"' for part in PARTS)
PLAIN = tuple(field.name for field in fields(AddressRecord) if field.name != "parts")
_PLAIN_NAMES = ", ".join(f"a.{name}" for name in PLAIN)
_ADDRESS = f"SELECT {_PLAIN_NAMES}, {_PART_NAMES} FROM address.address a"
_ABOVE_ROOMS = "a.level <> 'room' AND a.level <> 'unit' AND a.status <> 'historic'"
_DEGREE_M = 111_320.0


def get(session: Session, code: str) -> AddressRecord | None:
    """The object with this code, typed in any form; None when there is none."""
    row = session.execute(text(f"{_ADDRESS} WHERE a.code = :code"), {"code": codes.fold(code)}).first()
    return None if row is None else _record(row)


def name_of(session: Session, found: Sequence[str]) -> dict[str, str]:
    """The standard names of many codes; unknown codes are missing."""
    rows = session.execute(
        text("SELECT code, name FROM address.address WHERE code = ANY(:codes)"), {"codes": list(found)}
    )
    return {row.code: row.name for row in rows}


def search(session: Session, words: str, limit: int = 10) -> list[AddressRecord]:
    """Estates, doors, buildings and landmarks whose name holds these words, or the object with this code.

    Shortest names first: what somebody types is rarely the longest.
    """
    words = "".join(words.split())
    if not words:
        return []
    folded = codes.fold(words)
    if codes.valid(folded) and (exact := get(session, folded)) is not None:
        return [exact]
    rows = session.execute(
        text(
            f"{_ADDRESS} WHERE {_ABOVE_ROOMS} AND a.name LIKE :words ESCAPE '!' "
            'ORDER BY length(a.name), a.name COLLATE "C" LIMIT :limit'
        ),
        {"words": f"%{_escaped(words)}%", "limit": limit},
    )
    return [_record(row) for row in rows]


def nearest(session: Session, place: Place, limit_m: float) -> AddressRecord | None:
    """The building or plate nearest to a place, not farther than so many metres."""
    row = session.execute(
        text(f"""
            {_ADDRESS} WHERE a.level IN ('building', 'door')
            AND a.geom && ST_Expand(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :across, :up)
            AND ST_DistanceSphere(a.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) <= :limit_m
            ORDER BY ST_DistanceSphere(a.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)), a.level, a.code LIMIT 1
        """),
        {"lon": place.lon, "lat": place.lat, "limit_m": limit_m, "up": limit_m / _DEGREE_M,
         "across": 2 * limit_m / _DEGREE_M},
    ).first()  # fmt: skip
    return None if row is None else _record(row)


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _record(row: Row[Any]) -> AddressRecord:
    told = row._mapping
    parts = {part: told[part] for part in PARTS if told[part]}
    return AddressRecord(parts=parts, **{name: told[name] for name in PLAIN})
