"""Division and grid codes as people write them."""

import numpy as np
import pytest

from grid import codes
from grid.records import Level


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("510603", "510603000000"),
        ("510603001", "510603001000"),
        ("510603001001", "510603001001"),
        (510603001001, "510603001001"),
        (" 51 ", "510000000000"),
        ("", None),
        (None, None),
        ("51060300100", None),
        ("００５１０６０３０００１", None),
        ("000000000000", None),
        ("51060300100X", None),
    ],
)
def test_a_division_code_is_twelve_digits(text: object, code: str | None):
    assert codes.division_code(text) == code


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("510603001001", Level.VILLAGE, "510603001000"),
        ("510603001000", Level.TOWN, "510603000000"),
        ("510603000000", Level.COUNTY, "510600000000"),
        ("510600000000", Level.CITY, "510000000000"),
        ("510000000000", Level.PROVINCE, None),
    ],
)
def test_the_digits_tell_level_and_parent(code: str, level: Level, parent: str | None):
    assert codes.level_of(code) is level
    assert codes.parent_of(code) == parent


@pytest.mark.parametrize(
    ("code", "is_usual"),
    [("510603001001", True), ("510603400200", True), ("510603001400", False), ("510603600000", False)],
)
def test_ranges_are_for_a_warning(code: str, is_usual: bool):
    assert codes.is_usual(code) is is_usual


def test_grid_codes():
    assert codes.is_grid_code("510603001001001")
    assert not codes.is_grid_code("51060300100100")
    assert not codes.is_grid_code("51060300100100１")
    assert codes.is_micro_code("51060300100100101")


def test_numbers_run_west_to_east_then_north_to_south():
    # 1 2
    # 3 4
    lon = np.array([104.2, 104.1, 104.2, 104.1])
    lat = np.array([31.0, 31.1, 31.1, 31.0])
    found = codes.number_grids(["510603001001"] * 4, lon, lat)
    assert [code[-3:] for code in found] == ["004", "001", "002", "003"]


def test_every_village_begins_at_one():
    found = codes.number_grids(["510603001001", "510603001002"], np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    assert found == ["510603001001001", "510603001002001"]


def test_a_village_holds_at_most_999():
    with pytest.raises(ValueError, match="at most 999"):
        codes.number_grids(["510603001001"] * 1000, np.zeros(1000), np.zeros(1000))
