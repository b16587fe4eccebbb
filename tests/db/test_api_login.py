"""Signing in and out over HTTP, one's own password, and what every answer carries."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.guard import CONTENT_SECURITY_POLICY
from core import accounts, audit, clock
from core.actors import Actor, Role, Tier
from core.db import unit_of_work

pytestmark = pytest.mark.db

PASSWORD = "correct-horse-battery"
OTHER = "another-long-password"
FORM = {"sec-fetch-site": "same-origin", "accept": "text/html"}
BASE = "http://127.0.0.1"


@pytest.fixture
def client(fresh_database: str) -> TestClient:
    return TestClient(create_app(), base_url=BASE, follow_redirects=False, headers=FORM)


@pytest.fixture
def wang(fresh_database: str, actor: Actor) -> accounts.Account:
    """A desk account."""
    with unit_of_work(Tier.ACCOUNTS) as session:
        return accounts.create_account(session, "wang", "测试员", Role.DESK, PASSWORD, actor=actor, at=clock.now())


def sign_in(client: TestClient, password: str = PASSWORD, goal: str = "/") -> int:
    told = client.post("/login", data={"login": "wang", "password": password, "next": goal})
    return told.status_code


def test_signing_in_leads_to_the_page_of_the_role(client: TestClient, wang: accounts.Account) -> None:
    told = client.post("/login", data={"login": "wang", "password": PASSWORD})
    assert (told.status_code, told.headers["location"]) == (303, "/desk")
    cookie = told.headers["set-cookie"]
    assert cookie.startswith("wangge_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/desk").status_code == 200


def test_over_https_the_cookie_can_be_set_by_nobody_else(fresh_database: str, wang: accounts.Account) -> None:
    client = TestClient(create_app(), base_url="https://wangge.example", follow_redirects=False, headers=FORM)
    told = client.post("/login", data={"login": "wang", "password": PASSWORD})
    cookie = told.headers["set-cookie"]
    assert cookie.startswith("__Host-wangge_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "max-age" in told.headers["strict-transport-security"]
    token = cookie.split(";")[0].split("=", 1)[1]
    client.cookies.clear()
    assert client.get("/desk", headers={"cookie": f"wangge_session={token}"}).status_code == 303


def test_a_wrong_password_says_nothing_and_counts(client: TestClient, wang: accounts.Account) -> None:
    assert [sign_in(client, "wrong password") for _ in range(5)] == [403] * 5
    assert sign_in(client) == 403
    with unit_of_work(Tier.AUDIT) as session:
        assert audit.count(session, action="session.refused") == 6


def test_what_was_typed_as_login_is_shown_as_text(client: TestClient) -> None:
    told = client.post("/login", data={"login": '"><script>alert(1)</script>', "password": "x" * 12})
    assert told.status_code == 403
    assert "<script>alert" not in told.text
    assert "&lt;script&gt;alert(1)" in told.text


def test_one_is_led_back_but_never_to_another_host(client: TestClient, wang: accounts.Account) -> None:
    told = client.post("/login", data={"login": "wang", "password": PASSWORD, "next": "/desk?due=late"})
    assert told.headers["location"] == "/desk?due=late"
    told = client.post("/login", data={"login": "wang", "password": PASSWORD, "next": "//evil.example/"})
    assert told.headers["location"] == "/desk"


def test_signing_out_ends_the_session_everywhere(client: TestClient, wang: accounts.Account) -> None:
    sign_in(client)
    stolen = dict(client.cookies)
    client.post("/logout")
    other = TestClient(create_app(), base_url=BASE, follow_redirects=False, cookies=stolen, headers=FORM)
    assert other.get("/desk").status_code == 303


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}]
)
def test_a_form_from_elsewhere_does_nothing(
    fresh_database: str, wang: accounts.Account, headers: dict[str, str]
) -> None:
    client = TestClient(create_app(), base_url=BASE, follow_redirects=False, headers=headers)
    told = client.post("/login", data={"login": "wang", "password": PASSWORD})
    assert (told.status_code, told.json()["code"]) == (403, "Forged")
    assert "set-cookie" not in told.headers


def change(client: TestClient, present: str, password: str, again: str | None = None) -> tuple[int, str]:
    told = client.post("/password", data={"present": present, "password": password, "again": again or password})
    return told.status_code, told.text


def test_one_changes_ones_password_and_stays_signed_in(client: TestClient, wang: accounts.Account) -> None:
    sign_in(client)
    before = client.cookies["wangge_session"]
    assert change(client, PASSWORD, OTHER)[0] == 303
    assert client.cookies["wangge_session"] != before
    assert client.get("/desk").status_code == 200
    assert sign_in(client, PASSWORD) == 403
    assert sign_in(client, OTHER) == 303


def test_a_new_password_is_refused_with_words(client: TestClient, wang: accounts.Account) -> None:
    sign_in(client)
    for present, password, again, words in (
        ("wrong-wrong-wrong", OTHER, OTHER, "当前密码不正确"),
        (PASSWORD, OTHER, OTHER + "x", "两次输入的新密码不一样"),
        (PASSWORD, "short", "short", "口令需要"),
    ):
        status, text = change(client, present, password, again)
        assert status == 422
        assert words in text
    assert client.get("/desk").status_code == 200


def test_a_one_time_password_is_replaced_first(client: TestClient, wang: accounts.Account, actor: Actor) -> None:
    with unit_of_work(Tier.ACCOUNTS) as session:
        accounts.set_password(session, wang.id, PASSWORD, actor=actor, at=clock.now(), is_one_time=True)
    sign_in(client)
    assert client.get("/desk").headers["location"] == "/password?next=%2Fdesk"
    assert "一次性密码" in client.get("/password").text
    status, text = change(client, PASSWORD, PASSWORD)
    assert status == 422
    assert "不能与一次性密码相同" in text
    assert change(client, PASSWORD, OTHER)[0] == 303
    assert client.get("/desk").status_code == 200


def test_every_answer_carries_its_headers(client: TestClient) -> None:
    for address in ("/login", "/nowhere", "/healthz", "/static/wangge.css", "/open311/discovery.json"):
        headers = client.get(address).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-request-id"]
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert client.get("/login").headers["cache-control"] == "no-store"


def test_the_language_is_chosen_and_kept(client: TestClient) -> None:
    assert '<html lang="zh-CN">' in client.get("/login").text
    told = client.post("/locale", data={"locale": "en", "back": "/login"})
    assert told.headers["location"] == "/login"
    assert '<html lang="en">' in client.get("/login").text
    assert "Sign in" in client.get("/login").text


def test_what_is_not_there_is_said_as_a_page_and_as_data(client: TestClient) -> None:
    page = client.get("/nowhere")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有找到" in page.text
    told = client.get("/nowhere", headers={"accept": "application/json"})
    assert set(told.json()) == {"code", "zh", "en", "request_id"}


def test_a_body_too_large_is_refused(client: TestClient) -> None:
    told = client.post("/login", data={"login": "wang", "password": "x" * 400_000})
    assert told.status_code == 413


def test_no_inline_script_or_style_on_any_page(
    client: TestClient, wang: accounts.Account, signed_in: Callable[..., Actor]
) -> None:
    pages = [("/login", None), ("/desk", Role.DESK), ("/desk/new", Role.DESK), ("/m", Role.WORKER),
             ("/command", Role.COMMANDER), ("/audit", Role.AUDITOR), ("/admin/accounts", Role.SYSADMIN)]  # fmt: skip
    for address, role in pages:
        client.cookies.clear()
        if role is not None:
            client.cookies.set("wangge_session", signed_in(role, [1]).token or "")
        text = client.get(address).text
        assert " style=" not in text, address
        assert "<style" not in text, address
        assert " onclick=" not in text, address
        assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src='), address
