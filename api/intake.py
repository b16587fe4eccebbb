"""How every web door takes a report: the person to the registry first, the masked rest on, a case opened at once.

All of it happens in the caller's transaction: either everything is kept, or nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from cases import service as cases
from core.actors import Actor
from incidents import service as incidents
from incidents.incoming import Incoming
from registry import service as registry

CONTACT_SPACE: Final = uuid5(NAMESPACE_URL, "wangge:contact")


@dataclass(frozen=True, slots=True)
class Filed:
    """What the door answers: the report, the number of its case, and whether it was new."""

    report_id: UUID
    number: str
    is_new: bool


def file_report(
    session: Session,
    incoming: Incoming,
    *,
    actor: Actor,
    at: datetime,
    name: str = "",
    phone: str = "",
    email: str = "",
    category: str | None = None,
) -> Filed:
    """Keep a report that came by the web. `incoming.words` are still raw; they are masked here.

    `category`: what a person at the desk chose; it wins over the suggestion.

    Raises IdempotencyConflict when the reference was used for another report.
    """
    contact = registry.keep_contact(
        session,
        contact_id=uuid5(CONTACT_SPACE, f"{incoming.channel}:{incoming.reference}"),
        name=name,
        phone=phone,
        words=f"{incoming.words}\n联系邮箱：{email}" if email else incoming.words,
        actor=actor,
        at=at,
    )
    masked = replace(
        incoming,
        words=contact.masked_words,
        location_words=registry.mask_words(incoming.location_words),
        contact_ref=contact.id,
    )
    received = incidents.receive(session, masked, actor=actor, at=at)
    if received.is_new:
        report = received.report
        if category is not None:
            report = incidents.choose_category(session, report, category, actor=actor, at=at)
        opened = cases.open(session, report, actor=actor, at=at)
        return Filed(received.report.id, opened.number, is_new=True)
    return Filed(received.report.id, cases.number_of(session, received.report.id), is_new=False)
