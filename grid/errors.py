"""What can go wrong with ground: words of the trade."""

from collections.abc import Mapping, Sequence
from typing import Final

from shapely.geometry.base import BaseGeometry

from core.errors import BadInput, NotFound
from grid.redrawing import FOREIGN, GAP, OUTSIDE, OVERLAP, Place


class GridNotFound(NotFound):
    """There is no grid with this id or code."""

    def __init__(self, what: object) -> None:
        super().__init__(zh=f"没有这个网格：{what}", en=f"there is no such grid: {what}")


class DivisionNotFound(NotFound):
    """There is no division with this code."""

    def __init__(self, what: object) -> None:
        super().__init__(zh=f"没有这个行政区划：{what}", en=f"there is no such division: {what}")


class ColumnsMissing(BadInput):
    """A frame handed to a loader lacks columns."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(zh=f"缺少列：{names}", en=f"columns are missing: {names}")


KINDS: Final = {
    OVERLAP: ("同时在两个网格里", "would lie in two grids"),
    GAP: ("不在任何网格里", "would lie in no grid"),
    OUTSIDE: ("在本区县之外", "lies beyond the county"),
    FOREIGN: ("划给了别的村社区的网格", "would go to the grid of another community"),
}


class RedrawRefused(BadInput):
    """The new boundaries leave ground in two grids, in none, beyond the county, or to another community.

    `old` are the boundaries as they are, of the grids beside them, too.
    """

    def __init__(
        self, places: Sequence[Place], old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry]
    ) -> None:
        self.places, self.old, self.new = tuple(places), dict(old), dict(new)
        worst = places[0]
        point = worst.shape.representative_point()
        zh, en = KINDS[worst.kind]
        grids = "、".join(worst.codes)
        more_zh = f"（另有 {len(places) - 1} 处）" if len(places) > 1 else ""
        more_en = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
        super().__init__(
            zh=f"网格 {grids} 处有 {worst.m2:,.1f} 平方米{zh}，在 {point.x:.5f}, {point.y:.5f}{more_zh}；请改好再交",
            en=f"{worst.m2:,.1f} m² of grid {', '.join(worst.codes)} {en}, at {point.x:.5f}, {point.y:.5f}{more_en}: "
            "please correct the boundary",
        )
