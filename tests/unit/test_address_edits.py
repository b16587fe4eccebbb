"""An index that is edited, asked by former names, and by any text at all."""

import pickle
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from address.answers import FAULTS
from address.match import COLUMNS, AddressIndex, Level, Why
from address.normalise import normalise
from address.parse import parse
from grid.former import FormerDivisions, Rewriting

SIGNS = "旌阳区东湖街道玉泉社区文昌街真建花园和平村12350一二十零栋单元号楼室组附之#-、,（）【】 Ａ对面旁边米"


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of Dongtan's streets; what is not said is empty."""
    full = [dict.fromkeys(COLUMNS, "") | {"name_kind": "", "lon": 104.4, "lat": 31.1} | row for row in rows]
    return pl.DataFrame(full)


HOME = {"town": "东湖街道", "village": "玉泉社区"}
PLOT = HOME | {"road": "南西路", "number": "344", "estate": "真建花园"}


@pytest.fixture
def index() -> AddressIndex:
    rooms = [
        {"level": "room", **PLOT, "building": "2", "unit": unit, "room": "501", "lon": 104.41} for unit in ("1", "2")
    ]
    return AddressIndex.build(
        frame(
            {"level": "estate", **PLOT}, {"level": "building", **PLOT, "building": "2", "lon": 104.41}, *rooms,
            {"level": "door", **HOME, "road": "文昌街", "number": "12", "lon": 104.42},
            {"level": "door", **HOME, "road": "文昌街", "number": "14", "lon": 104.43},
        ),
        ["旌阳区"],
    )  # fmt: skip


def test_new_rows_are_found_at_once_and_only_in_the_new_index(index: AddressIndex) -> None:
    more = index.with_rows(frame({"level": "door", **HOME, "road": "新柳巷", "number": "7", "lon": 104.5}))
    found = more.match_one("东湖街道新柳巷7号")
    assert (found.row, found.level, found.lon) == (len(index), Level.DOOR, 104.5)
    assert index.match_one("东湖街道新柳巷7号").row == -1
    assert more.match_one("新流巷7号").row == len(index)


def test_many_new_rows_are_as_good_as_few(index: AddressIndex) -> None:
    doors = [{"level": "door", **HOME, "road": "新柳巷", "number": str(n)} for n in range(1, 6_001)]
    more = index.with_rows(frame(*doors)).with_rows(
        frame({"level": "door", **HOME, "road": "新柳巷", "number": "6001"})
    )
    assert [more.match_one(f"新柳巷{n}号").row for n in (1, 5_999, 6_001)] == [6, 6 + 5_998, 6 + 6_000]
    assert more.match_one("文昌街14号").row == index.match_one("文昌街14号").row


def test_rows_taken_away_are_no_answers(index: AddressIndex) -> None:
    row = index.match_one("文昌街12号").row
    less = index.without([row])
    assert less.match_one("文昌街12号").why is Why.AREA_ONLY
    assert index.match_one("文昌街12号").row == row
    again = pickle.loads(  # noqa: S301 - our own
        pickle.dumps(less.with_rows(frame({"level": "door", **HOME, "road": "文昌街", "number": "12"})))
    )
    assert again.match_one("文昌街12号").row == len(index)


def test_a_former_name_finds_the_place_and_says_so(index: AddressIndex) -> None:
    former = index.with_rows(frame({"level": "estate", **PLOT, "estate": "棉纺厂宿舍", "name_kind": "former"}))
    found = former.match_one("棉纺厂宿舍")
    assert (found.row, found.why, found.faults) == (len(index), Why.FORMER_NAME, ("name.former",))
    assert found.score < index.match_one("真建花园").score


def test_rooms_that_the_words_do_not_tell_apart_are_their_building(index: AddressIndex) -> None:
    found = index.match_one("真建花园2栋501")
    assert (found.row, found.level, found.why, found.tied) == (1, Level.BUILDING, Why.TIE, (2, 3))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("真健花园2栋1单元501", ("name.sound",)),
        ("真建园花2栋1单元501", ("name.swap",)),
        ("真建2栋1单元501", ("name.short",)),
        ("501室1单元2栋真建花园", ("order.turned",)),
        ("孝感街道真建花园2栋1单元501", ()),
        ("真建花园2栋1单元601", ("climbed",)),
        ("光明路8号真建花园2栋1单元501", ()),
    ],
)
def test_every_fault_has_its_name(index: AddressIndex, text: str, faults: tuple[str, ...]) -> None:
    found = index.match_one(text)
    assert found.faults == faults
    assert found.row == (1 if faults == ("climbed",) else 2)
    assert set(faults) <= FAULTS.keys()


@dataclass(slots=True)
class Renamed(FormerDivisions):
    """A stand-in for the yearly tables: 老东镇 is 东湖街道 today."""

    def __bool__(self) -> bool:
        return True

    def rewrite(self, text: str) -> Rewriting | None:
        if "老东镇" not in text:
            return None
        return Rewriting(text.replace("老东镇", "东湖街道"), ("division.former",), "老东镇", "东湖街道")


def test_a_former_division_is_put_into_todays_and_named(index: AddressIndex) -> None:
    rows = frame({"level": "door", **HOME, "road": "文昌街", "number": "12"})
    found = AddressIndex.build(rows, ["旌阳区"], Renamed()).match_one("老东镇文昌街12号")
    assert (found.row, found.why, found.faults) == (0, Why.FORMER_NAME, ("division.former",))
    assert index.match_one("东湖街道文昌街12号").faults == ()


@given(st.text(st.sampled_from(SIGNS), max_size=40) | st.text(max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    found = SMALL.match_one(text)
    assert -1 <= found.row < len(SMALL)
    assert 0.0 <= found.score <= 1.0
    assert found == SMALL.explain(text).decision or found.lon != found.lon
    parse(text)
    normalise(text)


SMALL = AddressIndex.build(
    frame(
        {"level": "room", **PLOT, "building": "2", "unit": "1", "room": "501"},
        {"level": "door", **HOME, "road": "文昌街", "number": "12"},
        {"level": "door", "town": "孝泉镇", "village": "和平村", "group": "3", "number": "9"},
    ),
    ["旌阳区"],
)
