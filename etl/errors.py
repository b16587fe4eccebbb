"""What can be wrong with a file as a whole. What is wrong with a row is a `core.rows.Reject`."""

from core.errors import BadInput, Refused


class FileUnreadable(BadInput):
    """The file is broken, empty, dangerous to open, or of a kind that is not read here."""


class KindUnknown(BadInput):
    """The headers fit no kind of table, or several."""


class AlreadyLoading(Refused):
    """Somebody loads the same file at this moment."""


class BalanceBroken(Refused):
    """A chunk's rows do not add up: nothing of the chunk was kept."""
