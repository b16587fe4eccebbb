"""Taking reports in: the idempotency key first, then category, place, matter, and the wish to renew what follows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import polars as pl
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core import audit, jobs
from core.actors import Actor
from core.clock import day_of
from core.db import copy_rows
from core.rows import Reject
from core.settings import settings
from incidents import rules
from incidents._placing import placed
from incidents.classify import classify
from incidents.errors import IdempotencyConflict, NotAReport, PersonalColumns
from incidents.incoming import COLUMNS, Incoming, fingerprints, frame_of
from incidents.models import MatterRow, ReportRow
from incidents.reading import answered, record_of, records_of
from incidents.records import ClosedAtSource, Received, ReceivedMany, ReportRecord

FEW: Final = 50
"""Up to so many reports are inserted directly; more go through COPY and a temporary table."""

AHEAD: Final = timedelta(days=1)
"""A report from farther in the future than this has a wrong clock or a wrong date."""

FAULTS: Final = {
    "reference": ("没有编号，无法识别重复", "no reference: a repeat could not be told"),
    "time": ("没有接收时间", "no time of receipt"),
    "future": ("接收时间在将来，请核对日期", "the time lies in the future, check the date"),
    "words": ("没有问题描述，也没有地点", "neither words nor a place"),
}
"""Why a row is no report, zh and en."""

PILES_AFTER: Final = timedelta(minutes=1)
"""Default points are looked for at most about once in so long."""

FIELDS: Final = tuple(column.name for column in ReportRow.__table__.columns)


def receive(session: Session, incoming: Incoming, *, actor: Actor, at: datetime) -> Received:
    """Take in one report. The same channel and reference with the same body gets the first answer again.

    Raises IdempotencyConflict when it came before with another body, NotAReport when it lacks what makes a report:
    nothing is written then. Two at once: one waits, then is told that it is the second.
    """
    frame = frame_of([incoming])
    many = receive_many(session, frame, batch_id=None, actor=actor, at=at)
    if many.reports:
        return Received(many.reports[0], is_new=True)
    if many.repeated:
        first = answered(session, incoming.channel.value, incoming.reference, fingerprints(frame)[0])
        return Received(first, is_new=False)
    (refused,) = many.rejected
    if (refused.zh, refused.en) in FAULTS.values():
        raise NotAReport(zh=refused.zh, en=refused.en, where=incoming.reference)
    raise IdempotencyConflict(incoming.channel.value, incoming.reference)


def receive_many(
    session: Session, frame: pl.DataFrame, *, batch_id: int | None, actor: Actor, at: datetime
) -> ReceivedMany:
    """Take in a chunk with the columns of `incoming.COLUMNS`: rows = reports + repeated + rejected.

    What cannot be placed is kept, without a cell. A reference that came before with another body is rejected with
    its row number; one whose source has closed it in the meantime is named in `closed`. Raises PersonalColumns.
    """
    if strangers := [name for name in frame.columns if name not in COLUMNS]:
        raise PersonalColumns(strangers)
    frame, unreadable = _readable(frame, at)
    ids = [uuid4() for _ in range(frame.height)]
    claimed = _claim(session, frame, ids)
    is_new = pl.Series([c.is_new for c in claimed], dtype=pl.Boolean)
    rejected = unreadable + _conflicts(frame, [not c.is_same for c in claimed])
    repeats = [(row, c.report_id) for row, c in enumerate(claimed) if c.is_same and not c.is_new]
    reports = _take_in(session, frame.filter(is_new), [c.report_id for c in claimed if c.is_new], batch_id, at)
    audit.record_many(session, actor, "report.received", "report", [str(r.id) for r in reports], at)
    _wish(session, reports, at)
    counts = Counter(f"placed_{r.precision}" for r in reports)
    return ReceivedMany(reports, len(repeats), rejected, dict(counts), _closed(frame, repeats))


def _readable(frame: pl.DataFrame, at: datetime) -> tuple[pl.DataFrame, tuple[Reject, ...]]:
    """The rows that can be reports, and the rest with what they lack. Doors should have sorted them out before."""
    lacks_words = (pl.col("words").fill_null("") == "") & (pl.col("location_words").fill_null("") == "")
    fault = (
        pl.when(pl.col("reference").fill_null("") == "").then(pl.lit("reference"))
        .when(pl.col("received_at").is_null()).then(pl.lit("time"))
        .when(pl.col("received_at") > at + AHEAD).then(pl.lit("future"))
        .when(lacks_words).then(pl.lit("words"))
    )  # fmt: skip
    judged = frame.with_columns(fault=fault)
    faulty = judged.filter(pl.col("fault").is_not_null()).select("row_no", "fault")
    return (
        judged.filter(pl.col("fault").is_null()).drop("fault"),
        tuple(Reject(row_no, *FAULTS[name]) for row_no, name in faulty.iter_rows()),
    )


def _claim(session: Session, frame: pl.DataFrame, ids: Sequence[UUID]) -> Sequence[Any]:
    """Write the keys and see which were free: the unique key decides, never a look before. Rows in order, each with
    is_new, is_same (the body came before just so) and report_id (None when another body holds the key)."""
    if frame.is_empty():
        return []
    values = {
        "channel": frame["channel"].to_list(),
        "reference": frame["reference"].to_list(),
        "body": fingerprints(frame),
        "ids": list(ids),
        "at": frame["received_at"].to_list(),
    }
    return session.execute(_CLAIM, values).all()


_CLAIM: Final = text("""
    SELECT n, is_new, is_same, report_id FROM incidents.claim(
        cast(:channel AS text[]), cast(:reference AS text[]), cast(:body AS bytea[]), cast(:ids AS uuid[]),
        cast(:at AS timestamptz[])) ORDER BY n
