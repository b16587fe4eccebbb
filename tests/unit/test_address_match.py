"""A small drawn town: what is said exactly is found, what is not there climbs, and never to a neighbour."""

import pickle

import polars as pl
import pytest

from address.match import AddressIndex, Level, Why

COLUMNS = (
    "level",
    "town",
    "village",
    "group",
    "road",
    "lane",
    "number",
    "sub_number",
    "estate",
    "building",
    "unit",
    "room",
)


def _row(level: str, **parts: str) -> dict[str, str]:
    return {name: parts.get(name, "") for name in COLUMNS} | {"level": level}


def _rows() -> list[dict[str, str]]:
    plot = {"town": "东湖街道", "village": "玉泉社区", "road": "南西路", "number": "344", "estate": "真建花园"}
    rows = [_row("estate", **plot)]
    for building in "12":
        rows.append(_row("building", **plot, building=building))
        for unit in "12":
            rows += [_row("room", **plot, building=building, unit=unit, room=room) for room in ("101", "102", "201")]
    for number in ("8", "10", "12"):
        rows.append(_row("door", town="东湖街道", village="玉泉社区", road="文昌街", number=number))
    rows.append(_row("door", town="东湖街道", village="玉泉社区", road="文昌街", number="12", sub_number="3"))
    for town, village in (("孝泉镇", "和平村"), ("双东镇", "和平村")):
        rows.append(_row("door", town=town, village=village, group="3", number="9"))
    return rows


@pytest.fixture(scope="module")
def town() -> tuple[AddressIndex, list[dict[str, str]]]:
    rows = _rows()
    frame = pl.DataFrame(rows).with_columns(
        code=pl.int_range(pl.len()).cast(pl.String),
        grid_id=pl.lit(1),
        lon=104.4 + pl.int_range(pl.len()) * 0.001,
        lat=31.1 + pl.int_range(pl.len()) * 0.001,
    )
    return AddressIndex.build(frame), rows


FOUND = [
    ("东湖街道玉泉社区南西路344号真建花园2栋1单元201室", "room", {"building": "2", "unit": "1", "room": "201"}),
    ("真建花园2幢1单元201", "room", {"building": "2", "unit": "1", "room": "201"}),
    ("我住在真建花园1号楼2单元102室", "room", {"building": "1", "unit": "2", "room": "102"}),
    ("文昌街十二号", "door", {"number": "12", "sub_number": ""}),
    ("文昌街12号附3号", "door", {"number": "12", "sub_number": "3"}),
    ("双东镇和平村三组9号", "door", {"town": "双东镇"}),
]


@pytest.mark.parametrize(("text", "level", "expected"), FOUND)
def test_finds(
    town: tuple[AddressIndex, list[dict[str, str]]], text: str, level: str, expected: dict[str, str]
) -> None:
    index, rows = town
    match = index.match_one(text)
    assert match.level == level
    assert match.row >= 0
    assert {name: rows[match.row][name] for name in expected} == expected
    assert match.precision_m == Level(level).metres


def test_an_unknown_room_climbs_to_its_building(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    index, rows = town
    match = index.match_one("真建花园2栋1单元909室")
    assert (match.level, match.why) == (Level.BUILDING, Why.BUILDING_ONLY)
    assert rows[match.row]["building"] == "2"


def test_an_unknown_number_never_hops_to_a_neighbour(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    match = town[0].match_one("文昌街11号")
    assert (match.row, match.level, match.why) == (-1, Level.ROAD, Why.AREA_ONLY)


def test_two_villages_of_one_name_are_a_tie(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    match = town[0].match_one("和平村3组9号")
    assert (match.row, match.why) == (-1, Why.TIE)


def test_nothing_known_is_nothing(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    match = town[0].match_one("武汉")
    assert (match.row, match.level, match.why) == (-1, Level.NONE, Why.NOT_FOUND)


def test_many_at_once_say_the_same_and_a_pickled_index_too(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    index, _ = town
    texts = [text for text, _, _ in FOUND] * 2
    again = pickle.loads(pickle.dumps(index))  # noqa: S301
    assert again.match_many(texts).row.tolist() == [index.match_one(text).row for text in texts]


def test_an_explanation_keeps_the_steps(town: tuple[AddressIndex, list[dict[str, str]]]) -> None:
    told = town[0].explain("真建花园2幢1单元201")
    assert told.steps[0][0] == "fold"
    assert told.parts.estate == "真建花园"
    assert told.candidates[0].level == Level.ROOM
    assert told.decision.level == Level.ROOM
