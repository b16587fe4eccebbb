"""What can go wrong with addresses: words of the trade."""

from core.errors import BadInput, NotFound, Refused


class AddressNotFound(NotFound):
    """There is no address with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(zh=f"没有这个地址编码：{code}", en=f"there is no such address code: {code}")


class ColumnsMissing(BadInput):
    """A frame handed to the loader lacks columns."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(zh=f"缺少列：{names}", en=f"columns are missing: {names}")


class PartsUnknown(BadInput):
    """A part of an address was named that addresses do not have."""

    def __init__(self, unknown: list[str]) -> None:
        names = "、".join(unknown)
        super().__init__(
            zh=f"地址没有这个部分：{names}；可用 road、number、estate、building、unit、room 等",
            en=f"addresses have no such part: {names}; there are road, number, estate, building, unit, room and others",
        )


class ChangeRefused(Refused):
    """A change of an address goes against its history or against another address."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh=zh, en=en)


class BadOtherCode(BadInput):
    """What another body calls a place cannot be taken over as given."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh=zh, en=en)
