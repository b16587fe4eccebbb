"""Searching addresses in the database and over HTTP: what is found, why, in which order, and who sees how much."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from address import codes
from address import service as addresses
from address.service import Fit, Sight
from api.app import create_app
from api.limits import Bucket
from core import db, hot
from core.actors import Actor, Role, Tier
from tests.db.incidents_town import ACTOR, SOUTH, WEST, Ground, settle

pytestmark = pytest.mark.db

SignIn = Callable[..., Actor]


@pytest.fixture
def town(fresh_database: str, at: datetime) -> Ground:
    """The town of the reports, and an estate with two buildings, rooms, and a name that people use."""
    ground = settle(at)
    rooms = [
        {
            "row_no": n, "source_ref": f"明珠{n}", "town": "东湖街道", "village": "文庙社区", "estate": "明珠花园",
            "building": building, "unit": "2", "room": room, "lon": WEST + 0.012, "lat": SOUTH + 0.012,
        }
        for n, (building, room) in enumerate([("3", "501"), ("3", "502"), ("13", "501")], start=2)
    ]  # fmt: skip
    with db.unit_of_work(Tier.OWNER) as session:
        addresses.ingest(session, pl.DataFrame(rooms), batch_id=None, actor=ACTOR, at=at)
        estate = session.execute(text("SELECT code FROM address.address WHERE level = 'estate'")).scalar_one()
        session.execute(
            text("INSERT INTO address.address_name (code, kind, text, valid_from) VALUES (:c, 'former', '阀门厂', :d)"),
            {"c": estate, "d": at.date()},
        )
        session.execute(
            text("INSERT INTO address.address_code (code, scheme, value, valid_from)"
                 " VALUES (:c, 'police', '519901-007', :d)"),
            {"c": estate, "d": at.date()},
        )  # fmt: skip
    return ground


def found(words: str, sight: Sight = Sight.ALL, **more: int) -> list[tuple[str, Fit]]:
    with hot.reading(Tier.INTAKE) as connection:
        return [(one.name, one.fit) for one in addresses.find(connection, words, sight=sight, **more).items]


def names(words: str, **more: Any) -> list[str]:
    return [name for name, _ in found(words, **more)]


def test_two_characters_find_every_name_that_holds_them(town: Ground) -> None:
    assert len(names("文庙", limit=50)) > 10
    assert all("泰山" in name for name in names("泰山", limit=50))
    assert names("明珠")[0].endswith("明珠花园")


def test_with_and_without_division_and_in_pieces(town: Ground) -> None:
    whole = "东湖街道文庙社区文庙街7号"
    for words in ("文庙街7号", "东湖街道文庙街7号", whole, f"旌原区{whole}", "东湖街道 文庙街 七号", "文庙街7"):
        assert names(words)[0] == whole, words
    assert found("文庙街7号")[0][1] is Fit.WHOLE
    assert found("文庙街1")[0][1] is Fit.START


def test_a_number_is_not_found_in_a_longer_one(town: Ground) -> None:
    assert not [name for name in names("明珠花园3栋", limit=50) if "13栋" in name]


def test_codes_and_their_beginnings_and_codes_of_others(town: Ground) -> None:
    with db.unit_of_work(Tier.OWNER) as session:
        code = session.execute(text("SELECT code FROM address.address WHERE level = 'estate'")).scalar_one()
    for words in (code, codes.show(code).lower()):
        assert found(words) == [("东湖街道文庙社区明珠花园", Fit.CODE)]
    assert ("东湖街道文庙社区明珠花园", Fit.CODE) in found(code[:9])
    assert found("519901-007") == [("东湖街道文庙社区明珠花园", Fit.OTHER_CODE)]


def test_other_names_and_letters_of_the_sound(town: Ground) -> None:
    assert ("东湖街道文庙社区明珠花园", Fit.ALIAS) in found("阀门厂")
    assert ("东湖街道文庙社区明珠花园3栋", Fit.ALIAS) in found("阀门厂3栋")
    assert found("mzhy")[0] == ("东湖街道文庙社区明珠花园", Fit.SOUND)
    assert found("taishanlu")[0][0].startswith("东湖街道泰山社区泰山路")


def test_rooms_are_for_staff_and_for_workers_on_their_own_ground(town: Ground, signed_in: SignIn) -> None:
    words = "明珠花园3栋2单元501"
    room = "东湖街道文庙社区明珠花园3栋2单元501室"
    assert found(words)[0] == (room, Fit.ROOM)
    assert names(words, sight=Sight.PUBLIC) == ["东湖街道文庙社区明珠花园3栋"]
    for grid, is_shown in ((town.west, True), (town.east, False)):
        actor = signed_in(Role.WORKER, [grid])
        with hot.reading(Tier.WORKER, token=actor.token) as connection:
            items = addresses.find(connection, words, sight=Sight.GROUND).items
        assert (room in [one.name for one in items]) is is_shown


def test_pages_follow_each_other_without_gap_or_repeat(town: Ground) -> None:
    with hot.reading(Tier.INTAKE) as connection:
        pages = [addresses.find(connection, "文庙街", limit=4, page=n) for n in range(1, 9)]
    told = [one.code for page in pages for one in page.items]
    assert len(told) == len(set(told)) == 20  # ten plates and their buildings
    assert [page.has_more for page in pages] == [True] * 4 + [False] * 4


def test_the_words_are_no_pattern(town: Ground) -> None:
    for words in ("%%", "__", "文%", ".*", "(", "文庙街\\", "'; --", "\x00文"):
        assert found(words) == [], words


def test_over_http_everybody_sees_the_place_and_staff_more(town: Ground, signed_in: SignIn) -> None:
    client = TestClient(create_app())
    told = client.get("/api/address", params={"q": "明珠花园", "size": 2}).json()
    assert (told["items"][0]["why"], told["has_more"]) == ("名称一致", True)
    code = told["items"][0]["code"]
    public = client.get(f"/api/address/{codes.show(code).lower()}").json()
    assert (public["name"], public["level"], public["village"]) == ("东湖街道文庙社区明珠花园", "estate", "文庙社区")
    assert not {"grid_id", "names", "codes", "holds"} & public.keys()
    for role, areas, sees in (
        (Role.DESK, [], True),
        (Role.WORKER, [town.west], True),
        (Role.WORKER, [town.east], False),
    ):
        client.cookies.set("wangge_session", signed_in(role, areas).token or "")
        more = client.get(f"/api/address/{code}").json()
        assert ("holds" in more) is sees, role
    client.cookies.set("wangge_session", signed_in(Role.COMMANDER).token or "")
    full = client.get(f"/api/address/{code}").json()
    assert full["holds"] == {"building": 2}
    assert {"kind": "former", "text": "阀门厂"} in full["names"]
    above = client.get(f"/api/address/{code}").json()["above"]
    assert above == []


def test_a_wrong_code_is_told_from_an_unknown_one(town: Ground) -> None:
    client = TestClient(create_app())
    wrong = client.get("/api/address/A01BTD8D91M2")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "BadInput")
    assert "校验" in wrong.json()["zh"]
    unknown = client.get("/api/address/A01BTD8D91M1")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NotFound")


def test_a_code_that_is_no_longer_used_names_its_successor(town: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.OWNER) as session:
        old, new = (addresses.search(session, f"文庙街{n}号", 1)[0].code for n in (3, 4))
        addresses.duplicate(session, old, new, on=at.date(), document=None, actor=ACTOR, at=at)
    assert [name for name in names("文庙街3号") if name.endswith("3号")] == []
    told = TestClient(create_app()).get(f"/api/address/{old}").json()
    assert (told["status"], told["successor"]) == ("alternative", new)


def test_an_asker_from_outside_is_held_to_a_rate(town: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.address.OF_PUBLIC", Bucket(rate_per_minute=1, burst=3))
    client = TestClient(create_app(), client=("203.0.113.9", 5))
    told = [client.get("/api/address", params={"q": "文庙"}).status_code for _ in range(5)]
    assert told == [200, 200, 200, 429, 429]
