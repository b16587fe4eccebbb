"""People and businesses follow the grid of their address. Behind the door: call `registry.service`.

Only those whose place is sure have a grid at all; that does not change here. A grid is a relation of the place, not a
move of the person: the open residence or site is corrected, its dates stay.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from registry._placing import SURE
from registry._population import recount

MovedCode = tuple[str, int | None, int | None]
"""An address code, its grid before and its grid now."""


def relink_grids(session: Session, *, actor: Actor, at: datetime) -> int:
    """After grids were drawn anew: give everybody the grid that their code has now. How many moved."""
    moved = 0
    touched: set[int | None] = set()
    for table, code, sure in TABLES:
        statement = text(_ALL.format(table=table, code=code, sure=sure.format(row="was")))
        for before, after in session.execute(statement, {"sure": sorted(SURE)}):
            moved += 1
            touched |= {before, after}
    return _follow(session, moved, touched, "", {}, actor, at)


def move_grids(session: Session, codes: Sequence[MovedCode], *, actor: Actor, at: datetime) -> int:
    """After these codes got another grid: give those who live or work at them the new one. How many moved."""
    if not codes:
        return 0
    values = {
        "codes": [code for code, _, _ in codes], "grids": [after for _, _, after in codes], "sure": sorted(SURE),
    }  # fmt: skip
    moved = 0
    for table, code, sure in TABLES:
        statement = text(_FEW.format(table=table, code=code, sure=sure.format(row="p")))
        moved += len(session.execute(statement, values).all())
    touched = {grid_id for _, *both in codes for grid_id in both}
    return _follow(session, moved, touched, "AND {link}.{code} = ANY(:codes)", values, actor, at)


def _follow(
    session: Session,
    moved: int,
    touched: Iterable[int | None],
    narrow: str,
    values: dict[str, object],
    actor: Actor,
    at: datetime,
) -> int:
    if moved:
        for link, owner, key, code in LINKS:
            only = narrow.format(link="l", code=code)
            session.execute(text(_OPEN.format(link=link, owner=owner, key=key) + only), values)
        recount(session, touched)
        record(session, actor, "registry.grids_relinked", "registry.person", "", at, {"moved": moved})
    return moved


SURELY: Final = "{row}.precision = ANY(:sure)"
HAD_ONE: Final = "{row}.grid_id IS NOT NULL AND cardinality(CAST(:sure AS text[])) > 0"
TABLES: Final = (
    ("person", "home_code", SURELY), ("household", "home_code", HAD_ONE), ("business", "site_code", SURELY),
)  # fmt: skip
"""With the column of the code, and the condition for having a grid: a household is told no precision."""
LINKS: Final = (
    ("residence", "person", "person_id", "home_code"), ("business_site", "business", "business_id", "site_code"),
)  # fmt: skip
_ALL: Final = """
    UPDATE registry.{table} p SET grid_id = v.grid_id
    FROM registry.{table} was JOIN address.v_place v ON v.code = was.{code}
    WHERE p.id = was.id AND was.grid_id IS DISTINCT FROM v.grid_id AND {sure}
    RETURNING was.grid_id, p.grid_id
"""
_FEW: Final = """
    UPDATE registry.{table} p SET grid_id = m.grid_id
    FROM unnest(CAST(:codes AS text[]), CAST(:grids AS int[])) AS m(code, grid_id)
    WHERE p.{code} = m.code AND p.{code} = ANY(CAST(:codes AS text[])) AND p.grid_id IS DISTINCT FROM m.grid_id
      AND {sure}
    RETURNING p.id
"""
_OPEN: Final = """
    UPDATE registry.{link} l SET grid_id = p.grid_id FROM registry.{owner} p
    WHERE p.id = l.{key} AND l.valid_to IS NULL AND l.grid_id IS DISTINCT FROM p.grid_id
"""
