"""Cell shapes survive the short form, to the metre, and neighbours stay neighbours."""

import json

import numpy as np
import pytest

from grid.cells import boundaries, children
from grid.cells import cells as cells_of
from maps.shapes import Shapes, pack, unpack

WENMIAO = cells_of(np.array([104.39]), np.array([31.13]), 8)


def around(resolution: int) -> np.ndarray:
    return np.array(children(int(WENMIAO[0]), resolution), dtype=np.int64)


@pytest.mark.parametrize("resolution", [9, 10])
def test_corners_come_back_within_a_metre(resolution: int) -> None:
    cells = around(resolution)
    for ring, known in zip(unpack(pack(cells)), boundaries(cells), strict=True):
        assert np.abs(ring - np.array(known[:-1])).max() <= 0.5e-5 + 1e-12


def test_neighbours_share_their_corners_exactly() -> None:
    corners = [tuple(np.rint(corner * 1e5).astype(int)) for ring in unpack(pack(around(9))) for corner in ring]
    assert len(set(corners)) == 24  # seven hexagons in a flower: 42 corners, 24 places


def test_cells_that_the_icosahedron_cuts_keep_all_their_corners() -> None:
    """Odd resolutions have cells with more than six corners along H3's seams."""
    seam = np.array([0x821C07FFFFFFFFF], dtype=np.int64)  # a pentagon at resolution 2
    shapes = pack(seam)
    assert shapes.sizes is not None
    assert len(unpack(shapes)[0]) == shapes.sizes[0] == len(boundaries(seam)[0]) - 1


def test_no_cells_have_no_shapes() -> None:
    empty = pack(np.array([], dtype=np.int64))
    assert unpack(empty) == []
    assert empty.as_json(9)["cells"] == []


def test_the_version_tells_sets_of_cells_apart() -> None:
    cells = around(9)
    assert pack(cells).version == pack(cells.copy()).version != pack(cells[:-1]).version


def test_a_district_of_cells_is_small() -> None:
    """Six thousand cells, the whole model district: below 300 KB, and a third of it when compressed."""
    lon, lat = np.meshgrid(np.linspace(104.25, 104.53, 120), np.linspace(31.0, 31.26, 120))
    shapes: Shapes = pack(np.unique(cells_of(lon.ravel(), lat.ravel(), 9)))
    text = json.dumps(shapes.as_json(9), separators=(",", ":"))
    assert len(shapes.cells) > 5000
    assert len(text) / len(shapes.cells) < 75
