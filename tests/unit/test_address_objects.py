"""Rows of a register become objects whose names say each part once."""

import polars as pl
import pytest

from address import _objects


@pytest.mark.parametrize("written", ["附2号", "附2", "之2", "2", "2号", "附２号"])
def test_a_sub_number_is_said_once_however_the_office_writes_it(written: str) -> None:
    row = pl.DataFrame({"road": ["文庙街"], "number": ["29号"], "sub_number": [written], "lon": [104.4], "lat": [31.1]})
    cleaned = _objects.clean(row)
    assert cleaned["sub_number"].to_list() == ["2"]
    assert cleaned.select(_objects.standard_name()).item() == "文庙街29号附2号"


def test_a_word_that_is_no_number_stays_as_it_is_written() -> None:
    row = pl.DataFrame({"road": ["文庙街"], "number": ["29"], "sub_number": ["附楼"], "lon": [104.4], "lat": [31.1]})
    assert _objects.clean(row)["sub_number"].to_list() == ["附楼"]
