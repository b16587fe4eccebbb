"""What can be wrong with a file as a whole. What is wrong with a row is a `core.rows.Reject`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BadInput, NotFound, Refused, WanggeError


@contextmanager
def about(path: Path) -> Iterator[None]:
    """What goes wrong inside names the file, unless it names something already."""
    try:
        yield
    except WanggeError as fault:
        fault.where = fault.where or path.name
        raise


class FileUnreadable(BadInput):
    """The file is broken, empty, dangerous to open, or of a kind that is not read here."""


class KindUnknown(BadInput):
    """The headers fit no kind of table, or several."""


class AlreadyLoading(Refused):
    """Somebody loads the same file at this moment."""


class BalanceBroken(Refused):
    """A chunk's rows do not add up: nothing of the chunk was kept."""


class PositionsDoubtful(Refused):
    """The positions seem to be in another coordinate system than the load would take them for."""


class OptionsDiffer(Refused):
    """An interrupted load is to go on with other options than it began with."""


class UndoRefused(Refused):
    """A batch cannot be taken back: of that kind, already undone, or later work hangs on it."""


class BatchNotFound(NotFound):
    """There is no batch of this number."""

    def __init__(self, batch_id: int) -> None:
        super().__init__(
            zh=f"没有第 {batch_id} 批；见 wangge batch list", en=f"there is no batch {batch_id}: see wangge batch list"
        )


class FileChanged(BadInput):
    """A file is not the one it is said to be."""
