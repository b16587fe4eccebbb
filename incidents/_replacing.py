"""A person decides where a report is: the place changes, the decision is kept and can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import numpy as np
from psycopg.types.json import Jsonb
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from address import service as addresses
from address.answers import Level
from core import audit, jobs
from core.actors import Actor
from core.clock import day_of
from core.errors import BadInput, NotFound, Refused
from core.settings import settings
from incidents._placing import FINE_M, cells_of
from incidents.doubt import BY_HAND
from incidents.reading import report
from incidents.records import ReportRecord


class Choice(StrEnum):
    """What a person says: one of the candidates, one that was searched for, the whole village, or nowhere."""

    CANDIDATE = "candidate"
    SEARCHED = "searched"
    VILLAGE = "village"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Placing:
    """A decision. `report` is the report as it stands now; `alias_id` the alias that was proposed with it."""

    id: int
    report: ReportRecord
    choice: Choice
    code: str | None
    alias_id: int | None
    placed_by_name: str
    placed_at: datetime


COLUMNS: Final = (
    "code", "place_level", "precision", "precision_m", "placed_why", "place_score", "lon", "lat", "grid_id", "h3_8",
    "h3_9", "h3_10", "doubt",
)  # fmt: skip
"""The columns of incidents.report that say where it is."""
PRECISION: Final[Mapping[str, str]] = {"landmark": "door"}
"""How precise an object of a kind makes a place, where it is not called the same."""


def replace_place(
    session: Session, report_id: UUID, choice: Choice, *, where: str | None, actor: Actor, at: datetime
) -> Placing:
    """Put a doubtful report where a person says. `where` is an address code, or the code of a village division.

    Heat and suggestions of its day are renewed by jobs; the door lets the case follow. One audit row. Raises
    NotFound, and Refused when another has decided already or has it before him.
    """
    before = _locked(session, report_id)
    if before.doubt is None:
        raise Refused(zh="这一条已经核定过了，没有再改", en="this one has been decided already; nothing was changed")
    _check_claim(session, report_id, actor, at)
    new = _columns(session, choice, where, before)
    session.execute(_UPDATE, {**new, "id": report_id, "received_at": before.received_at})
    placing_id = session.execute(
        _KEEP,
        {
            "id": report_id, "received_at": before.received_at, "county": settings().county_code, "choice": choice,
            "code": new["code"], "before": Jsonb({name: getattr(before, name) for name in COLUMNS}), "by": actor.id,
            "name": actor.name, "at": at,
        },
    ).scalar_one()  # fmt: skip
    detail = {"choice": choice.value, "code": new["code"], "before": before.code, "doubt": before.doubt}
    audit.record(session, actor, "report.placed", "report", str(report_id), at, detail)
    _wish(session, before.received_at, at)
    return Placing(placing_id, report(session, report_id), choice, new["code"], None, actor.name, at)


def take_back(session: Session, placing_id: int, *, actor: Actor, at: datetime) -> Placing:
    """Undo a decision: the report stands where it stood, and waits again, before the actor. One audit row.

    Raises NotFound, and Refused when it was taken back already or a later decision stands on it.
    """
    found = session.execute(_PLACING, {"id": placing_id}).first()
    if found is None:
        raise NotFound(zh="没有这次核定", en="there is no such decision")
    _locked(session, found.report_id)
    if session.execute(_UNDO, {"id": placing_id, "by": actor.id, "at": at}).first() is None:
        raise Refused(
            zh="这次核定已被撤销，或之后又有核定，不能再撤销",
            en="this decision was taken back already, or a later one stands on it",
        )
    session.execute(_UPDATE, {**found.before, "id": found.report_id, "received_at": found.received_at})
    audit.record(session, actor, "report.placing_undone", "report", str(found.report_id), at, {"placing": placing_id})
    _wish(session, found.received_at, at)
    return _placing(session, found)


def note_alias(session: Session, placing_id: int, alias_id: int) -> None:
    """Remember which alias was proposed with a decision, for undo."""
    session.execute(
        text("UPDATE incidents.placing SET alias_id = :alias WHERE id = :id"), {"alias": alias_id, "id": placing_id}
    )


def placing_of(session: Session, report_id: UUID) -> Placing | None:
    """The decision that holds for a report; None when nobody has decided."""
    found = session.execute(_HOLDING, {"id": report_id}).first()
    return None if found is None else _placing(session, found)


def _placing(session: Session, row: Row[Any]) -> Placing:
    return Placing(
        row.id, report(session, row.report_id), Choice(row.choice), row.code, row.alias_id, row.placed_by_name,
        row.placed_at,
    )  # fmt: skip


def _locked(session: Session, report_id: UUID) -> Row[Any]:
    """The place of a report; whoever else wants to change it waits."""
    row = session.execute(_LOCK, {"id": report_id}).first()
    if row is None:
        raise NotFound(zh="没有这条反映", en="there is no such report")
    return row


def _check_claim(session: Session, report_id: UUID, actor: Actor, at: datetime) -> None:
    held = session.execute(_CLAIM, {"id": report_id}).first()
    if held is not None and held.claimed_by != actor.id and held.claimed_until > at:
        raise Refused(
            zh="另一位同事正在核定这一条，没有改动", en="a colleague has this one before him; nothing was changed"
        )


def _columns(session: Session, choice: Choice, where: str | None, before: Row[Any]) -> dict[str, Any]:
    if choice is Choice.NONE:
        return _nowhere(before)
    if not where:
        raise BadInput(zh="没有说是哪个地址", en="no address was named")
    if choice is Choice.VILLAGE:
        return _village(session, where)
    found = addresses.get(session, where)
    if found is None or found.status not in ("provisional", "current"):
        raise NotFound(zh="没有这个现用的地址编码", en="there is no such living address code", where=where)
    new: dict[str, Any] = {
        "code": found.code, "place_level": found.level, "precision": PRECISION.get(found.level, found.level),
        "precision_m": found.precision_m, "placed_why": BY_HAND, "place_score": 1.0, "lon": found.lon, "lat": found.lat,
        "grid_id": found.grid_id if found.precision_m <= FINE_M else None, "doubt": None,
    }  # fmt: skip
    return new | _cells(found.lon, found.lat, found.precision_m)


def _village(session: Session, code: str) -> dict[str, Any]:
    """The middle of a village: known, and too vague for a cell or a grid."""
    middle = session.execute(_MIDDLE, {"code": code}).first()
    if middle is None:
        raise NotFound(zh="没有这个村或社区", en="there is no such village", where=code)
    metres = Level.VILLAGE.metres
    new: dict[str, Any] = {
        "code": None, "place_level": None, "precision": "village", "precision_m": metres,
        "placed_why": f"{BY_HAND}: whole village", "place_score": 1.0, "lon": middle.lon, "lat": middle.lat,
        "grid_id": None, "doubt": None,
    }  # fmt: skip
    return new | _cells(middle.lon, middle.lat, metres)


def _nowhere(before: Row[Any]) -> dict[str, Any]:
    """No object. What was only an area stays one; what was an object, or a default point, becomes nothing."""
    new = {name: getattr(before, name) for name in COLUMNS} | {"placed_why": f"{BY_HAND}: no address", "doubt": None}
    if before.code is None and before.doubt != "pile":
        return new
    empty = dict.fromkeys(("code", "place_level", "precision_m", "lon", "lat", "grid_id", "h3_8", "h3_9", "h3_10"))
    return new | empty | {"precision": "none", "place_score": 0.0}


def _cells(lon: float, lat: float, metres: float) -> dict[str, Any]:
    columns = cells_of(np.array([lon]), np.array([lat]), np.array([metres]))
    return {name: column[0] for name, column in columns.items()}


def _wish(session: Session, received_at: datetime, at: datetime) -> None:
    day = day_of(received_at).isoformat()
    jobs.enqueue(session, "heat.refresh", {"days": [day]}, key=day, at=at)
    jobs.enqueue(session, "matter.suggest", {"day": day}, key=day, at=at)


_PLACE: Final = ", ".join(COLUMNS)
_LOCK: Final = text(f"SELECT received_at, {_PLACE} FROM incidents.report WHERE id = :id FOR UPDATE")
_CLAIM: Final = text("SELECT claimed_by, claimed_until FROM incidents.placing_claim WHERE report_id = :id")
_UPDATE: Final = text(
    f"UPDATE incidents.report SET {', '.join(f'{name} = :{name}' for name in COLUMNS)}"
    " WHERE id = :id AND received_at = :received_at"
)
_KEEP: Final = text("""
    INSERT INTO incidents.placing (report_id, received_at, county_code, choice, code, before, placed_by, placed_by_name,
                                   placed_at)
    VALUES (:id, :received_at, :county, :choice, :code, :before, :by, :name, :at) RETURNING id
""")
_PLACING: Final = text("SELECT * FROM incidents.placing WHERE id = :id")
_HOLDING: Final = text("""
    SELECT * FROM incidents.placing WHERE report_id = :id AND undone_at IS NULL ORDER BY id DESC LIMIT 1
""")
_UNDO: Final = text("""
    UPDATE incidents.placing p SET undone_by = :by, undone_at = :at
    WHERE p.id = :id AND p.undone_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM incidents.placing q WHERE q.report_id = p.report_id AND q.id > p.id AND q.undone_at IS NULL)
    RETURNING id
""")
_MIDDLE: Final = text("""
    SELECT ST_X(spot) AS lon, ST_Y(spot) AS lat
    FROM grid.v_division d CROSS JOIN LATERAL (SELECT ST_PointOnSurface(d.geom) AS spot) p
    WHERE d.code = :code AND d.level = 'village' AND d.geom IS NOT NULL
""")
