"""May this be done now, by this person, with what was handed in? `check_may` raises and says why; `move` asks it.

Whether the role may at all, and where a verb leads, stands in `workflow`; here are the conditions of the moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.errors import MoveRefused
from cases.workflow import VERBS, WORDS, Status, Verb, way
from core.actors import Actor


@dataclass(frozen=True, slots=True)
class Given:
    """What a person hands in with a verb."""

    note: str | None = None
    unit: str | None = None
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a case decides. `has_reporter` = somebody waits for an answer; `closed_by` = who closed it."""

    status: Status
    has_reporter: bool
    closed_by: UUID | None


def check_may(case: Standing, verb: Verb, actor: Actor, given: Given) -> None:
    """Raise MoveRefused, saying why, when this may not be done now."""
    rule, word = VERBS[verb], WORDS[case.status]
    if actor.role not in rule.roles:
        raise MoveRefused(zh=f"您的岗位不能“{rule.zh}”", en=f"your role may not {rule.en}")
    if way(case.status, verb, actor.role) is None:
        raise MoveRefused(
            zh=f"案件{word.zh}，现在不能“{rule.zh}”", en=f"the case is {word.en}: it cannot {rule.en} now"
        )
    for is_needed, handed_in, zh, en in (
        (rule.needs_unit, given.unit, "承办单位", "a unit"),
        (rule.needs_note, given.note, "说明", "a note"),
        (rule.needs_evidence, given.evidence, "凭据", "evidence"),
    ):
        if is_needed and not handed_in:
            raise MoveRefused(zh=f"“{rule.zh}”需要填写{zh}", en=f"to {rule.en} needs {en}")
    if rule.needs_second and case.closed_by == actor.id:
        raise MoveRefused(zh=f"“{rule.zh}”须由办结人以外的人办理", en=f"to {rule.en} needs another person")
    if is_unanswered(case, verb):
        raise MoveRefused(
            zh="诉求人还未得到反馈，请先“反馈”再办结", en="the reporter has no answer yet: answer, then close"
        )


def is_unanswered(case: Standing, verb: Verb) -> bool:
    """Closing a handled case over the head of a reporter who waits for an answer."""
    return verb is Verb.CLOSE and case.status is Status.HANDLED and case.has_reporter
