"""The bench of real data, as far as it can be tried without them: mappings, options, what it judges by."""

from pathlib import Path

import polars as pl
import pytest

from bench import _real_deyang, _real_penghu, _real_print, real_line
from bench._real_site import MAPPINGS, mapping
from etl import headers, kinds

HEADERS = {
    "divisions_2023": ("code", "level", "name"),
    "enterprises": ("city", "year", "uscc", "name", "addr"),
    "door_plates": ("plate", "full", "city", "district", "village", "neighbourhood", "street", "place", "housenumber",
                    "floor", "lon", "lat"),
}  # fmt: skip


def test_every_mapping_has_its_headers_here() -> None:
    assert {path.stem for path in MAPPINGS.glob("*.toml")} == HEADERS.keys()


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_mapping_finds_what_its_kind_needs(name: str) -> None:
    chosen = mapping(name)
    assert chosen.kind in kinds.TABLES
    assert chosen.missing(HEADERS[name]) == []
    shipped = next(one for one in headers.shipped() if one.kind == chosen.kind)
    assert set(shipped.columns) >= set(chosen.columns) >= set(shipped.required)
    frame = pl.DataFrame({"row_no": [2]} | {header: ["x"] for header in HEADERS[name]})
    assert set(headers.apply(chosen, frame).columns) == {"row_no", *shipped.columns}


def test_options_have_defaults_and_parts_can_be_chosen() -> None:
    asked = real_line.options(["--shared", "data"])
    assert asked.shared == Path("data")
    assert asked.parts == list(real_line.PARTS)
    assert not asked.json
    assert real_line.options(["--shared", "data", "--parts", "jinan", "--json"]).parts == ["jinan"]


def test_an_absent_folder_is_said_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert real_line.main(["--shared", str(tmp_path), "--parts", "penghu", "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "penghu.csv.gz" in told.err


@pytest.mark.parametrize(
    ("address", "county"),
    [
        ("四川省德阳市旌阳区天元镇武庙村十一组", "旌阳"),
        ("广汉市向阳镇瓦店村9社", "广汉"),
        ("四川省德阳市中江县旌阳路5号", "中江"),
        ("四川省德阳市西湖路133号", "unsaid"),
    ],
)
def test_the_county_named_first_is_the_county(address: str, county: str) -> None:
    assert _real_deyang.county_of(address) == county


def test_a_committee_is_called_by_its_village() -> None:
    names = ("福兴村村民委员会", "文庙社区居民委员会", "高山村")
    assert [_real_deyang.spoken(name) for name in names] == ["福兴村", "文庙社区", "高山村"]


def test_divisions_are_derived_from_plates() -> None:
    plates = [
        _real_penghu.Plate(2, "", "甲縣", "乙市", "丙里", 120.0, 23.0),
        _real_penghu.Plate(3, "", "甲縣", "乙市", "丁里", 120.0, 23.0),
    ]
    codes = [code for code, _, _ in _real_penghu.divisions_of(plates)]
    assert codes == ["519902000000", "519902001000", "519902001001", "519902001002"]


def test_a_balance_that_does_not_add_up_does_not_hold() -> None:
    good = {"read": 3, "accepted": 1, "rejected": 1, "repeated": 1}
    assert _real_print.holds({"plates": good})
    assert not _real_print.holds({"plates": good | {"read": 4}})
    assert _real_print.holds({"plates": good, "plates_again": good | {"accepted": 0, "repeated": 2}})
    assert not _real_print.holds({"plates": good, "plates_again": good}), "accepted a second time"
    assert not _real_print.holds(
        {"plates": good, "plates_again": {"read": 3, "accepted": 0, "rejected": 3, "repeated": 0}}
    )
    assert not _real_print.holds({"plates": good, "other_counties_placed_here": 1})
    assert not _real_print.holds({"failed": "no figures"})
