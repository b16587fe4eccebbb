"""People and businesses follow the grid of their address. Behind the door: call `registry.service.relink_grids`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from registry._placing import SURE
from registry._population import recount


def relink_grids(session: Session, codes: Sequence[str] | None = None, *, actor: Actor, at: datetime) -> int:
    """After grids were redrawn: give people and businesses the grid that their code has now. How many moved.

    `codes`: the addresses whose grid changed; None looks at everybody. Only those whose place is sure have a grid at
    all; that does not change here. Open residences and sites follow. Writes one audit row when somebody moved.
    """
    if codes is not None and not codes:
        return 0
    values = {"sure": sorted(SURE), "codes": None if codes is None else list(codes)}
    narrow = "" if codes is None else "AND {code} = ANY(:codes)"
    moved = 0
    touched: set[int | None] = set()
    for statement, code in _MOVES:
        for before, after in session.execute(text(statement + narrow.format(code=f"was.{code}") + RETURNING), values):
            moved += 1
            touched |= {before, after}
    if moved:
        for statement, code in _FOLLOW:
            session.execute(text(statement + narrow.format(code=code)), values)
        recount(session, touched)
        record(session, actor, "registry.grids_relinked", "registry.person", "", at, {"moved": moved})
    return moved


RETURNING: Final = " RETURNING was.grid_id, p.grid_id"
_MOVES: Final = (
    (
        """
        UPDATE registry.person p SET grid_id = v.grid_id
        FROM registry.person was JOIN address.v_place v ON v.code = was.home_code
        WHERE p.id = was.id AND was.precision = ANY(:sure) AND was.grid_id IS DISTINCT FROM v.grid_id
        """,
        "home_code",
    ),
    (
        """
        UPDATE registry.household p SET grid_id = v.grid_id
        FROM registry.household was JOIN address.v_place v ON v.code = was.home_code
        WHERE p.id = was.id AND was.grid_id IS NOT NULL AND was.grid_id IS DISTINCT FROM v.grid_id
        """,
        "home_code",
    ),
    (
        """
        UPDATE registry.business p SET grid_id = v.grid_id
        FROM registry.business was JOIN address.v_place v ON v.code = was.site_code
        WHERE p.id = was.id AND was.precision = ANY(:sure) AND was.grid_id IS DISTINCT FROM v.grid_id
        """,
        "site_code",
    ),
)
# A grid is a relation of the place, not a move of the person: the open row is corrected, its dates stay.
_FOLLOW: Final = (
    (
        """
        UPDATE registry.residence r SET grid_id = p.grid_id FROM registry.person p
        WHERE p.id = r.person_id AND r.valid_to IS NULL AND r.grid_id IS DISTINCT FROM p.grid_id
        """,
        "r.home_code",
    ),
    (
        """
        UPDATE registry.business_site s SET grid_id = b.grid_id FROM registry.business b
        WHERE b.id = s.business_id AND s.valid_to IS NULL AND s.grid_id IS DISTINCT FROM b.grid_id
        """,
        "s.site_code",
    ),
)
