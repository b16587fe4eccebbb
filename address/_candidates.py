"""What a doubtful text may mean: objects with the reasons for and against each, the likeliest first.

Behind the door: call `address.service.candidates`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from address._finding import known_names
from address._placing import indexed
from address.judging import NEAR_NUMBERS, Judged, Meant, Reason, Said, judge, names_meant
from address.parse import Parts, parse
from core.db import raw_connection

LOOKED_AT: Final = 400
LONGEST_NAME: Final = 12
WORST: Final = 8.0
BEHIND: Final = 2.5
"""A candidate that costs more than this, or so much more than the best, is none."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One candidate."""

    code: str
    name: str
    level: str
    lon: float
    lat: float
    town: str | None
    village: str | None
    village_code: str | None
    reasons: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What was understood, the candidates, and the village that was said or that most of them lie in."""

    said: Mapping[str, str]
    candidates: list[Offered]
    village: str | None
    village_code: str | None


def candidates(session: Session, words: str, *, placed: str | None = None, most: int = 9) -> Offer:
    """What the words may mean. `placed` = the code where the system put it."""
    known = indexed(session)
    told = known.index.explain(words)
    said = told.parts if any((told.parts.road, told.parts.estate, told.parts.village)) else parse(words)
    names = [name for name in (said.road, said.estate, said.poi[:LONGEST_NAME]) if len(name) > 1] or [said.village]
    meant = names_meant(names, known_names(raw_connection(session))) if names[0] else {}
    rows = {row["code"]: row for row in _named(session, said, meant)}
    if told.decision.tied:
        tied = known.rows["code"].gather(list(told.decision.tied[:LOOKED_AT])).drop_nulls().to_list()
        rows |= {row["code"]: row for row in _rows(session, "a.code = ANY(:codes)", {"codes": tied}, LOOKED_AT)}
    if placed is not None:
        rows |= {row["code"]: row for row in _rows(session, "a.code = :code", {"code": placed}, 1)}
    judged = sorted(
        ((_judged(row, said, meant, placed), row) for row in rows.values()),
        key=lambda one: (one[0].cost, len(one[1]["name"]), one[1]["name"]),
    )
    limit = min(WORST, judged[0][0].cost + BEHIND) if judged else 0.0
    offered = [_offered(row, one.reasons) for one, row in judged if one.cost <= limit][:most]
    village, village_code = _village(session, said, offered)
    parts = {field.name: value for field in fields(said) if (value := getattr(said, field.name))}
    return Offer(parts, offered, village, village_code)


def _judged(row: Mapping[str, Any], said: Parts, meant: Mapping[str, Meant], placed: str | None) -> Judged:
    one = judge(said, row, meant)
    if row["code"] != placed:
        return one
    return Judged(one.cost - 1.0, (Said(Reason.WAS_PLACED), *one.reasons))


def _named(session: Session, said: Parts, meant: Mapping[str, Meant]) -> list[Mapping[str, Any]]:
    """Objects under one of the names, with the number that was said or one beside it."""
    conditions = []
    values: dict[str, Any] = {"names": list(meant), "number": said.number, "building": said.building}
    for n, name in enumerate(meant):
        grams = [ord(a) << 21 | ord(b) for a, b in pairwise(name)]
        if grams:
            conditions.append(f"address.grams(a.name) @> cast(:grams{n} AS bigint[])")
            values[f"grams{n}"] = grams
    if not conditions:
        return []
    digits = re.match(r"\d{1,6}", said.number)
    if digits:
        low, high = int(digits.group()) - NEAR_NUMBERS, int(digits.group()) + NEAR_NUMBERS
        values["near"] = [str(n) for n in range(max(1, low), high + 1)]
    number = "(a.number = :number OR a.number = ANY(:near) OR a.level = 'estate')" if digits else "true"
    building = "(a.building IS NULL OR a.building = :building)" if said.building else "true"
    where = f"""
        a.level <> 'room' AND a.level <> 'unit' AND ({" OR ".join(conditions)})
        AND (a.road = ANY(:names) OR a.estate = ANY(:names) OR a.village = ANY(:names)) AND {number} AND {building}
    """
    order = "a.number IS DISTINCT FROM :number, a.building IS DISTINCT FROM :building, a.level = 'building', a.code"
    return _rows(session, where, values, LOOKED_AT, order)


_PLAIN: Final = "a.code, a.name, a.level, a.lon, a.lat, a.town, a.village, a.village_code"
_PARTS: Final = 'a."group", a.road, a.number, a.sub_number, a.estate, a.building'


def _rows(
    session: Session, where: str, values: Mapping[str, Any], most: int, order: str = "a.code"
) -> list[Mapping[str, Any]]:
    found = session.execute(
        text(
            f"SELECT {_PLAIN}, {_PARTS} FROM address.address a WHERE {where} AND a.status IN ('provisional', 'current')"
            f" ORDER BY {order} LIMIT :most"
        ),
        {**values, "most": most},
    )
    return [dict(row) for row in found.mappings()]


def _offered(row: Mapping[str, Any], reasons: Sequence[Said]) -> Offered:
    return Offered(
        row["code"], row["name"], row["level"], row["lon"], row["lat"], row["town"], row["village"],
        row["village_code"], tuple(reasons),
    )  # fmt: skip


def _village(session: Session, said: Parts, offered: Sequence[Offered]) -> tuple[str | None, str | None]:
    """The village that was said, else the one of the likeliest candidate."""
    if said.village:
        rows = session.execute(_VILLAGE, {"name": said.village, "town": said.town}).all()
        if len(rows) == 1:
            return rows[0].name, rows[0].code
    first = next((one for one in offered if one.village_code), None)
    return (None, None) if first is None else (first.village, first.village_code)


_VILLAGE: Final = text("""
    SELECT v.code, v.name FROM grid.v_division v LEFT JOIN grid.v_division t ON t.code = v.parent_code
    WHERE v.level = 'village' AND v.name = :name AND (:town = '' OR t.name = :town) AND v.geom IS NOT NULL
    LIMIT 2
""")
