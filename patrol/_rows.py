"""Between a draft (minutes of a day, candidates) and rows (instants, columns), both ways."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import shapely
from geoalchemy2.elements import WKBElement

from core.clock import SHANGHAI
from core.coords import Place
from patrol.drafting import Draft
from patrol.drafting import Stop as DraftStop
from patrol.models import Plan, Stop
from patrol.plan import OUT_WORDS, Candidate, Kind, LeftOut, Out, Reason, Spot
from patrol.records import LeftOutRecord, PlanRecord, PlanStatus, StopRecord, TeamRecord
from patrol.roads import F8
from patrol.route import MUST_PRIORITY


def midnight(on: date) -> datetime:
    """The first instant of a day in Shanghai."""
    return datetime(on.year, on.month, on.day, tzinfo=SHANGHAI)


def moment(on: date, minutes: float) -> datetime:
    """The instant so many minutes into a day."""
    return midnight(on) + timedelta(minutes=minutes)


def minutes_into(on: date, at: datetime) -> float:
    """Minutes between a day's midnight and an instant."""
    return (at - midnight(on)) / timedelta(minutes=1)


def words(reasons: Iterable[Reason]) -> list[list[str]]:
    """Reasons as they are stored: pairs of zh and en."""
    return [[r.zh, r.en] for r in reasons]


def reasons(stored: Sequence[Sequence[str]]) -> tuple[Reason, ...]:
    """Stored pairs as reasons."""
    return tuple(Reason(zh, en) for zh, en in stored)


def line_element(line: F8) -> WKBElement | None:
    """A line for the database; None when there is none."""
    if len(line) < 2:
        return None
    return WKBElement(bytes(shapely.to_wkb(shapely.LineString(line))), srid=4326)


def write_times(row: Stop, stop: DraftStop, seq: int, on: date) -> None:
    """Put a stop's place in the order and its times into its row."""
    row.seq, row.out = seq, None
    row.arrive_at, row.leave_at = moment(on, stop.arrive), moment(on, stop.leave)
    row.travel_minutes, row.travel_metres = stop.travel.minutes, stop.travel.metres
    row.is_late = stop.is_late


def leave_out(row: Stop, reason: Out) -> None:
    """Take a stop out of the order."""
    row.seq, row.out = None, reason.value
    row.arrive_at = row.leave_at = row.travel_minutes = row.travel_metres = None
    row.is_late = False


def stop_row(plan: Plan, candidate: Candidate) -> Stop:
    """A row for a candidate, without its times yet."""
    start, stop = candidate.window or (None, None)
    return Stop(
        id=uuid4(),
        plan_id=plan.id,
        team_id=plan.team_id,
        kind=candidate.kind.value,
        title_zh=candidate.title.zh,
        title_en=candidate.title.en,
        why=words(candidate.why),
        case_id=candidate.case_id,
        case_number=candidate.case_number,
        cell=candidate.cell,
        grid_id=candidate.grid_id,
        code=candidate.code,
        lon=candidate.place.lon,
        lat=candidate.place.lat,
        dwell_minutes=candidate.dwell,
        window_from=None if start is None else moment(plan.on_date, start),
        window_until=None if stop is None else moment(plan.on_date, stop),
        is_late=False,
    )


def left_row(plan: Plan, item: LeftOut) -> Stop:
    """A row for something left out."""
    return Stop(
        id=uuid4(),
        plan_id=plan.id,
        team_id=plan.team_id,
        seq=None,
        out=item.reason.value,
        kind=item.kind.value,
        title_zh=item.title.zh,
        title_en=item.title.en,
        why=[],
        case_id=item.case_id,
        case_number=item.case_number,
        cell=item.cell,
        grid_id=item.grid_id,
        lon=item.place.lon if item.place else None,
        lat=item.place.lat if item.place else None,
        dwell_minutes=0.0,
        is_late=False,
    )


