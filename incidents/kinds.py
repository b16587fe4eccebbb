"""The closed lists of this room: channels, sources, urgency, and how precise a place must be for a cell."""

from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """Where a report came in. The reference is unique within its channel."""

    HOTLINE_12345 = "12345"
    POLICE_110 = "110"
    PETITION = "petition"
    MEDIATION = "mediation"
    WEB = "web"
    GRID = "grid"
    WALK_IN = "walk_in"


class Source(StrEnum):
    """Who noticed: residents report, patrols and workers discover, imports do not say.

    The heat that plans patrols is made of REPORTED only, so that patrols do not feed their own heat.
    """

    REPORTED = "reported"
    DISCOVERED = "discovered"
    IMPORTED = "imported"


class Urgency(StrEnum):
    """How fast somebody must act; each has its clock in `cases`."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    DANGER = "danger"
    COMPLEX = "complex"


class StatusHint(StrEnum):
    """What the source says about the handling: history arrives closed, with its closing time."""

    OPEN = "open"
    CLOSED = "closed"


RESOLUTIONS: Final = (8, 9, 10)

CELL_PRECISION_M: Final = {8: 600.0, 9: 150.0, 10: 150.0}
"""A place coarser than this many metres gives no cell of that resolution.

A resolution-9 cell is about 350 m across: a report known only to its village (1 km and more) would make a
hot cell of the village's centre point. 8 is about 1 km across and takes streets and estates.
"""
