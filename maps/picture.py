"""The heat as one picture: values for known cells, class limits, legend, and what is not in it.

Cells are those that had a report within a year. Their shapes are sent once (`cells_in_use`); a picture is then a list
of counts in the same order. The class limits are made from all channels together, so that a filter of channels does
not change what a colour means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.clock import SHANGHAI
from incidents import service as incidents
from incidents.kinds import Source
from maps import palette
from maps.palette import Legend
from maps.shapes import Shapes, pack
from maps.view import PERIODS, Audience, View

FRESH: Final = timedelta(minutes=10)
"""How long a set of cells in use is taken as known. A report in a new cell renews it at once."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_in_use: dict[int, tuple[datetime, Shapes]] = {}


@dataclass(frozen=True, slots=True)
class Picture:
    """Counts `n` of the view's period and reports `expected` in the next seven days, in the order of `shapes.cells`.

    Where `hidden` is true the count is too small for the audience and both are 0. `drawn` = reports in the cells
    before hiding, `unplaced` = reports of the period that are known too vaguely for a cell of this size.
    """

    view: View
    audience: Audience
    at: datetime
    shapes: Shapes
    n: Ints
    expected: Floats
    hidden: NDArray[np.bool_]
    limits: tuple[int, ...]
    legend: Legend
    drawn: int
    unplaced: int

    def as_json(self) -> Mapping[str, object]:
        """For the page; counts and expectations as plain numbers, in the order of the shapes of `version`."""
        return {
            "version": self.shapes.version,
            "n": self.n.tolist(),
            "expected": [round(value, 1) for value in self.expected.tolist()],
            "limits": self.limits,
            "legend": {
                "zh": self.legend.title_zh,
                "en": self.legend.title_en,
                "small_zh": self.legend.small_zh,
                "small_en": self.legend.small_en,
                "rows": [{"words": row.words, "light": row.light, "dark": row.dark} for row in self.legend.rows],
            },
            "drawn": self.drawn,
            "unplaced": self.unplaced,
            "total": self.drawn + self.unplaced,
            "hidden_cells": int(self.hidden.sum()),
            "at": self.at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }


def cells_in_use(session: Session, resolution: int, *, at: datetime) -> Shapes:
    """The shapes of all cells with a report within a year, of any category, channel and source."""
    known = _in_use.get(resolution)
    if known is None or not timedelta() <= at - known[0] < FRESH:
        known = (
            at,
            pack(heat_of(session, View(days=PERIODS[-1], reported_only=False, resolution=resolution), at).cell),
        )
        _in_use[resolution] = known
    return known[1]


def forget() -> None:
    """Forget the cells in use: another database is looked at."""
    _in_use.clear()


def heat_of(
    session: Session, view: View, at: datetime, *, before: bool = False, grid_ids: Sequence[int] | None = None
) -> incidents.HeatFrame:
    """The heat of a view, or of the period before it; of some grids only where they are named. Cells ascending."""
    since, until = view.window_before(at) if before else view.window(at)
    return incidents.heat(
        session,
        resolution=view.resolution,
        since=since,
        until=until,
        categories=None if view.category is None else (view.category,),
        channels=None if view.channel is None else (view.channel,),
        sources=(Source.REPORTED,) if view.reported_only else None,
        grid_ids=grid_ids,
    )


def picture(session: Session, view: View, *, at: datetime, audience: Audience) -> Picture:
    """The heat picture of a view at a moment, for an audience."""
    frame = heat_of(session, view, at)
    shapes = cells_in_use(session, view.resolution, at=at)
    if not np.isin(frame.cell, shapes.cells).all():
        _in_use.pop(view.resolution, None)
        shapes = cells_in_use(session, view.resolution, at=at)
    n = aligned(frame.cell, frame.n, shapes.cells)
    hidden = np.zeros(len(n), dtype=np.bool_)
    smallest = audience.smallest
    if smallest is not None:
        hidden = ~palette.suppress(n, smallest=smallest)
    all_channels = frame if view.channel is None else heat_of(session, view.of_all_channels(), at)
    limits = palette.geometric_limits(all_channels.n, smallest=smallest or 1)
    return Picture(
        view=view,
        audience=audience,
        at=at,
        shapes=shapes,
        n=np.where(hidden, 0, n),
        expected=np.where(hidden, 0.0, aligned(frame.cell, frame.expected, shapes.cells)),
        hidden=hidden,
        limits=limits,
        legend=palette.legend(limits, days=view.days, resolution=view.resolution, smallest=smallest),
        drawn=int(n.sum()),
        unplaced=frame.unplaced,
    )


def aligned(cells: Ints, values: NDArray[np.generic], order: Ints) -> NDArray[np.generic]:
    """The values in another order of cells; 0 for cells without one. Every cell of `cells` must be in `order`."""
    out = np.zeros(len(order), dtype=values.dtype)
    out[np.searchsorted(order, cells)] = values
    return out
