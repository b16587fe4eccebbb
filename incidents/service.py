"""The door of the incidents room. Others ask here or read the view incidents.v_report."""

from incidents._bursts import Burst, decide_burst, find_bursts, open_bursts
from incidents._choosing import choose_category, train
from incidents._heat import heat, hot_cells
from incidents._receive import receive, receive_many
from incidents._refresh import KEPT_OUT, keep_out_piles, refresh_days
from incidents._regrid import grids_on, move_grids
from incidents._replacing import Choice, Placing, note_alias, placing_of, replace_place, take_back
from incidents._suggest import decide, remember, suggest, suggestions
from incidents._waiting import Doubtful, Waiting, doubts, next_doubtful, waiting
from incidents.alike import Alike, Nearby, alike, near, place_of
from incidents.doubt import BY_HAND, Doubt
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
    "BY_HAND",
    "KEPT_OUT",
    "Alike",
    "Burst",
    "Choice",
    "ClosedAtSource",
    "Doubt",
    "Doubtful",
    "HeatFrame",
    "HotCell",
    "IdempotencyConflict",
    "Kept",
    "Named",
    "Nearby",
    "NotAReport",
    "PersonalColumns",
    "Placing",
    "Received",
    "ReceivedMany",
    "ReportRecord",
    "Suggestion",
    "Waiting",
    "alike",
    "categories",
    "channels",
    "choose_category",
    "count_at",
    "decide",
    "decide_burst",
    "doubts",
    "find_bursts",
    "grids_on",
    "heat",
    "hot_cells",
    "keep_out_piles",
    "move_grids",
    "near",
    "next_doubtful",
    "note_alias",
    "open_bursts",
    "place_of",
    "placing_of",
    "receive",
    "receive_many",
    "refresh_days",
    "remember",
    "replace_place",
    "report",
    "reports_of_cell",
    "suggest",
    "suggestions",
    "take_back",
    "train",
    "unplaced",
    "waiting",
]
