"""The categories, channels and words that rule on a day, read from their tables."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import day_of
from core.settings import settings
from incidents import wording
from incidents.bursts import Limits
from incidents.classify import Category, Rules
from incidents.matter import Thresholds
from incidents.records import Named
from incidents.wording import Wording


def current(session: Session, at: datetime) -> Rules:
    """The rules valid on the day of an instant."""
    on = {"on": day_of(at)}
    categories = session.execute(
        text(
            "SELECT code, name_zh, name_en, is_sensitive, rank, also FROM incidents.category"
            f" WHERE {_VALID} ORDER BY rank"
        ),
        on,
    )
    words = session.execute(
        text(f"SELECT word, category, weight FROM incidents.category_word WHERE {_VALID} ORDER BY word, category"), on
    )
    return Rules(
        tuple(Category(r.code, r.name_zh, r.name_en, r.is_sensitive, r.rank, tuple(r.also)) for r in categories),
        tuple((r.word, r.category, float(r.weight)) for r in words),
    )


def model() -> Wording:
    """The model of words of this site, else the shipped one."""
    return wording.current(settings().data / "models")


def thresholds(session: Session, at: datetime) -> dict[str, float]:
    """The numbers that decide something, by name, valid on the day of an instant."""
    rows = session.execute(text(f"SELECT name, value FROM incidents.threshold WHERE {_VALID}"), {"on": day_of(at)})
    return {row.name: float(row.value) for row in rows}


def matter_thresholds(session: Session, at: datetime) -> Thresholds:
    """When two reports are worth showing together."""
    held, shipped = thresholds(session, at), Thresholds()
    return replace(
        shipped,
        radius_m=held.get("matter.radius_m", shipped.radius_m),
        days=held.get("matter.days", shipped.days),
        likeness=held.get("matter.likeness", shipped.likeness),
        share=held.get("matter.share", shipped.share),
    )


def burst_limits(session: Session, at: datetime) -> Limits:
    """What counts as a bulk burst."""
    held, shipped = thresholds(session, at), Limits()
    return Limits(
        minutes=held.get("burst.minutes", shipped.minutes),
        reports=int(held.get("burst.reports", shipped.reports)),
        likeness=held.get("burst.likeness", shipped.likeness),
    )


def categories(session: Session) -> list[Named]:
    """The categories in their order."""
    rows = session.execute(
        text("SELECT code, name_zh, name_en FROM incidents.category WHERE valid_to IS NULL ORDER BY rank")
    )
    return [Named(*row) for row in rows]


def channels(session: Session) -> list[Named]:
    """The channels."""
    rows = session.execute(
        text("SELECT code, name_zh, name_en FROM incidents.channel WHERE valid_to IS NULL ORDER BY code")
    )
    return [Named(*row) for row in rows]


_VALID = "valid_from <= :on AND (valid_to IS NULL OR valid_to > :on)"
