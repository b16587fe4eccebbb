"""Opening cases: one for each report, with its event and its clocks; history comes in with its closing event."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from cases import _rules, clocks
from cases.clocks import ClockRule, Subject
from cases.models import CaseClock, CaseEvent, CaseReport, CaseRow
from cases.reading import case_of_report
from cases.records import CaseRecord
from cases.workflow import Status, Verb
from core import audit
from core.actors import Actor
from core.clock import SHANGHAI
from core.db import Base, copy_rows
from core.settings import settings
from incidents.service import ReceivedMany, ReportRecord

SUMMARY_LENGTH: Final = 120
DEFAULT_UNIT: Final = "综治中心"
FEW: Final = 50


def open_case(session: Session, report: ReportRecord, *, actor: Actor, at: datetime) -> CaseRecord:
    """Open the case of a new report, in the caller's transaction. One event, its clocks, one audit row."""
    _open(session, [report], actor=actor, at=at)
    return case_of_report(session, report.id)


def open_many(session: Session, received: ReceivedMany, *, actor: Actor, at: datetime) -> int:
    """Open the cases of a chunk of new reports. How many. What the source has closed gets its closing event."""
    if received.reports:
        _open(session, received.reports, actor=actor, at=at)
    return len(received.reports)


def _open(session: Session, reports: Sequence[ReportRecord], *, actor: Actor, at: datetime) -> None:
    rules, calendar = _rules.clock_rules(session), _rules.working_time(session)
    county = settings().county_code
    serials = session.scalars(
        text("SELECT nextval('cases.case_number') FROM generate_series(1, :n)"), {"n": len(reports)}
    ).all()
    cases: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    running: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for report, serial in zip(reports, serials, strict=True):
        case_id = uuid4()
        is_closed = report.closed_at is not None and report.status_hint == "closed"
        dues = _clocks(report, rules, calendar, case_id, is_closed=is_closed)
        case = _case(report, case_id, int(serial), county, dues, is_closed=is_closed)
        cases.append(case)
        events += _events(report, case, actor, is_closed=is_closed)
        running += dues
        links.append({"case_id": case_id, "report_id": report.id, "joined_at": at, "grid_id": report.grid_id})
    for model, rows in ((CaseRow, cases), (CaseEvent, events), (CaseClock, running), (CaseReport, links)):
        _insert(session, model, rows)
    audit.record_many(session, actor, "case.opened", "case", [str(case["id"]) for case in cases], at)


def _case(
    report: ReportRecord, case_id: UUID, serial: int, county: str, dues: Sequence[Mapping[str, Any]], *, is_closed: bool
) -> dict[str, Any]:
    opened = report.received_at
    first = min(dues, key=lambda row: (row["due_at"], row["rule"]), default=None) if not is_closed else None
    unit = report.unit_hint or DEFAULT_UNIT
    return {
        "id": case_id, "number": f"AJ{opened.astimezone(SHANGHAI):%Y%m%d}-{serial:06d}", "county_code": county,
        "report_id": report.id, "matter_id": report.matter_id, "channel": report.channel, "reference": report.reference,
        "category": report.category, "source": report.source, "urgency": report.urgency,
        "summary": report.words[:SUMMARY_LENGTH], "place_words": report.location_words, "code": report.code,
        "grid_id": report.grid_id, "h3_9": report.h3_9, "has_reporter": report.contact_ref is not None,
        "status": (Status.CLOSED if is_closed else Status.NEW).value, "lane": "ordinary", "level": 0, "is_watched": False,
        "unit": unit, "offered_to": None, "first_unit": unit, "opened_at": opened,
        "status_at": report.closed_at if is_closed else opened,
        "due_at": first["due_at"] if first else None, "soon_at": first["soon_at"] if first else None,
        "due_stage": first["stage"] if first else None, "due_rule": first["rule"] if first else None,
        "closed_at": report.closed_at if is_closed else None, "closed_by": None, "moves": 1 + is_closed,
        "batch_id": report.batch_id,
    }  # fmt: skip


def _events(report: ReportRecord, case: Mapping[str, Any], actor: Actor, *, is_closed: bool) -> list[dict[str, Any]]:
    base = {
        "case_id": case["id"], "county_code": case["county_code"], "grid_id": case["grid_id"], "actor_id": actor.id,
        "actor_name": actor.name, "actor_role": actor.role.value, "unit": case["unit"], "note": None, "evidence": None,
    }  # fmt: skip
    opened = {
        **base, "id": uuid4(), "at": report.received_at, "seq": 1, "verb": Verb.OPEN.value, "from_status": None,
        "to_status": Status.NEW.value,
    }  # fmt: skip
    if not is_closed:
        return [opened]
    closed = {
        **base, "id": uuid4(), "at": report.closed_at, "seq": 2, "verb": Verb.CLOSE_AT_SOURCE.value,
        "from_status": Status.NEW.value, "to_status": Status.CLOSED.value,
    }  # fmt: skip
    return [opened, closed]


def _clocks(
    report: ReportRecord, rules: Sequence[ClockRule], calendar: _rules.WorkingTime, case_id: UUID, *, is_closed: bool
) -> list[dict[str, Any]]:
    subject = Subject(report.category, report.channel, report.urgency)
    start = report.received_at
    rows = []
    for rule in clocks.starting(rules, Verb.OPEN, subject, clocks.day_of(start)):
        due = clocks.due_at(rule, start, calendar)
        rows.append({
            "case_id": case_id, "stage": rule.stage.value, "started_at": start, "rule": rule.code, "due_at": due,
            "soon_at": clocks.soon_at(start, due), "stops_on": sorted(verb.value for verb in rule.stops_on),
            "stopped_at": report.closed_at if is_closed else None,
            "stopped_by": Verb.CLOSE_AT_SOURCE.value if is_closed else None, "grid_id": report.grid_id,
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
