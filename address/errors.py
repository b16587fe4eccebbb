"""What can go wrong with addresses: words of the trade."""

from core.errors import BadInput, NotFound


class AddressNotFound(NotFound):
    """There is no address with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(zh=f"没有这个地址编码：{code}", en=f"there is no such address code: {code}")


class ColumnsMissing(BadInput):
    """A frame handed to the loader lacks columns."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(zh=f"缺少列：{names}", en=f"columns are missing: {names}")
