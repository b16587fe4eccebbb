"""What is worth a visit: small days where one thing differs."""

from collections import Counter
from uuid import UUID

import numpy as np
import pytest

from core.coords import Place
from patrol.drafting import draft, lay_out
from patrol.network import Network
from patrol.plan import (
    OUT_WORDS,
    WINDOWS,
    Choice,
    Ground,
    Kind,
    Must,
    Out,
    Reason,
    Spot,
    choose,
    coverage,
)
from patrol.profiles import Profile
from patrol.roads import from_edges
from patrol.route import Shift

DAY = Shift(510, 1050)
HERE = Place(104.39, 31.13)


def spot(cell: int, expected: float = 1.0, days: float | None = 3.0, busy: int | None = None, grid: int = 1) -> Spot:
    """A hot cell; `busy` puts all its heat into one two-hour window."""
    share = (1 / WINDOWS,) * WINDOWS if busy is None else tuple(float(w == busy) for w in range(WINDOWS))
    place = Place(104.39 + cell * 1e-4, 31.13)
    return Spot(cell, grid, place, 9, expected, Reason(f"格{cell}", f"cell {cell}"), share, days)


def must(number: int, cell: int | None = None, due: float | None = None, place: Place | None = HERE) -> Must:
    return Must(UUID(int=number), Reason("案件", "case"), 1, place, cell, due=due)


def test_hotter_and_longer_unvisited_places_come_first():
    cold, hot = spot(1, 0.1), spot(2, 5.0)
    fresh, old = spot(3, 1.0, days=0), spot(4, 1.0, days=29)
    picks = [c.cell for c in choose([], [cold, hot, fresh, old], [], DAY, seed=1).candidates]
    assert picks.index(2) < picks.index(1)
    assert picks.index(4) < picks.index(3)


def test_a_place_is_visited_at_its_hour():
    found = choose([], [spot(1, busy=7)], [], DAY, seed=1).candidates
    assert [c.window for c in found] == [(14 * 60, 16 * 60)]


def test_an_hour_outside_the_shift_is_no_stop_and_is_told():
    found = choose([], [spot(1, busy=11)], [], DAY, seed=1)
    assert not found.candidates
    assert [(item.cell, item.reason) for item in found.left_out] == [(1, Out.WINDOW)]


def test_a_cell_with_a_case_is_covered_by_it():
    found = choose([must(1, cell=7)], [spot(7)], [], DAY, seed=1)
    assert [c.kind for c in found.candidates] == [Kind.MUST]
    assert [item.reason for item in found.left_out] == [Out.COVERED]


def test_a_case_without_a_place_is_told_not_dropped():
    found = choose([must(1, place=None)], [], [], DAY, seed=1)
    assert [(item.case_id, item.reason) for item in found.left_out] == [(UUID(int=1), Out.NO_PLACE)]


def test_a_case_due_today_has_a_window_and_an_overdue_one_has_none():
    due, overdue = choose([must(1, due=700), must(2, due=-60)], [], [], DAY, seed=1).candidates[::-1]
    assert due.window == (DAY.start, 700)
    assert overdue.window is None
    assert overdue.case_id == UUID(int=2)


def test_every_neglected_grid_gets_a_stop_and_a_fresh_one_does_not():
    grounds = [Ground(1, "甲网格", HERE, 3.0), Ground(2, "乙网格", HERE, 20.0), Ground(3, "丙网格", HERE, None)]
    found = choose([], [spot(5, 0.01, grid=2)], grounds, DAY, seed=1).candidates
    floors = {c.grid_id: c.cell for c in found if c.kind is Kind.FLOOR}
    assert floors == {2: 5, 3: None}


def test_what_a_person_asks_for_is_a_must():
    found = choose([], [spot(n) for n in range(50)], [], DAY, seed=1, asked={33}).candidates
    assert next((c.kind, c.cell) for c in found) == (Kind.ASKED, 33)


def test_chance_comes_from_the_seed_and_changes_the_day():
    spots = [spot(n) for n in range(60)]
    one, again, other = (choose([], spots, [], DAY, seed=s) for s in (1, 1, 2))
    assert one == again
    assert [c.cell for c in one.candidates] != [c.cell for c in other.candidates]
    assert all(10 <= c.dwell <= 16 for c in one.candidates)


def test_every_choice_says_why_and_every_reason_has_words():
    found = choose([must(1)], [spot(1, days=12)], [Ground(9, "丁网格", HERE, None)], DAY, seed=1)
    assert all(c.why for c in found.candidates)
    hot = next(c for c in found.candidates if c.kind is Kind.HOT)
    assert {"近 30 天 9 件", "12 天未到访"} <= {r.zh for r in hot.why}
    assert OUT_WORDS.keys() == set(Out)


def test_nothing_is_lost_between_choosing_and_leaving_out():
    spots = [spot(n, expected=n / 10 + 0.1) for n in range(80)]
    found = choose([must(1, cell=3)], spots, [], DAY, seed=4)
    told = {c.cell for c in found.candidates} | {item.cell for item in found.left_out}
    assert told == {s.cell for s in spots}


def test_coverage_counts_the_right_place_at_the_right_time():
    spots = [spot(1, 1.0, busy=5), spot(2, 3.0, busy=7)]
    assert coverage(spots, [(1, 610.0)], DAY) == pytest.approx(0.25)
    assert coverage(spots, [(1, 900.0)], DAY) == 0.0
    assert coverage([], [], DAY) == 0.0


def street(length: int = 100) -> Network:
    nodes = [(104.39 + n * 1e-4, 31.13) for n in range(length)]
    return Network(from_edges(nodes, [(n, n + 1, "residential", 0) for n in range(length - 1)]), Profile.FOOT)


def test_a_day_balances_every_must_is_visited_or_told():
    off = must(2, place=Place(104.39, 31.30))
    day = draft([must(1), off], [spot(n) for n in range(80)], [], street(), HERE, DAY, seed=1)
    visited = {s.candidate.case_id for s in day.stops}
    told = {item.case_id: item.reason for item in day.left_out}
    assert UUID(int=1) in visited
    assert told[UUID(int=2)] is Out.OFF_ROAD
    assert day.back_at <= DAY.end
    assert 0 <= day.coverage_before < day.coverage_after <= 1
    reached = {s.candidate.cell for s in day.stops} | {item.cell for item in day.left_out}
    assert set(range(80)) <= reached
    assert Counter(item.cell for item in day.left_out if item.cell is not None).most_common(1)[0][1] == 1


def test_a_post_off_the_road_makes_an_empty_day_that_says_why():
    day = draft([must(1)], [], [], street(), Place(105.0, 31.13), DAY, seed=1)
    assert not day.stops
    assert [item.reason for item in day.left_out] == [Out.UNREACHABLE]


def test_a_kept_order_only_gets_new_times():
    chosen = choose([], [spot(n) for n in range(5)], [], DAY, seed=1).candidates[:4]
    day = lay_out(Choice(chosen, ()), [], street(), HERE, DAY, is_ordered=True)
    assert [s.candidate for s in day.stops] == list(chosen)
    assert np.all(np.diff([s.arrive for s in day.stops]) > 0)
    assert day.metres > 0
    assert len(day.line) >= 2
