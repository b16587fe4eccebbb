"""H3 cells: integers, levels that add up, and text that comes back."""

import h3.api.basic_int as h3_int
import numpy as np
import pytest

from core.coords import Place
from grid import cells as c


def scatter(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 104.2 + rng.random(n) * 0.5, 31.0 + rng.random(n) * 0.4


def test_the_finest_cell_is_the_one_h3_gives():
    lon, lat = scatter(500)
    ours = c.cells(lon, lat, 10)
    assert ours.dtype == np.int64
    assert ours.tolist() == [h3_int.latlng_to_cell(y, x, 10) for x, y in zip(lon, lat, strict=True)]


@pytest.mark.parametrize("resolution", [8, 9])
def test_coarse_cells_are_the_parents_so_that_counts_add_up(resolution: int):
    lon, lat = scatter(2000)
    fine = c.cells(lon, lat, 10)
    coarse = c.cells(lon, lat, resolution)
    assert coarse.tolist() == [h3_int.cell_to_parent(cell, resolution) for cell in fine.tolist()]
    assert np.array_equal(c.parents(fine, resolution), coarse)
    assert set(c.resolutions(coarse).tolist()) == {resolution}


def test_a_point_without_position_has_no_cell():
    lon = np.array([104.4, np.nan, 104.4, np.inf])
    lat = np.array([31.1, 31.1, np.nan, 31.1])
    for resolution in c.RESOLUTIONS:
        found = c.cells(lon, lat, resolution)
        assert found[0] != c.NO_CELL
        assert found[1:].tolist() == [c.NO_CELL] * 3


def test_no_points_give_no_cells():
    assert c.cells(np.zeros(0), np.zeros(0), 9).tolist() == []
    assert c.boundaries([]) == []
    assert c.centres([])[0].tolist() == []


def test_parents_leave_coarser_cells_alone():
    lon, lat = scatter(3)
    coarse = c.cells(lon, lat, 8)
    assert np.array_equal(c.parents(coarse, 10), coarse)


def test_children_go_back_to_their_parent():
    cell = c.cell(Place(lon=104.39, lat=31.13), 9)
    assert len(c.children(cell, 10)) == 7
    assert set(c.parents(np.array(c.children(cell, 10)), 9).tolist()) == {cell}


def test_boundary_is_six_corners_around_the_centre_longitude_first():
    cell = c.cell(Place(lon=104.39, lat=31.13), 9)
    corners = c.cell_boundary(cell)
    centre = c.cell_centre(cell)
    assert len(corners) == 6
    assert all(abs(corner.lon - centre.lon) < 0.01 and abs(corner.lat - centre.lat) < 0.01 for corner in corners)
    ring = c.boundaries([cell])[0]
    assert ring[0] == ring[-1]
    assert len(ring) == 7


def test_neighbours_are_six_and_mutual():
    cell = c.cell(Place(lon=104.39, lat=31.13), 9)
    around = c.neighbours(cell)
    assert len(around) == 6
    assert cell not in around
    assert all(cell in c.neighbours(near) for near in around)
    assert len(c.neighbours(cell, 2)) == 18


def test_text_comes_back():
    cell = c.cell(Place(lon=104.39, lat=31.13), 10)
    assert c.cell_of_text(c.cell_text(cell)) == cell
    assert c.cell_of_text(f" {c.cell_text(cell).upper()} ") == cell


@pytest.mark.parametrize("text", ["", "x", "0", "ffffffffffffffff", "8a40c4d0081fff", "-8a40c4d0081ffff"])
def test_nonsense_is_refused(text: str):
    with pytest.raises(ValueError, match="not an H3 cell"):
        c.cell_of_text(text)
