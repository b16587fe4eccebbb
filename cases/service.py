"""The door of the cases room. Others ask here or read the view cases.v_case."""

from cases._all import all_cases
from cases._following import follow_place
from cases._joining import join, part, reports_of
from cases._moving import allowed, move
from cases._opening import open_case as open  # noqa: A004 - the trade's word for it
from cases._opening import open_many
from cases._regrid import move_grids
from cases.acts import Act, acts
from cases.clocks import Due
from cases.errors import CaseNotFound, MoveRefused
from cases.figures import Figures, figures
from cases.outward import Asked, outward
from cases.reading import Filters, case, case_of_report, cases, number_of, open_cases_in
from cases.records import CaseDetail, CaseRecord, ClockRecord, EventRecord, Outward
from cases.workflow import VERBS, WORDS, Status, Verb

__all__ = [
    "VERBS",
    "WORDS",
    "Act",
    "Asked",
    "CaseDetail",
    "CaseNotFound",
    "CaseRecord",
    "ClockRecord",
    "Due",
    "EventRecord",
    "Figures",
    "Filters",
    "MoveRefused",
    "Outward",
    "Status",
    "Verb",
    "acts",
    "all_cases",
    "allowed",
    "case",
    "case_of_report",
    "cases",
    "figures",
    "follow_place",
    "join",
    "move",
    "move_grids",
    "number_of",
    "open",
    "open_cases_in",
    "open_many",
    "outward",
    "part",
    "reports_of",
]
