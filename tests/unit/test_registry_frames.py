"""Columns made ready for the loaders."""

import polars as pl
import pytest

from registry.errors import ColumnsMissing
from registry.frames import digits_of, ready


def test_words_for_nothing_are_nothing():
    frame = pl.DataFrame({"name": [" 张三 ", "无", "-", "", None, "/"], "age": [1, 2, 3, 4, 5, 6]})
    done = ready(frame, ("name", "age", "phone"), ("name",))
    assert done.columns == ["row_no", "name", "age", "phone"]
    assert done["name"].to_list() == ["张三", None, None, None, None, None]
    assert done["age"].to_list() == ["1", "2", "3", "4", "5", "6"]
    assert done["phone"].null_count() == 6
    assert done["row_no"].to_list() == [1, 2, 3, 4, 5, 6]


def test_row_numbers_are_those_of_the_sheet():
    frame = pl.DataFrame({"row_no": [7, 9], "name": ["a", "b"]})
    assert ready(frame, ("name",), ("name",))["row_no"].to_list() == [7, 9]


def test_required_columns():
    with pytest.raises(ColumnsMissing, match="id_no"):
        ready(pl.DataFrame({"name": ["a"]}), ("name", "id_no"), ("name", "id_no"))


def test_dates_written_in_any_way_compare():
    frame = pl.DataFrame({"d": ["1990-01-02", "1990年01月02日", "19900102", None]})
    assert frame.select(digits_of("d"))["d"].to_list() == ["19900102"] * 3 + [None]
