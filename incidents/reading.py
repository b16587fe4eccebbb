"""Reading reports back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.errors import NotFound
from incidents.records import ReportRecord

NAMES = tuple(field.name for field in fields(ReportRecord))


def record_of(row: Mapping[str, Any]) -> ReportRecord:
    """The record of a row of incidents.report."""
    return ReportRecord(**{name: row[name] for name in NAMES})


def report(session: Session, report_id: UUID) -> ReportRecord:
    """One report. Raises NotFound, also for one of another's ground."""
    names = ", ".join(f'"{name}"' for name in NAMES)
    row = (
        session.execute(text(f"SELECT {names} FROM incidents.report WHERE id = :id"), {"id": report_id})
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound(zh="没有这条反映", en="there is no such report")
    return record_of(dict(row))
