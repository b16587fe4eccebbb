"""What a load answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.rows import Outcome, Reject

NO_GRID = "no_grid_"
"""How the registry's counts of them begin."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The balance of one file: read = accepted + repeated + rejected, to the row.

    `rejected` holds the first `MOST_SHOWN` only; the ledger has all of them. `is_resumed` when an interrupted load
    went on where it stopped. `notes` is what else the operator should know, Chinese and English.
    """

    batch_id: int
    kind: str
    file_name: str
    read: int
    accepted: int
    repeated: int
    rejected_count: int
    seconds: float
    is_resumed: bool = False
    rejected: Sequence[Reject] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[tuple[str, str]] = ()

    @property
    def adds_up(self) -> bool:
        """Whether every row that was read is accounted for."""
        return self.read == self.accepted + self.repeated + self.rejected_count

    @property
    def without_grid(self) -> Mapping[str, int]:
        """People and businesses that belong to no grid, by how well their address could be placed."""
        return {
            name.removeprefix(NO_GRID): count for name, count in sorted(self.counts.items()) if name.startswith(NO_GRID)
        }


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns: its Chinese name, and the header of the file that stands for it (None: absent)."""

    ours: str
    label: str
    header: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What a file seems to be and what would become of its rows; nothing was written.

    `rows` are the first as they would be taken, under the labels of `columns`. `encoding` is None for workbooks,
    `sheet` for text. `positions` says what the coordinates seem to be (zh, en), None where none matter; `is_doubtful`
    when a load would be refused for it. `outcome` is the exact balance, None when it was not asked for.
    """

    file_name: str
    sha256: str
    kind: str
    mapping: str
    zh: str
    en: str
    total: int
    columns: Sequence[Column]
    ignored: Sequence[str]
    rows: Sequence[Sequence[str]]
    encoding: str | None
    sheet: str | None
    positions: tuple[str, str] | None
    is_doubtful: bool
    notes: Sequence[tuple[str, str]]
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One line of the list of batches."""

    id: int
    kind: str
    file_name: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    rows_done: int
    accepted: int
    repeated: int
    rejected: int
    counts: Mapping[str, int]
    actor_name: str
    options: Mapping[str, str]
    sha256: str
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing a batch did: how many things were withdrawn or put back (zh, en, count), and notes."""

    batch_id: int
    file_name: str
    done: Sequence[tuple[str, str, int]]
    notes: Sequence[tuple[str, str]]
