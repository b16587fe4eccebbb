"""From a choice and a road network to a day: stops in order with times, ways drawn, and what was left out.

Pure: `plan` says what is worth a visit, `network` how one gets there, `route` in which order.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.coords import Place
from patrol.network import NOWHERE, Leg, Network
from patrol.plan import Candidate, Choice, Ground, Kind, LeftOut, Must, Out, Spot, choose, coverage
from patrol.roads import F8
from patrol.route import Job, Lost, Order, Shift, follow, order

LOST_OUT = {Lost.NO_TIME: Out.NO_TIME, Lost.WINDOW: Out.WINDOW, Lost.UNREACHABLE: Out.UNREACHABLE}
POST = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the day: minutes since midnight, the way from the stop before (or the post), and its line."""

    candidate: Candidate
    arrive: float
    leave: float
    travel: Leg
    is_late: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A day of one team. `minutes` from leaving the post to being back; coverage is a share of expected heat."""

    stops: tuple[Stop, ...]
    left_out: tuple[LeftOut, ...]
    home: Leg | None
    back_at: float
    minutes: float
    metres: float
    line: F8
    coverage_before: float
    coverage_after: float


def draft(
    musts: Sequence[Must],
    spots: Sequence[Spot],
    grounds: Sequence[Ground],
    network: Network,
    post: Place,
    shift: Shift,
    *,
    seed: int,
    asked: Collection[int] = (),
) -> Draft:
    """Choose, order and draw a day. When nothing can be done the draft is empty and says why for everything."""
    choice = choose(musts, spots, grounds, shift, seed=seed, asked=asked)
    return lay_out(choice, spots, network, post, shift, is_ordered=False)


def lay_out(
    choice: Choice, spots: Sequence[Spot], network: Network, post: Place, shift: Shift, *, is_ordered: bool
) -> Draft:
    """A day out of candidates; with `is_ordered` their order is kept and only the times are worked out."""
    candidates = choice.candidates
    lon = np.array([post.lon, *(c.place.lon for c in candidates)])
    lat = np.array([post.lat, *(c.place.lat for c in candidates)])
    snaps = network.snap(lon, lat)
    minutes = network.matrix(snaps)
    jobs = [Job(n, n, c.dwell, c.priority, c.window) for n, c in enumerate(candidates, 1)]
    on_road = [j for j in jobs if snaps.edge[j.at] != NOWHERE]
    found = follow(minutes, on_road, shift) if is_ordered else order(minutes, on_road, shift)
    legs = network.legs(snaps, [POST, *(v.key for v in found.visits), POST]) if found.visits else []
    stops = tuple(
        Stop(candidates[v.key - 1], v.begin, v.leave, leg, v.is_late)
        for v, leg in zip(found.visits, legs, strict=False)
    )
    left = [*choice.left_out, *_left(candidates, jobs, on_road, found)]
    return Draft(
        stops=stops,
        left_out=tuple(left),
        home=legs[-1] if legs else None,
        back_at=found.back_at,
        minutes=found.back_at - shift.start if stops else 0.0,
        metres=sum(leg.metres for leg in legs),
        line=np.concatenate([leg.line for leg in legs]) if legs else np.zeros((0, 2)),
        coverage_before=coverage(spots, _cells(stops, {Kind.MUST}), shift),
        coverage_after=coverage(spots, _cells(stops, set(Kind)), shift),
    )


def _left(candidates: Sequence[Candidate], jobs: Sequence[Job], on_road: Sequence[Job], found: Order) -> list[LeftOut]:
    """What the router gave back. A cell that is visited in one window is not left out for another."""
    road = {j.key for j in on_road}
    visited = {candidates[v.key - 1].cell for v in found.visits}
    told: set[int | None] = set()
    left = []
    for job in jobs:
        c = candidates[job.key - 1]
        is_optional = c.kind is Kind.HOT
        if (job.key in road and job.key not in found.lost) or (is_optional and (c.cell in visited or c.cell in told)):
            continue
        if is_optional:
            told.add(c.cell)
        reason = LOST_OUT[found.lost[job.key]] if job.key in road else Out.OFF_ROAD
        left.append(LeftOut(c.kind, c.title, reason, c.grid_id, c.place, c.cell, c.case_id, c.case_number))
    return left


def _cells(stops: Sequence[Stop], kinds: Collection[Kind]) -> list[tuple[int, float]]:
    return [(s.candidate.cell, s.arrive) for s in stops if s.candidate.kind in kinds and s.candidate.cell is not None]
