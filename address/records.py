"""What the address room hands out: frozen records and arrays, no rows of tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from address.lives import Kind


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """One addressable object. `parts` holds the parts that are known, by their English names."""

    code: str
    parent_code: str | None
    level: str
    status: str
    name: str
    parts: Mapping[str, str]
    town_code: str | None
    village_code: str | None
    grid_id: int | None
    lon: float
    lat: float
    precision_m: float
    h3_8: int
    h3_9: int
    h3_10: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Placements:
    """Where texts are, all columns as long as the texts.

    `precision` is one of room, unit, building, door, estate, road, village, town, none, and `level` what kind of
    object `code` names; `code` is None where only a wider area is known. lon and lat are NaN, grid_id -1 and cells 0
    where there is nothing; grid_id and cells are given only down to 150 m: a wider area lies in many of them.
    """

    code: list[str | None]
    level: list[str]
    precision: list[str]
    precision_m: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    grid_id: NDArray[np.int32]
    town: list[str | None]
    village: list[str | None]
    h3_8: NDArray[np.int64]
    h3_9: NDArray[np.int64]
    h3_10: NDArray[np.int64]
    why: list[str]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class NewPlace:
    """An object to be made: the parts that differ from the place it comes from, and its position when that differs."""

    parts: Mapping[str, str]
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class DatedName:
    """What an object is or was called besides its standard name: valid_from <= day < valid_to."""

    kind: str
    text: str
    valid_from: date
    valid_to: date | None
    source: str | None


@dataclass(frozen=True, slots=True)
class DatedCode:
    """What another body calls an object: valid_from <= day < valid_to. `trust`: sure, partly or ours."""

    scheme: str
    name_zh: str
    name_en: str
    value: str
    valid_from: date
    valid_to: date | None
    trust: str


@dataclass(frozen=True, slots=True)
class PastEvent:
    """One event of a code as a history shows it."""

    kind: Kind
    from_codes: tuple[str, ...]
    to_codes: tuple[str, ...]
    on: date
    document: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """All that is dated about one code, the oldest first."""

    names: tuple[DatedName, ...]
    codes: tuple[DatedCode, ...]
    events: tuple[PastEvent, ...]
