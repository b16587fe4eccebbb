"""An address written with names or codes of another year leads to today's place, and the fault is named."""

import polars as pl
import pytest

from address.answers import Level
from address.match import AddressIndex
from grid.former import former_divisions
from grid.lineage import Lineage
from grid.succession import Node
from grid.yearly import read_tables

COLUMNS = (
    "level", "town", "village", "group", "road", "lane", "number", "sub_number", "estate", "building", "unit", "floor",
    "room",
)  # fmt: skip
OLD = (
    ("519901", "旌原县"), ("519901100", "东湖镇"), ("519901100001", "三角村委会"), ("519901101", "西山乡"),
    ("519901101001", "前坝村委会"), ("519901101002", "后坝村委会"), ("519901101003", "上坝村委会"),
    ("519901101004", "下坝村委会"), ("519901102", "石桥镇"),
)  # fmt: skip
NEW = (
    ("519901", "旌原区"), ("519901001", "东湖街道"), ("519901001001", "三角社区居委会"), ("519901102", "石桥镇"),
    ("519901102003", "前坝村委会"), ("519901102004", "后坝村委会"), ("519901104", "长岭镇"),
    ("519901104003", "上坝村委会"), ("519901104004", "下坝村委会"),
)  # fmt: skip


def table(year: str, rows: tuple[tuple[str, str], ...]) -> dict[str, Node]:
    frame = pl.DataFrame({"year": [year] * len(rows), "code": [c for c, _ in rows], "name": [n for _, n in rows]})
    return read_tables(frame).tables[int(year)]


@pytest.fixture(scope="module")
def index() -> AddressIndex:
    former = former_divisions(Lineage({2015: table("2015", OLD), 2020: table("2020", NEW)}).infer())
    rows = [
        ("东湖街道", "三角社区", "文庙街", number) for number in range(1, 20)
    ] + [("石桥镇", "前坝村", "坝上街", number) for number in range(1, 20)] + [
        ("长岭镇", "上坝村", "岭下街", number) for number in range(1, 20)
    ]  # fmt: skip
    frame = pl.DataFrame(
        {
            "level": ["door"] * len(rows), "town": [r[0] for r in rows], "village": [r[1] for r in rows],
            "road": [r[2] for r in rows], "number": [str(r[3]) for r in rows],
            "lon": [104.4 + n * 1e-4 for n in range(len(rows))], "lat": [31.13] * len(rows),
        }
    )  # fmt: skip
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in frame.columns]
    return AddressIndex.build(frame.with_columns(missing), ["旌原区"], former)


@pytest.mark.parametrize(
    ("text", "row", "faults"),
    [
        ("旌原区东湖街道文庙街5号", 4, set()),
        ("旌原县东湖镇文庙街5号", 4, {"name.former"}),
        ("四川省旌原县东湖镇三角村文庙街5号", 4, {"name.former"}),
        ("519901100000文庙街5号", 4, {"code.former", "name.former"}),
        ("旌原区西山乡前坝村坝上街7号", 25, {"division.former"}),
        ("519901101001坝上街7号", 25, {"code.former", "division.former", "name.former"}),
        ("西山乡岭下街3号", 40, {"division.former"}),
    ],
)
def test_a_former_division_leads_to_todays_place(index: AddressIndex, text: str, row: int, faults: set[str]) -> None:
    found = index.match_one(text)
    assert (found.row, found.level) == (row, Level.DOOR)
    assert {fault for fault in found.faults if fault.endswith(".former")} == faults


def test_the_explanation_says_what_became_of_it(index: AddressIndex) -> None:
    told = index.explain("旌原县东湖镇文庙街5号")
    assert ("division", "旌原县东湖镇 → 旌原区东湖街道") in told.steps
    assert "name.former" in told.decision.faults


def test_nothing_is_guessed_between_two(index: AddressIndex) -> None:
    told = index.explain("旌原县西山乡9999号")
    assert told.decision.row == -1
    assert any(step == "division" and "石桥镇" in said and "长岭镇" in said for step, said in told.steps)
