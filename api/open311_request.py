"""Open311 requests both ways: what a client posts, and a case as it shows outwardly."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.datastructures import FormData, UploadFile

from api.pages import iso
from cases.service import WORDS, Outward
from core.errors import BadInput
from incidents.service import Named

REFERENCES: Final = UUID("6f4a7f0e-8f1c-4b57-9a40-3c2d0b7f1c11")
"""The name space of references made from idempotency keys."""
MOST_FIELDS: Final = 100
MOST_FILES: Final = 5

Short = Annotated[str, Field(max_length=80)]


class Posted(BaseModel):
    """The fields of POST Service Request. A place is given by lat and long, by address_string or by address_id."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")

    service_code: Annotated[str, Field(min_length=1, max_length=40)]
    description: Annotated[str, Field(max_length=4000)] = ""
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    long: Annotated[float | None, Field(ge=-180, le=180)] = None
    address_string: Annotated[str, Field(max_length=300)] = ""
    address_id: Annotated[str, Field(max_length=40)] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    device_id: Annotated[str, Field(max_length=200)] = ""
    account_id: Annotated[str, Field(max_length=200)] = ""
    first_name: Short = ""
    last_name: Short = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    media_url: Annotated[str, Field(max_length=2000)] = ""
    attribute: dict[str, list[str]] = Field(default_factory=dict)

    @field_validator("lat", "long", mode="before")
    @classmethod
    def empty_is_none(cls, value: object) -> object:
        """Clients send lat= when there is no position."""
        return None if value == "" else value

    @property
    def name(self) -> str:
        """Family name first, as here; Latin names keep their order and a space."""
        if self.first_name.isascii() and self.last_name.isascii():
            return f"{self.first_name} {self.last_name}".strip()
        return f"{self.last_name}{self.first_name}"

    @property
    def words(self) -> str:
        """What was said, with the answers to attributes and the address of a picture below it."""
        lines = [self.description]
        lines += [f"{code}：{'、'.join(values)}" for code, values in self.attribute.items() if any(values)]
        if self.media_url:
            lines.append(self.media_url)
        return "\n".join(line for line in lines if line)

    def reference(self, key: str, at: datetime) -> str:
        """What makes two posts one: the client's key; without it the content and the minute (a double click)."""
        told = f"key\x1f{key}" if key else f"{self.model_dump_json()}\x1f{at:%Y%m%d%H%M}"
        return f"W-{uuid5(REFERENCES, hashlib.sha256(told.encode()).hexdigest())}"


async def posted(request: Request) -> Posted:
    """The form of a request, urlencoded or multipart. Raises BadInput with the names of the faulty fields."""
    form = await request.form(max_fields=MOST_FIELDS, max_files=MOST_FILES)
    try:
        return Posted.model_validate(_fields(form))
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in exc.errors())
        raise BadInput(zh=f"字段有误：{faults}", en=f"not understood: {faults}") from exc


def as_meant(text: str) -> str:
    """UTF-8 that a client sent without percent signs reaches us read as Latin-1; anything else stays as it is."""
    try:
        return text if text.isascii() else text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _fields(form: FormData) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    attributes: dict[str, list[str]] = {}
    for key, value in form.multi_items():
        if isinstance(value, UploadFile):
            continue
        if key.startswith("attribute[") and "]" in key:
            attributes.setdefault(key[len("attribute[") : key.index("]")], []).append(as_meant(value))
        else:
            fields[key] = as_meant(value)
    return {**fields, "attribute": attributes}


def outward(one: Outward, names: Mapping[str, Named], locale: str, *, is_extended: bool) -> dict[str, Any]:
    """The fields of GeoReport v2; what is not known is left out."""
    named = names.get(one.category)
    word = WORDS[one.status]
    is_zh = locale == "zh"
    fields: dict[str, Any] = {
        "service_request_id": one.number,
        "status": "open" if one.is_open else "closed",
        "status_notes": word.zh if is_zh else word.en,
        "service_name": None if named is None else named.name_zh if is_zh else named.name_en,
        "service_code": one.category,
        "agency_responsible": one.unit,
        "requested_datetime": iso(one.opened_at),
        "updated_datetime": iso(one.updated_at),
        "expected_datetime": iso(one.due_at) or None,
        "address": one.address,
        "address_id": one.code,
        "lat": one.lat,
        "long": one.lon,
    }
    if is_extended:
        fields["extended_attributes"] = {"status": one.status.value, "closed_datetime": iso(one.closed_at) or None}
    return fields
