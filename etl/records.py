"""What a load answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.rows import Reject

NO_GRID = "no_grid_"
"""How the registry's counts of them begin."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """The balance of one file: read = accepted + repeated + rejected, to the row.

    `rejected` holds the first `MOST_SHOWN` only; the ledger has all of them. `is_resumed` when an interrupted load
    went on where it stopped.
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
