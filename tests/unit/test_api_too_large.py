"""A body over the limit is refused in words, with the headers of every other answer."""

import pytest
from starlette.testclient import TestClient

from api.app import MAX_BODY_BYTES, app
from api.open311 import MAX_POST_BYTES


@pytest.fixture
def client() -> TestClient:
    return TestClient(app, headers={"X-Wangge": "1"})


def test_a_large_form_is_refused_in_both_languages(client: TestClient) -> None:
    told = client.post("/m/nothing", content=b"x" * (MAX_BODY_BYTES + 1))
    assert told.status_code in {404, 413}
    told = client.post("/desk/api/calls", content=b"x" * (MAX_BODY_BYTES + 1))
    assert told.status_code == 413
    assert told.json()["code"] == "TooLarge"
    assert "内容过大" in told.json()["zh"]
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_open311_refuses_in_its_own_form(client: TestClient, form: str) -> None:
    told = client.post(f"/open311/v2/requests.{form}", content=b"x" * (MAX_POST_BYTES + 1))
    assert told.status_code == 413
    assert form in told.headers["content-type"]
    assert "charset=utf-8" in told.headers["content-type"]
    assert "413" in told.text
    assert "内容过大" in told.text


def test_a_body_that_does_not_say_its_length_is_counted(client: TestClient) -> None:
    told = client.post("/desk/api/calls", content=iter([b"x" * 65_536] * 5))
    assert told.status_code == 413
    assert told.json()["code"] == "TooLarge"
