"""Open311 in its two forms, and what clients really send."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from api.open311 import instant
from api.open311_form import answer
from api.open311_request import Posted, as_meant
from core.errors import BadInput

AT = datetime(2026, 3, 2, 2, 0, 30, tzinfo=UTC)


def xml(body: Any, item: str = "") -> ElementTree.Element:
    return ElementTree.fromstring(bytes(answer("xml", "top", body, item).body))  # noqa: S314 - our own


def test_json_leaves_nulls_out_and_says_its_character_set() -> None:
    told = answer("json", "x", [{"a": None, "b": "路灯", "c": {"d": None}}], "request")
    assert told.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(bytes(told.body)) == [{"b": "路灯", "c": {}}]


def test_xml_names_its_items_and_nests() -> None:
    top = xml({"endpoints": [{"formats": ["text/xml", "application/json"], "metadata": False}], "none": None})
    assert [one.text for one in top.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]
    assert top.findtext("endpoints/endpoint/metadata") == "false"
    assert top.find("none") is None
    assert [one.tag for one in xml([{"a": "1"}, {"a": "2"}], "request")] == ["request", "request"]


@pytest.mark.parametrize("text", ["a\x00b", "\x0b", "\ufffe", "<b>&amp;</b>", "]]>", "\ud800"])
def test_any_text_gives_xml_that_can_be_read(text: str) -> None:
    assert xml({"a": text}).find("a") is not None


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("路灯", "路灯"), ("路灯".encode().decode("latin-1"), "路灯"), ("café", "café"), ("plain", "plain")],
)
def test_bare_utf8_is_read_as_meant(sent: str, meant: str) -> None:
    assert as_meant(sent) == meant


def post(**fields: Any) -> Posted:
    return Posted.model_validate({"service_code": "noise", "description": "吵", **fields})


def test_empty_positions_are_none_and_bad_ones_refused() -> None:
    assert post(lat="", long="").lat is None
    with pytest.raises(ValueError):
        post(lat="131.1", long="31.1")
    with pytest.raises(ValueError):
        post(lat="nan")


def test_names_are_put_together_as_people_write_them() -> None:
    assert post(last_name="欧阳", first_name="明").name == "欧阳明"
    assert post(last_name="Smith", first_name="Ann").name == "Ann Smith"
    assert post().name == ""


def test_answers_to_attributes_stand_below_the_words() -> None:
    told = post(attribute={"1": ["大", "响"], "2": [""]}, media_url="https://a.example/b.jpg")
    assert told.words.splitlines() == ["吵", "1：大、响", "https://a.example/b.jpg"]


def test_a_key_alone_makes_the_reference_and_without_one_the_content_and_the_minute() -> None:
    assert post().reference("k", AT) == post(description="other").reference("k", AT)
    assert post().reference("", AT) == post().reference("", AT.replace(second=59))
    assert post().reference("", AT) != post().reference("", AT.replace(minute=1))
    assert post().reference("", AT) != post(phone="1").reference("", AT)


@pytest.mark.parametrize("text", ["2026-03-02T10:00:00+08:00", "2026-03-02T10:00:00 08:00", "2026-03-02T02:00:00Z"])
def test_moments_are_read_with_their_zone_even_when_the_plus_was_lost(text: str) -> None:
    assert instant(text, "start_date") == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_moments_without_zone_are_of_shanghai_and_nonsense_is_refused() -> None:
    assert instant("2026-03-02", "x") == datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert instant("", "x") is None
    with pytest.raises(BadInput):
        instant("yesterday", "x")
