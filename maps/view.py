"""What is looked at and by whom: period, filters, cell size, audience. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core.clock import day_of
from core.errors import BadInput
from maps.palette import SMALL_COUNT

PERIODS: Final = (7, 30, 90, 365)
"""Presets in days; the last one is the longest history kept ready for the map."""

RESOLUTIONS: Final = (8, 9, 10)


class Audience(StrEnum):
    """CASES may read the cases behind a cell and so sees every count; WIDE sees no count below `SMALL_COUNT`."""

    CASES = "cases"
    WIDE = "wide"

    @property
    def smallest(self) -> int | None:
        """The smallest count this audience is shown; None = any."""
        return SMALL_COUNT if self is Audience.WIDE else None


@dataclass(frozen=True, slots=True)
class View:
    """Which reports are counted. `category` and `channel` None = all; `reported_only` = what residents reported.

    Raises BadInput for a period or a cell size that is not offered.
    """

    days: int = 30
    category: str | None = None
    channel: str | None = None
    reported_only: bool = True
    resolution: int = 9

    def __post_init__(self) -> None:
        if self.days not in PERIODS:
            offered = "、".join(str(days) for days in PERIODS)
            raise BadInput(zh=f"时段只有 {offered} 天。", en=f"Periods are {PERIODS} days.", where="days")
        if self.resolution not in RESOLUTIONS:
            raise BadInput(zh="格的大小只有 8、9、10 级。", en=f"Cell sizes are {RESOLUTIONS}.", where="resolution")

    def window(self, at: datetime) -> tuple[date, date]:
        """First and last day of the period, both counted, in Shanghai; the last is the day of `at`."""
        last = day_of(at)
        return last - timedelta(days=self.days - 1), last

    def window_before(self, at: datetime) -> tuple[date, date]:
        """The period of the same length just before."""
        first, _ = self.window(at)
        return first - timedelta(days=self.days), first - timedelta(days=1)

    def of_all_channels(self) -> "View":
        """The same without the filter of channels: what the class limits are made from."""
        return replace(self, channel=None)
