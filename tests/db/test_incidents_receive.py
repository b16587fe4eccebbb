"""Reports come in once, whatever happens: repeats, conflicts, rivals, and a crash in the middle."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases import service as cases
from core import db, jobs
from core.actors import Actor, Tier
from core.coords import Place
from incidents import service as incidents
from incidents.errors import IdempotencyConflict, NotAReport, PersonalColumns
from incidents.incoming import frame_of
from incidents.kinds import Channel, StatusHint
from registry import service as registry
from tests.db.incidents_town import ACTOR, Ground, count, found, settle, told

pytestmark = pytest.mark.db

KEPT = ("incidents.receipt", "incidents.report", "incidents.matter", "cases.case", "cases.case_event", "core.outbox")
"""What a report leaves behind; the registry's contact and the audit beside."""


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    return settle(at)


def file(session: Session, reference: str, at: datetime, words: str = "路灯不亮") -> tuple[str, bool]:
    """As the web door does it: the contact, the report, the case. The number of the case, and whether it is new."""
    contact = registry.keep_contact(
        session, contact_id=uuid4(), name="测试甲", phone="12400000001", words=words, actor=ACTOR, at=at
    )
    incoming = told(reference, at, words=contact.masked_words, contact_ref=contact.id)
    received = incidents.receive(session, incoming, actor=ACTOR, at=at)
    if received.is_new:
        return cases.open(session, received.report, actor=ACTOR, at=at).number, True
    return cases.number_of(session, received.report.id), False


def rows(*tables: str) -> dict[str, int]:
    with db.unit_of_work(Tier.OWNER) as session:
        return {table: count(session, table) for table in tables}


def test_twice_is_once_with_the_first_answer_at_every_door(ground: Ground, at: datetime) -> None:
    for tier in (Tier.INTAKE, Tier.COMMAND, Tier.ETL, Tier.JOBS):
        with db.unit_of_work(tier) as session:
            first = incidents.receive(session, told(tier, at, ground.in_west), actor=ACTOR, at=at)
            number = cases.open(session, first.report, actor=ACTOR, at=at).number
        with db.unit_of_work(tier) as session:
            later = told(tier, at + timedelta(hours=1), ground.in_west)  # doors stamp the moment anew
            second = incidents.receive(session, later, actor=ACTOR, at=at + timedelta(hours=1))
            assert (first.is_new, second.is_new) == (True, False)
            assert second.report == first.report
            assert cases.number_of(session, second.report.id) == number
    assert rows("incidents.report", 'cases."case"') == {"incidents.report": 4, 'cases."case"': 4}


def test_another_body_under_a_known_key_is_a_conflict_and_writes_nothing(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        incidents.receive(session, told("R1", at, ground.in_west), actor=ACTOR, at=at)
    before = rows(*KEPT)
    with db.unit_of_work(Tier.INTAKE) as session, pytest.raises(IdempotencyConflict, match="R1"):
        incidents.receive(session, told("R1", at, ground.in_west, words="井盖没了"), actor=ACTOR, at=at)
    assert rows(*KEPT) == before


def test_the_same_reference_of_another_channel_is_another_report(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.COMMAND) as session:
        for channel in (Channel.WEB, Channel.HOTLINE_12345):
            assert incidents.receive(session, told("R1", at, channel=channel), actor=ACTOR, at=at).is_new


def test_what_is_no_report_is_refused_and_writes_nothing(ground: Ground, at: datetime) -> None:
    before = rows(*KEPT)
    assert {name for name, n in before.items() if n} <= {"core.outbox"}
    tomorrow_but_one = at + timedelta(days=2)
    for wrong in (told("", at), told("R1", at, words=""), told("R1", tomorrow_but_one)):
        with db.unit_of_work(Tier.INTAKE) as session, pytest.raises(NotAReport):
            incidents.receive(session, wrong, actor=ACTOR, at=at)
    assert rows(*KEPT) == before


def test_eight_at_once_make_one_report_and_one_case(ground: Ground, at: datetime) -> None:
    start = Barrier(8)

    def post(_: int) -> tuple[str, bool]:
        start.wait()
        with db.unit_of_work(Tier.INTAKE) as session:
            return file(session, "R1", at)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))
    assert len({number for number, _ in answers}) == 1
    assert [is_new for _, is_new in answers].count(True) == 1
    assert rows("incidents.receipt", "incidents.report", "cases.case") == {
        "incidents.receipt": 1, "incidents.report": 1, "cases.case": 1,
    }  # fmt: skip


