"""Which placements a person should look at, and why (pure)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from address.answers import Why


class Doubt(StrEnum):
    """Why a placement waits for a person; the order is that of the counters on the page."""

    TIE = "tie"
    NUMBER = "number"
    COARSE = "coarse"
    FAULT = "fault"
    NONE = "none"
    ELSEWHERE = "elsewhere"
    PILE = "pile"


WHY: Final[Mapping[str, Doubt]] = MappingProxyType(
    {
        Why.TIE.value: Doubt.TIE,
        Why.AREA_ONLY.value: Doubt.NUMBER,
        Why.BUILDING_ONLY.value: Doubt.COARSE,
        Why.PLATE_ONLY.value: Doubt.COARSE,
        Why.NAME_REPAIRED.value: Doubt.FAULT,
        Why.DIVISION_DIFFERS.value: Doubt.FAULT,
        Why.NOT_FOUND.value: Doubt.NONE,
        Why.FOREIGN.value: Doubt.ELSEWHERE,
    }
)
"""The doubt of each reason of the matcher; a reason that is not here leaves none."""

BY_HAND: Final = "decided by a person"
"""Begins `placed_why` of what a person has decided."""


def doubt_of(why: str) -> str | None:
    """The doubt that a reason leaves; None when there is none."""
    found = WHY.get(why)
    return None if found is None else found.value
