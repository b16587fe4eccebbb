"""What the registry hands out: frozen records, masked unless they say otherwise."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.coords import Place


class Purpose(StrEnum):
    """Why somebody may look behind the mask: the closed list (table registry.disclosure checks it, too)."""

    CALL_BACK = "call_back"
    VISIT = "visit"
    EMERGENCY = "emergency"
    DISPUTE = "dispute"
    CORRECTION = "correction"


PURPOSE_NAMES_ZH = {
    Purpose.CALL_BACK: "回访",
    Purpose.VISIT: "上门核实",
    Purpose.EMERGENCY: "紧急救助",
    Purpose.DISPUTE: "纠纷调解",
    Purpose.CORRECTION: "信息更正",
}


class Kind(StrEnum):
    """Whose data a reference stands for; also the table."""

    PERSON = "person"
    CONTACT = "contact"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Resident:
    """One resident as a list shows him: masked."""

    id: UUID
    grid_id: int | None
    home_code: str | None
    household_id: UUID | None
    name_masked: str
    gender: str | None
    birth_year: int | None
    id_tail: str
    phone_masked: str
    relation: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Business:
    """One business as a list shows it. Names and credit codes are public registers; the person in charge is masked."""

    id: UUID
    grid_id: int | None
    site_code: str | None
    uscc: str
    name: str
    kind: str | None
    industry: str | None
    person_masked: str
    phone_masked: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Household:
    """People registered under one household number; `id` is None for those without one."""

    id: UUID | None
    residents: tuple[Resident, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One address, one file (一址一档): who lives and trades there, masked. `is_cut` when more exist than are shown."""

    code: str
    households: tuple[Household, ...]
    businesses: tuple[Business, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class PersonDot:
    """A resident on the map of who may see him: masked, at his building."""

    id: UUID
    grid_id: int
    home_code: str
    place: Place
    name_masked: str


@dataclass(frozen=True, slots=True)
class GridPopulation:
    """How many live and trade in a grid. Counts only."""

    grid_id: int
    persons: int
    households: int
    businesses: int


@dataclass(frozen=True, slots=True)
class ContactRef:
    """What a report keeps of its reporter. `id` is None when nothing personal was said."""

    id: UUID | None
    masked_name: str
    masked_phone: str
    masked_words: str


@dataclass(frozen=True, slots=True)
class Revealed:
    """Personal data in clear. Show it only after the unit of work has committed: the audit row comes first."""

    kind: Kind
    id: UUID
    fields: dict[str, str]
