"""What can go wrong with ground: words of the trade."""

from core.errors import BadInput, NotFound


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
