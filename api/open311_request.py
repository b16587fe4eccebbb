"""A case as an Open311 request: only open or closed outwardly, the address by its unified code."""

from collections.abc import Mapping
from typing import Any

from api.pages import iso
from cases.service import Outward
from incidents.service import Named


def shown_state(one: Outward) -> str:
    """open or closed."""
    return "open" if one.is_open else "closed"


def outward(one: Outward, names: Mapping[str, Named], locale: str) -> dict[str, Any]:
    """The fields of GeoReport v2; what is not known is left out."""
    named = names.get(one.category)
    return {
        "service_request_id": one.number,
        "status": shown_state(one),
        "service_code": one.category,
        "service_name": None if named is None else named.name_zh if locale == "zh" else named.name_en,
        "agency_responsible": one.unit,
        "requested_datetime": iso(one.opened_at),
        "updated_datetime": iso(one.updated_at),
        "address_id": one.code,
        "lat": one.lat,
        "long": one.lon,
    }
