"""Doubtful places: found, handed to one person at a time, decided, followed by case and heat, and taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as addresses
from address.service import AliasState
from cases import service as cases
from core import audit, db, jobs
from core.actors import Actor, Role, Tier
from core.errors import NotFound, Refused
from incidents import service as incidents
from incidents.service import Choice, Doubt, Doubtful, ReportRecord
from tests.db.incidents_town import ACTOR, SOUTH, WEST, Ground, settle, told

pytestmark = pytest.mark.db

ANY = Doubtful()


def person(name: str) -> Actor:
    return Actor(uuid4(), name, Role.DESK)


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    """The town, with one estate of the same name in each grid."""
    found = settle(at)
    twins = [
        {
            "row_no": n, "source_ref": f"金桂{n}", "town": town, "village": village, "estate": "金桂家园",
            "building": "3", "lon": WEST + side * 0.02 + 0.012, "lat": SOUTH + 0.012,
        }
        for n, (side, town, village) in enumerate(
            ((0, "东湖街道", "文庙社区"), (1, "西湖街道", "泰山社区")), start=2
        )
    ]  # fmt: skip
    with db.unit_of_work(Tier.OWNER) as session:
        addresses.ingest(session, pl.DataFrame(twins), batch_id=None, actor=ACTOR, at=at)
    return found


@pytest.fixture
def desk(ground: Ground) -> Iterator[Session]:
    with db.unit_of_work(Tier.COMMAND) as session:
        yield session


def file(session: Session, words: str, at: datetime, *, days: float = 0) -> ReportRecord:
    received = incidents.receive(
        session, told(f"R{words}{days}", at, location_words=words, days=days), actor=ACTOR, at=at
    )
    cases.open(session, received.report, actor=ACTOR, at=at)
    return received.report


def code_of(session: Session, name: str) -> str:
    return str(session.execute(text("SELECT code FROM address.address WHERE name = :n"), {"n": name}).scalar_one())


def case_row(session: Session, report_id: UUID) -> tuple[str | None, int | None, int | None]:
    row = session.execute(
        text('SELECT code, grid_id, h3_9 FROM cases."case" WHERE report_id = :r'), {"r": report_id}
    ).one()
    return tuple(row)


def test_what_is_doubtful_is_counted_by_reason(desk: Session, at: datetime) -> None:
    for words in ("文庙街3号", "文庙街33号", "文庙街44号", "说不清的地方", "成都市武侯区人民南路12号"):
        file(desk, words, at)
    counted = incidents.doubts(desk, ANY)
    assert counted[Doubt.NUMBER] == 2
    assert counted[Doubt.NONE] == 1
    assert counted[Doubt.ELSEWHERE] == 1
    assert sum(counted.values()) == 4  # 文庙街3号 is known


def test_two_persons_never_get_the_same_one(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.COMMAND) as session:
        for n in range(12):
            file(session, f"文庙街{30 + n}号", at, days=n / 10)

    def work(name: str) -> list[UUID]:
        me, got = person(name), []
        after = None
        for _ in range(3):
            with db.unit_of_work(Tier.COMMAND) as session:
                found = incidents.next_doubtful(session, ANY, after=after, actor=me, at=at)
            if found is not None:
                got.append(found.report.id)
                after = (found.report.received_at, found.report.id)
        return got

    with ThreadPoolExecutor(4) as pool:
        got = [one for some in pool.map(work, "abcd") for one in some]
    assert len(got) == len(set(got)) == 12


def test_the_same_person_gets_his_again_and_another_only_after_the_lease(desk: Session, at: datetime) -> None:
    file(desk, "文庙街33号", at)
    me, other = person("me"), person("other")
    mine = incidents.next_doubtful(desk, ANY, after=None, actor=me, at=at)
    assert mine is not None
    assert incidents.next_doubtful(desk, ANY, after=None, actor=me, at=at) == mine
    assert incidents.next_doubtful(desk, ANY, after=None, actor=other, at=at) is None
    assert incidents.next_doubtful(desk, ANY, after=None, actor=other, at=at + timedelta(minutes=11)) == mine


def test_a_decision_moves_the_report_its_case_and_the_heat(desk: Session, ground: Ground, at: datetime) -> None:
    report = file(desk, "文庙街33号", at)
    assert case_row(desk, report.id)[1:] == (None, None)
    code = code_of(desk, "东湖街道泰山社区泰山路3号")
    me = person("me")
    placed = incidents.replace_place(desk, report.id, Choice.SEARCHED, where=code, actor=me, at=at)
    case_id = cases.follow_place(desk, placed.report)
    assert (placed.report.code, placed.report.grid_id, placed.report.precision) == (code, ground.east, "door")
    assert case_row(desk, report.id) == (code, ground.east, placed.report.h3_9)
    for table in ("case_event", "case_clock", "case_report"):
        grids = desk.execute(text(f"SELECT DISTINCT grid_id FROM cases.{table} WHERE case_id = :c"), {"c": case_id})
        assert grids.scalars().all() == [ground.east], table
    assert incidents.waiting(desk, report.id) is None
    holding = incidents.placing_of(desk, report.id)
    assert holding is not None
    assert (holding.placed_by_name, holding.choice) == ("me", Choice.SEARCHED)
    desk.commit()
    while jobs.run_pending():
        pass
    with db.unit_of_work(Tier.OWNER) as session:
        cell = session.execute(text("SELECT h3, n FROM incidents.heat_day WHERE resolution = 9")).all()
        assert [tuple(row) for row in cell] == [(placed.report.h3_9, 1)]
        assert audit.count(session, action="report.placed", object_id=str(report.id)) == 1


def test_taking_back_restores_everything(desk: Session, ground: Ground, at: datetime) -> None:
    report = file(desk, "金桂家园3栋", at)
    before = desk.execute(text("SELECT * FROM incidents.report WHERE id = :r"), {"r": report.id}).one()
    assert before.doubt == "tie"
    me = person("me")
    code = code_of(desk, "西湖街道泰山社区金桂家园3栋")
    placed = incidents.replace_place(desk, report.id, Choice.CANDIDATE, where=code, actor=me, at=at)
    cases.follow_place(desk, placed.report)
    undone = incidents.take_back(desk, placed.id, actor=me, at=at)
    cases.follow_place(desk, undone.report)
    after = desk.execute(text("SELECT * FROM incidents.report WHERE id = :r"), {"r": report.id}).one()
    assert tuple(after) == tuple(before)
    assert case_row(desk, report.id) == (None, None, None)
    with pytest.raises(Refused):
        incidents.take_back(desk, placed.id, actor=me, at=at)


def test_whole_village_and_nowhere(desk: Session, at: datetime) -> None:
    me = person("me")
    one, other = file(desk, "文庙街33号", at), file(desk, "文庙街44号", at)
    placed = incidents.replace_place(desk, one.id, Choice.VILLAGE, where="519901001002", actor=me, at=at)
    assert (placed.report.precision, placed.report.code, placed.report.grid_id) == ("village", None, None)
    assert placed.report.h3_9 is None
    assert placed.report.lon is not None
    nowhere = incidents.replace_place(desk, other.id, Choice.NONE, where=None, actor=me, at=at)
    assert (nowhere.report.precision, nowhere.report.lon) == (other.precision, other.lon)  # the area stays known
    assert sum(incidents.doubts(desk, ANY).values()) == 0


def test_nowhere_takes_a_wrong_object_off(desk: Session, at: datetime) -> None:
    report = file(desk, "文妙街3号", at)  # heard so, and placed in 文庙街 as a misspelling
    assert report.code is not None
    placed = incidents.replace_place(desk, report.id, Choice.NONE, where=None, actor=person("me"), at=at)
    now = placed.report
    assert (now.code, now.precision, now.lon, now.h3_9) == (None, "none", None, None)


def test_what_is_decided_or_held_by_another_is_refused(desk: Session, at: datetime) -> None:
    report = file(desk, "文庙街33号", at)
    me, other = person("me"), person("other")
    incidents.next_doubtful(desk, ANY, after=None, actor=me, at=at)
    code = code_of(desk, "东湖街道文庙社区文庙街3号")
    with pytest.raises(Refused, match="colleague"):
        incidents.replace_place(desk, report.id, Choice.CANDIDATE, where=code, actor=other, at=at)
    with pytest.raises(NotFound):
        incidents.replace_place(desk, report.id, Choice.CANDIDATE, where="A01BTD8D91M1", actor=me, at=at)
    incidents.replace_place(desk, report.id, Choice.CANDIDATE, where=code, actor=me, at=at)
    with pytest.raises(Refused, match="decided already"):
        incidents.replace_place(desk, report.id, Choice.CANDIDATE, where=code, actor=me, at=at)


def test_candidates_name_both_twins_and_what_differs(desk: Session, at: datetime) -> None:
    offer = addresses.candidates(desk, "金桂家园3栋")
    first = {one.name for one in offer.candidates[:2]}
    assert first == {"东湖街道文庙社区金桂家园3栋", "西湖街道泰山社区金桂家园3栋"}
    one = addresses.candidates(desk, "文庙社区金桂家园3栋")
    assert one.candidates[0].name == "东湖街道文庙社区金桂家园3栋"
    assert (one.village, one.village_code) == ("文庙社区", "519901001001")
    near = addresses.candidates(desk, "文庙街12号")
    assert near.candidates[0].name.endswith("文庙街10号")  # the last number of the street
    assert any(told.is_against for told in near.candidates[0].reasons)
    assert addresses.candidates(desk, "").candidates == []


def test_a_new_wording_is_proposed_approved_used_and_taken_back(desk: Session, at: datetime) -> None:
    me = person("me")
    code = code_of(desk, "西湖街道泰山社区金桂家园3栋")
    estate = addresses.get(desk, code)
    assert estate is not None
    first = addresses.propose_alias(desk, code, {"estate": "老砖厂"}, actor=me, at=at)
    assert first is not None
    assert addresses.propose_alias(desk, code, {"estate": "老砖厂"}, actor=me, at=at) == first
    for words in ("金桂家园", "张*", "3", "啊"):
        assert addresses.propose_alias(desk, code, {"estate": words}, actor=me, at=at) is None, words
    (waits,) = addresses.aliases(desk, AliasState.PROPOSED)
    assert (waits.words, waits.times, waits.code) == ("老砖厂", 2, estate.parent_code)
    before = incidents.receive(desk, told("before", at, location_words="老砖厂3栋"), actor=ACTOR, at=at).report
    assert before.code is None
    addresses.decide_alias(desk, first, AliasState.APPROVED, actor=me, at=at)
    later = incidents.receive(desk, told("after", at, location_words="老砖厂3栋"), actor=ACTOR, at=at).report
    assert later.code == code
    with pytest.raises(Refused):
        addresses.decide_alias(desk, first, AliasState.APPROVED, actor=me, at=at)
    addresses.decide_alias(desk, first, AliasState.PROPOSED, actor=me, at=at)
    again = incidents.receive(desk, told("again", at, location_words="老砖厂3栋"), actor=ACTOR, at=at).report
    assert again.code is None


def test_an_alias_that_nobody_confirms_any_more_goes(desk: Session, at: datetime) -> None:
    me = person("me")
    code = code_of(desk, "西湖街道泰山社区金桂家园3栋")
    alias_id = addresses.propose_alias(desk, code, {"poi": "老砖厂"}, actor=me, at=at)
    assert alias_id is not None
    addresses.unpropose_alias(desk, alias_id, actor=me, at=at)
    assert addresses.count_aliases(desk) == 0
