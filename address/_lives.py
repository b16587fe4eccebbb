"""What happens to addresses, written down: one verb an event. Behind the door: call `address.service`.

Every verb looks at the history of the codes first and refuses what cannot be (ChangeRefused), keeps what was, writes
one event and one audit row, and gives the addresses a new stamp.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import lives
from address._history import events_of
from address._ingest import placed
from address._making import below, end, hang, known, make, record_of, same_level, take_up
from address._recode import recode_places
from address._rewriting import keep_former, parts_told, rewrite, subtree
from address.errors import ChangeRefused
from address.lives import Event, Kind, Status
from address.records import AddressRecord, NewPlace
from address.version import change
from core.actors import Actor
from core.audit import record_many
from core.clock import day_of
from core.coords import Place

NEW = "?"
"""Stands for codes not minted yet while an event is judged."""
MOST_TOLD = 100
"""Codes named in the audit log for one event; the event itself names all."""


def create(
    session: Session, place: NewPlace, *, parent: str | None, on: date, document: str | None, actor: Actor,
    at: datetime, status: Status = Status.CURRENT,
) -> AddressRecord:  # fmt: skip
    """A new place, below `parent` (its parts are taken over) or by itself; then it needs a position."""
    above = None if parent is None else known(session, [parent])[0]
    _refuse(session, Event(0, Kind.CREATE, (), (NEW,), on, status), at)
    made = make(session, above, [place], parent_code=None if above is None else above.code, status=status, at=at)
    _write(session, Kind.CREATE, [], made, on, document, actor, at, {"status": status.value})
    recode_places(session, made, actor=actor, at=at)
    return record_of(session, made[0])


def rename(
    session: Session, codes: Sequence[str], parts: Mapping[str, str | None], *, on: date, document: str | None,
    actor: Actor, at: datetime, kind: Kind = Kind.RENAME,
) -> int:  # fmt: skip
    """Other names or numbers for places and all below them, the codes stay; how many places read differently now.

    `parts`: what changes, such as {"estate": "…"} or {"number": "14"}; {"name": "…"} for a landmark.
    `kind`: RENAME or RENUMBER.
    """
    told = parts_told(parts)
    return _retell(session, kind, codes, told, {}, on=on, document=document, actor=actor, at=at)


def change_division(
    session: Session, codes: Sequence[str], *, town: tuple[str, str] | None, village: tuple[str, str] | None,
    on: date, document: str | None, actor: Actor, at: datetime,
) -> int:  # fmt: skip
    """Places and all below them belong to another town or village, each given as (code, name); codes stay."""
    told = {name: value[1] for name, value in (("town", town), ("village", village)) if value is not None}
    numbers = {f"{name}_code": value[0] for name, value in (("town", town), ("village", village)) if value is not None}
    return _retell(session, Kind.DIVISION, codes, parts_told(told), numbers, on=on, document=document,
                   actor=actor, at=at)  # fmt: skip


def split(
    session: Session, code: str, places: Sequence[NewPlace], *, on: date, document: str | None, actor: Actor,
    at: datetime,
) -> list[AddressRecord]:  # fmt: skip
    """Parts of a place become places of their own beside it; the rest keeps the code and all that is below it."""
    (kept,) = known(session, [code])
    event = Event(0, Kind.SPLIT, (kept.code,), (kept.code, *_unnamed(places)), on)
    _refuse(session, event, at)
    made = make(session, kept, places, parent_code=kept.parent_code, at=at)
    _write(session, Kind.SPLIT, [kept.code], [kept.code, *made], on, document, actor, at)
    recode_places(session, made, actor=actor, at=at)
    return [record_of(session, one) for one in made]


def merge(
    session: Session, codes: Sequence[str], place: NewPlace, *, on: date, document: str | None, actor: Actor,
    at: datetime,
) -> AddressRecord:  # fmt: skip
    """Places of one level become one new place; the old codes lead to it, what stood below stands below it now."""
    old = known(session, codes)
    same_level(old)
    event = Event(0, Kind.MERGE, tuple(one.code for one in old), (NEW,), on)
    _refuse(session, event, at)
    ended = subtree(session, [one.code for one in old])
    heads = end(session, ended, [one.code for one in old], Status.HISTORIC, on)
    (made,) = make(session, old[0], [place], parent_code=old[0].parent_code, at=at)
    for one in old:
        hang(session, one.code, made, on, document)
    keep_former(session, heads, on, document, of=made)
    _write(session, Kind.MERGE, [one.code for one in old], [made], on, document, actor, at)
    recode_places(session, [made], actor=actor, at=at)
    return record_of(session, made)


def rebuild(
    session: Session, codes: Sequence[str], places: Sequence[NewPlace], *, on: date, document: str | None,
    actor: Actor, at: datetime,
) -> list[AddressRecord]:  # fmt: skip
    """One for one (no `places`): the code is kept. Else the old and all below them end, and new places stand there."""
    old = known(session, codes)
    froms = tuple(one.code for one in old)
    event = Event(0, Kind.REBUILD, froms, tuple(_unnamed(places)) or froms, on)
    _refuse(session, event, at)
    if not places:
        _write(session, Kind.REBUILD, froms, froms, on, document, actor, at)
        return old
    same_level(old)
    ended = subtree(session, froms)
    heads = end(session, ended, froms, Status.HISTORIC, on)
    below = [code for code in ended["code"].to_list() if code not in froms]
    end(session, ended, below, Status.HISTORIC, on)
    made = make(session, old[0], places, parent_code=old[0].parent_code, at=at)
    if len(made) == 1:
        keep_former(session, heads, on, document, of=made[0])
    _write(session, Kind.REBUILD, froms, made, on, document, actor, at)
    if below:
        _write(session, Kind.DEMOLISH, below, [], on, document, actor, at)
    recode_places(session, made, actor=actor, at=at)
    return [record_of(session, one) for one in made]


def demolish(
    session: Session, codes: Sequence[str], *, on: date, document: str | None, actor: Actor, at: datetime
) -> int:
    """Places and all below them are no more; how many. Nothing takes their place."""
    old = known(session, codes)
    _refuse(session, Event(0, Kind.DEMOLISH, tuple(one.code for one in old), (), on), at)
    ended = subtree(session, [one.code for one in old])
    gone = ended["code"].to_list()
    _refuse(session, Event(0, Kind.DEMOLISH, tuple(gone), (), on), at)
    end(session, ended, gone, Status.HISTORIC, on)
    _write(session, Kind.DEMOLISH, gone, [], on, document, actor, at)
    return len(gone)


def duplicate(
    session: Session, loser: str, winner: str, *, on: date, document: str | None, actor: Actor, at: datetime
) -> int:
    """Two codes of one place: `loser` leads to `winner` from now on. How many codes became a second code.

    What stands below the loser is a duplicate of the same part below the winner, or moves there.
    """
    lost, won = known(session, [loser, winner])
    same_level([lost, won])
    return _duplicate(session, lost, won, on, document, actor, at)


def correct(
    session: Session, code: str, *, on: date, document: str | None, actor: Actor, at: datetime,
    status: Status | None = None, place: Place | None = None,
) -> AddressRecord:  # fmt: skip
    """Put right what was wrong: the position, or a status (also one that a mistaken event ended)."""
    (old,) = known(session, [code])
    if status is not None and status not in lives.LIVING:
        raise ChangeRefused(
            "更正只能把编码恢复为在用或预编；停用请登记拆除或重复",
            "a correction makes a code current or provisional; to end it, tell a demolition or a duplicate",
        )
    _refuse(session, Event(0, Kind.CORRECT, (old.code,), (old.code,), on, status), at)
    detail: dict[str, object] = {} if status is None else {"status": status.value}
    if place is not None:
        detail["from"] = [old.lon, old.lat]
    _write(session, Kind.CORRECT, [old.code], [old.code], on, document, actor, at, detail)
    if place is not None:
        frame = pl.DataFrame([{"code": old.code, "lon": place.lon, "lat": place.lat, "town": None, "village": None}],
                             schema_overrides={"town": pl.String, "village": pl.String})  # fmt: skip
        moved = placed(session, frame, at).select("code", "lon", "lat", "grid_id", "h3_8", "h3_9", "h3_10")
        session.execute(_MOVE, moved.row(0, named=True))
    if status is not None:
        take_up(session, old, status)
    recode_places(session, [old.code], actor=actor, at=at)
    return record_of(session, old.code)


_MOVE = text("""
    UPDATE address.address SET lon = :lon, lat = :lat, grid_id = :grid_id, h3_8 = :h3_8, h3_9 = :h3_9, h3_10 = :h3_10
    WHERE code = :code
