"""Where texts are, for the loaders: each different text is placed once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from address import service as address

SURE = frozenset({"room", "unit", "building", "door"})
"""Precisions good enough to say whose ground it is. A person placed worse belongs to no worker: guessing would show
him to a stranger."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one text is. `grid_id` is None unless the place is sure."""

    code: str | None
    grid_id: int | None
    precision: str
    lon: float | None
    lat: float | None


NOWHERE = Spot(None, None, "none", None, None)


def place_texts(session: Session, texts: Sequence[str | None]) -> list[Spot]:
    """The spot of every text, NOWHERE for empty ones."""
    different = list(dict.fromkeys(text for text in texts if text))
    if not different:
        return [NOWHERE] * len(texts)
    found = address.place(session, different)
    rows = zip(different, found.code, found.grid_id, found.precision, found.lon, found.lat, strict=True)
    spots = {text: _spot(code, grid_id, precision, lon, lat) for text, code, grid_id, precision, lon, lat in rows}
    return [spots[text] if text else NOWHERE for text in texts]


def by_precision(spots: Sequence[Spot]) -> dict[str, int]:
    """How many were placed how well (placed_room, placed_building, …), and how many of them have no grid (no_grid_road,
    no_grid_none, …)."""
    placed = Counter(s.precision for s in spots)
    homeless = Counter(s.precision for s in spots if s.grid_id is None)
    return {f"placed_{word}": count for word, count in sorted(placed.items())} | {
        f"no_grid_{word}": count for word, count in sorted(homeless.items())
    }


def _spot(code: str | None, grid_id: object, precision: object, lon: float, lat: float) -> Spot:
    word = str(precision).lower()
    is_drawn = bool(code) and bool(np.isfinite(lon)) and bool(np.isfinite(lat))
    has_grid = word in SURE and grid_id is not None and int(str(grid_id)) > 0
    return Spot(
        code or None,
        int(str(grid_id)) if has_grid else None,
        word,
        float(lon) if is_drawn else None,
        float(lat) if is_drawn else None,
    )
