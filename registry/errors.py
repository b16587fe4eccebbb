"""What can go wrong around personal data. None of these texts holds any."""

from core.errors import BadInput, NotAllowed, NotFound, Refused


class SealBroken(Refused):
    """A sealed value does not open: it was moved or changed, or the keys are not those that sealed it."""

    def __init__(self, table: str) -> None:
        super().__init__(
            zh="加密数据无法解开：密钥不对，或数据被移动、改动过。请核对 secrets 目录是否为本库的备份",
            en="a sealed value does not open: the keys are others, or the value was moved or changed. "
            "Check that the secrets folder belongs to this database",
            where=table,
        )


class PersonNotFound(NotFound):
    """Nobody by this reference, or not on the ground of who asks: both look the same."""

    def __init__(self) -> None:
        super().__init__(zh="没有这条记录，或不在您的网格内", en="there is no such record, or it is not in your grid")


class RevealRefused(NotAllowed):
    """Unmasking was refused: role, purpose, case number, or too many today."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh=zh, en=en)


class ColumnsMissing(BadInput):
    """A frame handed to a loader lacks columns."""

    def __init__(self, missing: list[str]) -> None:
        names = ", ".join(missing)
        super().__init__(zh=f"缺少列：{names}", en=f"columns are missing: {names}")
