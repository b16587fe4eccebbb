"""What is looked at, by whom, and when a place counts as new."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import BadInput
from maps.behind import WEEKS, by_week
from maps.hot import is_new
from maps.view import PERIODS, Audience, View

AT = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # 01:00 on 2 March in Shanghai


def test_a_period_counts_today_as_its_last_day_by_the_wall_clock() -> None:
    assert View(days=7).window(AT) == (date(2026, 2, 24), date(2026, 3, 2))


@pytest.mark.parametrize("days", PERIODS)
def test_the_period_before_ends_where_this_one_begins_and_is_as_long(days: int) -> None:
    view = View(days=days)
    (since, until), (first, last) = view.window(AT), view.window_before(AT)
    assert last == since - timedelta(days=1)
    assert (last - first) == (until - since) == timedelta(days=days - 1)


@pytest.mark.parametrize("wrong", [{"days": 8}, {"days": 0}, {"resolution": 7}, {"resolution": 11}])
def test_only_what_is_offered_can_be_asked_for(wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput) as caught:
        View(**wrong)
    assert caught.value.where in wrong


def test_a_filter_of_channels_does_not_reach_the_class_limits() -> None:
    view = View(channel="110", category="noise")
    assert view.of_all_channels() == View(category="noise")


def test_only_those_who_handle_cases_see_small_counts() -> None:
    assert Audience.CASES.smallest is None
    assert Audience.WIDE.smallest == 5


@pytest.mark.parametrize(
    ("n", "before", "new"), [(5, 0, True), (4, 0, False), (10, 5, True), (9, 5, False), (40, 39, False)]
)
def test_new_means_twice_as_many_and_not_a_handful(n: int, before: int, new: bool) -> None:
    assert is_new(n, before) is new


def test_weeks_end_today_and_the_oldest_comes_first() -> None:
    weeks = by_week([AT, AT - timedelta(days=6), AT - timedelta(days=7), AT - timedelta(days=7 * WEEKS)], AT)
    assert len(weeks) == WEEKS
    assert weeks[-2:] == (1, 2)
    assert sum(weeks) == 3
