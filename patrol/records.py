"""What the patrol room hands out: frozen records. Instants are UTC with a zone."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from uuid import UUID

from core.coords import Place
from patrol.plan import Kind, Out, Reason
from patrol.profiles import Profile


class PlanStatus(StrEnum):
    """A plan is decided once, by a person."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"


class TaskStatus(StrEnum):
    """How far a task is. It only goes forward: what arrives late from a phone never takes it back."""

    SENT = "sent"
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    DONE = "done"


class FeedbackKind(StrEnum):
    """What a worker says about a task."""

    ACCEPT = "accept"
    ARRIVE = "arrive"
    DONE = "done"


STATUS_AFTER = {
    FeedbackKind.ACCEPT: TaskStatus.ACCEPTED,
    FeedbackKind.ARRIVE: TaskStatus.ARRIVED,
    FeedbackKind.DONE: TaskStatus.DONE,
}

TASK_WORDS = {
    TaskStatus.SENT: Reason("待接收", "sent"),
    TaskStatus.ACCEPTED: Reason("已接收", "accepted"),
    TaskStatus.ARRIVED: Reason("已到达", "arrived"),
    TaskStatus.DONE: Reason("已完成", "done"),
}


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A team; shift in Shanghai time."""

    id: int
    code: str
    name: str
    post_name: str
    post: Place
    profile: Profile
    shift_start: time
    shift_end: time
    grid_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StopRecord:
    """One stop of a plan, with the way to it from the stop before (the first: from the post)."""

    id: UUID
    seq: int
    kind: Kind
    title: Reason
    why: tuple[Reason, ...]
    place: Place
    grid_id: int
    cell: int | None
    case_id: UUID | None
    case_number: str | None
    code: str | None
    arrive_at: datetime
    leave_at: datetime
    window_from: datetime | None
    window_until: datetime | None
    dwell_minutes: float
    travel_minutes: float
    travel_metres: float
    is_late: bool


@dataclass(frozen=True, slots=True)
class LeftOutRecord:
    """Something a plan does not visit, and why."""

    kind: Kind
    title: Reason
    reason: Out
    words: Reason
    grid_id: int
    place: Place | None
    cell: int | None
    case_id: UUID | None
    case_number: str | None


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A team's day. `minutes` from the post and back, `metres` on the way; coverage is a share of expected heat.

    `line` is the whole way as (lon, lat), from the post and back to it.
    """

    id: UUID
    team_id: int
    team_name: str
    post_name: str
    post: Place
    on: date
    seed: int
    status: PlanStatus
    made_at: datetime
    decided_at: datetime | None
    decision_note: str | None
    stops: tuple[StopRecord, ...]
    left_out: tuple[LeftOutRecord, ...]
    minutes: float
    metres: float
    coverage_before: float
    coverage_after: float
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task as the phone shows it. `travel_*` is the way from the task before it in the same plan."""

    id: UUID
    plan_id: UUID
    team_id: int
    seq: int
    on: date
    status: TaskStatus
    kind: Kind
    title: Reason
    why: tuple[Reason, ...]
    place: Place
    grid_id: int
    cell: int | None
    case_id: UUID | None
    case_number: str | None
    code: str | None
    arrive_at: datetime
    leave_at: datetime
    window_until: datetime | None
    travel_minutes: float
    travel_metres: float
    accepted_at: datetime | None
    arrived_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """What was said about a task, by which account; `photo_id` is None without a picture."""

    id: UUID
    kind: FeedbackKind
    account_id: UUID
    at: datetime
    received_at: datetime
    note: str | None
    place: Place | None
    photo_id: UUID | None


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """A task with all that was said about it, the earliest first."""

    task: TaskRecord
    feedback: tuple[FeedbackRecord, ...]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a phone sends. `id` is made by the phone; `at` is the phone's clock, `note` is masked by the door.

    `photo` is the upload as it came; it is checked and stripped before anything is kept.
    """

    id: UUID
    task_id: UUID
    kind: FeedbackKind
    at: datetime
    note: str | None = None
    lon: float | None = None
    lat: float | None = None
    photo: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FeedbackAnswer:
    """The task after a feedback. `is_new` is false when the same feedback came before.

    `case_words` says what became of the case of the task; None when it has none or nothing was to be moved.
    """

    task: TaskRecord
    is_new: bool
    case_words: Reason | None = None
