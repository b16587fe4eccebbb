"""Reading addresses: a table of hard ones, with the site's names and without."""

from dataclasses import asdict
from pathlib import Path

import pytest

from address.gazetteer import Gazetteer
from address.parse import Parts, parse

NAMES = Gazetteer(
    counties={"旌阳区"},
    towns={"东湖街道", "孝泉镇"},
    villages={"玉泉社区", "和平村"},
    roads={"南西路", "文昌街", "人民西路", "延安路二段"},
    estates={"真建花园", "人民西路小区"},
)
TABLE = Path(__file__).with_name("hard_addresses.tsv")
LINES = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[text for text, _ in LINES])
def test_reads(text: str, expected: str) -> None:
    read = {
        key: value for key, value in asdict(parse(text, NAMES)).items() if value and key not in ("poi", "direction")
    }
    assert read == dict(pair.split("=") for pair in expected.split())


def test_without_names_the_classifying_words_decide() -> None:
    parts = parse("四川省德阳市旌阳区东湖街道文昌街12号")
    assert (parts.county, parts.town, parts.road, parts.number) == ("旌阳区", "东湖街道", "文昌街", "12")


@pytest.mark.parametrize("text", ["", " ", "号", "-", "1", "栋栋栋", "()"])
def test_nonsense_is_read_without_complaint(text: str) -> None:
    assert isinstance(parse(text, NAMES), Parts)
