"""How a case may move: states, verbs, and the whole table of moves. No database, no clock.

The diagram in docs/case-states.md is made from this table by `python -m cases.diagram`.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.actors import Role


class Status(StrEnum):
    """Where a case stands. Outwardly CLOSED, STRUCK_OFF, CANCELLED and REFERRED are "closed", the rest "open"."""

    NEW = "new"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    SIGNED = "signed"
    ON_SITE = "on_site"
    HANDLED = "handled"
    ANSWERED = "answered"
    CALLED_BACK = "called_back"
    CLOSED = "closed"
    STRUCK_OFF = "struck_off"
    CANCELLED = "cancelled"
    REFERRED = "referred"


class Verb(StrEnum):
    """What somebody does to a case. Each is one event."""

    OPEN = "open"
    ACCEPT = "accept"
    ASSIGN = "assign"
    SIGN = "sign"
    CONTACT = "contact"
    PASS_ON = "pass_on"  # noqa: S105 - a verb
    SEND_BACK = "send_back"
    ARRIVE = "arrive"
    HANDLE = "handle"
    ANSWER = "answer"
    CALL_BACK = "call_back"
    CLOSE = "close"
    CLOSE_AT_SOURCE = "close_at_source"
    STRIKE_OFF = "strike_off"
    REOPEN = "reopen"
    CANCEL = "cancel"
    REFER = "refer"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class VerbRule:
    """Who may do it and what it asks for, whatever the state.

    `needs_second` = another account than the one that closed the case. Words zh first.
    """

    zh: str
    en: str
    roles: frozenset[Role]
    needs_unit: bool = False
    needs_note: bool = False
    needs_evidence: bool = False
    needs_second: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words."""

    zh: str
    en: str


S, V = Status, Verb

OPEN_STATUSES: Final = frozenset(
    {S.NEW, S.ACCEPTED, S.ASSIGNED, S.SIGNED, S.ON_SITE, S.HANDLED, S.ANSWERED, S.CALLED_BACK}
)
END_STATUSES: Final = frozenset(S) - OPEN_STATUSES

_MARKS: Final = (V.SUPERVISE, V.ESCALATE, V.WATCH)


def _row(status: Status, moves: Mapping[Verb, Status]) -> dict[Verb, Status]:
    """A row of an open state: its own moves, the marks (which move nothing), and closing at the source."""
    return {**moves, **dict.fromkeys(_MARKS, status), V.CLOSE_AT_SOURCE: S.CLOSED}


MOVES: Final[Mapping[Status, Mapping[Verb, Status]]] = {
    S.NEW: _row(S.NEW, {V.ACCEPT: S.ACCEPTED, V.ASSIGN: S.ASSIGNED, V.CANCEL: S.CANCELLED, V.REFER: S.REFERRED}),
    S.ACCEPTED: _row(
        S.ACCEPTED,
        {
            V.ASSIGN: S.ASSIGNED,
            V.SIGN: S.SIGNED,
            V.CONTACT: S.ACCEPTED,
            V.ANSWER: S.ANSWERED,
            V.CANCEL: S.CANCELLED,
            V.REFER: S.REFERRED,
        },
    ),
    S.ASSIGNED: _row(
        S.ASSIGNED,
        {
            V.ASSIGN: S.ASSIGNED,
            V.SIGN: S.SIGNED,
            V.SEND_BACK: S.ACCEPTED,
            V.CANCEL: S.CANCELLED,
            V.REFER: S.REFERRED,
        },
    ),
    S.SIGNED: _row(
        S.SIGNED,
        {
            V.CONTACT: S.SIGNED,
            V.PASS_ON: S.ASSIGNED,
            V.SEND_BACK: S.ACCEPTED,
            V.ARRIVE: S.ON_SITE,
            V.HANDLE: S.HANDLED,
            V.CANCEL: S.CANCELLED,
            V.REFER: S.REFERRED,
        },
    ),
    S.ON_SITE: _row(
        S.ON_SITE,
        {V.CONTACT: S.ON_SITE, V.PASS_ON: S.ASSIGNED, V.HANDLE: S.HANDLED, V.REFER: S.REFERRED},
    ),
    S.HANDLED: _row(S.HANDLED, {V.ANSWER: S.ANSWERED, V.CLOSE: S.CLOSED, V.REOPEN: S.ACCEPTED}),
    S.ANSWERED: _row(S.ANSWERED, {V.CALL_BACK: S.CALLED_BACK, V.CLOSE: S.CLOSED, V.REOPEN: S.ACCEPTED}),
    S.CALLED_BACK: _row(S.CALLED_BACK, {V.CLOSE: S.CLOSED, V.REOPEN: S.ACCEPTED}),
    S.CLOSED: {V.CALL_BACK: S.CLOSED, V.STRIKE_OFF: S.STRUCK_OFF, V.REOPEN: S.ACCEPTED},
    S.STRUCK_OFF: {},
    S.CANCELLED: {V.REOPEN: S.ACCEPTED},
    S.REFERRED: {V.REOPEN: S.ACCEPTED},
}
"""From each state, what may be done and where it leads. The table is whole: a state without a row is a red test."""