""")


def _duplicate(
    session: Session, lost: AddressRecord, won: AddressRecord, on: date, document: str | None, actor: Actor,
    at: datetime,
) -> int:  # fmt: skip
    _refuse(session, Event(0, Kind.DUPLICATE, (lost.code,), (won.code,), on), at)
    count = 1
    below_won = {_own_part(one): one for one in below(session, won.code)}
    for child in below(session, lost.code):
        if (same := below_won.get(_own_part(child))) is not None:
            count += _duplicate(session, child, same, on, document, actor, at)
    alone = subtree(session, [lost.code])
    end(session, alone, [lost.code], Status.ALTERNATIVE, on)
    hang(session, lost.code, won.code, on, document)
    spelling = Jsonb(dict(lost.parts))
    session.execute(
        _SECOND_NAME, {"code": won.code, "text": lost.name, "parts": spelling, "on": on, "source": document}
    )
    _write(session, Kind.DUPLICATE, [lost.code], [won.code], on, document, actor, at)
    return count


_SECOND_NAME = text("""
    INSERT INTO address.address_name (code, kind, text, parts, valid_from, source)
    SELECT :code, 'alternative', :text, :parts, :on, :source
    WHERE NOT EXISTS (SELECT FROM address.address WHERE code = :code AND name = :text) ON CONFLICT DO NOTHING
