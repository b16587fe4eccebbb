"""Cases from opening to striking off: every move one event and one audit row, clocks that start and stop, history."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from cases import service as cases
from cases.errors import CaseNotFound, MoveRefused
from cases.outward import Asked
from cases.reading import Filters
from cases.records import CaseRecord
from cases.service import Due, Status, Verb
from cases.workflow import replay
from core import db
from core.actors import Actor, Role, Tier
from incidents import service as incidents
from incidents.incoming import Incoming, frame_of
from incidents.kinds import Channel, StatusHint, Urgency
from tests.db.incidents_town import ACTOR, Ground, count, settle, told

pytestmark = pytest.mark.db

DESK = Actor(id=uuid4(), name="desk1", role=Role.DESK)
SECOND = Actor(id=uuid4(), name="desk2", role=Role.DESK)
CHIEF = Actor(id=uuid4(), name="chief", role=Role.COMMANDER)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    return settle(at)


def open_one(incoming: Incoming, at: datetime) -> CaseRecord:
    with db.unit_of_work(Tier.COMMAND) as session:
        report = incidents.receive(session, incoming, actor=ACTOR, at=at).report
        return cases.open(session, report, actor=ACTOR, at=at)


def take(reports: Sequence[Incoming], at: datetime) -> int:
    with db.unit_of_work(Tier.ETL) as session:
        got = incidents.receive_many(session, frame_of(reports), batch_id=None, actor=ACTOR, at=at)
        return cases.open_many(session, got, actor=ACTOR, at=at)


def move(case_id: UUID, verb: Verb, at: datetime, actor: Actor = DESK, **given: object) -> CaseRecord:
    with db.unit_of_work(Tier.COMMAND) as session:
        return cases.move(session, case_id, verb, actor=actor, at=at, **given)  # type: ignore[arg-type]


def detail(case_id: UUID, at: datetime) -> cases.CaseDetail:
    with db.unit_of_work(Tier.COMMAND) as session:
        return cases.case(session, case_id, at=at)


def audited(case_id: UUID) -> list[str]:
    with db.unit_of_work(Tier.OWNER) as session:
        rows = session.execute(
            text("SELECT action FROM core.audit WHERE object_kind = 'case' AND object_id = :id ORDER BY id"),
            {"id": str(case_id)},
        )
        return [row.action for row in rows]


def holds(case_id: UUID, at: datetime) -> None:
    """What is promised of every case: its events replay to its state, and each is in the audit log."""
    found = detail(case_id, at)
    assert [event.seq for event in found.events] == list(range(1, len(found.events) + 1))
    assert replay(event.verb for event in found.events) is found.case.status
    assert found.events[-1].to_status is found.case.status
    rest = [f"case.{event.verb}" for event in found.events[1:]]
    assert audited(case_id) == ["case.opened", *rest]
    running = [clock for clock in found.clocks if clock.stopped_at is None]
    assert found.case.due_at == min((clock.due_at for clock in running), default=None)


def test_the_whole_way_of_a_case(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west, contact_ref=uuid4()), at)
    assert (case.status, case.unit, case.grid_id, case.has_reporter) == (Status.NEW, "热线受理中心", ground.west, True)
    assert case.number.startswith("AJ20260302-")
    assert case.due_at == at + 7 * DAY
    steps: list[tuple[Verb, Actor, dict[str, object], Status, str]] = [
        (Verb.ACCEPT, DESK, {}, Status.ACCEPTED, "热线受理中心"),
        (Verb.ASSIGN, DESK, {"unit": "城管局"}, Status.ASSIGNED, "热线受理中心"),  # 首接负责: until the other signs
        (Verb.SIGN, DESK, {}, Status.SIGNED, "城管局"),
        (Verb.SUPERVISE, CHIEF, {"note": "领导关注"}, Status.SIGNED, "城管局"),
        (Verb.HANDLE, DESK, {"note": "已更换灯泡", "evidence": {"photo": "1"}}, Status.HANDLED, "城管局"),
        (Verb.ANSWER, DESK, {"note": "已告知"}, Status.ANSWERED, "城管局"),
        (Verb.CALL_BACK, DESK, {"note": "满意"}, Status.CALLED_BACK, "城管局"),
        (Verb.CLOSE, DESK, {}, Status.CLOSED, "城管局"),
        (Verb.STRIKE_OFF, SECOND, {"evidence": {"photo": "2"}}, Status.STRUCK_OFF, "城管局"),
    ]
    for hour, (verb, who, given, status, unit) in enumerate(steps, start=1):
        moved = move(case.id, verb, at + hour * HOUR, who, **given)
        assert (moved.status, moved.unit) == (status, unit)
        holds(case.id, at + hour * HOUR)
    found = detail(case.id, at + DAY)
    assert (found.case.lane, found.closed_by, found.case.closed_at) == ("key", DESK.id, at + 8 * HOUR)
    assert found.events[5].evidence == {"photo": "1"}
    assert found.due is Due.NONE
    assert all(clock.stopped_at is not None for clock in found.clocks)


def test_what_the_table_refuses_changes_nothing(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    for verb, given in ((Verb.CLOSE, {}), (Verb.HANDLE, {}), (Verb.ASSIGN, {}), (Verb.STRIKE_OFF, {}), (Verb.OPEN, {})):
        with pytest.raises(MoveRefused):
            move(case.id, verb, at + HOUR, **given)
    assert detail(case.id, at).case == case
    holds(case.id, at)
    with pytest.raises(CaseNotFound):
        move(uuid4(), Verb.ACCEPT, at)


def test_handling_at_once_tells_the_steps_before_it(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    move(case.id, Verb.HANDLE, at + HOUR, note="当场修好")
    events = detail(case.id, at).events
    assert [event.verb for event in events] == [Verb.OPEN, Verb.ACCEPT, Verb.SIGN, Verb.HANDLE]
    assert [event.note for event in events] == [None, None, None, "当场修好"]
    holds(case.id, at)


def test_clocks_start_and_stop_with_the_verbs_that_say_so(ground: Ground, at: datetime) -> None:
    """Danger in a street office's grid: order in 3 minutes, signed in 1, contact in 2, there in 10, done in 2 hours."""
    case = open_one(told("R1", at, ground.in_west, urgency=Urgency.DANGER), at)
    minute = timedelta(minutes=1)
    assert case.due_at == at + 3 * minute

    def running(now: datetime) -> dict[str, float]:
        clocks = detail(case.id, now).clocks
        return {c.stage: (c.due_at - at) / minute for c in clocks if c.stopped_at is None}

    assert running(at) == {"order": 3, "close": 120}
    move(case.id, Verb.ASSIGN, at + 1 * minute, unit="城管局")
    assert running(at) == {"sign": 2, "arrive": 11, "close": 120}
    move(case.id, Verb.SIGN, at + 2 * minute)
    assert running(at) == {"contact": 4, "arrive": 11, "close": 120}
    with db.unit_of_work(Tier.COMMAND) as session:
        found = cases.case(session, case.id, at=at + 4 * minute)
        assert found.due is Due.LATE
        assert {c.stage: c.due for c in found.clocks}["order"] is Due.NONE
    move(case.id, Verb.HANDLE, at + 5 * minute, note="已处置")
    assert running(at) == {"contact": 4}
    holds(case.id, at)


