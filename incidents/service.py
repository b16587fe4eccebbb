"""The door of the incidents room. Others ask here or read the view incidents.v_report."""

from incidents._heat import heat, hot_cells
from incidents._receive import receive, receive_many
from incidents._refresh import keep_out_piles, refresh_days
from incidents._regrid import grids_on, move_grids
from incidents._suggest import decide, suggest, suggestions
from incidents.alike import Alike, Nearby, alike, near, place_of
from incidents.errors import IdempotencyConflict, NotAReport, PersonalColumns
from incidents.reading import Kept, count_at, report, reports_of_cell, unplaced
from incidents.records import (
    ClosedAtSource,
    HeatFrame,
    HotCell,
    Named,
    Received,
    ReceivedMany,
    ReportRecord,
    Suggestion,
)
from incidents.rules import categories, channels

__all__ = [
    "Alike",
    "ClosedAtSource",
    "HeatFrame",
    "HotCell",
    "IdempotencyConflict",
    "Kept",
    "Named",
    "Nearby",
    "NotAReport",
    "PersonalColumns",
    "Received",
    "ReceivedMany",
    "ReportRecord",
    "Suggestion",
    "alike",
    "categories",
    "channels",
    "count_at",
    "decide",
    "grids_on",
    "heat",
    "hot_cells",
    "keep_out_piles",
    "move_grids",
    "near",
    "place_of",
    "receive",
    "receive_many",
    "refresh_days",
    "report",
    "reports_of_cell",
    "suggest",
    "suggestions",
    "unplaced",
]
