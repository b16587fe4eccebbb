"""The life of an address code, from its events (design §4.5; pure): who answers for it on a day, what may happen next.

A code without a birth among its events holds since ever: a loaded register does not say when its houses were built.
On one day the events count in the order in which they were written down.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What may happen to codes."""

    CREATE = "create"
    RENAME = "rename"
    RENUMBER = "renumber"
    DIVISION = "division"
    SPLIT = "split"
    MERGE = "merge"
    REBUILD = "rebuild"
    DEMOLISH = "demolish"
    DUPLICATE = "duplicate"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


KIND_NAMES: Mapping[Kind, tuple[str, str]] = {
    Kind.CREATE: ("新设", "created"),
    Kind.RENAME: ("更名", "renamed"),
    Kind.RENUMBER: ("重编号", "renumbered"),
    Kind.DIVISION: ("区划变更", "moved to another division"),
    Kind.SPLIT: ("拆分", "split"),
    Kind.MERGE: ("合并", "merged"),
    Kind.REBUILD: ("重建", "rebuilt"),
    Kind.DEMOLISH: ("拆除", "demolished"),
    Kind.DUPLICATE: ("认定重复", "found to be a duplicate"),
    Kind.CORRECT: ("更正", "corrected"),
    Kind.WITHDRAW: ("撤回导入", "its load undone"),
}
"""Chinese and English of each kind, as they stand in a history."""
BIRTHS = frozenset({Kind.CREATE, Kind.SPLIT, Kind.MERGE, Kind.REBUILD})
ENDS = frozenset({Kind.MERGE, Kind.REBUILD, Kind.DEMOLISH, Kind.DUPLICATE, Kind.WITHDRAW})


class Status(StrEnum):
    """What a code is worth: ALTERNATIVE is a second code of an object, HISTORIC one whose object is no more."""

    PROVISIONAL = "provisional"
    CURRENT = "current"
    ALTERNATIVE = "alternative"
    HISTORIC = "historic"


STATUS_NAMES: Mapping[Status, tuple[str, str]] = {
    Status.PROVISIONAL: ("预编", "provisional"),
    Status.CURRENT: ("在用", "in use"),
    Status.ALTERNATIVE: ("重复编码", "a second code"),
    Status.HISTORIC: ("已停用", "no longer in use"),
}
LIVING = frozenset({Status.PROVISIONAL, Status.CURRENT})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `id` rises in the order of writing down; `status` only with create and correct."""

    id: int
    kind: Kind
    from_codes: tuple[str, ...]
    to_codes: tuple[str, ...]
    on: date
    status: Status | None = None

    def gives_birth(self, code: str) -> bool:
        """Whether the code began with this event."""
        return self.kind in BIRTHS and code in self.to_codes and code not in self.from_codes

    def ends(self, code: str) -> bool:
        """Whether the code stopped answering with this event."""
        return self.kind in ENDS and code in self.from_codes and code not in self.to_codes

    def sets(self, code: str) -> bool:
        """Whether the event says outright what the code is worth from then on."""
        return self.kind is Kind.CORRECT and self.status is not None and code in self.from_codes

    def binds(self, code: str) -> bool:
        """Whether nothing earlier may be told of the code any more: all but a position put right."""
        is_position = self.kind is Kind.CORRECT and self.status is None
        return not is_position and (code in self.from_codes or code in self.to_codes)


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers for a code on a day.

    `codes`: the living codes, none when it was not yet given out or is gone without a successor, several after an
    m:n rebuild. `status`: of the asked code on that day, None before it was given out. `via`: the events followed.
    """

    codes: tuple[str, ...]
    status: Status | None
    via: tuple[Event, ...] = ()


def resolve(events: Iterable[Event], code: str, on: date) -> Answer:
    """Follow the events up to and including a day. Events of other codes may be among them."""
    ordered = sorted(events, key=lambda one: (one.on, one.id))
    past = [one for one in ordered if one.on <= on]
    last = next((one for one in reversed(past) if _decides(one, code)), None)
    if last is None:
        is_unborn = any(one.gives_birth(code) for one in ordered)
        return Answer((), None) if is_unborn else Answer((code,), Status.CURRENT)
    if last.ends(code):
        codes, via = _successors(past, last)
        return Answer(codes, Status.ALTERNATIVE if last.kind is Kind.DUPLICATE else Status.HISTORIC, via)
    status = last.status or Status.CURRENT
    return Answer((code,) if status in LIVING else (), status)


def _decides(event: Event, code: str) -> bool:
    return event.gives_birth(code) or event.ends(code) or event.sets(code)


