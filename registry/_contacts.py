"""Reporters put away, and looked up again with a purpose. Behind the door: `registry.service`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import polars as pl
import psycopg
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import aware
from registry.errors import PersonNotFound, RevealRefused
from registry.frames import ready
from registry.masking import fold_digits, mask_name, mask_phone, mask_text
from registry.records import ContactRef, Kind, Purpose, Revealed
from registry.sealing import sealer

TABLE = "registry.contact"
COLUMNS = ("id", "name", "phone", "words")

REFUSALS = {
    "signed_in": ("请先登录", "please sign in first"),
    "purpose": ("请选择查看目的", "please choose a purpose"),
    "case_number": ("请填写工单编号", "please give the case number"),
    "role": ("您的角色不能查看", "your role may not look at this"),
    "limit": (
        "今日查看次数已用完，请明日再试或联系管理员",
        "no more looks today; try tomorrow or ask an administrator",
    ),
}


def keep_contacts(session: Session, frame: pl.DataFrame, *, actor: Actor, at: datetime) -> list[ContactRef]:
    """Put reporters away; the same id again changes nothing.

    `frame`: id (UUID as text, made by the door from channel and reference), name, phone, words. Answers in the order
    of the rows with what may be shown; `id` is None where there was nothing personal to keep. One audit row a call.
    """
    rows = ready(frame, COLUMNS, ("id",))
    seals = sealer()
    answers: list[ContactRef] = []
    kept: dict[str, list[object]] = {key: [] for key in ("ids", "names", "phones", "seals", "blinds")}
    for contact_id, name, phone, words in rows.select(COLUMNS).iter_rows():
        ref = _masked(UUID(contact_id), name, phone, words or "")
        answers.append(ref)
        if ref.id is None:
            continue
        clear = {"name": name, "phone": phone, "words": words if words != ref.masked_words else None}
        kept["ids"].append(ref.id)
        kept["names"].append(ref.masked_name)
        kept["phones"].append(ref.masked_phone)
        kept["seals"].append(seals.seal(TABLE, ref.id, {key: value for key, value in clear.items() if value}))
        kept["blinds"].append(seals.blind("phone", phone) if phone else None)
    if kept["ids"]:
        session.execute(_KEEP, {**kept, "at": aware(at)})
        record(session, actor, "registry.contacts_kept", TABLE, "", at, {"count": len(kept["ids"])})
    return answers


def keep_contact(
    session: Session, *, contact_id: UUID, name: str | None, phone: str | None, words: str, actor: Actor, at: datetime
) -> ContactRef:
    """One reporter: see `keep_contacts`."""
    frame = pl.DataFrame({"id": [str(contact_id)], "name": [name], "phone": [phone], "words": [words]})
    return keep_contacts(session, frame, actor=actor, at=at)[0]


def reveal(
    session: Session,
    ref: UUID,
    purpose: Purpose,
    case_number: str,
    *,
    actor: Actor,
    at: datetime,
    kind: Kind = Kind.CONTACT,
) -> Revealed:
    """Personal data in clear, after the look was written to the audit log in this transaction.

    Show the answer only once the unit of work has committed. The session must be that of the signed-in `actor` (his
    token set). Raises RevealRefused (role, purpose, case number, daily limit) and PersonNotFound, which also means
    "not in your grid". A look that finds nothing counts and is written down, too.
    """
    values = {"kind": kind.value, "ref": ref, "purpose": purpose.value, "case": case_number, "at": aware(at)}
    try:
        with session.begin_nested():
            sealed = session.execute(_REVEAL, values).scalar_one()
    except ProgrammingError as exc:
        raise _refusal(exc) from exc
    if sealed is None:
        raise PersonNotFound
    return Revealed(kind, ref, sealer().open(f"registry.{kind.value}", ref, bytes(sealed)))


def erase_contacts(session: Session, ids: Sequence[UUID], *, actor: Actor, at: datetime) -> int:
    """Forget reporters for good; how many there were. The report keeps its masked words. One audit row."""
    gone = session.execute(
        text("DELETE FROM registry.contact WHERE id = ANY(:ids) RETURNING id"), {"ids": list(ids)}
    ).all()
    record(session, actor, "registry.contacts_erased", TABLE, "", at, {"count": len(gone)})
    return len(gone)


def _masked(contact_id: UUID, name: str | None, phone: str | None, words: str) -> ContactRef:
    shown = mask_text(words, [name] if name else [])
    is_personal = bool(name or phone or shown != fold_digits(words))
    return ContactRef(contact_id if is_personal else None, mask_name(name), mask_phone(phone), shown)


def _refusal(exc: ProgrammingError) -> Exception:
    if not isinstance(exc.orig, psycopg.errors.InsufficientPrivilege):
        return exc
    hint = exc.orig.diag.message_hint or "role"
    return RevealRefused(*REFUSALS.get(hint, REFUSALS["role"]))


_KEEP = text("""
    SELECT registry.keep_contacts(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:phones AS text[]),
                                  CAST(:seals AS bytea[]), CAST(:blinds AS bytea[]), :at)
""")
_REVEAL = text("SELECT registry.reveal_sealed(:kind, CAST(:ref AS uuid), :purpose, :case, :at)")
