"""The database is away: pages and machines are told to come back, and the process lives."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core import db

pytestmark = pytest.mark.db


@pytest.fixture
def client(template: str) -> Iterator[TestClient]:
    """A server whose database does not answer."""
    db.use_database("no_such_database")
    yield TestClient(create_app(), follow_redirects=False)
    db.use_database(None)


def test_health_is_of_the_process_and_readiness_of_the_database(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    told = client.get("/readyz")
    assert told.status_code == 503
    assert int(told.headers["retry-after"]) > 0
    assert told.json()["code"] == "Unavailable"


def test_pages_and_open311_say_so_in_their_own_form(client: TestClient) -> None:
    client.cookies.set("wangge_session", "x")
    page = client.get("/desk", headers={"accept": "text/html"})
    assert page.status_code == 503
    assert "暂时不可用" in page.text
    told = client.get("/open311/v2/services.xml")
    assert told.status_code == 503
    assert "<code>503</code>" in told.text
    assert "retry-after" in told.headers