_DESK: Final = frozenset({Role.DESK, Role.COMMANDER})
_FIELD: Final = frozenset({Role.WORKER, Role.TEAM_LEADER})
_SYSTEM: Final = frozenset({Role.SYSTEM})

VERBS: Final[Mapping[Verb, VerbRule]] = {
    V.OPEN: VerbRule("登记", "open", frozenset(Role)),
    V.ACCEPT: VerbRule("受理", "accept", _DESK | _FIELD | _SYSTEM),
    V.ASSIGN: VerbRule("指派", "assign", _DESK | {Role.TEAM_LEADER} | _SYSTEM, needs_unit=True),
    V.SIGN: VerbRule("签收", "sign for", _DESK | _FIELD | _SYSTEM),
    V.CONTACT: VerbRule("联系诉求人", "contact the reporter", _DESK | _FIELD),
    V.PASS_ON: VerbRule("分流", "pass on", _DESK | {Role.TEAM_LEADER}, needs_unit=True, needs_note=True),
    V.SEND_BACK: VerbRule("退回", "send back", _DESK | _FIELD, needs_note=True),
    V.ARRIVE: VerbRule("到达", "arrive", _FIELD),
    V.HANDLE: VerbRule("处置", "handle", _DESK | _FIELD, needs_note=True),
    V.ANSWER: VerbRule("反馈", "answer the reporter", _DESK, needs_note=True),
    V.CALL_BACK: VerbRule("回访", "call back", _DESK, needs_note=True),
    V.CLOSE: VerbRule("办结", "close", _DESK),
    V.CLOSE_AT_SOURCE: VerbRule("来源已办结", "closed at the source", frozenset({Role.ETL}) | _SYSTEM),
    V.STRIKE_OFF: VerbRule("销号", "strike off", _DESK, needs_evidence=True, needs_second=True),
    V.REOPEN: VerbRule("重开", "reopen", _DESK | {Role.PUBLIC}, needs_note=True),
    V.CANCEL: VerbRule("撤销", "cancel", _DESK, needs_note=True),
    V.REFER: VerbRule("移交公安", "refer to the police", _DESK, needs_note=True),
    V.SUPERVISE: VerbRule("督办", "supervise", frozenset({Role.COMMANDER}), needs_note=True),
    V.ESCALATE: VerbRule("提级", "escalate", _DESK | {Role.TEAM_LEADER} | _SYSTEM, needs_note=True),
    V.WATCH: VerbRule("盯办", "watch", _DESK),
}

WORDS: Final[Mapping[Status, Word]] = {
    S.NEW: Word("待受理", "new"),
    S.ACCEPTED: Word("已受理", "accepted"),
    S.ASSIGNED: Word("待签收", "assigned, not yet signed for"),
    S.SIGNED: Word("处理中", "signed for, in hand"),
    S.ON_SITE: Word("已到达", "on site"),
    S.HANDLED: Word("已处置", "handled"),
    S.ANSWERED: Word("已反馈", "answered"),
    S.CALLED_BACK: Word("已回访", "called back"),
    S.CLOSED: Word("已办结", "closed"),
    S.STRUCK_OFF: Word("已销号", "struck off"),
    S.CANCELLED: Word("已撤销", "cancelled"),
    S.REFERRED: Word("已移交公安", "referred to the police"),
}


def target(status: Status, verb: Verb) -> Status | None:
    """Where the verb leads from this state; None when the table does not allow it."""
    return MOVES[status].get(verb)


def verbs_from(status: Status, role: Role) -> list[Verb]:
    """What this role may do in this state, in the order of the trade."""
    return [verb for verb in Verb if verb in MOVES[status] and role in VERBS[verb].roles]


def way(status: Status, verb: Verb, role: Role) -> list[Verb] | None:
    """The shortest chain of verbs, all within the role and asking for nothing, that ends with `verb`.

    [verb] when it may be done at once; None when there is no way. A worker who finishes a task that nobody
    signed for has accepted and signed by doing so; the events say it.
    """
    queue: deque[tuple[Status, list[Verb]]] = deque([(status, [])])
    seen = {status}
    while queue:
        at, done = queue.popleft()
        moves = MOVES[at]
        if verb in moves and role in VERBS[verb].roles:
            return [*done, verb]
        for step in (V.ACCEPT, V.SIGN):
            to = moves.get(step)
            if to is not None and to not in seen and role in VERBS[step].roles:
                seen.add(to)
                queue.append((to, [*done, step]))
    return None


def replay(verbs: Iterable[Verb]) -> Status:
    """The state that a history of events leads to. Raises ValueError at the first event the table does not allow."""
    status: Status | None = None
    for verb in verbs:
        if status is None:
            if verb is not V.OPEN:
                raise ValueError(f"a history begins with open, not with {verb}")
            status = S.NEW
            continue
        to = target(status, verb)
        if to is None:
            raise ValueError(f"{verb} is not possible in {status}")
        status = to
    if status is None:
        raise ValueError("no events")
    return status
