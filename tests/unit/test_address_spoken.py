"""Addresses inside what people say, and what must never be answered with a door.

The table is spoken_addresses.tsv: add a line, not a function.
"""

import random
from pathlib import Path

import opencc
import polars as pl
import pytest

from address.match import COLUMNS, AddressIndex

TABLE = Path(__file__).with_name("spoken_addresses.tsv")
LINES = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
FINE = ("room", "unit", "building", "door")


def _row(level: str, **parts: str) -> dict[str, str]:
    return {name: parts.get(name, "") for name in COLUMNS} | {"level": level}


def _rows() -> list[dict[str, str]]:
    home = {"town": "东湖街道", "village": "玉泉社区"}
    plot = home | {"road": "南西路", "number": "344", "estate": "真建花园"}
    rows = [_row("estate", **plot)]
    for building in "12":
        rows.append(_row("building", **plot, building=building))
        for unit in "12":
            rows += [_row("room", **plot, building=building, unit=unit, room=room) for room in ("101", "102", "201")]
    rows += [_row("door", **home, road="文昌街", number=number) for number in ("8", "10", "12")]
    rows.append(_row("door", **home, road="文昌街", number="12", sub_number="3"))
    rows += [_row("door", town=town, village="和平村", group="3", number="9") for town in ("孝泉镇", "双东镇")]
    rows.append(_row("door", **home, road="北街", number="1"))
    rows.append(_row("door", town="孝泉镇", village="文庙社区", road="北街", number="1"))
    rows.append(_row("door", town="孝泉镇", village="文庙社区", road="三洞桥路", number="1"))
    return rows


ROWS = _rows()


def _name(row: dict[str, str]) -> str:
    if row["estate"]:
        return row["estate"] + "-".join(row[name] for name in ("building", "unit", "room") if row[name])
    street = row["road"] or f"{row['village']}{row['group']}组"
    sub = f"附{row['sub_number']}" if row["sub_number"] else ""
    is_twin = row["road"] in ("", "北街")
    return f"{row['town'] if is_twin else ''}{street}{row['number']}{sub}"


@pytest.fixture(scope="module")
def town() -> AddressIndex:
    frame = pl.DataFrame(ROWS).with_columns(
        lon=104.4 + pl.int_range(pl.len()) * 0.001, lat=31.1 + pl.int_range(pl.len()) * 0.001
    )
    return AddressIndex.build(frame, ["旌阳区"])


@pytest.mark.parametrize(("text", "level", "expected"), LINES, ids=[line[0] for line in LINES])
def test_says(town: AddressIndex, text: str, level: str, expected: str) -> None:
    match = town.match_one(text)
    told = _name(ROWS[match.row]) if match.row >= 0 and not expected.isascii() else match.why.name
    assert (match.level.value, told) == (level, expected)


def _mixed(text: str, chance: random.Random) -> str:
    digits = "零一二三四五六七八九"
    at = chance.choice([place for place, sign in enumerate(text) if sign.isdigit()])
    return text[:at] + digits[int(text[at])] + text[at + 1 :]


NOISES = {
    "as it is": lambda text, chance: text,
    "traditional": lambda text, chance: str(opencc.OpenCC("s2t").convert(text)),
    "speech": lambda text, chance: chance.choice(["喂，你好", "市民来电反映", "麻烦问一下，", "我想说一下"]) + text,
    "complaint": lambda text, chance: text + chance.choice(["楼上太吵了", "漏水没人管", "，请处理", "的电梯坏了"]),
    "building": lambda text, chance: text.replace("栋", chance.choice(["幢", "动", "撞", "憧", "洞", "#", "号楼"])),
    "unit": lambda text, chance: text.replace("单元", chance.choice(["单远", "单圆", "单原", "丹元", "门"])),
    "doubled": lambda text, chance: "旌阳区" + "东湖街道" + text,
    "one numeral": _mixed,
    "blanks": lambda text, chance: text[:5] + " " + text[5:8] + "　" + text[8:],
    "wide": lambda text, chance: text.translate({ord(str(n)): 0xFF10 + n for n in range(10)}),
}  # fmt: skip


@pytest.mark.parametrize("noise", NOISES)
def test_every_room_is_found_behind_the_noise(town: AddressIndex, noise: str) -> None:
    chance = random.Random(7)
    for row in (row for row in ROWS if row["level"] == "room"):
        clean = f"东湖街道玉泉社区真建花园{row['building']}栋{row['unit']}单元{row['room']}室"
        text = NOISES[noise](clean, chance)
        assert town.match_one(text).row == ROWS.index(row), text


@pytest.mark.parametrize("noise", NOISES)
def test_a_room_that_is_not_there_is_never_answered_with_another(town: AddressIndex, noise: str) -> None:
    chance = random.Random(7)
    for building, unit, room in (("1", "1", "301"), ("2", "3", "101"), ("7", "1", "101")):
        text = NOISES[noise](f"真建花园{building}栋{unit}单元{room}室", chance)
        match = town.match_one(text)
        assert match.level != "room", text
        assert match.row < 0 or ROWS[match.row]["building"] in ("", building), text


@pytest.mark.parametrize("noise", [name for name in NOISES if name != "doubled"])  # it would name our own county
@pytest.mark.parametrize("clean", ["绵竹市和平村3组9号", "幸福小区2栋1单元201室", "四川省广汉市真建花园2栋1单元201室"])
def test_what_must_be_refused_stays_refused(town: AddressIndex, noise: str, clean: str) -> None:
    text = NOISES[noise](clean, random.Random(7))
    assert town.match_one(text).level not in FINE, text


def test_words_of_direction_widen_the_answer(town: AddressIndex) -> None:
    plain, beside, away = (town.match_one(f"文昌街8号{words}") for words in ("", "对面", "往东200米"))
    assert plain.row == beside.row == away.row
    assert plain.precision_m < beside.precision_m < away.precision_m


def test_the_same_village_of_two_towns_lies_where_its_town_says(town: AddressIndex) -> None:
    one, other = town.match_one("孝泉镇和平村"), town.match_one("双东镇和平村")
    assert (one.level, other.level) == ("village", "village")
    assert one.lon != other.lon


def test_divisions_without_addresses_are_found_too() -> None:
    village = _row("village", town="德新镇", village="龙泉村村民委员会") | {"lon": 104.5, "lat": 31.2}
    rows = [row | {"lon": 104.4, "lat": 31.1} for row in ROWS]
    match = AddressIndex.build(pl.DataFrame([*rows, village]), ["旌阳区"]).match_one("德新镇龙泉村4组")
    assert (match.level, match.lon, match.lat) == ("village", 104.5, 31.2)
