"""One matter from report to case: subjects, suggestions, joined and parted cases, bursts, and chosen categories."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from cases import service as cases
from cases.service import Status
from core import db, jobs
from core.actors import Actor, Role, Tier
from core.errors import BadInput, NotFound
from incidents import service as incidents
from incidents import wording
from incidents.incoming import Incoming
from incidents.service import ReportRecord
from tests.db.incidents_town import ACTOR, Ground, count, settle, told

pytestmark = pytest.mark.db

DESK = Actor(ACTOR.id, ACTOR.name, Role.DESK)


@pytest.fixture
def ground(fresh_database: str, at: datetime) -> Ground:
    return settle(at)


def take(incoming: Incoming, at: datetime) -> ReportRecord:
    """Through the door: the report and its case."""
    with db.unit_of_work(Tier.COMMAND) as session:
        report = incidents.receive(session, incoming, actor=ACTOR, at=at).report
        cases.open(session, report, actor=ACTOR, at=at)
    return report


def status_of(report: ReportRecord) -> Status:
    with db.unit_of_work(Tier.COMMAND) as session:
        return cases.case_of_report(session, report.id).status


def answered_by(case_id: UUID) -> set[UUID]:
    with db.unit_of_work(Tier.COMMAND) as session:
        return set(cases.reports_of(session, case_id))


def test_other_words_for_one_lamp_are_shown_and_another_trouble_beside_it_is_not(ground: Ground, at: datetime) -> None:
    first = take(told("A", at, ground.in_west, words="路灯坏了好几盏，夜里走路看不见", days=3), at)
    take(told("B", at, ground.in_west, words="垃圾桶满了没人收，苍蝇飞", days=1), at)
    take(told("C", at, ground.in_east, words="路灯坏了好几盏，夜里走路看不见", days=1), at)
    last = take(told("D", at, ground.in_west, words="门口路灯全灭了，晚上黑灯瞎火"), at)
    assert first.subject == last.subject is not None
    with db.unit_of_work(Tier.COMMAND) as session:
        assert [one.report_id for one in incidents.alike(session, last, at=at)] == [first.id]
        (one,) = incidents.alike(session, first, at=at)
        assert (one.report_id, round(one.days, 3), one.metres) == (last.id, -3.0, 0.0)


def test_joined_is_one_case_with_two_reporters_and_parted_is_two_again(ground: Ground, at: datetime) -> None:
    first = take(told("A", at, ground.in_west, days=2), at)
    second = take(told("B", at, ground.in_west), at)
    jobs.run_pending(now=lambda: at + timedelta(minutes=5))
    with db.unit_of_work(Tier.COMMAND) as session:
        incidents.decide(session, second.id, first.id, is_same=True, actor=DESK, at=at)
        kept = cases.join(session, second.id, first.id, actor=DESK, at=at)
        assert cases.join(session, second.id, first.id, actor=DESK, at=at) == kept  # pressed twice
    assert answered_by(kept) == {first.id, second.id}
    assert (status_of(first), status_of(second)) == (Status.NEW, Status.CANCELLED)
    with db.unit_of_work(Tier.COMMAND) as session:
        later = at + timedelta(hours=1)
        incidents.decide(session, second.id, first.id, is_same=False, actor=DESK, at=later)
        own = cases.part(session, second.id, actor=DESK, at=later)
    assert (answered_by(kept), answered_by(own)) == ({first.id}, {second.id})
    assert status_of(second) == Status.ACCEPTED
    with db.unit_of_work(Tier.OWNER) as session:
        for action in ("case.joined", "case.parted", "matter.joined", "matter.parted"):
            assert count(session, "core.audit", "action = :action", action=action) == 1, action


def test_a_pair_that_is_only_shown_can_be_decided_too(ground: Ground, at: datetime) -> None:
    first = take(told("A", at, ground.in_west, days=2), at)
    second = take(told("B", at, ground.in_west), at)
    with db.unit_of_work(Tier.COMMAND) as session:
        with pytest.raises(NotFound):
            incidents.decide(session, second.id, first.id, is_same=True, actor=DESK, at=at)
        (one,) = incidents.alike(session, first, at=at)
        assert incidents.remember(session, first, one, at=at) == (second.id, first.id)
        incidents.decide(session, second.id, first.id, is_same=True, actor=DESK, at=at)
        assert [one.decision for one in incidents.suggestions(session, first.id)] == ["joined"]


def test_a_burst_is_one_cluster_in_the_queue_until_a_person_has_looked(ground: Ground, at: datetime) -> None:
    begin = at - timedelta(hours=2)
    for n in range(9):
        take(told(f"S{n}", begin + timedelta(minutes=3 * n), words=f"要求取消小区停车收费，还业主公道{'！' * n}"), at)
    take(told("X", begin, ground.in_west), at)
    for _ in range(2):  # asked again, nothing is doubled
        with db.unit_of_work(Tier.JOBS) as session:
            incidents.find_bursts(session, begin.date(), at=at)
    with db.unit_of_work(Tier.COMMAND) as session:
        (burst,) = incidents.open_bursts(session)
        assert len(burst.reports) == 9
        incidents.decide_burst(session, burst.id, is_one=True, actor=DESK, at=at)
        assert incidents.open_bursts(session) == []
        incidents.decide_burst(session, burst.id, is_one=None, actor=DESK, at=at)
        assert len(incidents.open_bursts(session)) == 1


def test_a_person_s_category_wins_and_is_learnt(ground: Ground, at: datetime) -> None:
    report = take(told("A", at, ground.in_west, words="桂花巷的自动扶梯总停"), at)
    with db.unit_of_work(Tier.COMMAND) as session:
        with pytest.raises(BadInput):
            incidents.choose_category(session, report, "nonsense", actor=DESK, at=at)
        chosen = incidents.choose_category(session, report, "facility", actor=DESK, at=at)
        assert incidents.report(session, report.id) == chosen
        assert (chosen.category, chosen.category_why) == ("facility", "人工选定")
    jobs.run_pending(now=lambda: at + timedelta(hours=2))
    with db.unit_of_work(Tier.OWNER) as session:
        left = session.execute(text("SELECT kind, last_error FROM core.outbox WHERE done_at IS NULL")).all()
        assert left == []
    from incidents import rules

    assert rules.model().about["choices"] == 1
    (rules.settings().data / "models" / wording.SHIPPED.name).unlink()