class Crash(Exception):
    """The process dies here."""


def test_a_crash_in_the_middle_leaves_nothing(ground: Ground, at: datetime) -> None:
    tables = (*KEPT, "registry.contact", "core.audit")
    before = rows(*tables)
    with pytest.raises(Crash), db.unit_of_work(Tier.INTAKE) as session:  # noqa: PT012 - the crash ends the block
        file(session, "R1", at)
        raise Crash
    assert rows(*tables) == before
    with db.unit_of_work(Tier.INTAKE) as session:
        assert file(session, "R1", at)[1]


def test_a_chunk_balances_and_the_same_file_again_changes_nothing(ground: Ground, at: datetime) -> None:
    good = [told(f"R{n}", at, ground.in_west, days=n) for n in range(70)]
    bad = [told("R1", at, words="别的"), told("", at), told("R99", at, days=-2), told("R98", at, words="")]
    again = [told("R2", at, ground.in_west)]  # within the file
    frame = frame_of([*good, *bad, *again])
    with db.unit_of_work(Tier.ETL) as session:
        first = incidents.receive_many(session, frame, batch_id=1, actor=ACTOR, at=at)
        cases.open_many(session, first, actor=ACTOR, at=at)
    assert (first.accepted, first.repeated, len(first.rejected)) == (70, 1, 4)
    assert sorted(reject.row_no for reject in first.rejected) == [71, 72, 73, 74]
    assert sum(first.counts.values()) == 70
    before = rows(*KEPT)
    with db.unit_of_work(Tier.ETL) as session:
        second = incidents.receive_many(session, frame, batch_id=2, actor=ACTOR, at=at)
        assert cases.open_many(session, second, actor=ACTOR, at=at) == 0
    assert (second.accepted, second.repeated, len(second.rejected)) == (0, 71, 4)
    assert rows(*KEPT) == before


def test_a_row_without_a_time_is_rejected_not_lost(ground: Ground, at: datetime) -> None:
    frame = frame_of([told("R1", at), told("R2", at)]).with_columns(
        pl.when(pl.col("row_no") == 1).then(pl.col("received_at")).alias("received_at")
    )
    with db.unit_of_work(Tier.ETL) as session:
        got = incidents.receive_many(session, frame, batch_id=None, actor=ACTOR, at=at)
    assert (got.accepted, [(r.row_no, r.zh) for r in got.rejected]) == (1, [(2, "没有接收时间")])


def test_names_and_telephones_are_refused_as_columns(ground: Ground, at: datetime) -> None:
    frame = frame_of([told("R1", at)]).with_columns(phone=pl.lit("12400000001"))
    with db.unit_of_work(Tier.ETL) as session, pytest.raises(PersonalColumns, match="phone"):
        incidents.receive_many(session, frame, batch_id=None, actor=ACTOR, at=at)


def test_a_few_and_many_are_written_alike(ground: Ground, at: datetime) -> None:
    """Few rows are inserted, many copied: the same columns come out."""
    many = [told(f"M{n}", at, ground.in_east, days=n, contact_ref=uuid4()) for n in range(60)]
    with db.unit_of_work(Tier.ETL) as session:
        got = incidents.receive_many(session, frame_of(many), batch_id=7, actor=ACTOR, at=at)
        few = incidents.receive_many(session, frame_of([told("F", at, ground.in_east)]), batch_id=7, actor=ACTOR, at=at)
    with db.unit_of_work(Tier.COMMAND) as session:
        for record in (*got.reports[:3], *few.reports):
            assert incidents.report(session, record.id) == record
        same = "placed_why, precision, precision_m, category, category_why, grid_id, h3_8, h3_9, h3_10, taken_at"
        assert len(session.execute(text(f"SELECT DISTINCT {same} FROM incidents.report")).all()) == 1


def test_what_a_report_becomes(ground: Ground, at: datetime) -> None:
    incoming = told("R1", at, location_words="泰山路3号", words="泰山路3号门前路灯不亮")
    with db.unit_of_work(Tier.COMMAND) as session:
        report = incidents.receive(session, incoming, actor=ACTOR, at=at).report
        audited = "action = 'report.received' AND object_id = :id"
    assert (report.category, report.grid_id, report.precision) == ("facility", ground.east, "door")
    assert report.code is not None
    assert report.h3_9 is not None
    assert "路灯" in report.category_why
    with db.unit_of_work(Tier.OWNER) as session:
        assert count(session, "core.audit", audited, id=str(report.id)) == 1
        own = "SELECT kind, key FROM core.outbox WHERE kind <> 'address.recode' ORDER BY kind"  # that one is the load's
        wishes = session.execute(text(own)).all()
    assert [tuple(wish) for wish in wishes] == [("heat.refresh", "2026-03-02"), ("matter.suggest", "2026-03-02")]


