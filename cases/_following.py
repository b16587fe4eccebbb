"""A case follows its report to another place."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from incidents.service import ReportRecord


def follow_place(session: Session, report: ReportRecord) -> UUID | None:
    """Give the case of a report its place, and with it to the people of that ground; None when it has no case.

    Clocks keep the rules and the instants they were started with: what was promised stays promised.
    """
    found: UUID | None = session.execute(
        text("SELECT cases.follow_place(:report, :code, :grid, :cell)"),
        {"report": report.id, "code": report.code, "grid": report.grid_id, "cell": report.h3_9},
    ).scalar_one()
    return found
