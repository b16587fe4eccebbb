"""In which order to visit: VROOM over a matrix of minutes, and plain following of an order a person gave.

Must-visits have priority 100 and are never traded for optional stops: the answer is checked, and optional stops
are thinned out until every must-visit that fits alone is in. What does not fit is handed back with its reason.
Pure and deterministic: the same input gives the same order. Times are minutes since midnight of the day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import vroom

MUST_PRIORITY = 100
EXPLORATION = 5
"""VROOM's most thorough level; 80 stops of one team take well under a second."""

SECONDS = 60
PROFILE = "team"

Minutes = npt.NDArray[np.float32]


class Lost(StrEnum):
    """Why a stop found no place in the day."""

    NO_TIME = "no_time"
    WINDOW = "window"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Job:
    """A place to visit: its row in the matrix, how long it takes, how much it matters, when it may begin."""

    key: int
    at: int
    dwell: float
    priority: int
    window: tuple[float, float] | None = None

    @property
    def is_must(self) -> bool:
        return self.priority >= MUST_PRIORITY


@dataclass(frozen=True, slots=True)
class Pause:
    """A break that begins between two moments."""

    earliest: float
    latest: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Shift:
    """The working day of a team."""

    start: float
    end: float
    pauses: tuple[Pause, ...] = ()

    @property
    def working_minutes(self) -> float:
        return self.end - self.start - sum(p.minutes for p in self.pauses)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop in time. `is_late`: it begins after its window has closed."""

    key: int
    arrive: float
    begin: float
    leave: float
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The visits in order, when the team is back at its post, and what found no place."""

    visits: tuple[Visit, ...]
    back_at: float
    lost: Mapping[int, Lost]


def order(minutes: Minutes, jobs: Sequence[Job], shift: Shift, post: int = 0) -> Order:
    """The best order from the post and back within the shift.

    A must-visit that cannot be begun within its window is visited late rather than dropped. Jobs that cannot be
    reached from the post and left again are lost as unreachable.
    """
    can_reach = [j for j in jobs if np.isfinite(minutes[post, j.at]) and np.isfinite(minutes[j.at, post])]
    lost = {j.key: Lost.UNREACHABLE for j in jobs if j not in can_reach}
    musts, late = _fitting_musts([j for j in can_reach if j.is_must], minutes, shift, post)
    given_up = {j.key for j in can_reach if j.is_must} - {j.key for j in musts}
    optional = sorted((j for j in can_reach if not j.is_must), key=lambda j: (-j.priority, j.key))
    while True:
        visits = _solve([*musts, *optional], minutes, shift, post)
        got = {v.key for v in visits}
        if all(j.key in got for j in musts) or not optional:
            break
        optional = optional[: len(optional) // 2]
    for job in can_reach:
        if job.key not in got:
            lost[job.key] = Lost.NO_TIME if job.key in given_up or _could_be_met(job, shift) else Lost.WINDOW
    closing = {j.key: j.window[1] for j in can_reach if j.window is not None}
    marked = tuple(replace(v, is_late=v.key in late and v.begin > closing.get(v.key, np.inf)) for v in visits)
    where = {j.key: j.at for j in can_reach}
    back_at = marked[-1].leave + float(minutes[where[marked[-1].key], post]) if marked else shift.start
    return Order(marked, back_at, lost)


def _fitting_musts(musts: Sequence[Job], minutes: Minutes, shift: Shift, post: int) -> tuple[list[Job], set[int]]:
    """The must-visits that fit when nothing else is asked for, and those that only fit without their window."""
    got = {v.key for v in _solve(musts, minutes, shift, post)}
    if len(got) == len(musts):
        return list(musts), set()
    late = {j.key for j in musts if j.key not in got}
    eased = [replace(j, window=None) if j.key in late else j for j in musts]
    got = {v.key for v in _solve(eased, minutes, shift, post)}
    return [j for j in eased if j.key in got], late & got


def _could_be_met(job: Job, shift: Shift) -> bool:
    return job.window is None or (job.window[0] <= shift.end - job.dwell and job.window[1] >= shift.start)


def _solve(jobs: Sequence[Job], minutes: Minutes, shift: Shift, post: int) -> list[Visit]:
    usable = [j for j in jobs if _could_be_met(j, shift)]
    if not usable:
        return []
    rows = [post, *(j.at for j in usable)]
    problem = vroom.Input()
    problem.set_durations_matrix(PROFILE, np.round(minutes[np.ix_(rows, rows)] * SECONDS).astype(np.uint32))
    problem.add_vehicle(
        vroom.Vehicle(
            1,
            start=0,
            end=0,
            profile=PROFILE,
            time_window=_seconds(shift.start, shift.end),
            breaks=[
                vroom.Break(n, [vroom.TimeWindow(_seconds(p.earliest, p.latest))], round(p.minutes * SECONDS))
                for n, p in enumerate(shift.pauses, 1)
            ],
        )
    )
    for row, job in enumerate(usable, 1):
        window = job.window or (shift.start, shift.end)
        clipped = (max(window[0], shift.start), min(window[1], shift.end))
        problem.add_job(
            vroom.Job(
                row,
                row,
                default_service=round(job.dwell * SECONDS),
                priority=min(job.priority, MUST_PRIORITY),
                time_windows=[vroom.TimeWindow(_seconds(*clipped))],
            )
        )
    frame = problem.solve(exploration_level=EXPLORATION, nb_threads=1).routes
    visits = []
    for step in frame[frame["type"] == "job"].itertuples(index=False):
        job = usable[int(step.id) - 1]
        arrive, begin = step.arrival / SECONDS, (step.arrival + step.waiting_time) / SECONDS
        visits.append(Visit(job.key, arrive, begin, begin + step.service / SECONDS))
    return visits


def _seconds(start: float, stop: float) -> list[int]:
    return [round(start * SECONDS), round(stop * SECONDS)]


def follow(minutes: Minutes, jobs: Sequence[Job], shift: Shift, post: int = 0) -> Order:
    """The times of an order that a person gave: no waiting, breaks as soon as they are due, late stops marked.

    Jobs that cannot be reached from where the team stands are lost as unreachable; the others go on without them.
    """
    now, here = shift.start, post
    pauses = list(shift.pauses)
    visits: list[Visit] = []
    lost: dict[int, Lost] = {}
    for job in jobs:
        travel = float(minutes[here, job.at])
        if not np.isfinite(travel) or not np.isfinite(minutes[job.at, post]):
            lost[job.key] = Lost.UNREACHABLE
            continue
        if pauses and (now >= pauses[0].earliest or now + travel + job.dwell > pauses[0].latest):
            now = max(now, pauses[0].earliest) + pauses.pop(0).minutes
        arrive = now + travel
        now, here = arrive + job.dwell, job.at
        is_late = job.window is not None and arrive > job.window[1]
        visits.append(Visit(job.key, arrive, arrive, now, is_late))
    back_at = now + float(minutes[here, post]) if visits else shift.start
    return Order(tuple(visits), back_at, lost)
