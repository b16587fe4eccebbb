"""The standard form, step by step and as a whole."""

import pytest

from address.normalise import STEPS, normalise

FORMS = [
    ("文昌街十二号", "文昌街12号"),
    ("真建花园２幢１单元２０１", "真建花园2栋1单元201"),
    ("真建花园1号楼2单元", "真建花园1栋2单元"),
    ("真建花园1#2门602室", "真建花园1栋2单元602室"),
    ("真建花园7-3-301号", "真建花园7栋3单元301室"),
    ("水果湖宿舍11#3-201", "水果湖宿舍11栋3单元201室"),
    ("真建花园三动九零一房", "真建花园3栋901房"),
    ("文昌街12号之3", "文昌街12号附3号"),
    ("文昌街12-3号", "文昌街12号附3号"),
    ("文昌街504#附15号", "文昌街504号附15号"),
    ("文昌街278#", "文昌街278号"),
    ("我住在文昌街12号(原供销社)", "文昌街12号"),
    ("東湖街道 文昌街 12號", "东湖街道文昌街12号"),
    ("和平村一百零五号", "和平村105号"),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_standard_form(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_the_standard_form_is_its_own(text: str, expected: str) -> None:
    assert normalise(expected) == expected


def test_numerals_in_names_stay() -> None:
    assert normalise("三友星墅三幢") == "三友星墅3栋"
    assert normalise("化肥厂一4栋") == "化肥厂一4栋"


def test_every_step_is_told() -> None:
    told: list[str] = []
    normalise("文昌街12号", lambda step, _: told.append(step))
    assert told == [step.__name__ for step in STEPS]
