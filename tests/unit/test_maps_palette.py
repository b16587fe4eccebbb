"""A colour means a count: limits, classes, suppression and legend words."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import palette
from maps.palette import PU_OR, VIRIDIS, YL_OR_RD, class_of, geometric_limits, legend, pick, round_figure, suppress

counts = st.lists(st.integers(min_value=0, max_value=5000), max_size=300)


def lightness(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def test_crowded_places_get_their_own_class() -> None:
    cells = [1] * 500 + [2] * 200 + [5] * 100 + [20] * 40 + [80] * 10 + [130]
    assert geometric_limits(cells) == (1, 3, 9, 25, 80)


def test_few_different_counts_make_few_classes() -> None:
    assert geometric_limits([1, 1, 2]) == (1, 2)
    assert geometric_limits([7]) == (1, 2, 3, 4, 7)
    assert geometric_limits([1]) == (1,)


def test_nothing_makes_no_class() -> None:
    assert geometric_limits([]) == ()
    assert geometric_limits([0, 0]) == ()
    assert geometric_limits([3, 4], smallest=5) == ()


@given(counts, st.sampled_from([1, 5]))
def test_limits_are_ascending_whole_numbers_and_every_counted_cell_has_a_class(cells: list[int], smallest: int) -> None:
    limits = geometric_limits(cells, smallest=smallest)
    assert list(limits) == sorted(set(limits))
    assert len(limits) <= palette.CLASSES
    for count, klass in zip(cells, class_of(cells, limits), strict=True):
        assert (klass == -1) == (count < smallest)


@given(counts)
def test_the_highest_class_is_never_empty(cells: list[int]) -> None:
    limits = geometric_limits(cells)
    if limits:
        assert max(cells) >= limits[-1]


@pytest.mark.parametrize(
    ("value", "figure"), [(0.4, 1), (6.6, 7), (13, 15), (87, 85), (104, 100), (455, 460), (777, 800)]
)
def test_limits_are_figures_a_person_keeps_in_mind(value: float, figure: int) -> None:
    assert round_figure(value) == figure


def test_lightness_runs_one_way_along_a_ramp() -> None:
    light, dark = [lightness(c) for c in YL_OR_RD], [lightness(c) for c in VIRIDIS]
    assert light == sorted(light, reverse=True)
    assert dark == sorted(dark)


def test_neighbouring_classes_are_told_apart_without_colour() -> None:
    for ramp in (YL_OR_RD, VIRIDIS):
        levels = sorted(lightness(c) for c in ramp)
        assert all((b + 0.05) / (a + 0.05) > 1.25 for a, b in pairwise(levels))


def test_a_short_ramp_keeps_both_ends() -> None:
    assert pick(YL_OR_RD, 2) == (YL_OR_RD[0], YL_OR_RD[-1])
    assert pick(YL_OR_RD, 5) == YL_OR_RD
    assert pick(PU_OR, 3) == (PU_OR[0], PU_OR[2], PU_OR[4])
    assert pick(YL_OR_RD, 0) == ()
    with pytest.raises(ValueError, match="no 6 classes"):
        pick(YL_OR_RD, 6)


def test_small_counts_are_hidden_from_a_wider_circle() -> None:
    assert suppress([0, 3, 4, 5, 60]).tolist() == [True, False, False, True, True]


def test_what_is_hidden_cannot_be_found_by_subtraction() -> None:
    """One cell of 2 and a total of 67: without more, 67 - 5 - 60 gives it away."""
    assert suppress([2, 5, 60]).tolist() == [False, False, True]


@given(counts)
def test_hidden_reports_are_none_or_at_least_five_unless_all_is_hidden(cells: list[int]) -> None:
    values = np.array(cells, dtype=np.int64)
    shown = suppress(values)
    hidden = values[~shown].sum()
    assert hidden == 0 or hidden >= palette.SMALL_COUNT or not (values[shown] > 0).any()


def test_the_legend_says_unit_period_and_what_is_left_out() -> None:
    book = legend((5, 10, 20), days=30, resolution=9, smallest=5)
    assert book.title_zh == "每格件数 · 近 30 天 · 格宽约 350 米"
    assert [row.words for row in book.rows] == ["5–9", "10–19", "≥ 20"]
    assert book.small_zh == "少于 5 件的格不显示"
    assert legend((1, 2), days=7, resolution=9, smallest=None).small_zh is None
    assert [row.words for row in legend((1, 2, 4), days=7, resolution=9, smallest=None).rows] == ["1", "2–3", "≥ 4"]
