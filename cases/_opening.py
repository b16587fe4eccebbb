"""Opening cases: one for each report, with its event and its clocks; history comes in with its closing event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from cases import _rules, clocks
from cases._moving import step
from cases.clocks import ClockRule, Subject
from cases.models import CaseClock, CaseEvent, CaseReport, CaseRow
from cases.policies import Given
from cases.reading import record_of
from cases.records import CaseRecord
from cases.workflow import OPEN_STATUSES, Status, Verb
from core import audit
from core.actors import Actor
from core.clock import SHANGHAI, day_of
from core.db import Base, copy_rows
from core.settings import settings
from incidents.kinds import StatusHint
from incidents.service import ClosedAtSource, ReceivedMany, ReportRecord

SUMMARY_LENGTH: Final = 120
DEFAULT_UNIT: Final = "综治中心"
"""Receives from a channel that has no desk."""
FEW: Final = 50


@dataclass(frozen=True, slots=True)
class _Book:
    """What rules on opening, read once for a chunk."""

    rules: Sequence[ClockRule]
    calendar: _rules.WorkingTime
    urban: frozenset[int]
    desks: Mapping[str, str]
    county: str
    at: datetime
    chosen: dict[tuple[Subject, date], list[ClockRule]]

    def starting(self, subject: Subject, on: date) -> list[ClockRule]:
        """The clocks that begin with a case; remembered, for a chunk has few kinds of subjects."""
        if (subject, on) not in self.chosen:
            self.chosen[subject, on] = clocks.starting(self.rules, Verb.OPEN, subject, on)
        return self.chosen[subject, on]


@dataclass(slots=True)
class _Rows:
    """What is written, table by table."""

    cases: list[dict[str, Any]]
    events: list[dict[str, Any]]
    clocks: list[dict[str, Any]]
    links: list[dict[str, Any]]


def open_case(session: Session, report: ReportRecord, *, actor: Actor, at: datetime) -> CaseRecord:
    """Open the case of a new report, in the caller's transaction. One event, its clocks, one audit row.

    Works for doors that may not read cases, too.
    """
    (row,) = _open(session, [report], actor=actor, at=at)
    return record_of(row, _rules.category_names(session)[report.category])


def open_many(session: Session, received: ReceivedMany, *, actor: Actor, at: datetime) -> int:
    """Open the cases of a chunk of new reports, and close those that their source has closed since. How many opened.

    What the source had closed before it came gets its closing event at the source's time, or now where none is told.
    """
    if received.reports:
        _open(session, received.reports, actor=actor, at=at)
    if received.closed:
        _follow(session, received.closed, actor=actor, at=at)
    return len(received.reports)


def _follow(session: Session, closed: Sequence[ClosedAtSource], *, actor: Actor, at: datetime) -> None:
    """Close the open cases among these: the source says that they are closed."""
    moments = {one.report_id: one.closed_at for one in closed}
    rows = session.scalars(
        select(CaseRow)
        .where(CaseRow.report_id.in_(list(moments)), CaseRow.status.in_([s.value for s in OPEN_STATUSES]))
        .order_by(CaseRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows:
        when, note = _closing(moments[row.report_id], row.status_at, at)
        step(session, row, Verb.CLOSE_AT_SOURCE, actor=actor, at=when, given=Given(note))


def _closing(told: datetime | None, earliest: datetime, at: datetime) -> tuple[datetime, str | None]:
    """When the source closed a case, and a note where its word could not be taken as it is: a case does not close
    before what was done to it, nor in the future."""
    soonest = max(at, earliest)
    if told is None:
        return soonest, "来源未给出办结时间"
    if told < earliest:
        return earliest, "来源给出的办结时间过早，已按此前最后一步的时间记"
    return (told, None) if told <= soonest else (soonest, "来源给出的办结时间在将来，已按录入时间记")


def _open(session: Session, reports: Sequence[ReportRecord], *, actor: Actor, at: datetime) -> list[dict[str, Any]]:
    book = _Book(
        rules=_rules.clock_rules(session),
        calendar=_rules.working_time(session),
        urban=_rules.urban_grids(session, (report.grid_id for report in reports)),
        desks=_rules.desks(session),
        county=settings().county_code,
        at=at,
        chosen={},
    )
    serials = session.scalars(
        text("SELECT nextval('cases.case_number') FROM generate_series(1, :n)"), {"n": len(reports)}
    ).all()
    rows = _Rows([], [], [], [])
    for report, serial in zip(reports, serials, strict=True):
        _add(rows, report, int(serial), book, actor)
    for model, held in (
        (CaseRow, rows.cases), (CaseEvent, rows.events), (CaseClock, rows.clocks), (CaseReport, rows.links),
    ):  # fmt: skip
        _insert(session, model, held)
    audit.record_many(session, actor, "case.opened", "case", [str(case["id"]) for case in rows.cases], at)
    closed = [str(case["id"]) for case in rows.cases if case["closed_at"] is not None]
    moved = {"from": Status.NEW.value, "to": Status.CLOSED.value}
    audit.record_many(session, actor, f"case.{Verb.CLOSE_AT_SOURCE}", "case", closed, at, moved)
    return rows.cases


def _add(rows: _Rows, report: ReportRecord, serial: int, book: _Book, actor: Actor) -> None:
    case_id = uuid4()
    closed_at, note = None, None
    if report.status_hint == StatusHint.CLOSED:
        closed_at, note = _closing(report.closed_at, report.received_at, book.at)
    dues = _clocks(report, book, case_id, closed_at)
    case = _case(report, case_id, serial, book, dues, closed_at)
    rows.cases.append(case)
    rows.events += _events(report, case, actor, note)
    rows.clocks += dues
    rows.links.append({"case_id": case_id, "report_id": report.id, "joined_at": book.at, "grid_id": report.grid_id})


def _case(
    report: ReportRecord, case_id: UUID, serial: int, book: _Book, dues: Sequence[Mapping[str, Any]],
    closed_at: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    """The receiving desk keeps an open case until the unit that it was offered to signs (首接负责)."""
    opened, is_closed = report.received_at, closed_at is not None
    first = None if is_closed else min(dues, key=lambda row: (row["due_at"], row["rule"]), default=None)
    desk = book.desks.get(report.channel, DEFAULT_UNIT)
    return {
        "id": case_id, "number": f"AJ{opened.astimezone(SHANGHAI):%Y%m%d}-{serial:06d}", "county_code": book.county,
        "report_id": report.id, "matter_id": report.matter_id, "channel": report.channel, "reference": report.reference,
        "category": report.category, "source": report.source, "urgency": report.urgency,
        "summary": report.words[:SUMMARY_LENGTH], "place_words": report.location_words, "code": report.code,
        "grid_id": report.grid_id, "h3_9": report.h3_9, "has_reporter": report.contact_ref is not None,
        "status": (Status.CLOSED if is_closed else Status.NEW).value, "lane": "ordinary", "level": 0, "is_watched": False,
        "unit": (report.unit_hint or desk) if is_closed else desk,
        "offered_to": None if is_closed else report.unit_hint, "first_unit": desk, "opened_at": opened,
        "status_at": closed_at or opened,
        "due_at": first["due_at"] if first else None, "soon_at": first["soon_at"] if first else None,
        "due_stage": first["stage"] if first else None, "due_rule": first["rule"] if first else None,
        "closed_at": closed_at, "closed_by": None, "moves": 1 + is_closed, "batch_id": report.batch_id,
    }  # fmt: skip


def _events(report: ReportRecord, case: Mapping[str, Any], actor: Actor, note: str | None) -> list[dict[str, Any]]:
    base = {
        "case_id": case["id"], "county_code": case["county_code"], "grid_id": case["grid_id"], "actor_id": actor.id,
        "actor_name": actor.name, "actor_role": actor.role.value, "unit": case["unit"], "note": None, "evidence": None,
    }  # fmt: skip
    opened = {
        **base, "id": uuid4(), "at": report.received_at, "seq": 1, "verb": Verb.OPEN.value, "from_status": None,
        "to_status": Status.NEW.value, "unit": case["first_unit"],
    }  # fmt: skip
    if case["closed_at"] is None:
        return [opened]
    closed = {
        **base, "id": uuid4(), "at": case["closed_at"], "seq": 2, "verb": Verb.CLOSE_AT_SOURCE.value,
        "from_status": Status.NEW.value, "to_status": Status.CLOSED.value,
        "note": note,
    }  # fmt: skip
    return [opened, closed]


def _clocks(report: ReportRecord, book: _Book, case_id: UUID, closed_at: datetime | None) -> list[dict[str, Any]]:
    subject = Subject(report.category, report.channel, report.urgency, report.grid_id in book.urban)
    start = report.received_at
    rows = []
    for rule in book.starting(subject, day_of(start)):
        due = clocks.due_at(rule, start, book.calendar)
        rows.append({
            "case_id": case_id, "stage": rule.stage.value, "started_at": start, "rule": rule.code, "due_at": due,
            "soon_at": clocks.soon_at(start, due), "stops_on": sorted(verb.value for verb in rule.stops_on),
            "stopped_at": closed_at, "stopped_by": None if closed_at is None else Verb.CLOSE_AT_SOURCE.value,
            "grid_id": report.grid_id,
        })  # fmt: skip
    return rows


def _insert(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """A few rows directly; many through COPY and a temporary table (COPY refuses tables with row security)."""
    if not rows:
        return
    if len(rows) <= FEW:
        session.execute(insert(model), rows)
        return
    full, draft = f'cases."{model.__tablename__}"', f"coming_{model.__tablename__}"
    session.execute(text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {draft} (LIKE {full}) ON COMMIT DROP"))
    session.execute(text(f"TRUNCATE {draft}"))
    names = list(rows[0])
    copy_rows(session, draft, names, (tuple(row[name] for name in names) for row in rows))
    listed = ", ".join(f'"{name}"' for name in names)
    session.execute(text(f"INSERT INTO {full} ({listed}) SELECT {listed} FROM {draft}"))
