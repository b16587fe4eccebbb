"""What became of the rows of a file: the words every loader shares.

Nothing is lost on the way in: read = accepted + repeated + rejected, to the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused row: its number as the operator sees it in the sheet, and why, in both languages."""

    row_no: int
    zh: str
    en: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The balance of one chunk of rows.

    `counts` are extra figures worth showing (placed by precision, made parents), keyed by a short word.
    """

    accepted: int
    repeated: int
    rejected: tuple[Reject, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Rows that were looked at."""
        return self.accepted + self.repeated + len(self.rejected)


@dataclass(frozen=True, slots=True)
class Burden:
    """Later work that rests on what a batch made: what it is (zh, en), how much, and from which batches it came."""

    zh: str
    en: str
    count: int
    batch_ids: tuple[int, ...] = ()
