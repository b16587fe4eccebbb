"""The ground for a phone: a box with a margin, lines in whole steps."""

import pytest
import shapely

from core.coords import Place
from maps.ground import DEGREE_M, box_around, lines, whole


def test_the_box_has_its_margin_on_every_side() -> None:
    west, south, east, north = box_around([Place(104.39, 31.13), Place(104.40, 31.12)], 500)
    assert (31.12 - south) * DEGREE_M == pytest.approx(500)
    assert (north - 31.13) * DEGREE_M == pytest.approx(500)
    assert (104.39 - west) * DEGREE_M * 0.856 == pytest.approx(500, rel=0.01)
    assert east - 104.40 == pytest.approx(104.39 - west)


def test_a_box_around_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        box_around([], 500)


def test_areas_become_their_outer_rings_and_lines_stay() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    assert [ring.geom_type for ring in lines(two)] == ["LinearRing", "LinearRing"]
    assert [line.geom_type for line in lines(shapely.LineString([(0, 0), (1, 1)]))] == ["LineString"]


def test_coordinates_are_whole_steps_lon_first() -> None:
    assert whole(shapely.LineString([(104.390004, 31.13), (104.4, 31.120006)])) == [
        10439000,
        3113000,
        10440000,
        3112001,
    ]
