"""Reading addresses: one by code, by words, by position. Behind the door: call `address.service`."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from address import codes
from address._finding import Sight, find
from address._objects import PARTS
from address.records import AddressRecord
from core.coords import Place
from core.db import raw_connection

_PART_NAMES = ", ".join(f'a."{part}"' for part in PARTS)
PLAIN = tuple(field.name for field in fields(AddressRecord) if field.name != "parts")
_PLAIN_NAMES = ", ".join(f"a.{name}" for name in PLAIN)
_ADDRESS = f"SELECT {_PLAIN_NAMES}, {_PART_NAMES} FROM address.address a"
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
    """What the words of a search box may mean, the likeliest first; see `_finding.find`."""
    found = find(raw_connection(session), words, sight=Sight.ALL, limit=limit).items
    rows = session.execute(text(f"{_ADDRESS} WHERE a.code = ANY(:codes)"), {"codes": [one.code for one in found]})
    known = {row.code: _record(row) for row in rows}
    return [known[one.code] for one in found]


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


def _record(row: Row[Any]) -> AddressRecord:
    told = row._mapping
    parts = {part: told[part] for part in PARTS if told[part]}
    return AddressRecord(parts=parts, **{name: told[name] for name in PLAIN})
