"""The staff list: accounts with role, grids and team. No password is set here: an administrator gives the first."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy.orm import Session

import grid.service as grid_service
import patrol.service as patrol_service
from core import accounts
from core.actors import Actor, Role
from core.rows import Outcome, Reject

ROLES: Final = {
    "网格员": Role.WORKER,
    "队长": Role.TEAM_LEADER,
    "组长": Role.TEAM_LEADER,
    "指挥长": Role.COMMANDER,
    "指挥员": Role.COMMANDER,
    "坐席": Role.DESK,
}


def take_staff(session: Session, frame: pl.DataFrame, batch_id: int, actor: Actor, at: datetime) -> Outcome:
    """Make an account for each new login; a known login is a repeat and stays as it is."""
    del batch_id
    known = {one.login for one in accounts.accounts(session)}
    ids = {one.code: one.id for one in grid_service.grids(session)}
    accepted = repeated = 0
    rejected: list[Reject] = []
    for row in frame.iter_rows(named=True):
        login = (row["login"] or "").strip().lower()
        role = ROLES.get((row["role"] or "").strip())
        codes = [code for code in (row["grid_codes"] or "").split(";") if code]
        if not login or role is None or any(code not in ids for code in codes):
            zh = "缺登录名、角色不认识或网格编码不存在"
            rejected.append(Reject(row["row_no"], zh, "no login, an unknown role, or a grid code that does not exist"))
        elif login in known:
            repeated += 1
        else:
            areas = [ids[code] for code in codes]
            made = accounts.create_account(session, login, row["name"] or login, role, None, areas, actor=actor, at=at)
            if row["team_code"]:
                patrol_service.join_team(session, row["team_code"], made.id, actor=actor, at=at)
            known.add(login)
            accepted += 1
    return Outcome(accepted, repeated, tuple(rejected))