""")


def _own_part(one: AddressRecord) -> tuple[str, str | None]:
    name = {"door": "number"}.get(one.level, one.level)
    return one.level, one.parts.get(name) or one.parts.get("floor")


def _retell(
    session: Session, kind: Kind, codes: Sequence[str], told: Mapping[str, str | None], numbers: Mapping[str, str], *,
    on: date, document: str | None, actor: Actor, at: datetime,
) -> int:  # fmt: skip
    heads = known(session, codes)
    if not told or not heads:
        raise ChangeRefused(
            "没有说要改什么；请给出新的名称或号码", "nothing to change was told; give a new name or number"
        )
    froms = tuple(one.code for one in heads)
    _refuse(session, Event(0, kind, froms, froms, on), at)
    since = session.execute(_NAMED_SINCE, {"codes": list(froms)}).scalar()
    if since is not None and on < since:
        raise ChangeRefused(
            f"{since} 已有更名，不能再登记更早（{on}）的；请核对日期",
            f"a change of name of {since} is known; nothing earlier ({on}) may follow: check the date",
        )
    old = subtree(session, froms, is_bearing_too=True)
    new = old.with_columns(pl.lit(value, pl.String).alias(name) for name, value in (dict(told) | dict(numbers)).items())
    count = rewrite(session, old, new, on=on, source=document)
    if not count:
        raise ChangeRefused("与现在的写法相同，没有改动；请核对新的名称或号码",
                            "it reads like that already, nothing changes; check the new name or number")  # fmt: skip
    before = {one.code: one.name for one in heads[:50]}
    _write(session, kind, froms, froms, on, document, actor, at, {"before": before, "places": count})
    return count


_NAMED_SINCE = text("SELECT max(valid_to) FROM address.address_name WHERE code = ANY(:codes) AND kind = 'former'")


def _refuse(session: Session, event: Event, at: datetime) -> None:
    """Raises ChangeRefused when the event may not follow what is known."""
    wanted = [code for code in (*event.from_codes, *event.to_codes) if not code.startswith(NEW)]
    why = lives.refusal(events_of(session, wanted), event, day_of(at))
    if why is not None:
        raise ChangeRefused(why.zh, why.en)


def _unnamed(places: Sequence[NewPlace]) -> list[str]:
    return [f"{NEW}{number}" for number in range(len(places))]


def _write(
    session: Session, kind: Kind, froms: Sequence[str], tos: Sequence[str], on: date, document: str | None,
    actor: Actor, at: datetime, detail: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    session.execute(
        _EVENT,
        {"event": kind.value, "froms": list(froms), "tos": list(tos), "on": on, "document": document,
         "detail": Jsonb(dict(detail)) if detail else None, "at": at},
    )  # fmt: skip
    change(session)
    touched = list(dict.fromkeys((*froms, *tos)))
    told = {"from": list(froms)[:MOST_TOLD], "to": list(tos)[:MOST_TOLD], "on": on.isoformat(), "document": document}
    record_many(session, actor, f"address.{kind.value}", "address.address", touched[:MOST_TOLD], at, told)


_EVENT = text("""
    INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, document, detail, recorded_at)
    VALUES (:event, :froms, :tos, :on, :document, :detail, :at)
""")
