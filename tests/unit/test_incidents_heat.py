"""Heat as numbers, against figures worked out by hand, and what must hold for any numbers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.heat import Exposure, counts, decay, decayed, expected, exposure, fallback_piles

TEN_WEEKS = Exposure(weeks=10.0, spread=1.0)
DATA = settings(max_examples=60, deadline=None)
MASSES = st.lists(st.floats(0, 500), min_size=1, max_size=30).map(np.array)


def test_counts_are_by_cell_in_order() -> None:
    cells, n = counts(np.array([7, 3, 7, 7]))
    assert (cells.tolist(), n.tolist()) == ([3, 7], [1, 3])
    cells, n = counts(np.array([7, 3, 7]), weights=np.array([2, 5, 1]))
    assert (cells.tolist(), n.tolist()) == ([3, 7], [5, 3])


def test_an_event_of_a_year_ago_weighs_half_and_one_of_tomorrow_nothing() -> None:
    assert decay(np.array([0.0, 364.0, 728.0, -1.0])).tolist() == [1.0, 0.5, 0.25, 0.0]
    cells, mass = decayed(np.array([5, 5, 2]), np.array([0.0, 364.0, 364.0]), weights=np.array([1, 2, 4]))
    assert (cells.tolist(), mass.tolist()) == ([2, 5], [2.0, 2.0])


def test_the_exposure_of_a_day_a_week_and_for_ever() -> None:
    assert exposure(1) == Exposure(weeks=pytest.approx(1 / 7), spread=1.0)
    assert exposure(7).weeks == pytest.approx(1.0, rel=0.01)
    # Σ ½^(d/364) = 1 / (1 - ½^(1/364)) = 525.6 days = 75.1 weeks; Σw²/Σw tends to ½
    assert exposure(10_000).weeks == pytest.approx(75.1, abs=0.1)
    assert exposure(10_000).spread == pytest.approx(0.5, abs=0.001)
    with pytest.raises(ValueError, match="at least one day"):
        exposure(0)


@given(st.integers(1, 1500))
@DATA
def test_a_longer_window_holds_more_and_spreads_more(days: int) -> None:
    shorter, longer = exposure(days), exposure(days + 1)
    assert shorter.weeks < longer.weeks
    assert 0.5 <= longer.spread < shorter.spread <= 1.0


def test_the_shrinking_by_hand() -> None:
    """Rates 1, 0, 2, 1 a week: mean 1, variance 2/3, by chance 1/10; beyond it 17/30, so a = b = 30/17."""
    told = expected(np.array([10.0, 0.0, 20.0, 10.0]), TEN_WEEKS)
    assert told.prior_mean == 1.0
    assert told.mean.tolist() == pytest.approx([1.0, 0.15, 1.85, 1.0])
    assert told.sd[1] == pytest.approx(math.sqrt(30 / 17) / (30 / 17 + 10))


def test_cells_that_differ_only_by_chance_get_the_common_mean() -> None:
    told = expected(np.array([10.0, 11.0, 9.0, 10.0]), TEN_WEEKS)
    assert told.mean.tolist() == [1.0] * 4
    assert told.sd[0] == pytest.approx(math.sqrt(1 / 40))


def test_silent_cells_pull_the_mean_down() -> None:
    loud, with_silent = expected(np.array([10.0]), TEN_WEEKS), expected(np.array([10.0]), TEN_WEEKS, cells_at_risk=10)
    assert loud.prior_mean == 1.0
    assert with_silent.prior_mean == pytest.approx(0.1)
    assert with_silent.mean[0] < 1.0


def test_nothing_expects_nothing() -> None:
    assert len(expected(np.zeros(0), TEN_WEEKS).mean) == 0
    assert expected(np.zeros(3), TEN_WEEKS).mean.tolist() == [0.0, 0.0, 0.0]


@given(MASSES, st.integers(0, 40), st.integers(7, 1000))
@DATA
def test_the_whole_is_kept_each_lies_between_its_own_and_the_common_rate(
    mass: np.ndarray, silent: int, days: int
) -> None:
    window = exposure(days)
    size = len(mass) + silent
    told = expected(np.append(mass, np.zeros(silent)), window)
    assert told.mean.sum() == pytest.approx(mass.sum() / window.weeks, rel=1e-6, abs=1e-9)
    own, low, high = told.mean[: len(mass)], mass / window.weeks, np.full(len(mass), told.prior_mean)
    assert (own >= np.minimum(low, high) - 1e-9).all()
    assert (own <= np.maximum(low, high) + 1e-9).all()
    assert (np.diff(own[np.argsort(mass, kind="stable")]) >= -1e-9).all()  # more reports, never less expected
    assert np.allclose(own, expected(mass, window, cells_at_risk=size).mean)


def test_a_pile_of_many_addresses_on_one_point_is_a_default_point_and_a_busy_address_is_not() -> None:
    rng = np.random.default_rng(7)
    lon, lat = 104 + rng.random(1000), 31 + rng.random(1000)
    texts = np.arange(1000)
    lon[:30], lat[:30] = 104.4, 31.1  # thirty addresses on one point
    lon[30:90], lat[30:90], texts[30:90] = 104.5, 31.2, 5000  # one address, sixty reports
    assert np.flatnonzero(fallback_piles(lon, lat, texts)).tolist() == list(range(30))
    assert not fallback_piles(lon[:0], lat[:0], texts[:0]).any()


def test_nineteen_texts_are_too_few_and_so_is_half_a_per_cent() -> None:
    lon, lat = np.linspace(104, 105, 6000), np.full(6000, 31.0)
    for size, is_pile in ((19, False), (30, False), (31, True)):
        there = lon.copy()
        there[:size] = 110.0
        assert fallback_piles(there, lat, np.arange(6000)).sum() == (size if is_pile else 0)