def _successors(past: Sequence[Event], end: Event) -> tuple[tuple[str, ...], tuple[Event, ...]]:
    """The living codes behind an end, each once, nearest first; and the ends on the way."""
    found: dict[str, None] = {}
    via = {end.id: end}
    waiting, seen = list(end.to_codes), set[str]()
    while waiting:
        code = waiting.pop(0)
        if code in seen:
            continue
        seen.add(code)
        last = next((one for one in reversed(past) if _decides(one, code)), None)
        if last is not None and last.ends(code):
            via[last.id] = last
            waiting += last.to_codes
        elif last is None or (last.status or Status.CURRENT) in LIVING:
            found[code] = None
    return tuple(found), tuple(via.values())


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something may not happen, in both languages."""

    zh: str
    en: str


def refusal(events: Sequence[Event], new: Event, today: date) -> Refusal | None:
    """Why this event may not follow those known of its codes; None when it may.

    A life is told in order: what would come before the newest thing known of a code's life is refused, and so is
    anything about a code that no longer answers. So a chain of successors never turns back on itself.
    """
    if new.on > today:
        return Refusal(f"日期 {new.on} 在将来；请在事情发生后登记", f"{new.on} lies in the future; tell it afterwards")
    if (wrong := _misshapen(new)) is not None:
        return wrong
    act = KIND_NAMES[new.kind]
    for code in (*new.from_codes, *(new.to_codes if new.kind is Kind.DUPLICATE else ())):
        latest = max((one for one in events if one.binds(code)), key=lambda one: (one.on, one.id), default=None)
        if latest is not None and new.on < latest.on:
            zh, en = KIND_NAMES[latest.kind]
            return Refusal(
                f"{code} 已登记 {latest.on} {zh}，不能再登记更早（{new.on}）的{act[0]}；请核对日期",
                f"{code} was {en} on {latest.on}; nothing earlier ({new.on}) may follow: check the date",
            )
        status = resolve(events, code, new.on).status
        if new.sets(code):
            if latest is not None and latest.kind is Kind.WITHDRAW:
                return Refusal(
                    f"{code} 的导入已撤回，不能恢复；请重新导入", f"the load of {code} was undone; load the file again"
                )
            if status is not None and status is new.status:
                zh, en = STATUS_NAMES[status]
                return Refusal(f"{code} 的状态已是{zh}，无需更正", f"{code} is {en} already")
        elif status not in LIVING:
            return _gone(events, code, new, today)
    return None


def _gone(events: Sequence[Event], code: str, new: Event, today: date) -> Refusal:
    answer = resolve(events, code, today)
    zh_act, en_act = KIND_NAMES[new.kind]
    instead_zh = f"；请改用 {'、'.join(answer.codes)}" if answer.codes else "；它没有后继编码"
    instead_en = f"; use {', '.join(answer.codes)}" if answer.codes else "; nothing took its place"
    ended = max((one.on for one in events if one.ends(code)), default=None)
    since_zh, since_en = (f"已于 {ended} 停用", f"ended on {ended}") if ended else ("已停用", "has ended")
    return Refusal(
        f"{code} {since_zh}，不能再{zh_act}{instead_zh}", f"{code} {since_en} and cannot be {en_act}{instead_en}"
    )


def _misshapen(new: Event) -> Refusal | None:
    given, made = set(new.from_codes), set(new.to_codes)
    is_fine = len(given) == len(new.from_codes) and len(made) == len(new.to_codes)
    match new.kind:
        case Kind.CREATE:
            is_fine = is_fine and not given and bool(made)
        case Kind.SPLIT:
            is_fine = is_fine and len(given) == 1 and given < made
        case Kind.MERGE:
            is_fine = is_fine and len(given) > 1 and len(made) == 1 and not given & made
        case Kind.REBUILD:
            is_fine = is_fine and (given == made if len(given) == len(made) == 1 else bool(made) and not given & made)
            is_fine = is_fine and bool(given)
        case Kind.DEMOLISH | Kind.WITHDRAW:
            is_fine = is_fine and bool(given) and not made
        case Kind.DUPLICATE:
            is_fine = is_fine and len(given) == len(made) == 1 and given != made
        case _:
            is_fine = is_fine and bool(given) and given == made
    if is_fine:
        return None
    zh, en = _SHAPES.get(new.kind, ("编码前后应相同", "the codes stay the same"))
    return Refusal(f"{KIND_NAMES[new.kind][0]}的编码不对：{zh}", f"{new.kind}: {en}")


_SHAPES: Mapping[Kind, tuple[str, str]] = {
    Kind.CREATE: ("应有新编码", "needs new codes"),
    Kind.SPLIT: ("一个编码保留，另加至少一个新编码", "one code is kept, at least one is new"),
    Kind.MERGE: ("至少两个不同的编码并为一个新编码", "at least two different codes become one new one"),
    Kind.REBUILD: ("一对一保留原编码，多对多全部换新编码", "1:1 keeps the code, m:n makes new ones"),
    Kind.DEMOLISH: ("至少一个编码，没有新编码", "at least one code, no new one"),
    Kind.DUPLICATE: ("两个不同的编码", "two different codes"),
}
