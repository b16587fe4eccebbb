"""The door of the address room. Everybody else asks here or reads the view address.v_place."""

from dataclasses import replace

from sqlalchemy.orm import Session

from address._aliases import (
    Alias,
    AliasState,
    aliases,
    count_aliases,
    decide_alias,
    propose_alias,
    unpropose_alias,
)
from address._all import all_addresses
from address._candidates import Offer, Offered, candidates
from address._finding import Fit, Found, FoundPage, Sheet, Sight, find, look_up, own_grids
from address._history import by_other_code, history, likely, name_on, resolve
from address._ingest import ingest
from address._learned import as_learned
from address._listing import above, children, codes_below, houses, records
from address._lives import change_division, correct, create, demolish, duplicate, merge, rebuild, rename, split
from address._placing import Placer, index, place, placer
from address._recode import recode, recode_all, set_other_code
from address._regrid import grids_on, move_grids, relink_grids
from address._withdraw import made_by, resting_on, withdraw
from address.errors import AddressNotFound, ChangeRefused, ColumnsMissing
from address.judging import Reason, Said
from address.lives import KIND_NAMES, STATUS_NAMES, Answer, Kind, Status
from address.match import Explanation
from address.reading import get, name_of, nearest, search
from address.records import AddressRecord, DatedCode, DatedName, History, NewPlace, PastEvent, Placements
from address.version import stamp

__all__ = [
    "KIND_NAMES",
    "STATUS_NAMES",
    "AddressNotFound",
    "AddressRecord",
    "Alias",
    "AliasState",
    "Answer",
    "ChangeRefused",
    "ColumnsMissing",
    "DatedCode",
    "DatedName",
    "Explanation",
    "Fit",
    "Found",
    "FoundPage",
    "History",
    "Kind",
    "NewPlace",
    "Offer",
    "Offered",
    "PastEvent",
    "Placements",
    "Placer",
    "Reason",
    "Said",
    "Sheet",
    "Sight",
    "Status",
    "above",
    "aliases",
    "all_addresses",
    "by_other_code",
    "candidates",
    "change_division",
    "children",
    "codes_below",
    "correct",
    "count_aliases",
    "create",
    "decide_alias",
    "demolish",
    "duplicate",
    "explain",
    "find",
    "get",
    "grids_on",
    "history",
    "houses",
    "index",
    "ingest",
    "likely",
    "look_up",
    "made_by",
    "merge",
    "move_grids",
    "name_of",
    "name_on",
    "nearest",
    "own_grids",
    "place",
    "placer",
    "propose_alias",
    "rebuild",
    "recode",
    "recode_all",
    "records",
    "relink_grids",
    "rename",
    "resolve",
    "resting_on",
    "search",
    "set_other_code",
    "split",
    "stamp",
    "unpropose_alias",
    "withdraw",
]


def explain(session: Session, words: str) -> Explanation:
    """Every step of matching one text, for people who wonder; beside them what the site's own tagger reads."""
    told = index(session).explain(words)
    learned = as_learned(words)
    return replace(told, steps=[*told.steps, ("learned", learned)]) if learned else told
