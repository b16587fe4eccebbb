"""What can go wrong with a report, in words of the trade."""

from core.errors import BadInput, Refused


class IdempotencyConflict(Refused):
    """The same channel and reference came before with another body. Nothing was written."""

    def __init__(self, channel: str, reference: str) -> None:
        super().__init__(
            zh=f"渠道 {channel} 的编号 {reference} 已收过，内容与本次不同；未写入。请核对编号，或换新编号再报。",
            en=f"{channel} {reference} was received before with other content; nothing was written. "
            "Check the reference, or send under a new one.",
            where=reference,
        )


class NotAReport(BadInput):
    """The report lacks what makes it one: a reference, a time, or any words."""


class PersonalColumns(BadInput):
    """A frame brought columns that this room must never see (names, telephone numbers)."""

    def __init__(self, columns: list[str]) -> None:
        names = "、".join(columns)
        super().__init__(
            zh=f"送入事件库的表多了列：{names}。姓名、电话先交登记库，这里只收联系人引用和打码后的文字。",
            en=f"unknown columns {names}: hand names and telephones to the registry first",
            where=names,
        )
