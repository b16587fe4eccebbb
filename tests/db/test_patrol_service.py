"""Teams, roads, plans and the field, in the database. The town is a ladder of streets with two grids of houses."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import geopandas as gpd
import polars as pl
import pytest
import shapely
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from core.actors import Actor, Role, Tier, system_actor
from core.coords import Place
from grid import service as grid_service
from patrol import _plans, service
from patrol.needs import Needs
from patrol.plan import Ground, Kind, Must, Out, Reason, Spot
from patrol.records import Feedback, FeedbackKind, TaskStatus

pytestmark = pytest.mark.db

WEST, SOUTH, BLOCK = 104.39, 31.13, 0.002
MORNING = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
ON = date(2026, 3, 2)


def roads(width: int = 6) -> gpd.GeoDataFrame:
    """Two long streets and the rungs between them, cut at every crossing."""
    lines, names = [], []
    for x in range(width):
        here = WEST + x * BLOCK
        lines.append(shapely.LineString([(here, SOUTH), (here, SOUTH + BLOCK)]))
        names.append(f"横街{x}")
        if x + 1 < width:
            for y in (0, 1):
                lines.append(shapely.LineString([(here, SOUTH + y * BLOCK), (here + BLOCK, SOUTH + y * BLOCK)]))
                names.append("文庙街" if y else "泰山路")
    return gpd.GeoDataFrame({"路名": names, "等级": ["residential"] * len(lines), "单行": 0}, geometry=lines, crs=4326)


def place(block: float, row: float = 0.0) -> Place:
    return Place(WEST + block * BLOCK, SOUTH + row * BLOCK)


@pytest.fixture
def make_town(actor: Actor) -> Callable[[Session], list[int]]:
    """Two grids, the roads, one team with both grids. Returns the grid ids."""

    def make(session: Session) -> list[int]:
        divisions = pl.DataFrame(
            [
                ("519901000000", "县区", "旌原区", None),
                ("519901001000", "乡镇街道", "东湖街道", "519901000000"),
                ("519901001001", "村社区", "文庙社区", "519901001000"),
            ],
            schema=["code", "level", "name", "parent_code"],
            orient="row",
        )
        grid_service.load_divisions(session, divisions, None, actor=actor, at=MORNING)
        half = 3 * BLOCK
        boxes = [shapely.box(WEST + n * half, SOUTH, WEST + (n + 1) * half, SOUTH + BLOCK) for n in (0, 1)]
        grids = gpd.GeoDataFrame(
            {"code": ["519901001001001", "519901001001002"], "name": ["一网格", "二网格"], "layer": "base"},
            geometry=boxes,
            crs=4326,
        )
        grid_service.load_grids(session, grids, actor=actor, at=MORNING)
        service.load_roads(session, roads(), actor=actor, at=MORNING)
        service.load_teams(session, team_list(), actor=actor, at=MORNING)
        return [g.id for g in grid_service.grids(session)]

    return make


@pytest.fixture
def town(session: Session, make_town: Callable[[Session], list[int]]) -> list[int]:
    return make_town(session)


def team_list(grids: str = "519901001001001;519901001001002", code: str = "D01", lon: float = WEST) -> pl.DataFrame:
    return pl.DataFrame(
        {"code": [code], "name": ["一队"], "post_name": ["文庙岗"], "lon": [lon], "lat": [SOUTH], "grid_codes": [grids]}
    )


@pytest.fixture
def commander() -> Actor:
    return Actor(uuid4(), "zhihui", Role.COMMANDER)


def needs(grid_id: int, case_id: UUID | None = None, **tasked: object) -> Needs:
    must = Must(case_id or uuid4(), Reason("噪声扰民", "noise"), grid_id, place(2), 900, case_number="A1", due=600)
    far = Must(uuid4(), Reason("远处", "far away"), grid_id, Place(WEST + 1, SOUTH), 901)
    spots = [Spot(n, grid_id, place(n / 2, 1), 9, 1.0 + n, Reason(f"格{n}", f"cell {n}")) for n in range(10)]
    ground = Ground(grid_id, "一网格", place(1))
    return Needs(
        (must, far), tuple(spots), (ground,),
        tasked.get("cases", frozenset()), tasked.get("cells", frozenset()),
    )  # fmt: skip


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Needs], None]:
    """Says what the rooms below would say; they have their own tests."""

    def tell(what: Needs) -> None:
        monkeypatch.setattr(_plans, "gather", lambda *_: what)

    return tell


def team_id(session: Session) -> int:
    return service.teams(session)[0].id


def test_roads_are_loaded_once_by_content(session: Session, actor: Actor, at: datetime) -> None:
    first = service.load_roads(session, roads(), actor=actor, at=at)
    again = service.load_roads(session, roads(), actor=actor, at=at)
    other = service.load_roads(session, roads(8), actor=actor, at=at)
    assert (first.accepted, first.repeated) == (16, 0)
    assert (again.accepted, again.repeated) == (0, 16)
    assert other.accepted == 22
    assert session.scalar(text("select count(*) from patrol.road_graph")) == 1
    drawn = session.scalar(text("select count(*) from patrol.v_road"))
    assert drawn == other.counts["edges"]
    assert service.network(session, service.Profile.FOOT).graph.edges == drawn


def test_a_bad_road_is_rejected_with_its_number(session: Session, actor: Actor, at: datetime) -> None:
    frame = roads()
    frame.loc[3, "等级"] = "canal"
    frame.loc[5, "geometry"] = shapely.Point(WEST, SOUTH)
    done = service.load_roads(session, frame, actor=actor, at=at)
    assert sorted(r.row_no for r in done.rejected) == [4, 6]
    assert done.read == 16


def test_the_graph_read_back_is_the_graph_that_was_loaded(session: Session, actor: Actor, at: datetime) -> None:
    service.load_roads(session, roads(), actor=actor, at=at)
    digest = service.current_digest(session)
    assert service.network(session, service.Profile.EBIKE).graph.digest() == digest


def test_teams_are_loaded_dated_and_repeatable(session: Session, town: list[int], actor: Actor, at: datetime) -> None:
    again = service.load_teams(session, team_list(), actor=actor, at=at)
    assert (again.accepted, again.repeated) == (0, 1)
    fewer = service.load_teams(session, team_list("519901001001001"), actor=actor, at=at + timedelta(days=1))
    assert fewer.accepted == 1
    assert service.teams(session)[0].grid_ids == (town[0],)
    unknown = service.load_teams(session, team_list("519901009009009", "D02"), actor=actor, at=at)
    assert [r.column for r in unknown.rejected] == ["grid_codes"]
    assert service.teams(session, grid_id=town[1]) == []


def test_a_draft_visits_or_tells(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    told(needs(town[0]))
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    assert plan.status == "draft"
    assert {s.case_number for s in plan.stops if s.kind is Kind.MUST} == {"A1"}
    assert [item.reason for item in plan.left_out if item.kind is Kind.MUST] == [Out.OFF_ROAD]
    assert [s.seq for s in plan.stops] == list(range(1, len(plan.stops) + 1))
    assert all(s.why for s in plan.stops)
    assert all(a.leave_at <= b.arrive_at for a, b in zip(plan.stops, plan.stops[1:], strict=False))
    assert plan.coverage_after > plan.coverage_before
    assert plan.metres > 0
    assert len(plan.line) > 2
    same = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    assert [(s.title, s.arrive_at) for s in same.stops] == [(s.title, s.arrive_at) for s in plan.stops]


def test_late_in_the_day_a_plan_is_for_tomorrow(session: Session, town: list[int]) -> None:
    assert service.plan_day(session, team_id(session), MORNING) == ON
    assert service.plan_day(session, team_id(session), MORNING + timedelta(hours=9)) == ON + timedelta(days=1)
    with pytest.raises(service.ShiftOver):
        _plans.shift_of(service.teams(session)[0], ON, MORNING + timedelta(hours=12))


def test_a_draft_is_mended_by_hand(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    told(needs(town[0]))
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    first, second = plan.stops[:2]
    fewer = service.ban_stop(session, plan.id, first.id, actor=commander, at=MORNING)
    assert len(fewer.stops) == len(plan.stops) - 1
    assert Out.BANNED in {item.reason for item in fewer.left_out}
    turned = service.reorder(session, plan.id, [s.id for s in fewer.stops[::-1]], actor=commander, at=MORNING)
    assert [s.id for s in turned.stops] == [s.id for s in fewer.stops[::-1]]
    assert turned.stops[0].arrive_at < turned.stops[-1].arrive_at
    moved = service.move_stop(session, plan.id, second.id, place(4.5), actor=commander, at=MORNING)
    assert next(s for s in moved.stops if s.id == second.id).place == place(4.5)
    away = service.move_stop(session, plan.id, second.id, Place(WEST + 1, SOUTH), actor=commander, at=MORNING)
    assert second.id not in {s.id for s in away.stops}
    with pytest.raises(service.StopNotFound):
        service.ban_stop(session, plan.id, uuid4(), actor=commander, at=MORNING)


def test_only_a_person_approves_and_only_once(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    told(needs(town[0]))
    machine = system_actor("worker")
    plan = service.draft(session, team_id(session), ON, actor=machine, at=MORNING, seed=1)
    for nobody in (machine, Actor(uuid4(), "wg", Role.WORKER), Actor(uuid4(), "zz", Role.TEAM_LEADER)):
        with pytest.raises(service.NotYourPlan):
            service.approve(session, plan.id, actor=nobody, at=MORNING)
    made = service.approve(session, plan.id, actor=commander, at=MORNING)
    assert len(made) == len(plan.stops)
    with pytest.raises(service.PlanDecided):
        service.approve(session, plan.id, actor=commander, at=MORNING)
    with pytest.raises(service.PlanDecided):
        service.ban_stop(session, plan.id, plan.stops[0].id, actor=commander, at=MORNING)
    actions = session.execute(text("select action, count(*) from core.audit group by 1")).all()
    assert dict(tuple(a) for a in actions)["task.sent"] == len(made)
    assert dict(tuple(a) for a in actions)["plan.approved"] == 1


def test_a_rejected_plan_makes_no_tasks(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    told(needs(town[0]))
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    turned_down = service.reject(session, plan.id, note="今日有活动", actor=commander, at=MORNING)
    assert (turned_down.status, turned_down.decision_note) == ("rejected", "今日有活动")
    assert session.scalar(text("select count(*) from patrol.task")) == 0


def test_an_empty_plan_is_not_sent(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    told(Needs((), (), (), frozenset(), frozenset()))
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    with pytest.raises(service.PlanIsEmpty):
        service.approve(session, plan.id, actor=commander, at=MORNING)


def test_what_has_a_task_is_not_planned_again(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor
) -> None:
    case_id = uuid4()
    told(needs(town[0], case_id, cases=frozenset({case_id}), cells=frozenset({9})))
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    assert case_id not in {s.case_id for s in plan.stops}
    assert {item.cell for item in plan.left_out if item.reason is Out.TASKED} == {9, 900}


def jpeg(size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", size, "orange")
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def sent(
    session: Session, town: list[int], told: Callable[[Needs], None], commander: Actor, actor: Actor
) -> tuple[Actor, list[UUID]]:
    """A worker of the team and the tasks sent to it; none of them belongs to a case."""
    told(Needs((), needs(town[0]).spots, (), frozenset(), frozenset()))
    worker = Actor(uuid4(), "wg01", Role.WORKER)
    service.join_team(session, "D01", worker.id, actor=actor, at=MORNING)
    plan = service.draft(session, team_id(session), ON, actor=commander, at=MORNING, seed=1)
    return worker, service.approve(session, plan.id, actor=commander, at=MORNING)


def test_a_task_is_accepted_reached_and_done(session: Session, sent: tuple[Actor, list[UUID]]) -> None:
    worker, tasks = sent
    listed = service.tasks_of(session, worker.id, at=MORNING)
    assert [t.id for t in listed] == tasks
    for n, kind in enumerate(FeedbackKind):
        when = MORNING + timedelta(hours=1, minutes=n)
        said = Feedback(
            uuid4(), tasks[0], kind, when, "已劝导" if kind is FeedbackKind.DONE else None, WEST, SOUTH,
            jpeg() if kind is FeedbackKind.DONE else None,
        )  # fmt: skip
        answer = service.feedback(session, said, actor=worker, at=when)
        assert answer.is_new
    detail = service.task(session, tasks[0])
    assert detail.task.status is TaskStatus.DONE
    assert [f.kind for f in detail.feedback] == list(FeedbackKind)
    photo_id = detail.feedback[-1].photo_id
    assert photo_id is not None
    kept = service.photo(session, photo_id)
    assert b"secret" not in kept
    assert session.execute(text("select count(*), min(grid_id) from patrol.visit")).one()[0] == 1


def test_the_same_feedback_twice_is_one(session: Session, sent: tuple[Actor, list[UUID]]) -> None:
    worker, tasks = sent
    said = Feedback(uuid4(), tasks[0], FeedbackKind.DONE, MORNING, "好", photo=jpeg())
    assert service.feedback(session, said, actor=worker, at=MORNING).is_new
    again = service.feedback(session, said, actor=worker, at=MORNING + timedelta(days=2))
    assert not again.is_new
    assert again.task.status is TaskStatus.DONE
    assert session.scalar(text("select count(*) from patrol.feedback")) == 1
    other = Feedback(said.id, tasks[0], FeedbackKind.DONE, MORNING, "另一条")
    with pytest.raises(service.FeedbackConflict):
        service.feedback(session, other, actor=worker, at=MORNING)


def test_done_before_arrive_is_kept_and_not_taken_back(session: Session, sent: tuple[Actor, list[UUID]]) -> None:
    worker, tasks = sent
    done_at, came_at = MORNING + timedelta(hours=2), MORNING + timedelta(hours=1)
    service.feedback(session, Feedback(uuid4(), tasks[0], FeedbackKind.DONE, done_at), actor=worker, at=done_at)
    late = Feedback(uuid4(), tasks[0], FeedbackKind.ARRIVE, came_at)
    answer = service.feedback(session, late, actor=worker, at=done_at + timedelta(minutes=5))
    assert answer.task.status is TaskStatus.DONE
    assert (answer.task.arrived_at, answer.task.done_at) == (came_at, done_at)


def test_open_tasks_do_not_vanish_at_midnight(session: Session, sent: tuple[Actor, list[UUID]]) -> None:
    worker, tasks = sent
    service.feedback(session, Feedback(uuid4(), tasks[0], FeedbackKind.DONE, MORNING), actor=worker, at=MORNING)
    tomorrow = service.tasks_of(session, worker.id, at=MORNING + timedelta(days=1))
    assert {t.id for t in tomorrow} == set(tasks[1:])
    assert service.tasks_of(session, uuid4(), at=MORNING) == []


def test_a_worker_reaches_his_teams_tasks_only(
    as_tier: Callable[..., Session],
    make_town: Callable[[Session], list[int]],
    told: Callable[[Needs], None],
    signed_in: Callable[..., Actor],
    actor: Actor,
    commander: Actor,
) -> None:
    """Real login roles: another team's worker sees nothing, even by raw SQL, and writes nothing."""
    with as_tier(Tier.OWNER) as work:
        grids = make_town(work)
    mine, other = signed_in(Role.WORKER, grids), signed_in(Role.WORKER, grids)
    with as_tier(Tier.ETL) as work:
        service.load_teams(work, team_list(code="D02"), actor=actor, at=MORNING)
        service.join_team(work, "D01", mine.id, actor=actor, at=MORNING)
        service.join_team(work, "D02", other.id, actor=actor, at=MORNING)
    told(Needs((), needs(grids[0]).spots, (), frozenset(), frozenset()))
    with as_tier(Tier.COMMAND) as work:
        plan = service.draft(work, team_id(work), ON, actor=commander, at=MORNING, seed=1)
        tasks = service.approve(work, plan.id, actor=commander, at=MORNING)
    said = Feedback(uuid4(), tasks[0], FeedbackKind.DONE, MORNING, "好", photo=jpeg())
    with as_tier(Tier.WORKER, token=other.token) as work:
        for table in ("plan", "stop", "task", "feedback", "photo", "visit"):
            assert work.scalar(text(f"select count(*) from patrol.{table}")) == 0
        assert service.tasks_of(work, mine.id, at=MORNING) == []
        with pytest.raises(service.TaskNotFound):
            service.feedback(work, said, actor=other, at=MORNING)
    with as_tier(Tier.WORKER, token=mine.token) as work:
        assert service.feedback(work, said, actor=mine, at=MORNING).task.status is TaskStatus.DONE
        assert len(service.tasks_of(work, mine.id, at=MORNING)) == len(tasks)
        assert service.photo(work, said.id)
    with pytest.raises(ProgrammingError), as_tier(Tier.WORKER, token=mine.token) as work:
        work.execute(text("update patrol.task set team_id = team_id + 1"))
