"""The heat as a picture: counts where they belong, small ones kept from a wider circle, nothing vague in a cell."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from core.actors import Actor
from core.clock import day_of
from core.coords import Place
from core.errors import NotFound
from grid.cells import cell
from incidents import service as incidents
from incidents.incoming import Incoming, frame_of
from incidents.kinds import Channel, Source
from maps import picture as pictures
from maps import service as maps
from maps.service import Audience, Order, View
from tests.db.maps_town import GRIDS, SIDE, SOUTH, VILLAGES, WEST, load_town

pytestmark = pytest.mark.db

HOT, COLD, OLD = (Place(WEST + x * SIDE, SOUTH + 0.5 * SIDE) for x in (0.3, 1.2, 1.8))
Report = Callable[..., None]


@pytest.fixture
def town(session: Session, actor: Actor, at: datetime) -> Iterator[Session]:
    load_town(session, actor, at)
    pictures.forget()
    yield session
    pictures.forget()


@pytest.fixture
def report(town: Session, actor: Actor, at: datetime) -> Report:
    """`report(HOT, 7, days_ago=3)`: seven reports at a place, and the heat counted anew."""
    made = iter(range(10_000))

    def write(place: Place | None, n: int, *, days_ago: int = 1, channel: Channel = Channel.WEB,
              source: Source = Source.REPORTED, words: str = "夜间施工噪声扰民") -> None:  # fmt: skip
        when = at - timedelta(days=days_ago)
        spot = {} if place is None else {"lon": place.lon, "lat": place.lat}
        rows = [Incoming(channel, f"R{next(made)}", when, words, source=source, **spot) for _ in range(n)]
        incidents.receive_many(town, frame_of(rows), batch_id=None, actor=actor, at=at)
        incidents.refresh_days(town, [day_of(when)])

    return write


def counts(shown: maps.Picture) -> dict[int, int]:
    """Cells with reports."""
    return {int(c): int(n) for c, n in zip(shown.shapes.cells, shown.n, strict=True) if n}


def test_reports_are_counted_in_the_cell_they_lie_in(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 7)
    report(COLD, 2, days_ago=20)
    report(OLD, 4, days_ago=60)
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    assert counts(shown) == {cell(HOT, 9): 7, cell(COLD, 9): 2}
    assert (shown.drawn, shown.unplaced) == (9, 0)
    assert cell(OLD, 9) in shown.shapes.cells  # a cell in use, without a report in this period
    assert counts(maps.picture(town, View(days=90), at=at, audience=Audience.CASES))[cell(OLD, 9)] == 4


def test_a_wider_circle_sees_no_small_count(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 7)
    report(COLD, 4)
    report(OLD, 3)
    shown = maps.picture(town, View(), at=at, audience=Audience.WIDE)
    assert counts(shown) == {cell(HOT, 9): 7}
    assert shown.hidden.sum() == 2
    assert not shown.expected[shown.hidden].any()
    assert shown.legend.small_zh == "少于 5 件的格不显示"


def test_what_nobody_could_place_is_counted_and_not_drawn(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 6)
    report(None, 3, words="反映扰民，地址说不清")
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    assert (shown.drawn, shown.unplaced) == (6, 3)
    assert len(maps.unplaced(town, View(), at=at)) == 3


def test_filters_narrow_the_counts_and_channels_leave_the_classes(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 30)
    report(HOT, 3, channel=Channel.POLICE_110)
    report(HOT, 5, source=Source.DISCOVERED)
    everything = maps.picture(town, View(reported_only=False), at=at, audience=Audience.CASES)
    reported = maps.picture(town, View(), at=at, audience=Audience.CASES)
    police = maps.picture(town, View(channel="110"), at=at, audience=Audience.CASES)
    assert [s.drawn for s in (everything, reported, police)] == [38, 33, 3]
    assert police.limits == reported.limits


def test_a_report_in_a_new_cell_renews_the_shapes(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 5)
    before = maps.picture(town, View(), at=at, audience=Audience.CASES)
    report(COLD, 5)
    after = maps.picture(town, View(), at=at, audience=Audience.CASES)
    assert before.shapes.version != after.shapes.version
    assert maps.cells_in_use(town, 9, at=at).version == after.shapes.version
    assert counts(after)[cell(COLD, 9)] == 5


def test_values_are_told_in_the_order_of_the_shapes(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 5)
    report(COLD, 2)
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    told = shown.as_json()
    assert told["version"] == shown.shapes.version
    assert told["n"] == [counts(shown)[int(c)] for c in shown.shapes.cells]
    assert len(told["expected"]) == len(shown.shapes.cells)


def test_the_hot_list_says_where_in_words_and_whether_it_is_new(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 8, days_ago=3)
    report(COLD, 6, days_ago=2)
    report(COLD, 6, days_ago=40)
    report(OLD, 1, days_ago=80)
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    first, second = maps.hot_places(town, shown, order=Order.COUNT)
    assert (first.cell, first.n, first.before, first.is_new) == (cell(HOT, 9), 8, 0, True)
    assert (second.n, second.before, second.is_new) == (6, 6, False)
    assert (first.village, first.grid_name) == ("文庙社区", "文庙社区第1网格")
    assert maps.hot_places(town, shown)[0].expected == max(shown.expected)


def test_the_hot_list_keeps_to_the_chosen_area(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 8)
    report(COLD, 6)
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    for area in (VILLAGES[1], GRIDS[1]):
        assert [place.n for place in maps.hot_places(town, shown, area=area)] == [6]
    assert maps.hot_places(town, shown, area="519909999999") == []


@pytest.mark.parametrize("first_day_ago", [1, 59])
def test_without_a_whole_period_before_nothing_is_called_new(
    town: Session, report: Report, at: datetime, first_day_ago: int
) -> None:
    """The period before is days 30 to 59 ago; a single day of history is missing."""
    report(HOT, 8)
    report(HOT, 1, days_ago=first_day_ago - 1)
    (only,) = maps.hot_places(town, maps.picture(town, View(), at=at, audience=Audience.CASES))
    assert only.before is None
    assert not only.is_new


def test_behind_a_cell_lie_its_reports(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 3, days_ago=1)
    report(HOT, 2, days_ago=10)
    report(HOT, 1, days_ago=50)
    report(COLD, 5)
    found = maps.behind(town, cell(HOT, 9), View(), at=at)
    assert len(found.reports) == sum(found.by_category.values()) == 5
    assert found.weeks[-1] == 3
    assert found.weeks[-2] == 2
    assert sum(found.weeks) == 6
    assert all(line.case_id is None for line in found.reports)


def test_a_cell_that_nobody_wrote_from_is_not_found(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 5)
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    with pytest.raises(NotFound):
        maps.place_of(town, shown, cell(Place(100.0, 30.0), 9))


def test_the_counters_speak_of_today(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 4, days_ago=0)
    report(HOT, 2, days_ago=1)
    found = maps.counters(town, at=at)
    assert (found.today, found.overdue) == (4, 0)
    assert found.newest_at == at


def test_the_file_of_a_view_hides_what_its_audience_must_not_see(town: Session, report: Report, at: datetime) -> None:
    report(HOT, 7)
    report(COLD, 2)
    report(OLD, 4)
    for audience, drawn in ((Audience.WIDE, ["7"]), (Audience.CASES, ["2", "4", "7"])):
        page = maps.heat_page(town, maps.picture(town, View(), at=at, audience=audience), words="仅群众反映")
        cells = sorted(part.split(" ")[0] for part in page.split('"n": "')[1:])
        assert cells == drawn
        assert "旌原区 热度图 · 仅群众反映" in page


def test_no_reports_make_an_empty_picture(town: Session, at: datetime) -> None:
    shown = maps.picture(town, View(), at=at, audience=Audience.CASES)
    assert np.array_equal(shown.n, [])
    assert maps.hot_places(town, shown) == []
    assert "本期没有可以显示的格" in maps.heat_page(town, shown)
