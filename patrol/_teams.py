"""Teams: loaded from a list, joined by accounts, each with its post, shift and grids."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.actors import Actor
from core.clock import day_of
from core.coords import Place
from core.rows import Outcome, Reject
from grid import service as grid_service
from patrol.errors import TeamNotFound
from patrol.models import Team, TeamGrid, TeamMember
from patrol.profiles import Profile
from patrol.records import TeamRecord

SHIFT_START, SHIFT_END = time(8, 30), time(17, 30)
"""The hours of a team that states none."""

USUAL_PROFILE = Profile.EBIKE


def load_teams(session: Session, frame: pl.DataFrame, *, actor: Actor, at: datetime) -> Outcome:
    """Load teams: columns code, name, post_name, lon, lat (WGS84), grid_codes (15 digits, `;` between them); row_no,
    profile, shift_start, shift_end ("HH:MM") optional. Known codes are brought up to date.

    A row with an unknown grid or no position is rejected. Writes one audit row for each change.
    """
    grid_ids = {g.code: g.id for g in grid_service.grids(session)}
    teams = {t.code: t for t in session.scalars(select(Team))}
    care = _care(session)
    changed: list[str] = []
    rejected: list[Reject] = []
    for n, row in enumerate(frame.iter_rows(named=True), 1):
        row_no = int(row.get("row_no") or n)
        read = _read(row, row_no, grid_ids)
        if isinstance(read, Reject):
            rejected.append(read)
            continue
        values, wanted = read
        team = teams.get(values["code"])
        is_same = team is not None and all(getattr(team, k) == v for k, v in values.items())
        if team is not None and is_same and wanted == care.get(team.id, set()):
            continue
        if team is None:
            team = teams[values["code"]] = Team(**values)
            session.add(team)
        else:
            for key, value in values.items():
                setattr(team, key, value)
        session.flush()
        _give_grids(session, team.id, wanted, day_of(at))
        care[team.id] = wanted
        changed.append(values["code"])
    session.flush()
    audit.record_many(session, actor, "team.loaded", "team", changed, at)
    return Outcome(len(changed), frame.height - len(changed) - len(rejected), tuple(rejected))


def _read(row: Mapping[str, Any], row_no: int, grid_ids: Mapping[str, int]) -> tuple[dict[str, Any], set[int]] | Reject:
    code, name = (str(row.get(k) or "").strip() for k in ("code", "name"))
    if not code or not name:
        return Reject(row_no, "缺少队伍编码或名称", "team code or name missing", "code")
    if row.get("lon") is None or row.get("lat") is None:
        return Reject(row_no, "缺少驻点经纬度", "the position of the post is missing", "lon")
    codes = [c for c in re.split(r"[;；,，\s]+", str(row.get("grid_codes") or "")) if c]
    unknown = [c for c in codes if c not in grid_ids]
    if unknown:
        return Reject(row_no, f"没有这个网格：{unknown[0]}", f"there is no such grid: {unknown[0]}", "grid_codes")
    try:
        place = Place(float(row["lon"]), float(row["lat"]))
        values = {
            "code": code,
            "name": name,
            "post_name": str(row.get("post_name") or name),
            "post_lon": place.lon,
            "post_lat": place.lat,
            "profile": Profile(row.get("profile") or USUAL_PROFILE).value,
            "shift_start": _time(row.get("shift_start"), SHIFT_START),
            "shift_end": _time(row.get("shift_end"), SHIFT_END),
        }
    except ValueError as exc:
        return Reject(row_no, f"数值不对：{exc}", f"bad value: {exc}")
    return values, {grid_ids[c] for c in codes}


def _time(value: object, usual: time) -> time:
    return usual if value in (None, "") else time.fromisoformat(str(value))


def _give_grids(session: Session, team_id: int, wanted: set[int], today: date) -> None:
    rows = session.scalars(select(TeamGrid).where(TeamGrid.team_id == team_id, TeamGrid.valid_to.is_(None))).all()
    held = {row.grid_id: row for row in rows}
    for grid_id, row in held.items():
        if grid_id not in wanted:
            row.valid_to = today
    started_today = set(
        session.scalars(select(TeamGrid.grid_id).where(TeamGrid.team_id == team_id, TeamGrid.valid_from == today))
    )
    for grid_id in sorted(wanted - held.keys()):
        if grid_id in started_today:
            session.get_one(TeamGrid, (team_id, grid_id, today)).valid_to = None
        else:
            session.add(TeamGrid(team_id=team_id, grid_id=grid_id, valid_from=today, valid_to=None))
    session.flush()


def join_team(session: Session, team_code: str, account_id: UUID, *, actor: Actor, at: datetime) -> bool:
    """Put an account into a team; false when it was in it already. Raises TeamNotFound. Writes one audit row."""
    team = session.scalars(select(Team).where(Team.code == team_code)).one_or_none()
    if team is None:
        raise TeamNotFound(team_code)
    present = session.scalars(
        select(TeamMember).where(
            TeamMember.team_id == team.id, TeamMember.account_id == account_id, TeamMember.valid_to.is_(None)
        )
    ).one_or_none()
    if present is not None:
        return False
    session.add(TeamMember(team_id=team.id, account_id=account_id, valid_from=day_of(at), valid_to=None))
    session.flush()
    audit.record(session, actor, "team.joined", "team", team_code, at, {"account": str(account_id)})
    return True


def team(session: Session, team_id: int) -> TeamRecord:
    """One team. Raises TeamNotFound."""
    found = session.get(Team, team_id)
    if found is None:
        raise TeamNotFound(team_id)
    return _record(found, _care(session, team_id).get(team_id, set()))


def teams(session: Session, *, grid_id: int | None = None) -> list[TeamRecord]:
    """All teams by code, or those that have a grid in their care."""
    care = _care(session)
    rows = session.scalars(select(Team).order_by(Team.code)).all()
    return [
        _record(row, care.get(row.id, set())) for row in rows if grid_id is None or grid_id in care.get(row.id, set())
    ]


def teams_of(session: Session, account_id: UUID) -> list[TeamRecord]:
    """The teams an account is in now."""
    rows = session.scalars(
        select(TeamMember.team_id).where(TeamMember.account_id == account_id, TeamMember.valid_to.is_(None))
    ).all()
    return [team(session, team_id) for team_id in sorted(rows)]


def _care(session: Session, team_id: int | None = None) -> dict[int, set[int]]:
    query = select(TeamGrid.team_id, TeamGrid.grid_id).where(TeamGrid.valid_to.is_(None))
    found: dict[int, set[int]] = {}
    for owner, grid_id in session.execute(query if team_id is None else query.where(TeamGrid.team_id == team_id)):
        found.setdefault(owner, set()).add(grid_id)
    return found


def _record(row: Team, grid_ids: Sequence[int] | set[int]) -> TeamRecord:
    return TeamRecord(
        row.id,
        row.code,
        row.name,
        row.post_name,
        Place(row.post_lon, row.post_lat),
        Profile(row.profile),
        row.shift_start,
        row.shift_end,
        tuple(sorted(grid_ids)),
    )