def candidate_of(row: Stop, on: date) -> Candidate:
    """The candidate a stop's row was made from, where it stands now."""
    window = None
    if row.window_from is not None and row.window_until is not None:
        window = (minutes_into(on, row.window_from), minutes_into(on, row.window_until))
    return Candidate(
        kind=Kind(row.kind),
        title=Reason(row.title_zh, row.title_en),
        place=Place(row.lon or 0.0, row.lat or 0.0),
        grid_id=row.grid_id,
        dwell=row.dwell_minutes,
        priority=MUST_PRIORITY,
        why=reasons(row.why),
        cell=row.cell,
        case_id=row.case_id,
        case_number=row.case_number,
        code=row.code,
        window=window,
    )


def heat_json(spots: Iterable[Spot]) -> list[Any]:
    """The expected heat a plan was made on: cell, expected a week, shares by window."""
    return [[s.cell, s.expected, list(s.by_window)] for s in spots]


def spots_of(heat: Sequence[Any]) -> list[Spot]:
    """The spots behind a stored plan, as far as coverage asks."""
    nowhere = Place(0.0, 0.0)
    return [Spot(cell, 0, nowhere, 0, expected, Reason("", ""), tuple(shares)) for cell, expected, shares in heat]


def write_sums(plan: Plan, day: Draft) -> None:
    """Put a draft's sums and its line into the plan's row."""
    plan.minutes, plan.metres = day.minutes, day.metres
    plan.coverage_before, plan.coverage_after = day.coverage_before, day.coverage_after
    plan.line = line_element(day.line)


def stop_record(row: Stop) -> StopRecord:
    """A stop that is in the order."""
    if row.seq is None or row.arrive_at is None or row.leave_at is None:
        raise ValueError(f"stop {row.id} has no times")
    return StopRecord(
        id=row.id,
        seq=row.seq,
        kind=Kind(row.kind),
        title=Reason(row.title_zh, row.title_en),
        why=reasons(row.why),
        place=Place(row.lon or 0.0, row.lat or 0.0),
        grid_id=row.grid_id,
        cell=row.cell,
        case_id=row.case_id,
        case_number=row.case_number,
        code=row.code,
        arrive_at=row.arrive_at,
        leave_at=row.leave_at,
        window_from=row.window_from,
        window_until=row.window_until,
        dwell_minutes=row.dwell_minutes,
        travel_minutes=row.travel_minutes or 0.0,
        travel_metres=row.travel_metres or 0.0,
        is_late=row.is_late,
    )


def left_record(row: Stop) -> LeftOutRecord:
    """Something left out."""
    out = Out(row.out or "")
    place = None if row.lon is None or row.lat is None else Place(row.lon, row.lat)
    title = Reason(row.title_zh, row.title_en)
    words = Reason(*OUT_WORDS[out])
    return LeftOutRecord(Kind(row.kind), title, out, words, row.grid_id, place, row.cell, row.case_id, row.case_number)


def plan_record(plan: Plan, rows: Sequence[Stop], team: TeamRecord, line: bytes | None) -> PlanRecord:
    """A plan with its stops in order and what was left out."""
    drawn = [] if line is None else shapely.get_coordinates(shapely.from_wkb(line)).tolist()
    inside = sorted((r for r in rows if r.seq is not None), key=lambda r: r.seq or 0)
    outside = sorted((r for r in rows if r.seq is None), key=lambda r: (r.kind, r.out or "", r.title_zh))
    return PlanRecord(
        id=plan.id,
        team_id=plan.team_id,
        team_name=team.name,
        post_name=team.post_name,
        post=team.post,
        on=plan.on_date,
        seed=plan.seed,
        status=PlanStatus(plan.status),
        made_at=plan.made_at,
        decided_at=plan.decided_at,
        decision_note=plan.decision_note,
        stops=tuple(stop_record(r) for r in inside),
        left_out=tuple(left_record(r) for r in outside),
        minutes=plan.minutes,
        metres=plan.metres,
        coverage_before=plan.coverage_before,
        coverage_after=plan.coverage_after,
        line=tuple((x, y) for x, y in drawn),
    )
