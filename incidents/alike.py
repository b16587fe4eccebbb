"""Reports that may tell of the same matter as one report, and those of late around a place: evidence for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.coords import Place
from incidents import rules
from incidents.matter import REACH_M, Pair, alike_to, spots_of
from incidents.records import ReportRecord

METRES_A_DEGREE: Final = 96_000.0
"""Of longitude, at the southern end of what the box must hold."""
COMPARED: Final = 200
"""The nearest in time that are compared with one report."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A report that may tell of the same matter: how like the words (0 … 1), how far, how many days before (+)."""

    report_id: UUID
    received_at: datetime
    channel: str
    words: str
    likeness: float
    metres: float
    days: float
    is_same_code: bool


@dataclass(frozen=True, slots=True)
class Nearby:
    """A report of late near a place; words masked."""

    report_id: UUID
    received_at: datetime
    category: str
    words: str


def alike(session: Session, report: ReportRecord, *, at: datetime, limit: int = 5) -> list[Alike]:
    """Reports, earlier or later, that may tell of the same matter, the likest first. Nothing is joined.

    Compared are those of the same subject, or of the same category where the words tell none.
    """
    if report.lon is None or report.lat is None:
        return []
    limits = rules.matter_thresholds(session, at)
    across = REACH_M * 3 / METRES_A_DEGREE
    rows = session.execute(
        text(f"""
            SELECT o.id, o.received_at, o.channel, o.words, o.location_words, o.lon, o.lat, o.precision_m, o.code,
                   o.category, o.subject
            FROM incidents.report o
            WHERE o.received_at BETWEEN :since AND :until AND o.lon BETWEEN :west AND :east
              AND o.lat BETWEEN :south AND :north AND {_SAME_KIND[report.subject is None]}
            ORDER BY o.id = :id DESC, abs(extract(epoch FROM o.received_at - :received_at)) LIMIT :compared
        """),
        {
            "id": report.id, "category": report.category, "subject": report.subject, "received_at": report.received_at,
            "since": report.received_at - timedelta(days=limits.days),
            "until": report.received_at + timedelta(days=limits.days), "compared": COMPARED,
            "west": report.lon - across, "east": report.lon + across,
            "south": report.lat - across, "north": report.lat + across,
        },
    ).all()  # fmt: skip
    if not rows or rows[0].id != report.id:
        return []
    pairs = alike_to(spots_of(rows), limits, 0, np.arange(1, len(rows)))[:limit]
    return [_alike(rows[pair.earlier], pair) for pair in pairs]


_SAME_KIND: Final = ("o.subject = :subject", "o.subject IS NULL AND o.category = :category")


def near(session: Session, cells: Sequence[int], *, since: datetime, limit: int = 8) -> tuple[int, list[Nearby]]:
    """How many reports since an instant lie in these resolution-10 cells, and the newest of them."""
    rows = session.execute(
        text("""
            SELECT id, received_at, category, words, count(*) OVER () AS n FROM incidents.report
            WHERE h3_10 = ANY(:cells) AND received_at >= :since ORDER BY received_at DESC LIMIT :limit
        """),
        {"cells": list(cells), "since": since, "limit": limit},
    ).all()
    return (rows[0].n if rows else 0), [Nearby(r.id, r.received_at, r.category, r.words) for r in rows]


def place_of(report: ReportRecord) -> Place | None:
    """Where the report was placed; None when nowhere."""
    return None if report.lon is None or report.lat is None else Place(report.lon, report.lat)


def _alike(row: Row[Any], pair: Pair) -> Alike:
    return Alike(row.id, row.received_at, row.channel, row.words, pair.likeness, pair.metres, pair.days, pair.same_code)
