"""What the cases room hands out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.clocks import Due
from cases.workflow import OPEN_STATUSES, Status, Verb

ON_SITE_STATUSES = frozenset({Status.NEW, Status.ACCEPTED, Status.ASSIGNED, Status.SIGNED, Status.ON_SITE})
"""States in which somebody may still have to go there."""
DESK_CATEGORIES = frozenset({"consumer", "labour", "family", "help", "other"})
"""Matters settled at a desk or a table: nobody is sent round for them unless a person says so."""


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case as a list shows it; words are masked.

    `unit` holds it, `offered_to` has not signed yet. `has_reporter`: somebody waits for an answer. `lane` is ordinary,
    frequent or key; `level` counts escalations.
    """

    id: UUID
    number: str
    report_id: UUID
    channel: str
    category: str
    category_zh: str
    category_en: str
    source: str
    urgency: str
    summary: str
    place_words: str
    code: str | None
    grid_id: int | None
    h3_9: int | None
    status: Status
    unit: str
    opened_at: datetime
    due_at: datetime | None
    soon_at: datetime | None
    closed_at: datetime | None
    offered_to: str | None
    lane: str
    level: int
    is_watched: bool
    has_reporter: bool

    @property
    def is_open(self) -> bool:
        """Outwardly open."""
        return self.status in OPEN_STATUSES

    @property
    def needs_visit(self) -> bool:
        """Whether a patrol should go there."""
        return self.status in ON_SITE_STATUSES and self.category not in DESK_CATEGORIES


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One thing that was done."""

    seq: int
    at: datetime
    verb: Verb
    to_status: Status
    actor_name: str
    actor_role: str
    unit: str | None
    note: str | None
    evidence: Any | None


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """A clock of a case: the rule in words, and which verbs stop it. `due` is how it stands, NONE when it stopped."""

    stage: str
    zh: str
    en: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    stops_on: frozenset[Verb]
    due: Due


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its history and its clocks, the earliest first. `closed_by` is the account that closed it."""

    case: CaseRecord
    events: tuple[EventRecord, ...]
    clocks: tuple[ClockRecord, ...]
    due: Due
    closed_by: UUID | None


@dataclass(frozen=True, slots=True)
class Outward:
    """A case as the public sees it: no words of the reporter, the place not nearer than the building."""

    number: str
    category: str
    status: Status
    opened_at: datetime
    updated_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    unit: str
    code: str | None
    address: str | None
    lon: float | None
    lat: float | None

    @property
    def is_open(self) -> bool:
        """Outwardly open."""
        return self.status in OPEN_STATUSES
