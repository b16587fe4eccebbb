"""Where a house can stand along a road: lots on both sides, each in its own block, and the numbers on their doors."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from etl.demo.ground import Ground, Numbers, Points, Zone
from etl.demo.roads import Roads, length

FRONTAGE_M: Final = {Zone.CORE: 13.0, Zone.SUBURB: 17.0, Zone.CENTRE: 11.0, Zone.RURAL: 42.0}
"""Width of a lot along the road."""
CORNER_M: Final = 14.0
SET_BACK_M: Final = {"lane": (6.0, 10.0), "street": (12.0, 18.0)}


@dataclass(frozen=True, slots=True)
class Lots:
    """One row a lot: its piece of road, block, place, metres along its series of door numbers, and its side."""

    piece: Numbers
    block: Numbers
    xy: Points
    along_m: Points
    is_odd: npt.NDArray[np.bool_]
    heading: Points

    def taken(self, rows: npt.NDArray[Any]) -> "Lots":
        """The chosen lots, in the order given."""
        return Lots(
            self.piece[rows], self.block[rows], self.xy[rows], self.along_m[rows], self.is_odd[rows], self.heading[rows]
        )

    def __len__(self) -> int:
        return len(self.piece)


def lots(ground: Ground, roads: Roads, rng: np.random.Generator, *, narrow: float = 1.0) -> Lots:
    """All lots of the district; `narrow` below 1 makes more of them."""
    pieces: list[int] = []
    blocks: list[int] = []
    sides: list[int] = []
    at: list[Points] = []
    for number, one in enumerate(roads.pieces):
        run = length(one) - 2 * CORNER_M
        if one.kind == "bridge" or run < 4:
            continue
        width = FRONTAGE_M[Zone(int(roads.zones[number]))] * narrow
        steps = CORNER_M + np.arange(0.5, max(run / width, 1.0)) * width
        for which, beside in ((1, one.left), (-1, one.right)):
            if beside >= 0:
                at.append(steps)
                pieces.append(number)
                blocks.append(beside)
                sides.append(which)
    many = np.array([len(steps) for steps in at])
    piece, block, side = (np.repeat(np.array(values), many) for values in (pieces, blocks, sides))
    where = np.concatenate(at) + rng.uniform(-1.5, 1.5, int(many.sum()))
    lines = np.array([shapely.LineString(p.line) for p in roads.pieces])[piece]
    foot = shapely.get_coordinates(shapely.line_interpolate_point(lines, where))
    step = shapely.get_coordinates(shapely.line_interpolate_point(lines, where + 1.0)) - foot
    along = step / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    is_lane = np.array([p.kind == "lane" for p in roads.pieces])[piece]
    low, high = (np.where(is_lane, SET_BACK_M["lane"][i], SET_BACK_M["street"][i]) for i in (0, 1))
    back = rng.uniform(low, high) * side
    xy = foot + np.stack([-along[:, 1], along[:, 0]], axis=1) * back[:, None]
    inside = shapely.contains_xy(ground.blocks[block], xy[:, 0], xy[:, 1])
    sign = np.where(roads.is_forward, 1, -1)[piece]
    found = Lots(
        piece, block, xy, roads.start_m[piece] + sign * where, side * sign > 0, np.arctan2(along[:, 1], along[:, 0])
    )
    return found.taken(np.flatnonzero(inside))


def door_numbers(lots: Lots, roads: Roads, rng: np.random.Generator) -> Numbers:
    """Odd numbers on one side, even ones on the other, rising along the road, with a gap here and there."""
    series = roads.series[lots.piece]
    order = np.lexsort((lots.along_m, lots.is_odd, series))
    key = series[order] * 2 + lots.is_odd[order]
    is_first = np.append(True, key[1:] != key[:-1])
    step = 1 + (rng.random(len(order)) < 0.07) + (rng.random(len(order)) < 0.02) * rng.integers(1, 5, len(order))
    total = np.cumsum(step)
    before = np.repeat(total[is_first] - 1, np.diff(np.append(np.flatnonzero(is_first), len(order))))
    nth = total - before
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = nth * 2 - lots.is_odd[order]
    return numbers


def best(weight: Points, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """`count` rows drawn without return, in proportion to their weight, ascending."""
    with np.errstate(divide="ignore"):
        luck = np.log(weight) + rng.gumbel(size=len(weight))
    chosen = np.argsort(-luck, kind="stable")[:count]
    return np.sort(chosen[weight[chosen] > 0])
