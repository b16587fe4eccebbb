"""A person's choice of a category wins over the suggestion, and the model learns from it when it is trained again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import audit, jobs
from core.actors import Actor
from core.clock import day_of
from core.errors import BadInput
from core.settings import settings
from incidents import rules
from incidents.records import ReportRecord
from incidents.wording import SHIPPED, Wording, retrained, save

RETRAIN_AFTER: Final = timedelta(hours=1)
"""Choices of an hour are learnt together."""
LEARNT: Final = 20_000
"""The newest choices that are learnt from."""


def choose_category(
    session: Session, report: ReportRecord, category: str, *, actor: Actor, at: datetime
) -> ReportRecord:
    """A person says what a report is about. Kept with what was suggested, audited; the heat of its day follows.

    Returns the report as it is now. Raises BadInput for a category that there is not.
    """
    if category not in {one.code for one in rules.categories(session)}:
        raise BadInput(zh=f"没有这个类别：{category}", en=f"there is no such category: {category}", where="category")
    values = {"id": report.id, "category": category, "was": report.category, "by": actor.id, "at": at}
    session.execute(_CHOOSE, values)
    subject = rules.model().subject_in(report.words, category)
    why = "人工选定"
    session.execute(
        text("""
            UPDATE incidents.report SET category = :category, category_why = :why, subject = :subject
            WHERE id = :id AND received_at = :received_at
        """),
        {"id": report.id, "received_at": report.received_at, "category": category, "why": why, "subject": subject},
    )
    audit.record(session, actor, "report.category_chosen", "report", str(report.id), at,
                 {"from": report.category, "to": category})  # fmt: skip
    day = day_of(report.received_at).isoformat()
    jobs.enqueue(session, "heat.refresh", {"days": [day]}, key=day, at=at)
    jobs.enqueue(session, "classify.train", {}, key="all", at=at, run_after=at + RETRAIN_AFTER)
    return replace(report, category=category, category_why=why, subject=subject)


_CHOOSE: Final = text("""
    INSERT INTO incidents.category_choice (report_id, category, suggested, chosen_by, chosen_at)
    VALUES (:id, :category, :was, :by, :at)
    ON CONFLICT (report_id) DO UPDATE SET category = excluded.category, chosen_by = excluded.chosen_by,
                                          chosen_at = excluded.chosen_at
""")


def choices(session: Session) -> Sequence[tuple[str, str]]:
    """(words, category) of the newest choices that people made."""
    rows = session.execute(
        text("""
            SELECT r.words, c.category FROM incidents.category_choice c JOIN incidents.report r ON r.id = c.report_id
            ORDER BY c.chosen_at DESC, c.report_id LIMIT :limit
        """),
        {"limit": LEARNT},
    )
    return [(row.words, row.category) for row in rows]


def train(session: Session, *, at: datetime) -> Wording:
    """Train the site's model on the shipped texts and on what people chose, and put it in use."""
    model = retrained(choices(session), at.isoformat())
    folder = settings().data / "models"
    folder.mkdir(parents=True, exist_ok=True)
    save(model, folder / SHIPPED.name)
    return model


@jobs.handler("classify.train")
def train_again(session: Session, payload: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """Learn what was chosen since."""
    del payload
    model = train(session, at=at)
    audit.record(session, actor, "classify.trained", "model", SHIPPED.name, at, dict(model.about))
