"""Taking reports in: the idempotency key first, then category, place, matter, and the wish to renew the heat."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import numpy as np
import polars as pl
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from address import service as addresses
from core import audit, jobs
from core.actors import Actor
from core.clock import day_of
from core.db import copy_rows
from core.rows import Reject
from core.settings import settings
from incidents import rules
from incidents.classify import classify
from incidents.errors import IdempotencyConflict, PersonalColumns
from incidents.incoming import COLUMNS, Incoming, fingerprints, frame_of
from incidents.models import MatterRow, ReceiptRow, ReportRow
from incidents.reading import record_of, report
from incidents.records import Received, ReceivedMany, ReportRecord

FEW: Final = 50
"""Up to so many reports are inserted directly; more go through COPY and a temporary table."""
CELL_PRECISION_M: Final = 150.0
"""A place known worse than this lies in many cells: it never makes one hot."""
FIELDS: Final = tuple(column.name for column in ReportRow.__table__.columns)


def receive(session: Session, incoming: Incoming, *, actor: Actor, at: datetime) -> Received:
    """Take in one report. The same channel and reference again gets the first answer.

    Raises IdempotencyConflict when it came before with another body; nothing is written then.
    """
    many = receive_many(session, frame_of([incoming]), batch_id=None, actor=actor, at=at)
    if many.reports:
        return Received(many.reports[0], is_new=True)
    if many.rejected:
        raise IdempotencyConflict(incoming.channel.value, incoming.reference)
    known = session.scalars(
        select(ReceiptRow.report_id).where(
            ReceiptRow.channel == incoming.channel.value, ReceiptRow.reference == incoming.reference
        )
    ).one()
    return Received(report(session, known), is_new=False)


def receive_many(
    session: Session, frame: pl.DataFrame, *, batch_id: int | None, actor: Actor, at: datetime
) -> ReceivedMany:
    """Take in a chunk with the columns of `incoming.COLUMNS`. What cannot be placed is kept, without a cell.

    A reference that came before with another body is rejected with its row number. Raises PersonalColumns.
    """
    if strangers := [name for name in frame.columns if name not in COLUMNS]:
        raise PersonalColumns(strangers)
    ids = [uuid4() for _ in range(frame.height)]
    bodies = fingerprints(frame)
    is_new = _keep_receipts(session, frame, ids, bodies)
    rejected, repeated = _sort_known(session, frame, bodies, is_new)
    fresh = frame.filter(pl.Series(is_new))
    if fresh.is_empty():
        return ReceivedMany((), repeated, rejected)
    rows = _rows(session, fresh, [one for one, new in zip(ids, is_new, strict=True) if new], batch_id, at)
    _insert(session, rows)
    reports = tuple(record_of(row) for row in rows)
    audit.record_many(session, actor, "report.received", "report", [str(r.id) for r in reports], at)
    days = sorted({day_of(r.received_at).isoformat() for r in reports})
    for day in days:  # a key for each day: wishes of one key become one job, and its days must not get lost
        jobs.enqueue(session, "heat.refresh", {"days": [day]}, key=day, at=at)
    placed = {f"placed_{name}": n for name, n in _counted([r.precision for r in reports]).items()}
    return ReceivedMany(reports, repeated, rejected, placed)


def _keep_receipts(session: Session, frame: pl.DataFrame, ids: Sequence[UUID], bodies: Sequence[bytes]) -> list[bool]:
    """Insert the keys and see which were free: the unique key decides, never a look before."""
    kept = session.execute(
        text("""
            INSERT INTO incidents.receipt (channel, reference, body_hash, report_id, received_at)
            SELECT * FROM unnest(cast(:channel AS text[]), cast(:reference AS text[]), cast(:body AS bytea[]),
                                 cast(:ids AS uuid[]), cast(:at AS timestamptz[]))
            ON CONFLICT DO NOTHING RETURNING report_id
        """),
        {
            "channel": frame["channel"].to_list(),
            "reference": frame["reference"].to_list(),
            "body": list(bodies),
            "ids": list(ids),
            "at": frame["received_at"].to_list(),
        },
    )
    new = {UUID(str(row[0])) for row in kept}
    return [one in new for one in ids]


def _sort_known(
    session: Session, frame: pl.DataFrame, bodies: Sequence[bytes], is_new: Sequence[bool]
) -> tuple[tuple[Reject, ...], int]:
    """Known references with the same body are repeats, with another one they are rejected."""
    known = [i for i, new in enumerate(is_new) if not new]
    if not known:
        return (), 0
    channel, reference, row_no = (frame[name].to_list() for name in ("channel", "reference", "row_no"))
    found = session.execute(
        text("""
            SELECT r.channel, r.reference, r.body_hash FROM incidents.receipt r
            JOIN unnest(cast(:channel AS text[]), cast(:reference AS text[])) w(c, f)
              ON r.channel = w.c AND r.reference = w.f
        """),
        {"channel": [channel[i] for i in known], "reference": [reference[i] for i in known]},
    )
    before = {(row[0], row[1]): bytes(row[2]) for row in found}
    other = [i for i in known if before.get((channel[i], reference[i])) != bodies[i]]
    rejected = tuple(
        Reject(
            row_no[i],
            f"编号 {reference[i]} 已收过，内容与本次不同；未写入",
            f"{reference[i]} was received before with other content; nothing was written",
        )
        for i in other
    )
    return rejected, len(known) - len(other)


def _rows(
    session: Session, frame: pl.DataFrame, ids: Sequence[UUID], batch_id: int | None, at: datetime
) -> list[dict[str, Any]]:
    """The rows of incidents.report: classified and placed."""
    words, places = frame["words"].to_list(), frame["location_words"].to_list()
    told = classify(words, frame["category_hint"].to_list(), rules.current(session, at))
    lon, lat = (frame[name].fill_null(float("nan")).to_numpy() for name in ("lon", "lat"))
    texts = [place or text_ for place, text_ in zip(places, words, strict=True)]
    spot = addresses.place(session, texts, hints_lon=lon, hints_lat=lat)
    county = settings().county_code
    rows = []
    for i, row in enumerate(frame.iter_rows(named=True)):
        metres = float(spot.precision_m[i])
        is_known, is_fine = bool(np.isfinite(spot.lon[i])), metres <= CELL_PRECISION_M
        rows.append({
            "id": ids[i], "received_at": row["received_at"], "county_code": county, "channel": row["channel"],
            "reference": row["reference"], "taken_at": at, "words": row["words"], "location_words": row["location_words"],
            "category": told.category[i], "category_why": told.why[i], "urgency": row["urgency"], "source": row["source"],
            "contact_ref": UUID(row["contact_ref"]) if row["contact_ref"] else None, "status_hint": row["status_hint"],
            "closed_at": row["closed_at"], "unit_hint": row["unit_hint"], "code": spot.code[i],
            "place_level": spot.level[i] or None, "precision": spot.precision[i],
            "precision_m": metres if np.isfinite(metres) else None, "placed_why": spot.why[i],
            "place_score": float(spot.score[i]), "lon": float(spot.lon[i]) if is_known else None,
            "lat": float(spot.lat[i]) if is_known else None, "grid_id": int(spot.grid_id[i]) if spot.grid_id[i] >= 0 else None,
            "h3_8": int(spot.h3_8[i]) or None if is_fine else None, "h3_9": int(spot.h3_9[i]) or None if is_fine else None,
            "h3_10": int(spot.h3_10[i]) or None if is_fine else None, "matter_id": uuid4(), "is_repeat": False,
            "batch_id": batch_id,
        })  # fmt: skip
    return rows


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    matters = [
        {
            "id": r["matter_id"],
            "county_code": r["county_code"],
            "category": r["category"],
            "opened_at": r["received_at"],
        }
        for r in rows
    ]
    if len(rows) <= FEW:
        session.execute(insert(MatterRow), matters)
        session.execute(insert(ReportRow), rows)
        return
    copy_rows(session, "incidents.matter", list(matters[0]), (tuple(m.values()) for m in matters))
    session.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS coming_report (LIKE incidents.report) ON COMMIT DROP"))
    session.execute(text("TRUNCATE coming_report"))
    copy_rows(session, "coming_report", FIELDS, (tuple(row[name] for name in FIELDS) for row in rows))
    names = ", ".join(f'"{name}"' for name in FIELDS)
    session.execute(text(f"INSERT INTO incidents.report ({names}) SELECT {names} FROM coming_report"))


def _counted(values: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


__all__ = ["ReportRecord", "receive", "receive_many"]
