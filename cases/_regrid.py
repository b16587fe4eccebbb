"""Cases follow the grid of their report. Behind the door: call `cases.service.move_grids`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.db import copy_rows


def move_grids(session: Session, reports: Sequence[tuple[UUID, int | None]], *, actor: Actor, at: datetime) -> int:
    """After reports have got another grid: their cases, with every event and clock, get it, too. How many cases.

    Who answers for the ground sees the case with its whole past; clocks that run keep the time they were given.
    """
    if not reports:
        return 0
    session.execute(text("CREATE TEMP TABLE case_regrid (report_id uuid, case_id uuid, grid_id int) ON COMMIT DROP"))
    copy_rows(session, "case_regrid", ("report_id", "grid_id"), list(reports))
    session.execute(text("ANALYZE case_regrid"))
    session.execute(_JOINED)
    moved = session.execute(_CASES).all()
    for table in FOLLOWING:
        session.execute(
            text(f"UPDATE cases.{table} t SET grid_id = m.grid_id FROM case_regrid m WHERE t.case_id = m.case_id")
        )
    session.execute(text("DROP TABLE case_regrid"))
    if moved:
        record(session, actor, "cases.grids_relinked", "cases.case", "", at, {"moved": len(moved)})
    return len(moved)


FOLLOWING: Final = ("case_event", "case_clock")
_JOINED: Final = text("""
    UPDATE cases.case_report r SET grid_id = m.grid_id FROM case_regrid m WHERE r.report_id = m.report_id
""")
_CASES: Final = text("""
    WITH moved AS (
        UPDATE cases."case" c SET grid_id = m.grid_id FROM case_regrid m
        WHERE c.report_id = m.report_id AND c.grid_id IS DISTINCT FROM m.grid_id
        RETURNING c.id, c.report_id)
    UPDATE case_regrid r SET case_id = moved.id FROM moved WHERE r.report_id = moved.report_id RETURNING moved.id
""")
