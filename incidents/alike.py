"""Reports that may tell of the same matter as one report, and those of late around a place: evidence for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from core.coords import Place, metres_between
from incidents.matter import Thresholds, bigrams, likeness
from incidents.records import ReportRecord

LIMITS: Final = Thresholds()
COMPARED: Final = 60
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


def alike(session: Session, report: ReportRecord, *, limit: int = 5) -> list[Alike]:
    """Reports of the same category that may tell of the same matter, the likest first. Nothing is joined.

    Compared are those with the same code or in the same resolution-10 cell, `LIMITS.days` before and after.
    """
    rows = session.execute(
        text("""
            SELECT o.id, o.received_at, o.channel, o.words, o.lon, o.lat,
                   coalesce(o.code = :code, false) AS is_same_code
            FROM incidents.report o
            WHERE o.received_at BETWEEN :since AND :until AND o.category = :category AND o.id <> :id
              AND (o.code = :code OR o.h3_10 = (SELECT h3_10 FROM incidents.report
                                                WHERE id = :id AND received_at = :received_at))
            ORDER BY abs(extract(epoch FROM o.received_at - :received_at)) LIMIT :compared
        """),
        {
            "id": report.id, "code": report.code, "category": report.category, "received_at": report.received_at,
            "since": report.received_at - timedelta(days=LIMITS.days),
            "until": report.received_at + timedelta(days=LIMITS.days), "compared": COMPARED,
        },
    ).all()  # fmt: skip
    grams = bigrams(report.words)
    near = [_alike(row, metres, likeness(grams, bigrams(row.words)), report) for row, metres in _far(rows, report)]
    kept = [
        one for one in near
        if one.likeness >= LIMITS.likeness and (one.is_same_code or one.metres <= LIMITS.radius_m)
    ]  # fmt: skip
    return sorted(kept, key=lambda one: (-one.likeness, one.metres))[:limit]


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


def _far(rows: Sequence[Row[Any]], report: ReportRecord) -> list[tuple[Row[Any], float]]:
    here = place_of(report)
    if here is None or not rows:
        return []
    lon = np.array([np.nan if row.lon is None else row.lon for row in rows], dtype=np.float64)
    lat = np.array([np.nan if row.lat is None else row.lat for row in rows], dtype=np.float64)
    metres = metres_between(np.full(len(rows), here.lon), np.full(len(rows), here.lat), lon, lat)
    return list(zip(rows, np.nan_to_num(metres, nan=np.inf).tolist(), strict=True))


def _alike(row: Row[Any], metres: float, share: float, report: ReportRecord) -> Alike:
    days = (report.received_at - row.received_at).total_seconds() / 86400
    return Alike(row.id, row.received_at, row.channel, row.words, share, metres, days, row.is_same_code)
