"""The table of moves: every state with every verb, who may, what is asked for, and that a history replays."""

from uuid import UUID, uuid4

import pytest

from cases import diagram
from cases.errors import MoveRefused
from cases.policies import Given, Standing, check_may
from cases.workflow import (
    END_STATUSES,
    MOVES,
    OPEN_STATUSES,
    VERBS,
    WORDS,
    Status,
    Verb,
    replay,
    target,
    verbs_from,
    way,
)
from core.actors import Actor, Role

S, V = Status, Verb
EVERYTHING = Given(note="已到现场", unit="城管局", evidence={"photo": "1"})
FREE = (V.ACCEPT, V.SIGN)
"""What may be done on the way to something else without a word."""


def actor(role: Role) -> Actor:
    return Actor(id=uuid4(), name="u1", role=role)


def standing(status: Status, has_reporter: bool = False, closed_by: UUID | None = None) -> Standing:
    return Standing(status, has_reporter, closed_by)


LEADS = """
new          accept accepted · assign assigned · cancel cancelled · refer referred
accepted     assign assigned · sign signed · contact accepted · answer answered · cancel cancelled · refer referred
assigned     assign assigned · sign signed · send_back accepted · cancel cancelled · refer referred
signed       contact signed · pass_on assigned · send_back accepted · arrive on_site · handle handled · cancel cancelled · refer referred
on_site      contact on_site · pass_on assigned · handle handled · refer referred
handled      answer answered · close closed · reopen accepted
answered     call_back called_back · close closed · reopen accepted
called_back  close closed · reopen accepted
closed       call_back closed · strike_off struck_off · reopen accepted
struck_off
cancelled    reopen accepted
referred     reopen accepted
"""  # noqa: E501 - a table


def told() -> dict[Status, dict[Verb, Status]]:
    """The table above, with what every open state allows besides."""
    table = {}
    for line in LEADS.strip().splitlines():
        name, _, moves = line.partition(" ")
        status = Status(name)
        pairs = [move.split() for move in moves.split("·") if move.strip()]
        marks = {V.SUPERVISE: status, V.ESCALATE: status, V.WATCH: status, V.CLOSE_AT_SOURCE: S.CLOSED}
        table[status] = {Verb(v): Status(s) for v, s in pairs} | (marks if status in OPEN_STATUSES else {})
    return table


def test_the_table_is_whole_and_just_this() -> None:
    assert MOVES.keys() == WORDS.keys() == set(Status)
    assert VERBS.keys() == set(Verb)
    assert OPEN_STATUSES.isdisjoint(END_STATUSES)
    assert told() == MOVES


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verb", Verb)
def test_every_state_with_every_verb(status: Status, verb: Verb) -> None:
    """With everything handed in, each role may do just what the table and the roles say, or is told why not."""
    for role in Role:
        steps = way(status, verb, role)
        is_possible = role in VERBS[verb].roles and steps is not None
        if is_possible:
            check_may(standing(status), verb, actor(role), EVERYTHING)
        else:
            with pytest.raises(MoveRefused) as refused:
                check_may(standing(status), verb, actor(role), EVERYTHING)
            assert refused.value.zh
            assert refused.value.en
        is_direct = role in VERBS[verb].roles and verb in MOVES[status]
        assert (verb in verbs_from(status, role)) == is_direct
        assert steps == [verb] if is_direct else steps is None or set(steps[:-1]) <= set(FREE)
        if steps is not None:
            at: Status | None = status
            for step in steps:
                assert at is not None
                at = target(at, step)
            assert at is not None


@pytest.mark.parametrize("verb", [v for v in Verb if v not in (V.OPEN, V.CLOSE_AT_SOURCE)])
def test_what_a_verb_asks_for_must_be_handed_in(verb: Verb) -> None:
    rule = VERBS[verb]
    role = min(rule.roles)
    status = next(s for s in Status if verb in MOVES[s])
    for is_needed, given in (
        (rule.needs_note, Given(None, "城管局", {"photo": "1"})),
        (rule.needs_unit, Given("说明", "", {"photo": "1"})),
        (rule.needs_evidence, Given("说明", "城管局", {})),
    ):
        if is_needed:
            with pytest.raises(MoveRefused, match=" needs "):
                check_may(standing(status), verb, actor(role), given)
        else:
            check_may(standing(status), verb, actor(role), given)


def test_striking_off_needs_a_second_person() -> None:
    closer, other = actor(Role.DESK), actor(Role.DESK)
    case = standing(S.CLOSED, closed_by=closer.id)
    check_may(case, V.STRIKE_OFF, other, EVERYTHING)
    with pytest.raises(MoveRefused, match="another person"):
        check_may(case, V.STRIKE_OFF, closer, EVERYTHING)


def test_a_case_is_not_closed_over_the_head_of_who_reported_it() -> None:
    with pytest.raises(MoveRefused, match="no answer yet"):
        check_may(standing(S.HANDLED, has_reporter=True), V.CLOSE, actor(Role.DESK), EVERYTHING)
    check_may(standing(S.HANDLED), V.CLOSE, actor(Role.DESK), EVERYTHING)
    check_may(standing(S.ANSWERED, has_reporter=True), V.CLOSE, actor(Role.DESK), EVERYTHING)


def test_a_worker_who_handles_has_accepted_and_signed_by_doing_so() -> None:
    assert way(S.NEW, V.HANDLE, Role.WORKER) == [V.ACCEPT, V.SIGN, V.HANDLE]
    assert way(S.ASSIGNED, V.ARRIVE, Role.WORKER) == [V.SIGN, V.ARRIVE]
    assert way(S.HANDLED, V.HANDLE, Role.WORKER) is None
    assert way(S.NEW, V.CLOSE, Role.WORKER) is None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN])
def test_who_administers_or_audits_moves_nothing(role: Role) -> None:
    assert [verb for status in Status for verb in verbs_from(status, role)] == []


@pytest.mark.parametrize("status", Status)
def test_every_state_is_reached_and_left_or_is_the_end(status: Status) -> None:
    reached = {S.NEW} | {to for moves in MOVES.values() for to in moves.values()}
    assert status in reached
    assert (not MOVES[status]) == (status is S.STRUCK_OFF)


def test_a_history_replays_to_its_state() -> None:
    whole = [V.OPEN, V.ACCEPT, V.ASSIGN, V.SIGN, V.WATCH, V.HANDLE, V.ANSWER, V.CALL_BACK, V.CLOSE, V.STRIKE_OFF]
    assert [replay(whole[:n]) for n in (1, 2, 5, 6, 10)] == [S.NEW, S.ACCEPTED, S.SIGNED, S.HANDLED, S.STRUCK_OFF]
    assert replay([V.OPEN, V.CLOSE_AT_SOURCE, V.REOPEN]) is S.ACCEPTED


@pytest.mark.parametrize("history", [[], [V.ACCEPT], [V.OPEN, V.HANDLE], [V.OPEN, V.OPEN]])
def test_a_history_that_the_table_does_not_allow_is_an_error(history: list[Verb]) -> None:
    with pytest.raises(ValueError):
        replay(history)


def test_the_page_of_the_states_is_the_table() -> None:
    assert diagram.PAGE.read_text(encoding="utf-8") == diagram.page(), "run: python -m cases.diagram"