def test_sent_back_it_returns_to_the_first_receiver_and_the_clock_of_closing_runs_on(
    ground: Ground, at: datetime
) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    move(case.id, Verb.ASSIGN, at + HOUR, unit="城管局")
    assert move(case.id, Verb.SIGN, at + 2 * HOUR).unit == "城管局"
    back = move(case.id, Verb.SEND_BACK, at + 3 * HOUR, note="不属本单位")
    assert (back.unit, back.status, back.due_at) == ("热线受理中心", Status.ACCEPTED, case.due_at)
    holds(case.id, at)


def test_reopened_it_runs_anew(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    assert move(case.id, Verb.CANCEL, at + HOUR, note="重复").due_at is None
    again = move(case.id, Verb.REOPEN, at + DAY, note="不重复")
    assert (again.status, again.due_at, again.closed_at) == (Status.ACCEPTED, at + 8 * DAY, None)
    holds(case.id, at)


def test_two_at_once_the_second_meets_the_case_as_it_stands(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    start = Barrier(6)

    def cancel(n: int) -> bool:
        start.wait()
        try:
            move(case.id, Verb.CANCEL, at + HOUR, note=f"第{n}人")
        except MoveRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(cancel, range(6)))
    assert done.count(True) == 1
    holds(case.id, at)
    assert len(detail(case.id, at).events) == 2


def test_history_comes_with_its_closing_event_at_the_time_of_the_source(ground: Ground, at: datetime) -> None:
    day = {"days": 9.0, "status_hint": StatusHint.CLOSED, "unit_hint": "城管局", "channel": Channel.HOTLINE_12345}
    reports = [told(f"H{n}", at, ground.in_west, closed_at=at - 5 * DAY, **day) for n in range(57)]
    reports += [
        told("unsaid", at, ground.in_west, **day),
        told("before", at, ground.in_west, closed_at=at - 99 * DAY, **day),
        told("future", at, ground.in_west, closed_at=at + 99 * DAY, **day),
    ]
    assert take(reports, at) == 60
    with db.unit_of_work(Tier.COMMAND) as session:
        held = {reference(session, case): case for case in cases.cases(session, Filters(), at=at, limit=99)}
        assert count(session, "cases.case_event") == 120
        assert count(session, "cases.case_clock", "stopped_at IS NULL") == 0
        assert {c.status for c in held.values()} == {Status.CLOSED}
        assert {c.unit for c in held.values()} == {"城管局"}
        assert (held["H1"].closed_at, held["H1"].due_at) == (at - 5 * DAY, None)
        assert [held[name].closed_at for name in ("unsaid", "before", "future")] == [at, at - 9 * DAY, at]
    notes = {name: detail(held[name].id, at).events[1].note for name in ("H1", "unsaid", "before", "future")}
    assert notes["H1"] is None
    assert all(notes[name] for name in ("unsaid", "before", "future"))
    for name in ("H1", "unsaid", "before", "future"):
        holds(held[name].id, at)


def reference(session: Session, case: CaseRecord) -> str:
    return incidents.report(session, case.report_id).reference


def test_an_open_case_is_closed_when_its_source_says_so_later(ground: Ground, at: datetime) -> None:
    case = open_one(told("R1", at, ground.in_west), at)
    move(case.id, Verb.ASSIGN, at + 5 * HOUR, unit="城管局")
    late = told("R1", at, ground.in_west, status_hint=StatusHint.CLOSED, closed_at=at + 3 * HOUR)
    assert take([late], at + DAY) == 0
    found = detail(case.id, at + DAY)
    assert (found.case.status, found.case.closed_at) == (Status.CLOSED, at + 5 * HOUR)  # not before what was done here
    assert found.events[-1].verb is Verb.CLOSE_AT_SOURCE
    holds(case.id, at)
    assert take([late], at + 2 * DAY) == 0  # told again, nothing more happens
    assert detail(case.id, at + DAY) == found


def test_lists_go_on_where_the_last_page_ended(ground: Ground, at: datetime) -> None:
    take([told(f"R{n}", at, ground.in_west, days=n // 3) for n in range(60)], at)  # three of each instant
    seen: list[CaseRecord] = []
    with db.unit_of_work(Tier.COMMAND) as session:
        whole = cases.cases(session, Filters(), at=at, limit=100)
        while page := cases.cases(
            session, Filters(), at=at, before=(seen[-1].opened_at, seen[-1].id) if seen else None, limit=7
        ):
            seen += page
    assert seen == whole
    assert len(seen) == 60
    assert seen == sorted(seen, key=lambda case: (case.opened_at, case.id), reverse=True)


def test_lists_by_what_is_asked(ground: Ground, at: datetime) -> None:
    late = open_one(told("late", at, ground.in_west, days=8), at)
    soon = open_one(told("soon", at, ground.in_east, days=6), at)
    fine = open_one(told("fine", at, ground.in_east, words="100%确定_噪声扰民"), at)
    shut = open_one(told("shut", at, ground.in_west, channel=Channel.HOTLINE_12345), at)
    move(shut.id, Verb.CANCEL, at, note="重复")
    move(fine.id, Verb.ASSIGN, at, unit="公安局")
    move(fine.id, Verb.WATCH, at)

    def asked(**of: object) -> set[UUID]:
        with db.unit_of_work(Tier.COMMAND) as session:
            return {case.id for case in cases.cases(session, Filters(**of), at=at)}  # type: ignore[arg-type]

    everything = {late.id, soon.id, fine.id, shut.id}
    assert asked() == everything
    assert asked(is_open=True) == everything - {shut.id}
    assert asked(is_open=False) == asked(status=Status.CANCELLED) == asked(channel="12345") == {shut.id}
    assert (asked(due=Due.LATE), asked(due=Due.SOON)) == ({late.id}, {soon.id})
    assert asked(category="noise") == asked(is_watched=True) == asked(unit="公安局") == {fine.id}
    assert asked(words="100%确定_") == asked(words=fine.number) == {fine.id}
    assert asked(words="100_确定") == set()
    assert asked(grid_ids=[ground.west]) == {late.id, shut.id}
    assert asked(since=at - DAY) == {fine.id, shut.id}
    with db.unit_of_work(Tier.COMMAND) as session:
        figures = cases.figures(session, at=at)
        assert (figures.open, figures.late, figures.soon, figures.opened_today) == (3, 1, 1, 2)
        due_first = cases.open_cases_in(session, grid_ids=[ground.west, ground.east])
        assert [case.id for case in due_first] == [late.id, fine.id, soon.id]  # assigned: to be signed for today


def test_the_public_sees_no_words_and_no_place_of_what_is_sensitive(ground: Ground, at: datetime) -> None:
    lamp = open_one(told("lamp", at, ground.in_west), at)
    quarrel = open_one(told("quarrel", at, ground.in_west, words="家暴，夫妻吵架"), at)
    with db.unit_of_work(Tier.INTAKE) as session:
        held = {one.number: one for one in cases.outward(session, Asked(), limit=9)}
        assert (held[lamp.number].lon, held[lamp.number].lat) == (ground.in_west.lon, ground.in_west.lat)
        assert (held[quarrel.number].lon, held[quarrel.number].code, held[quarrel.number].address) == (None, None, None)
        assert [one.number for one in cases.outward(session, Asked(numbers=[lamp.number]), limit=9)] == [lamp.number]
        assert cases.outward(session, Asked(is_open=False), limit=9) == []
        assert len(cases.outward(session, Asked(is_open=True), limit=1, offset=1)) == 1
        assert not any("words" in name or "summary" in name for name in type(held[lamp.number]).__dataclass_fields__)


def test_the_door_that_reads_nothing_still_gets_its_number(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        report = incidents.receive(session, told("R1", at, ground.in_west), actor=ACTOR, at=at).report
        opened = cases.open(session, report, actor=ACTOR, at=at)
        assert cases.number_of(session, report.id) == opened.number
        with pytest.raises(CaseNotFound):
            cases.number_of(session, uuid4())
    assert detail(opened.id, at).case == opened


def test_many_take_as_many_statements_as_few(ground: Ground, at: datetime) -> None:
    """Nothing is asked or written row by row (COPY is not counted: it is one for each table)."""
    asked: list[str] = []
    listen = (db.engine(Tier.ETL), "before_cursor_execute", lambda *told: asked.append(told[2]))
    event.listen(*listen)
    sizes = []
    for size in (60, 240):
        asked.clear()
        take([told(f"{size}-{n}", at, ground.in_west) for n in range(size)], at)
        sizes.append(len(asked))
    event.remove(*listen)
    assert 5 < sizes[1] <= sizes[0] < 60  # the first builds the index of addresses, too


SignIn = Callable[..., Actor]


def test_a_worker_handles_on_his_own_ground(ground: Ground, at: datetime, signed_in: SignIn) -> None:
    mine, theirs = open_one(told("W", at, ground.in_west), at), open_one(told("E", at, ground.in_east), at)
    worker = signed_in(Role.WORKER, [ground.west])
    with db.unit_of_work(Tier.WORKER, token=worker.token) as session:
        moved = cases.move(session, mine.id, Verb.HANDLE, actor=worker, at=at + HOUR, note="已修")
        assert moved.status is Status.HANDLED
        with pytest.raises(CaseNotFound):
            cases.move(session, theirs.id, Verb.HANDLE, actor=worker, at=at + HOUR, note="已修")
    holds(mine.id, at)
    assert detail(theirs.id, at).case == theirs
