"""Names that people use, learned from placements that a person confirmed, and used once a person approves them.

Behind the door: call `address.service.propose_alias`, `aliases`, `decide_alias`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from address.reading import get
from address.records import AddressRecord
from core import audit
from core.actors import Actor
from core.clock import day_of
from core.errors import NotFound, Refused

NAME: Final = re.compile(r"^(?=.*[\u4e00-\u9fff]{2})[\u4e00-\u9fffA-Za-z0-9]{2,16}$")
"""What may be a name; what was masked (*) never is."""


class AliasState(StrEnum):
    """Proposed, then approved or refused; withdrawn = the placement that proposed it was taken back."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Alias:
    """`words` may be another name of `code`, whose standard name is `name`; `times` it was confirmed so."""

    id: int
    code: str
    name: str
    words: str
    times: int
    state: AliasState
    proposed_at: datetime
    decided_at: datetime | None


def propose_alias(session: Session, code: str, said: Mapping[str, str], *, actor: Actor, at: datetime) -> int | None:
    """Propose what was said as another name of a place, when it is a name and a new one. The alias's id, else None.

    `said` = the parts as they were read. The name goes to the estate, or to the building or plate without one.
    """
    chosen = get(session, code)
    words = said.get("estate") or said.get("poi") or ""
    if chosen is None or not NAME.match(words):
        return None
    target = _named(session, chosen)
    if words in (target.name, target.parts.get("estate"), target.parts.get("road"), target.parts.get("village")):
        return None
    values = {"code": target.code, "words": words, "by": actor.id, "at": at}
    if session.execute(_IS_KNOWN, values).first() is not None:
        return None
    alias_id: int = session.execute(_PROPOSE, values).scalar_one()
    audit.record(session, actor, "alias.proposed", "alias", str(alias_id), at, {"code": target.code})
    return alias_id


def unpropose_alias(session: Session, alias_id: int, *, actor: Actor, at: datetime) -> None:
    """One confirmation less; an alias that nobody has decided about and nobody confirms goes."""
    state = session.execute(_UNPROPOSE, {"id": alias_id}).scalar()
    if state == AliasState.WITHDRAWN:
        audit.record(session, actor, "alias.withdrawn", "alias", str(alias_id), at)


def aliases(session: Session, state: AliasState, *, limit: int = 100) -> list[Alias]:
    """The aliases in one state, the most confirmed first."""
    rows = session.execute(_LISTED, {"state": state, "limit": limit})
    return [
        Alias(r.id, r.code, r.name, r.words, r.times, AliasState(r.state), r.proposed_at, r.decided_at) for r in rows
    ]


def count_aliases(session: Session) -> int:
    """How many wait for a decision."""
    return int(session.execute(text("SELECT count(*) FROM address.alias WHERE state = 'proposed'")).scalar_one())


def decide_alias(session: Session, alias_id: int, state: AliasState, *, actor: Actor, at: datetime) -> Alias:
    """Approve or refuse an alias, or take the decision back (PROPOSED). Approved, the matcher knows it at once.

    Raises NotFound, and Refused when it stands so already.
    """
    changed = session.execute(_DECIDE, {"id": alias_id, "state": state, "by": actor.id, "at": at}).first()
    row = session.execute(_ONE, {"id": alias_id}).first()
    if row is None:
        raise NotFound(zh="没有这个别名", en="there is no such alias")
    if changed is None:
        raise Refused(zh="这个别名已是这个状态，没有改动", en="the alias stands so already; nothing was changed")
    session.execute(text("SELECT address.name_alias(:id, :day)"), {"id": alias_id, "day": day_of(at)})
    verb = "reopened" if state is AliasState.PROPOSED else state.value
    audit.record(session, actor, f"alias.{verb}", "alias", str(alias_id), at, {"code": row.code})
    return Alias(
        row.id, row.code, row.name, row.words, row.times, AliasState(row.state), row.proposed_at, row.decided_at
    )


def _named(session: Session, chosen: AddressRecord) -> AddressRecord:
    """The object that has a name: the estate above, else the building or plate above a room."""
    found, best = chosen, chosen
    while found.level != "estate" and found.parent_code:
        above: Any = get(session, found.parent_code)
        if above is None:
            break
        found = above
        if best.level in ("room", "unit") or found.level == "estate":
            best = found
    return best


_IS_KNOWN: Final = text("""
    SELECT 1 FROM address.address_name WHERE code = :code AND text = :words AND valid_to IS NULL
""")
_PROPOSE: Final = text("""
    INSERT INTO address.alias (code, words, times, proposed_by, proposed_at) VALUES (:code, :words, 1, :by, :at)
    ON CONFLICT (code, words) DO UPDATE SET times = alias.times + 1,
        state = CASE alias.state WHEN 'withdrawn' THEN 'proposed' ELSE alias.state END
    RETURNING id
""")
_UNPROPOSE: Final = text("""
    UPDATE address.alias SET times = greatest(times - 1, 0),
        state = CASE WHEN times <= 1 AND state = 'proposed' THEN 'withdrawn' ELSE state END
    WHERE id = :id RETURNING state
""")
_ALIAS: Final = """
    SELECT l.id, l.code, a.name, l.words, l.times, l.state, l.proposed_at, l.decided_at
    FROM address.alias l JOIN address.address a ON a.code = l.code
"""
_LISTED: Final = text(f"{_ALIAS} WHERE l.state = :state ORDER BY l.times DESC, l.proposed_at DESC, l.id LIMIT :limit")
_ONE: Final = text(f"{_ALIAS} WHERE l.id = :id")
_DECIDE: Final = text("""
    UPDATE address.alias SET state = :state, decided_by = :by, decided_at = :at
    WHERE id = :id AND state <> :state AND state <> 'withdrawn' RETURNING id
""")
