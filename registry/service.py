"""The door of the registry. What comes out is masked, but for `reveal`, which writes down who looked and why."""

from registry._all import all_businesses, all_residents
from registry._businesses import load_businesses
from registry._contacts import erase_contacts, keep_contact, keep_contacts, reveal
from registry._following import follow_codes
from registry._population import at_codes
from registry._regrid import move_grids, relink_grids
from registry._reports import REPORT_NAMES, Finding, Report, limit_of, report
from registry._residents import load_residents
from registry._withdraw import changed_by, changed_since, resting_on, withdraw
from registry.masking import mask_name, mask_phone, mask_room
from registry.masking import mask_text as mask_words
from registry.reading import businesses_of, dossier, key_of, near, own_residents, population, residents_of
from registry.records import (
    PURPOSE_NAMES_ZH,
    Business,
    ContactRef,
    Dossier,
    GridPopulation,
    Household,
    Kind,
    PersonDot,
    Purpose,
    Resident,
    Revealed,
)

__all__ = [
    "PURPOSE_NAMES_ZH",
    "REPORT_NAMES",
    "Business",
    "ContactRef",
    "Dossier",
    "Finding",
    "GridPopulation",
    "Household",
    "Kind",
    "PersonDot",
    "Purpose",
    "Report",
    "Resident",
    "Revealed",
    "all_businesses",
    "all_residents",
    "at_codes",
    "businesses_of",
    "changed_by",
    "changed_since",
    "dossier",
    "erase_contacts",
    "follow_codes",
    "keep_contact",
    "keep_contacts",
    "key_of",
    "limit_of",
    "load_businesses",
    "load_residents",
    "mask_name",
    "mask_phone",
    "mask_room",
    "mask_words",
    "move_grids",
    "near",
    "own_residents",
    "population",
    "relink_grids",
    "report",
    "residents_of",
    "resting_on",
    "reveal",
    "withdraw",
]
