"""What may change something: the check against forged requests; where one may be sent; how often one may ask."""

import pytest
from starlette.datastructures import Headers

from api.guard import refusal
from api.landing import LANDING, inside
from api.limits import MOST_KEPT, Bucket
from core.actors import Role

HOST = {"host": "wangge.example"}
OWN = "http://wangge.example"
PAGE = {"x-wangge": "1"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "why"),
    [
        ("GET", "/desk", {}, None),
        ("HEAD", "/desk", {"sec-fetch-site": "cross-site"}, None),
        ("POST", "/open311/v2/requests.json", {"sec-fetch-site": "cross-site"}, None),
        ("POST", "/login", {"sec-fetch-site": "same-origin"}, None),
        ("POST", "/login", {"sec-fetch-site": "none"}, None),
        ("POST", "/login", {"origin": OWN}, None),
        ("POST", "/login", {}, "x-wangge"),
        ("POST", "/login", {"sec-fetch-site": "cross-site"}, "sec-fetch-site"),
        ("POST", "/login", {"sec-fetch-site": "same-site"}, "sec-fetch-site"),
        ("POST", "/login", {"origin": "http://evil.example"}, "origin"),
        ("POST", "/login", {"origin": "null"}, "origin"),
        ("POST", "/desk/api/calls", {"sec-fetch-site": "same-origin"}, "x-wangge"),
        ("POST", "/desk/api/calls", {"sec-fetch-site": "same-origin", **PAGE}, None),
        ("POST", "/desk/api/calls", PAGE, None),
        ("POST", "/desk/api/calls", {"sec-fetch-site": "cross-site", **PAGE}, "sec-fetch-site"),
        ("DELETE", "/command/api/x", {"origin": "http://evil.example", **PAGE}, "origin"),
        ("POST", "/open311", {"sec-fetch-site": "same-origin"}, "x-wangge"),
    ],
)
def test_forged_requests_are_told(method: str, path: str, headers: dict[str, str], why: str | None) -> None:
    assert refusal(method, path, Headers({**HOST, **headers})) == why


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        ("/desk?due=late", "/desk?due=late"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\tx", "/"),
    ],
)
def test_a_login_leads_nowhere_else(address: str, goes_to: str) -> None:
    assert inside(address) == goes_to


def test_every_role_begins_somewhere() -> None:
    assert LANDING.keys() == set(Role)


def test_a_bucket_lets_a_burst_through_and_then_says_how_long() -> None:
    bucket = Bucket(rate_per_minute=6, burst=3)
    assert [bucket.wait_s("a") for _ in range(3)] == [0, 0, 0]
    assert 8 <= bucket.wait_s("a") <= 10
    assert bucket.wait_s("b") == 0


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    bucket = Bucket(rate_per_minute=6, burst=3)
    for n in range(MOST_KEPT + 50):
        bucket.wait_s(str(n))
    assert len(bucket._held) == MOST_KEPT
