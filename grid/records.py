"""What the grid room hands out: frozen records, no rows of tables."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.coords import Place
from core.rows import Outcome

DAWN = date(1900, 1, 1)
"""Valid "since ever": the first boundary or division we know of holds for everything before it, too."""


class Level(StrEnum):
    """How high a division stands."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


LEVEL_NAMES_ZH = {
    Level.PROVINCE: "省",
    Level.CITY: "市",
    Level.COUNTY: "县区",
    Level.TOWN: "乡镇街道",
    Level.VILLAGE: "村社区",
}


class Layer(StrEnum):
    """Base and dedicated grids together cover the ground once; micro-grids tile a base grid."""

    BASE = "base"
    DEDICATED = "dedicated"
    MICRO = "micro"


LAYER_NAMES_ZH = {Layer.BASE: "基础网格", Layer.DEDICATED: "专属网格", Layer.MICRO: "微网格"}
GROUND_LAYERS = (Layer.BASE, Layer.DEDICATED)


@dataclass(frozen=True, slots=True)
class DivisionRecord:
    """One division in one stretch of time. `centre` is None when nobody has handed in its area."""

    id: int
    code: str
    level: Level
    name: str
    full_name: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    successor_code: str | None
    centre: Place | None


@dataclass(frozen=True, slots=True)
class Today:
    """A division of the table of one year, and what it is today.

    `successors`: (code or key, full name, share of it, is it sure, the steps in between); several when it was split.
    """

    year: int
    key: str
    full_name: str
    level: Level
    successors: tuple[tuple[str, str, float, bool, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class GridRecord:
    """One grid as it is today. `centre` lies inside the ground; None for a retired grid."""

    id: int
    code: str
    name: str
    layer: Layer
    parent_id: int | None
    village_code: str
    village_name: str | None
    town_code: str
    town_name: str | None
    office: str | None
    centre: Place | None


@dataclass(frozen=True, slots=True)
class GridLoad(Outcome):
    """The balance of a load of grids, and the largest faults met: square metres lying in two grids or in none."""

    overlap_m2: float = 0.0
    gap_m2: float = 0.0


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What a redrawing touched, for the rooms whose rows lie on that ground.

    `grid_ids`: redrawn, new and retired ones. `near_ids`: these and the ones beside them. `box`: west, south, east and
    north of the ground that changed its grid, degrees; None when nothing changed. `is_wider`: ground that was in no
    grid is in one now, so what had none is looked at, too.
    """

    grid_ids: tuple[int, ...]
    near_ids: tuple[int, ...]
    changed_m2: float
    box: tuple[float, float, float, float] | None
    is_wider: bool = False


@dataclass(frozen=True, slots=True)
class Responsible:
    """An account that answers for a grid. Logins only: personal names are not this room's business."""

    account_id: str
    login: str
    role: str
