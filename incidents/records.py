"""What the incidents room hands out: frozen records and arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.coords import Place
from core.rows import Reject


@dataclass(frozen=True, slots=True)
class Named:
    """A channel or a category with its names."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One report as other rooms see it: words masked, the person a reference."""

    id: UUID
    received_at: datetime
    channel: str
    reference: str
    words: str
    location_words: str
    category: str
    category_why: str
    subject: str | None
    urgency: str
    source: str
    contact_ref: UUID | None
    status_hint: str
    closed_at: datetime | None
    unit_hint: str | None
    code: str | None
    precision: str
    precision_m: float | None
    placed_why: str
    lon: float | None
    lat: float | None
    grid_id: int | None
    h3_9: int | None
    matter_id: UUID
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to one report."""

    report: ReportRecord
    is_new: bool


@dataclass(frozen=True, slots=True)
class ClosedAtSource:
    """A report received before that its source calls closed now. The moment is None when the source does not say."""

    report_id: UUID
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReceivedMany:
    """The answer to a chunk: the new reports for the door to open cases for, and the balance.

    `closed` are repeats whose source says that they are closed; `cases.open_many` follows it.
    """

    reports: tuple[ReportRecord, ...]
    repeated: int
    rejected: tuple[Reject, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    closed: tuple[ClosedAtSource, ...] = ()

    @property
    def accepted(self) -> int:
        """How many were new."""
        return len(self.reports)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two reports that may tell of one matter, with the evidence. `decision`: joined, apart, None = nobody has said."""

    report_id: UUID
    earlier_id: UUID
    likeness: float
    metres: float
    days: float
    is_same_code: bool
    decision: str | None


@dataclass(frozen=True, slots=True)
class HeatFrame:
    """Cells in ascending order, reports in the window, and reports expected in the next seven days with the standard
    deviation of that expectation.

    `unplaced` = reports of the window known too vaguely for a cell of this size. `withheld` = reports of sensitive
    categories, which never show below the village.
    """

    cell: NDArray[np.int64]
    n: NDArray[np.int64]
    expected: NDArray[np.float64]
    sd: NDArray[np.float64]
    unplaced: int
    withheld: int


@dataclass(frozen=True, slots=True)
class HotCell:
    """A cell worth a look: reports by residents of the last 30 days, what to expect in a week, and at which hours.

    `by_hour` counts the last 91 days by the hour of Asia/Shanghai. The titles say why: how many, mostly what, and
    what to expect.
    """

    cell: int
    place: Place
    grid_id: int
    n: int
    expected: float
    by_hour: tuple[int, ...]
    title_zh: str
    title_en: str