def test_a_pin_takes_the_building_it_stands_at_and_the_grid_it_lies_in(ground: Ground, at: datetime) -> None:
    doors = Place(104.393, 31.135)  # 文庙街 3 号
    with db.unit_of_work(Tier.COMMAND) as session:
        near = incidents.receive(session, told("R1", at, Place(doors.lon + 1e-4, doors.lat)), actor=ACTOR, at=at).report
        far = incidents.receive(session, told("R2", at, ground.in_east), actor=ACTOR, at=at).report
        words = told("R3", at, ground.in_east, location_words="文庙社区")
        vague = incidents.receive(session, words, actor=ACTOR, at=at).report
    assert (near.placed_why, near.grid_id) == ("hint, nearest building", ground.west)
    assert near.code is not None
    assert (far.placed_why, far.grid_id, far.code) == ("hint", ground.east, None)
    assert vague.grid_id == ground.east  # the words name the other village only


def test_the_door_of_the_public_takes_the_web_only(ground: Ground, at: datetime) -> None:
    with pytest.raises(DBAPIError, match="own channel"), db.unit_of_work(Tier.INTAKE) as session:
        incidents.receive(session, told("R1", at, channel=Channel.HOTLINE_12345), actor=ACTOR, at=at)
    with pytest.raises(DBAPIError, match="own channel"), db.unit_of_work(Tier.INTAKE) as session:
        incidents.receive(session, found("R1", at), actor=ACTOR, at=at)


KEPT_BACK = (
    "incidents.report", "incidents.receipt", "incidents.v_report", "incidents.matter", "incidents.heat_day",
    'cases."case"', "cases.v_case", "cases.case_event", "cases.case_clock", "cases.case_report",
)  # fmt: skip


def test_the_public_files_and_reads_nothing_back(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        file(session, "R1", at)
    for tier in (Tier.INTAKE, Tier.AUDIT, Tier.TILES):
        for table in KEPT_BACK:
            with pytest.raises(DBAPIError, match="permission denied"), db.unit_of_work(tier) as session:
                session.execute(text(f"SELECT count(*) FROM {table}"))


def test_a_repeat_that_its_source_has_closed_since_is_named(ground: Ground, at: datetime) -> None:
    with db.unit_of_work(Tier.ETL) as session:
        first = incidents.receive_many(session, frame_of([told("R1", at)]), batch_id=1, actor=ACTOR, at=at)
        closed = told("R1", at, status_hint=StatusHint.CLOSED, closed_at=at + timedelta(hours=3))
        second = incidents.receive_many(
            session, frame_of([closed]), batch_id=2, actor=ACTOR, at=at + timedelta(hours=4)
        )
    assert first.closed == ()
    assert [(one.report_id, one.closed_at) for one in second.closed] == [(first.reports[0].id, at + timedelta(hours=3))]


def test_two_chunks_with_the_same_keys_in_other_orders_wait_for_each_other(ground: Ground, at: datetime) -> None:
    """Keys are claimed in one order: rivals wait, none is told that it stands in a deadlock."""
    reports = [told(f"R{n}", at, ground.in_west) for n in range(200)]
    start = Barrier(4)

    def take(n: int) -> tuple[int, int]:
        ordered = reports if n % 2 else reports[::-1]
        start.wait()
        with db.unit_of_work(Tier.ETL) as session:
            got = incidents.receive_many(session, frame_of(ordered), batch_id=n, actor=ACTOR, at=at)
        return got.accepted, got.repeated

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(take, range(4)))
    assert sorted(answers) == [(0, 200), (0, 200), (0, 200), (200, 0)]


def test_the_worker_of_jobs_may_do_what_reports_ask_for(ground: Ground, at: datetime, actor: Actor) -> None:
    with db.unit_of_work(Tier.INTAKE) as session:
        file(session, "R1", at)
        incidents.receive(session, told("R2", at, ground.in_west), actor=actor, at=at)
    jobs.run_pending(now=lambda: at + timedelta(minutes=5))
    with db.unit_of_work(Tier.OWNER) as session:
        left = session.execute(text("SELECT kind, last_error FROM core.outbox WHERE done_at IS NULL")).all()
        assert left == []
        assert count(session, "incidents.heat_day", "resolution = 9") == 1