""")


def _conflicts(frame: pl.DataFrame, is_other: Sequence[bool]) -> tuple[Reject, ...]:
    """A rejection for each row whose reference is taken by another body."""
    other = frame.filter(pl.Series(is_other, dtype=pl.Boolean))
    return tuple(
        Reject(
            row_no,
            f"编号 {reference} 已收过，内容与本次不同；未写入",
            f"{reference} was received before with other content; nothing was written",
        )
        for row_no, reference in other.select("row_no", "reference").iter_rows()
    )


def _closed(frame: pl.DataFrame, repeats: Sequence[tuple[int, UUID]]) -> tuple[ClosedAtSource, ...]:
    hints, moments = frame["status_hint"].to_list(), frame["closed_at"].to_list()
    return tuple(ClosedAtSource(report_id, moments[row]) for row, report_id in repeats if hints[row] == "closed")


def _take_in(
    session: Session, frame: pl.DataFrame, ids: Sequence[UUID], batch_id: int | None, at: datetime
) -> tuple[ReportRecord, ...]:
    """Classify, place and write the new reports, each with a matter of its own."""
    if frame.is_empty():
        return ()
    columns = _columns(session, frame, ids, batch_id, at)
    matters = {
        "id": columns["matter_id"],
        "county_code": columns["county_code"],
        "category": columns["category"],
        "opened_at": columns["received_at"],
    }
    if frame.height <= FEW:
        session.execute(insert(MatterRow), _as_rows(matters))
        session.execute(insert(ReportRow), _as_rows(columns))
        return tuple(record_of(row) for row in _as_rows(columns))
    copy_rows(session, "incidents.matter", list(matters), zip(*matters.values(), strict=True))
    session.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS coming_report (LIKE incidents.report) ON COMMIT DROP"))
    session.execute(text("TRUNCATE coming_report"))
    copy_rows(session, "coming_report", FIELDS, zip(*(columns[name] for name in FIELDS), strict=True))
    names = ", ".join(f'"{name}"' for name in FIELDS)
    session.execute(text(f"INSERT INTO incidents.report ({names}) SELECT {names} FROM coming_report"))
    return records_of(columns)


def _columns(
    session: Session, frame: pl.DataFrame, ids: Sequence[UUID], batch_id: int | None, at: datetime
) -> dict[str, Sequence[Any]]:
    """The columns of incidents.report."""
    words, places = frame["words"].to_list(), frame["location_words"].to_list()
    told = classify(words, frame["category_hint"].to_list(), rules.current(session, at), rules.model())
    lon, lat = (frame[name].fill_null(float("nan")).to_numpy() for name in ("lon", "lat"))
    size = frame.height
    as_they_came = ("received_at", "channel", "reference", "urgency", "source", "status_hint", "closed_at", "unit_hint")
    return {
        "id": list(ids),
        "county_code": [settings().county_code] * size,
        "taken_at": [at] * size,
        "words": words,
        "location_words": places,
        "category": told.category,
        "category_why": told.why,
        "subject": told.subject,
        "contact_ref": [None if ref is None else UUID(ref) for ref in frame["contact_ref"].to_list()],
        "matter_id": [uuid4() for _ in range(size)],
        "is_repeat": [False] * size,
        "batch_id": [batch_id] * size,
        **{name: frame[name].to_list() for name in as_they_came},
        **placed(session, [place or word for place, word in zip(places, words, strict=True)], lon, lat),
    }


def _as_rows(columns: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _wish(session: Session, reports: Sequence[ReportRecord], at: datetime) -> None:
    """Ask for the heat and the suggestions of the touched days anew.

    A key for each day: wishes of one key become one job, and its days must not get lost.
    """
    for day in sorted({day_of(r.received_at).isoformat() for r in reports}):
        jobs.enqueue(session, "heat.refresh", {"days": [day]}, key=day, at=at)
        jobs.enqueue(session, "matter.suggest", {"day": day}, key=day, at=at)
    if any(r.placed_why.startswith("hint") for r in reports):
        jobs.enqueue(session, "heat.piles", {}, key="all", at=at, run_after=at + PILES_AFTER)
