"""What is made from reports by jobs: counts by day for the heat, and default points found and kept out of it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import jobs
from core.actors import Actor
from core.clock import SHANGHAI, day_of
from grid import cells
from incidents import heat as numbers
from incidents import rules
from incidents.kinds import RESOLUTIONS

PILE_DAYS: Final = 364
"""Default points are looked for among the reports of so many days."""

KEPT_OUT: Final = "default point; "
"""Begins `placed_why` of a report that lies on a default point; what stood there before follows."""


@jobs.handler("heat.refresh")
def refresh(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Count the named days anew."""
    del actor, at
    refresh_days(session, [date.fromisoformat(day) for day in payload["days"]])


@jobs.handler("heat.piles")
def look_for_piles(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Find default points, take their reports out of the heat, put back those of points that are none any more."""
    del actor, payload
    keep_out_piles(session, at=at)


def refresh_days(session: Session, days: Sequence[date]) -> None:
    """Make incidents.heat_day of these days (Asia/Shanghai) equal to the reports; repeats of a matter count once.

    Two refreshes of the same day wait for each other.
    """
    if not days:
        return
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('incidents.heat'))"))
    session.execute(text("DELETE FROM incidents.heat_day WHERE day = ANY(:days)"), {"days": list(days)})
    start, end = midnight(min(days)), midnight(max(days) + timedelta(days=1))
    for resolution in RESOLUTIONS:
        values = {"days": list(days), "start": start, "end": end}
        session.execute(text(_count(resolution)), values)


def recount_grids(session: Session, days: Sequence[date], grid_ids: Iterable[int | None]) -> None:
    """As `refresh_days`, but only for these grids (None: reports without one): after reports have changed theirs."""
    if not days:
        return
    ids = sorted({-1 if grid_id is None else grid_id for grid_id in grid_ids})
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('incidents.heat'))"))
    values = {"days": list(days), "ids": ids, "has_none": -1 in ids}
    session.execute(text("DELETE FROM incidents.heat_day WHERE grid_id = ANY(:ids) AND day = ANY(:days)"), values)
    values |= {"start": midnight(min(days)), "end": midnight(max(days) + timedelta(days=1))}
    for resolution in RESOLUTIONS:
        only = "AND (r.grid_id = ANY(:ids) OR (:has_none AND r.grid_id IS NULL))"
        session.execute(text(_count(resolution, only)), values)


def _count(resolution: int, only: str = "") -> str:
    return f"""
        INSERT INTO incidents.heat_day (resolution, day, h3, category, source, channel, grid_id, n)
        SELECT {int(resolution)}, d.day, h3_{int(resolution)}, category, source, channel, coalesce(grid_id, -1), count(*)
        FROM incidents.report r
        CROSS JOIN LATERAL (SELECT (r.received_at AT TIME ZONE 'Asia/Shanghai')::date AS day) d
        WHERE r.received_at >= :start AND r.received_at < :end AND d.day = ANY(:days)
          AND r.h3_{int(resolution)} IS NOT NULL AND NOT r.is_repeat {only}
        GROUP BY 2, 3, 4, 5, 6, 7
    """


def keep_out_piles(session: Session, *, at: datetime) -> int:
    """Compare the default points with the reports of the last `PILE_DAYS`. How many points are kept out now.

    Only positions that came with a report are looked at: our own matcher says itself how vague it is.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('incidents.heat'))"))
    limits = rules.thresholds(session, at)
    found = _piles(
        session, at, limits.get("pile.share", numbers.PILE_SHARE), limits.get("pile.texts", numbers.PILE_TEXTS)
    )
    known = {(row.lon, row.lat) for row in session.execute(text("SELECT lon, lat FROM incidents.fallback_point"))}
    changed: set[date] = set()
    for lon, lat in known - found.keys():
        changed |= _put_back(session, lon, lat)
    for (lon, lat), (n, texts) in found.items():
        session.execute(_NOTE, {"lon": lon, "lat": lat, "n": n, "texts": texts, "at": at})
        changed |= _take_out(session, lon, lat)
    refresh_days(session, sorted(changed))
    return len(found)


def _piles(session: Session, at: datetime, share: float, texts: float) -> dict[tuple[float, float], tuple[int, int]]:
    rows = session.execute(
        text("""
            SELECT lon, lat, count(*)::int AS n, count(DISTINCT location_words)::int AS texts
            FROM incidents.report
            WHERE received_at > :since AND received_at <= :at AND lon IS NOT NULL
              AND (placed_why LIKE 'hint%' OR placed_why LIKE :kept_out)
            GROUP BY lon, lat
            HAVING count(DISTINCT location_words) >= :texts AND count(*) > :share * (
                SELECT count(*) FROM incidents.report
                WHERE received_at > :since AND received_at <= :at AND lon IS NOT NULL)
        """),
        {"since": at - timedelta(days=PILE_DAYS), "at": at, "share": share, "texts": texts, "kept_out": f"{KEPT_OUT}%"},
    )
    return {(row.lon, row.lat): (row.n, row.texts) for row in rows}


def _take_out(session: Session, lon: float, lat: float) -> set[date]:
    rows = session.execute(
        text("""
            UPDATE incidents.report SET h3_8 = NULL, h3_9 = NULL, h3_10 = NULL, placed_why = :kept_out || placed_why,
                   doubt = 'pile'
            WHERE lon = :lon AND lat = :lat AND placed_why LIKE 'hint%' RETURNING received_at
        """),
        {"lon": lon, "lat": lat, "kept_out": KEPT_OUT},
    )
    return _days(row.received_at for row in rows)


def _put_back(session: Session, lon: float, lat: float) -> set[date]:
    finest = cells.cells(np.array([lon]), np.array([lat]), 10)
    of = {f"h3_{r}": int(cells.parents(finest, r)[0]) for r in RESOLUTIONS}
    rows = session.execute(
        text("""
            UPDATE incidents.report SET h3_8 = :h3_8, h3_9 = :h3_9, h3_10 = :h3_10, doubt = NULL,
                   placed_why = substr(placed_why, length(:kept_out) + 1)
            WHERE lon = :lon AND lat = :lat AND placed_why LIKE :like RETURNING received_at
        """),
        {"lon": lon, "lat": lat, "kept_out": KEPT_OUT, "like": f"{KEPT_OUT}%", **of},
    )
    days = _days(row.received_at for row in rows)
    session.execute(
        text("DELETE FROM incidents.fallback_point WHERE lon = :lon AND lat = :lat"), {"lon": lon, "lat": lat}
    )
    return days


_NOTE: Final = text("""
    INSERT INTO incidents.fallback_point (lon, lat, n, texts, found_at) VALUES (:lon, :lat, :n, :texts, :at)
    ON CONFLICT (lon, lat) DO UPDATE SET n = excluded.n, texts = excluded.texts
""")


def _days(moments: Iterable[datetime]) -> set[date]:
    return {day_of(moment) for moment in moments}


def midnight(day: date) -> datetime:
    """The beginning of a Shanghai day."""
    return datetime.combine(day, time(0), SHANGHAI)
