"""What a role may do to a case in a state, for buttons: each act with what it asks for, and why it is not possible now.

Pure. `service.move` decides again when the button is pressed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cases.policies import Standing, is_unanswered
from cases.workflow import VERBS, WORDS, Status, Verb, VerbRule, way
from core.actors import Role

S, V = Status, Verb

NEXT: Final[Mapping[Status, Verb | None]] = {
    S.NEW: V.ACCEPT,
    S.ACCEPTED: V.ASSIGN,
    S.ASSIGNED: V.SIGN,
    S.SIGNED: V.HANDLE,
    S.ON_SITE: V.HANDLE,
    S.HANDLED: V.ANSWER,
    S.ANSWERED: V.CALL_BACK,
    S.CALLED_BACK: V.CLOSE,
    S.CLOSED: V.STRIKE_OFF,
    S.STRUCK_OFF: None,
    S.CANCELLED: V.REOPEN,
    S.REFERRED: V.REOPEN,
}
"""The usual next step of each state: the one main button."""

_NEVER_BY_HAND: Final = frozenset({V.OPEN, V.CLOSE_AT_SOURCE})


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `why_zh` and `why_en` are empty when it is possible now."""

    verb: Verb
    rule: VerbRule
    is_next: bool
    why_zh: str = ""
    why_en: str = ""

    @property
    def is_possible(self) -> bool:
        """Possible now, if what the rule asks for is handed in."""
        return not self.why_zh


def acts(status: Status, role: Role, *, is_closer: bool = False, has_reporter: bool = False) -> list[Act]:
    """The acts of a role in the order of the trade, the possible ones first.

    `is_closer` = this person closed it; `has_reporter` = somebody waits for an answer.
    """
    waits = is_unanswered(Standing(status, has_reporter, None), V.CLOSE)
    found = [
        _act(status, verb, rule, role, is_closer=is_closer, waits=waits)
        for verb, rule in VERBS.items()
        if role in rule.roles and verb not in _NEVER_BY_HAND
    ]
    return sorted(found, key=lambda one: (not one.is_next, not one.is_possible))


def _act(status: Status, verb: Verb, rule: VerbRule, role: Role, *, is_closer: bool, waits: bool) -> Act:
    word = WORDS[status]
    if way(status, verb, role) is None:
        return Act(verb, rule, is_next=False, why_zh=f"案件{word.zh}", why_en=f"the case is {word.en}")
    if rule.needs_second and is_closer:
        return Act(
            verb, rule, is_next=False, why_zh="须由办结人以外的人办理", why_en="needs another person than the closer"
        )
    if waits and verb is V.CLOSE:
        return Act(verb, rule, is_next=False, why_zh="先反馈诉求人", why_en="answer the reporter first")
    return Act(verb, rule, is_next=NEXT[status] is verb)
