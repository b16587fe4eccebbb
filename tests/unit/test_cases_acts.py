"""The buttons of a case: every state has its usual next step, and what is not possible says why."""

import pytest

from cases.acts import NEXT, acts
from cases.workflow import MOVES, VERBS, Status, Verb, verbs_from, way
from core.actors import Role


def test_every_state_has_its_next_step_and_the_table_allows_it() -> None:
    assert NEXT.keys() == set(Status)
    assert all(verb is None or verb in MOVES[status] for status, verb in NEXT.items())


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", [Role.DESK, Role.COMMANDER, Role.WORKER, Role.AUDITOR])
def test_what_the_table_allows_is_possible_and_the_rest_says_why(status: Status, role: Role) -> None:
    found = {one.verb: one for one in acts(status, role)}
    assert set(found) == {v for v, rule in VERBS.items() if role in rule.roles} - {Verb.OPEN, Verb.CLOSE_AT_SOURCE}
    for verb, act in found.items():
        assert act.is_possible == (way(status, verb, role) is not None)
        assert bool(act.why_zh) == bool(act.why_en) == (not act.is_possible)
    assert set(verbs_from(status, role)) <= {verb for verb, act in found.items() if act.is_possible}


def test_at_most_one_main_button_and_it_comes_first() -> None:
    for status in Status:
        found = acts(status, Role.DESK)
        assert [one.is_next for one in found].count(True) <= 1
        assert not any(one.is_next for one in found[1:])


def test_who_closed_a_case_cannot_strike_it_off() -> None:
    mine = {one.verb: one for one in acts(Status.CLOSED, Role.DESK, is_closer=True)}[Verb.STRIKE_OFF]
    assert not mine.is_possible
    assert "办结人以外" in mine.why_zh
