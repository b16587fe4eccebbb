"""Places: lon first, and inverses of the Chinese shifts that come back to the millimetre."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.coords import Crs, Place, from_wgs84, metres_between, to_wgs84

ONE_MM = 0.001


@pytest.mark.parametrize(("lon", "lat"), [(31.1, 104.4), (181, 0), (0, -91), (math.nan, 30), (104, math.nan)])
def test_swapped_or_broken_positions_are_no_places(lon: float, lat: float) -> None:
    with pytest.raises(ValueError, match="no such place"):
        Place(lon, lat)


@pytest.mark.parametrize("crs", [Crs.GCJ02, Crs.BD09])
@given(lon=st.floats(74, 135), lat=st.floats(4, 53))
def test_there_and_back_is_under_a_millimetre(crs: Crs, lon: float, lat: float) -> None:
    shifted = from_wgs84(lon, lat, crs)
    back = to_wgs84(*shifted, crs)
    assert metres_between(lon, lat, *back) < ONE_MM


def test_the_shift_is_what_the_district_sees() -> None:
    """Near 104.4 E 31.1 N: about 350 m for GCJ-02, about 980 m for BD-09 (measured on known buildings)."""
    lon, lat = 104.39, 31.13
    assert 250 < metres_between(lon, lat, *from_wgs84(lon, lat, Crs.GCJ02)) < 450
    assert 850 < metres_between(lon, lat, *from_wgs84(lon, lat, Crs.BD09)) < 1100


def test_a_known_point_of_the_published_formula() -> None:
    """Tiananmen: 116.397477, 39.908692 in GCJ-02 is 116.391232, 39.907289 in WGS84, within a few metres."""
    lon, lat = to_wgs84(116.397477, 39.908692, Crs.GCJ02)
    assert metres_between(lon, lat, 116.391232, 39.907289) < 5


def test_outside_china_nothing_is_shifted() -> None:
    lon, lat = to_wgs84([2.35, -122.4], [48.85, 37.77], Crs.GCJ02)
    assert np.allclose(lon, [2.35, -122.4])
    assert np.allclose(lat, [48.85, 37.77])


def test_cgcs2000_passes_and_missing_stays_missing() -> None:
    lon, lat = to_wgs84([104.4, np.nan], [31.1, np.nan], Crs.CGCS2000)
    assert lon[0] == 104.4
    assert np.isnan(lon[1])
    lon, lat = to_wgs84([104.4, np.nan], [31.1, np.nan], Crs.BD09)
    assert np.isfinite(lon[0])
    assert np.isnan(lat[1])


def test_a_degree_of_latitude() -> None:
    assert metres_between(104, 31, 104, 32) == pytest.approx(111_195, rel=1e-3)
