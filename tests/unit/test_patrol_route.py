"""The order of a day. Places stand on a line, one minute apart; place 0 is the post."""

import itertools

import numpy as np
import pytest

from patrol.route import Job, Lost, Pause, Shift, follow, order

DAY = Shift(480, 1020)


def line(*minutes_from_post: float) -> np.ndarray:
    """A matrix of places on one road, by their minutes from the post."""
    at = np.array([0.0, *minutes_from_post])
    return np.abs(at[:, None] - at[None, :]).astype(np.float32)


def test_nearby_stops_are_strung_along_the_road():
    jobs = [Job(1, 1, 10, 5), Job(2, 2, 10, 5), Job(3, 3, 10, 5)]
    found = order(line(30, 10, 20), jobs, DAY)
    keys = [v.key for v in found.visits]
    assert keys in ([2, 3, 1], [1, 3, 2])
    assert found.back_at == pytest.approx(480 + 60 + 30, abs=0.1)
    assert not found.lost


def test_a_must_visit_is_never_traded_for_any_number_of_optional_stops():
    """One far must against a dozen near optional ones that together would weigh more than 100."""
    shift = Shift(480, 480 + 150)
    jobs = [Job(1, 1, 15, 100)] + [Job(n, n, 10, 10) for n in range(2, 15)]
    found = order(line(60, *[1 + n / 10 for n in range(13)]), jobs, shift)
    assert 1 in {v.key for v in found.visits}
    assert found.lost
    assert set(found.lost.values()) == {Lost.NO_TIME}


def test_a_due_window_is_kept_when_it_can_be():
    jobs = [Job(1, 1, 15, 100, (480, 520)), Job(2, 2, 15, 100, (480, 1020))]
    found = order(line(20, 5), jobs, DAY)
    first = next(v for v in found.visits if v.key == 1)
    assert first.begin <= 520
    assert not first.is_late


def test_a_must_visit_too_far_for_its_window_is_made_late_and_marked():
    found = order(line(60), [Job(1, 1, 15, 100, (480, 500))], DAY)
    assert [(v.key, v.is_late) for v in found.visits] == [(1, True)]


def test_a_window_outside_the_shift_is_given_as_the_reason():
    found = order(line(5, 6), [Job(1, 1, 10, 5, (1200, 1320)), Job(2, 2, 10, 5)], DAY)
    assert found.lost == {1: Lost.WINDOW}


def test_no_way_is_no_stop():
    minutes = line(5, 6)
    minutes[0, 1] = minutes[1, 0] = minutes[1, 2] = minutes[2, 1] = np.inf
    jobs = [Job(1, 1, 10, 100), Job(2, 2, 10, 5)]
    assert order(minutes, jobs, DAY).lost == {1: Lost.UNREACHABLE}
    assert follow(minutes, jobs, DAY).lost == {1: Lost.UNREACHABLE}


def test_the_break_is_taken_and_the_day_ends_at_the_post():
    shift = Shift(480, 1020, (Pause(690, 780, 60),))
    jobs = [Job(n, n, 15, 5) for n in range(1, 40)]
    found = order(line(*range(1, 40)), jobs, shift)
    assert found.back_at <= 1020
    busy = sorted((v.begin, v.leave) for v in found.visits)
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(busy)]
    assert max(gaps) >= 60


def test_the_same_question_has_the_same_answer():
    jobs = [Job(n, n, 12, 1 + n % 10, (480 + 60 * (n % 4), 600 + 60 * (n % 4))) for n in range(1, 30)]
    minutes = line(*np.random.default_rng(1).uniform(1, 40, 29))
    assert order(minutes, jobs, DAY) == order(minutes, jobs, DAY)


def test_nothing_to_do_is_an_empty_day():
    found = order(line(), [], DAY)
    assert found.visits == ()
    assert found.back_at == DAY.start


def test_following_a_given_order_keeps_it_and_marks_what_comes_late():
    jobs = [Job(2, 2, 10, 100), Job(1, 1, 10, 100, (480, 490))]
    found = follow(line(5, 20), jobs, DAY)
    assert [v.key for v in found.visits] == [2, 1]
    assert found.visits[1].is_late
    assert found.back_at == pytest.approx(480 + 20 + 10 + 15 + 10 + 5)
