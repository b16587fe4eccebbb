"""Every route as every role: who is let in, who is turned away, who must sign in. A new route fails until listed."""

from collections.abc import Callable
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.app import ROUTERS, create_app
from core import accounts, clock
from core.actors import Actor, Role, Tier, system_actor
from core.db import unit_of_work

pytestmark = pytest.mark.db

SignIn = Callable[..., Actor]
OPEN = frozenset(Role)
STAFF = frozenset(Role) - {Role.SYSTEM, Role.PUBLIC}
FIELD = frozenset({Role.WORKER, Role.TEAM_LEADER})
DESK = frozenset({Role.DESK, Role.COMMANDER})
MAP = DESK | {Role.TEAM_LEADER}
PLANNERS = frozenset({Role.COMMANDER, Role.TEAM_LEADER})
ADMINS = frozenset({Role.SYSADMIN, Role.SECADMIN})

TABLE: dict[tuple[str, str], frozenset[Role]] = {
    ("GET", "/"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/i18n/{locale}.js"): OPEN,
    ("POST", "/locale"): OPEN,
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("POST", "/logout"): OPEN,
    ("GET", "/openapi.json"): STAFF,
    ("GET", "/password"): STAFF,
    ("POST", "/password"): STAFF,
    ("GET", "/account"): STAFF,
    ("GET", "/m"): FIELD,
    ("GET", "/m/worker.js"): OPEN,
    ("GET", "/m/api/tasks"): FIELD,
    ("GET", "/m/api/map.json"): FIELD,
    ("POST", "/m/api/feedback"): FIELD,
    ("POST", "/m/api/report"): FIELD,
    ("GET", "/m/api/photo/{photo_id}"): FIELD | DESK,
    ("GET", "/desk"): DESK,
    ("GET", "/desk/new"): DESK,
    ("GET", "/desk/cases/{case_id}"): DESK,
    ("GET", "/desk/api/address"): DESK,
    ("GET", "/desk/api/address/{code}"): DESK,
    ("POST", "/desk/api/calls"): DESK,
    ("GET", "/desk/api/cases/{case_id}/map.json"): DESK,
    ("POST", "/desk/api/cases/{case_id}/moves"): DESK,
    ("POST", "/desk/api/cases/{case_id}/contact"): DESK,
    ("POST", "/desk/api/cases/{case_id}/matters"): DESK,
    ("GET", "/desk/places"): DESK,
    ("GET", "/desk/api/places/next"): DESK,
    ("GET", "/desk/api/places/{report_id}"): DESK,
    ("POST", "/desk/api/places/{report_id}"): DESK,
    ("POST", "/desk/api/placings/{placing_id}/undo"): DESK,
    ("GET", "/desk/api/aliases"): DESK,
    ("POST", "/desk/api/aliases/{alias_id}"): DESK,
    ("GET", "/api/address"): OPEN,
    ("GET", "/api/address/{code}"): OPEN,
    ("GET", "/open311/discovery.{form}"): OPEN,
    ("GET", "/open311/v2/discovery.{form}"): OPEN,
    ("GET", "/open311/v2/services.{form}"): OPEN,
    ("GET", "/open311/v2/services/{code}.{form}"): OPEN,
    ("GET", "/open311/v2/requests.{form}"): OPEN,
    ("GET", "/open311/v2/requests/{number}.{form}"): OPEN,
    ("GET", "/open311/v2/tokens/{token}.{form}"): OPEN,
    ("POST", "/open311/v2/requests"): OPEN,
    ("POST", "/open311/v2/requests.{form}"): OPEN,
    ("GET", "/a/{code}"): OPEN,
    ("GET", "/a/{code}/qr.{form}"): OPEN,
    ("POST", "/a/api/people/{ref}"): FIELD | DESK,
    ("GET", "/reports"): FIELD | DESK,
    ("GET", "/audit"): frozenset({Role.AUDITOR}),
    ("GET", "/load"): frozenset({Role.ETL}),
    ("POST", "/load/api/look"): frozenset({Role.ETL}),
    ("POST", "/load/api/take"): frozenset({Role.ETL}),
    ("POST", "/load/api/sheet"): frozenset({Role.ETL}),
    ("GET", "/load/api/progress"): frozenset({Role.ETL}),
    ("GET", "/load/api/batches/{batch_id}/rejects"): frozenset({Role.ETL}),
    ("POST", "/load/api/batches/{batch_id}/undo"): frozenset({Role.ETL}),
    ("GET", "/export"): FIELD | DESK | {Role.ETL},
    ("GET", "/export/{layer}.{form}"): FIELD | DESK | {Role.ETL},
    ("GET", "/admin/accounts"): ADMINS,
    ("POST", "/admin/accounts"): frozenset({Role.SYSADMIN}),
    ("POST", "/admin/accounts/{login}/password"): frozenset({Role.SYSADMIN}),
    ("POST", "/admin/accounts/{login}/disable"): frozenset({Role.SYSADMIN}),
    ("POST", "/admin/accounts/{login}/enable"): frozenset({Role.SYSADMIN}),
    ("GET", "/command"): MAP,
    ("GET", "/command/heat.html"): MAP,
    ("GET", "/command/api/frame"): MAP,
    ("GET", "/command/api/cells"): MAP,
    ("GET", "/command/api/heat"): MAP,
    ("GET", "/command/api/hot"): MAP,
    ("GET", "/command/api/cell/{cell}"): MAP,
    ("GET", "/command/api/unplaced"): DESK,
    ("GET", "/command/api/now"): MAP,
    ("POST", "/command/api/plans"): PLANNERS,
    ("GET", "/command/api/plans/{plan_id}"): PLANNERS,
    ("POST", "/command/api/plans/{plan_id}/stops/{stop_id}/ban"): PLANNERS,
    ("POST", "/command/api/plans/{plan_id}/order"): PLANNERS,
    ("POST", "/command/api/plans/{plan_id}/approve"): PLANNERS,
    ("POST", "/command/api/plans/{plan_id}/reject"): PLANNERS,
    ("GET", "/tiles/{layer}/{z}/{x}/{y}.mvt"): STAFF,
}
ENDS_THE_SESSION = {("POST", "/logout")}
NOWHERE = str(UUID(int=7))
VALUES = {
    "locale": "zh", "form": "json", "code": "noise", "number": "none", "token": "none", "login": "nobody",
    "cell": "8931aa42853ffff", "layer": "base", "z": "12", "x": "3236", "y": "1669", "placing_id": "7", "alias_id": "7",
    "batch_id": "7",
}  # fmt: skip


def address(path: str) -> str:
    """The path with something in the place of each name: ids that nobody has."""
    for name in ("photo_id", "case_id", "plan_id", "stop_id", "report_id", "ref"):
        path = path.replace(f"{{{name}}}", NOWHERE)
    return path.format(**VALUES)


@pytest.fixture
def client(fresh_database: str) -> TestClient:
    return TestClient(create_app(), follow_redirects=False, headers={"X-Wangge": "1"})


def test_every_route_is_in_the_table_and_nothing_else() -> None:
    routes = {(m, r.path) for router in ROUTERS for r in router.routes for m in r.methods}  # type: ignore[attr-defined]
    assert {key for key in routes if key[0] != "HEAD"} == TABLE.keys()


def test_nobody_comes_in_without_signing_in(client: TestClient) -> None:
    told = {key: client.request(key[0], address(key[1])).status_code for key in TABLE}
    assert {key for key, status in told.items() if status == 401} == {k for k, roles in TABLE.items() if roles != OPEN}


def test_a_browser_is_led_to_the_login_and_back(client: TestClient) -> None:
    told = client.get("/desk?due=late", headers={"accept": "text/html"})
    assert told.status_code == 303
    assert told.headers["location"] == "/login?next=%2Fdesk%3Fdue%3Dlate"


@pytest.mark.parametrize("role", sorted(STAFF))
def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    client: TestClient, signed_in: SignIn, role: Role
) -> None:
    actor = signed_in(role, [1])
    client.cookies.set("wangge_session", actor.token or "")
    told = {}
    for method, path in TABLE.keys() - ENDS_THE_SESSION:
        told[method, path] = client.request(method, address(path)).status_code
    refused = {key for key, status in told.items() if status == 403}
    assert refused - {("POST", "/login")} == {key for key in told if role not in TABLE[key]}
    assert {key: status for key, status in told.items() if status >= 500} == {}


@pytest.mark.parametrize("role", [Role.WORKER, Role.DESK])
def test_a_one_time_password_opens_nothing_but_the_password_page(
    client: TestClient, signed_in: SignIn, role: Role
) -> None:
    actor = signed_in(role, [1])
    with unit_of_work(Tier.ACCOUNTS) as session:
        accounts.set_password(
            session, actor.id, "a-one-time-word", actor=system_actor("t"), at=clock.now(), is_one_time=True
        )
        token = accounts.begin_session(session, actor.id, at=clock.now()).token
    client.cookies.set("wangge_session", token)
    for (method, path), roles in TABLE.items():
        if role in roles and roles != OPEN and path != "/password":
            told = client.request(method, address(path))
            assert (told.status_code, told.json()["code"]) == (403, "MustChangePassword"), path
    assert client.get("/password").status_code == 200
