"""The door of the incidents room. Others ask here or read the view incidents.v_report."""

from incidents._heat import heat, hot_cells, refresh_days
from incidents._receive import receive, receive_many
from incidents.alike import Alike, Nearby, alike, near, place_of
from incidents.errors import IdempotencyConflict
from incidents.reading import report
from incidents.records import HeatFrame, HotCell, Named, Received, ReceivedMany, ReportRecord
from incidents.rules import categories, channels

__all__ = [
    "Alike",
    "HeatFrame",
    "HotCell",
    "IdempotencyConflict",
    "Named",
    "Nearby",
    "Received",
    "ReceivedMany",
    "ReportRecord",
    "alike",
    "categories",
    "channels",
    "heat",
    "hot_cells",
    "near",
    "place_of",
    "receive",
    "receive_many",
    "refresh_days",
    "report",
]
