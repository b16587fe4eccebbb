"""The ground is covered once: overlaps and gaps in square metres, and drafts that have neither."""

import numpy as np
import pytest
import shapely

from grid.coverage import MAX_FAULT_M2, check
from grid.draft import draft_grids
from grid.geometry import as_multipolygon
from grid.locate import NOWHERE, Ground

WEST, SOUTH, SIDE = 104.39, 31.13, 0.01


def square(column: float, row: float, width: float = 1, height: float = 1) -> shapely.Polygon:
    """A square of a board of hundredths of degrees."""
    return shapely.box(
        WEST + column * SIDE, SOUTH + row * SIDE, WEST + (column + width) * SIDE, SOUTH + (row + height) * SIDE
    )


def faults(board: dict[str, list[shapely.Polygon]], outlines: dict[str, shapely.Polygon] | None = None):
    groups = [group for group, shapes in board.items() for _ in shapes]
    shapes = np.array([shape for shapes in board.values() for shape in shapes], dtype=object)
    return check(groups, shapes, outlines or {})


def test_a_clean_board_has_no_fault():
    found = faults({"a": [square(0, 0), square(1, 0)], "b": [square(2, 0)]}, {"a": square(0, 0, 2)})
    assert not any(fault.is_serious for fault in found.values())
    assert found["a"].overlap_m2 == 0


def test_a_corner_on_a_neighbours_edge_is_no_fault():
    """Three grids meet at a T: no rounding of a projection may turn it into a sliver."""
    found = faults({"a": [square(0, 0, 3.7, 1), square(0, 1, 1.3, 1), square(1.3, 1, 2.4, 1)]})
    assert found["a"].overlap_m2 <= MAX_FAULT_M2
    assert found["a"].gap_m2 <= MAX_FAULT_M2


def test_overlap_inside_a_community():
    found = faults({"a": [square(0, 0, 1.001), square(1, 0)]})
    assert found["a"].is_serious
    assert found["a"].overlap_m2 == pytest.approx(953 * 1112 * 0.001, rel=0.01)


def test_overlap_between_communities_counts_for_both_and_names_them():
    found = faults({"a": [square(0, 0, 1.1)], "b": [square(1, 0)]})
    assert found["a"].with_groups == ("b",)
    assert found["b"].with_groups == ("a",)
    assert found["a"].overlap_m2 == pytest.approx(found["b"].overlap_m2)


def test_gap_against_the_outline():
    found = faults({"a": [square(0, 0, 0.999)]}, {"a": square(0, 0)})
    assert found["a"].is_serious
    assert found["a"].gap_m2 == pytest.approx(953 * 1112 * 0.001, rel=0.01)


def test_a_hole_without_outline_is_a_gap_unless_a_neighbour_fills_it():
    ring = square(0, 0, 3, 3).difference(square(1, 1))
    assert faults({"a": [ring]})["a"].is_serious
    assert not faults({"a": [ring], "b": [square(1, 1)]})["a"].is_serious


def test_less_than_a_square_metre_is_rounding():
    found = faults({"a": [square(0, 0, 1 + 0.5e-6), square(1, 0)]})
    assert 0 < found["a"].overlap_m2 < MAX_FAULT_M2
    assert not found["a"].is_serious


def test_nothing_to_check():
    assert check([], np.array([], dtype=object), {}) == {}


def test_a_point_on_an_edge_goes_to_the_lowest_id():
    ground = Ground(np.array([7, 9], dtype=np.int32), np.array([square(0, 0), square(1, 0)], dtype=object))
    lon = np.array([WEST + 0.005, WEST + 0.01, WEST + 0.015, WEST + 0.05, np.nan])
    lat = np.array([SOUTH + 0.005] * 4 + [SOUTH])
    assert ground.find(lon, lat).tolist() == [7, 7, 9, NOWHERE, NOWHERE]


def test_no_grids_no_answer():
    ground = Ground(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=object))
    assert ground.find(np.array([WEST]), np.array([SOUTH])).tolist() == [NOWHERE]


def test_areas_become_canonical_multipolygons():
    ring = [(0, 0), (0, 1), (1, 1), (1, 0)]
    one, other = shapely.Polygon(ring), shapely.Polygon(ring[2:] + ring[:2])
    assert shapely.to_wkb(as_multipolygon(one)) == shapely.to_wkb(as_multipolygon(other))
    assert as_multipolygon(shapely.Point(0, 0)) is None
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert as_multipolygon(bow_tie).is_valid


def plates(n: int, villages: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    middles = rng.random((villages, 2)) * 0.1
    owner = rng.integers(0, villages, n)
    xy = middles[owner] + rng.normal(0, 0.004, (n, 2)) + (119.5, 23.5)
    return xy[:, 0], xy[:, 1], [f"990101001{village + 1:03d}" for village in owner]


def test_a_draft_covers_once_and_keeps_each_plate_in_its_village():
    lon, lat, villages = plates(3000, 12, seed=5)
    drawn = draft_grids(lon, lat, villages, seed=1, plates_per_grid=100)
    shapes = drawn.geometry.to_numpy()
    found = check(drawn["village_code"].tolist(), shapes, {})
    assert not any(fault.is_serious for fault in found.values())
    assert drawn["code"].is_unique
    where = Ground(np.arange(len(drawn), dtype=np.int32), shapes).find(lon, lat)
    assert (where != NOWHERE).all()
    at_home = drawn["village_code"].to_numpy()[where] == np.array(villages)
    assert at_home.all()
    assert 25 <= len(drawn) <= 35


def test_a_draft_is_the_same_for_the_same_seed():
    lon, lat, villages = plates(400, 3, seed=6)
    one, two = (draft_grids(lon, lat, villages, seed=4, plates_per_grid=50) for _ in range(2))
    assert one.equals(two)


def test_two_plates_are_too_few():
    with pytest.raises(ValueError, match="at least three"):
        draft_grids(np.array([1.0, 2.0]), np.array([1.0, 2.0]), ["1", "1"], seed=1)
