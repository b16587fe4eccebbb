"""Codes of other bodies: the lengths, the parts, and what cannot be written."""

import numpy as np
import pytest

from address.renderers import code20, code25, coordinate_codes, ground14, place_of_coordinates

GRID = "519901001001007"


def test_the_views_have_their_lengths_and_parts() -> None:
    assert code25(GRID, 12, 3) == "519901001001" + "07" + "00012" + "000003"
    assert code25(GRID, 12) == "51990100100107" + "00012" + "000000"
    assert code20(GRID, "010203") == "010203" + "519901" + "001" + "001" + "07"
    assert coordinate_codes(np.array([104.3925, 73.5]), np.array([31.135, 3.1])) == [
        "104392503113500",
        "073500000310000",
    ]


def test_coordinates_come_back_within_a_metre() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(73, 135, 500), rng.uniform(3, 54, 500)
    codes = coordinate_codes(lon, lat)
    assert {len(code) for code in codes} == {15}
    back = np.array([place_of_coordinates(code) for code in codes])
    assert np.abs(back[:, 0] - lon).max() <= 0.5e-5 + 1e-12
    assert np.abs(back[:, 1] - lat).max() <= 0.5e-5 + 1e-12


@pytest.mark.parametrize("grid", ["", "51990100100100", "519901001001100", "519901001001000", "51990100100１001"])
def test_a_grid_whose_number_does_not_fit_has_no_view(grid: str) -> None:
    assert ground14(grid) is None
    assert code25(grid, 1) is None
    assert code20(grid, "000000") is None


@pytest.mark.parametrize(("house", "room"), [(0, 0), (100_000, 0), (1, 1_000_000), (1, -1)])
def test_a_number_that_does_not_fit_has_no_code(house: int, room: int) -> None:
    assert code25(GRID, house, room) is None
