"""What can go wrong with a case."""

from core.errors import NotFound, Refused


class CaseNotFound(NotFound):
    """There is no such case, or it lies on another's ground."""

    def __init__(self) -> None:
        super().__init__(zh="没有这个案件", en="there is no such case")


class MoveRefused(Refused):
    """The table of moves, the role, or what is missing forbids it."""
