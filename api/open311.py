"""Open311 GeoReport v2: discovery, services, requests, tokens; XML (the form the standard requires) and JSON.

Facts from real clients (standards.md §4): ids and codes as strings, nulls left out of JSON, `long` not `lng`, bare
arrays, at least two endpoints of type test. Outwardly a request is only open or closed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import APIRouter, Depends, Form, Header, Query, Request
from fastapi.responses import Response

from api.deps import Work, open_door
from api.errors import TooMany
from api.intake import file_report
from api.limits import Bucket
from api.open311_request import outward, shown_state
from cases import service as cases
from core.errors import BadInput, NotFound
from incidents import service as incidents
from incidents.incoming import Incoming
from incidents.kinds import Channel

router = APIRouter(prefix="/open311", tags=["open311"])

AsPublic = Annotated[Work, open_door()]
JURISDICTION: Final = "wangge"
LIST_DAYS: Final = 90
LIST_MOST: Final = 1000
"""90 days or 1,000 requests, whichever is less: GeoReport v2, GET Service Requests."""
POSTS = Bucket(rate_per_minute=30, burst=60)
REFERENCES: Final = UUID("6f4a7f0e-8f1c-4b57-9a40-3c2d0b7f1c11")


def posting(request: Request) -> None:
    """Hold back whoever files more than the limit. Raises TooMany."""
    host = request.client.host if request.client else ""
    wait_s = 0 if host in ("127.0.0.1", "::1") else POSTS.wait_s(host)
    if wait_s:
        raise TooMany(wait_s)


@router.get("/discovery.{form}")
@router.get("/v2/discovery.{form}")
def discovery(request: Request, form: str) -> Response:
    """Where the endpoints are."""
    base = str(request.base_url) + "open311/v2"
    endpoints = [
        {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": base,
            "changeset": "2026-11-25T00:00:00+08:00",
            "type": kind,
            "formats": ["text/xml", "application/json"],
        }
        for kind in ("production", "test", "test")
    ]
    body = {
        "changeset": "2026-11-25T00:00:00+08:00",
        "contact": "综治中心",
        "key_service": "无需申请密钥 / no key is needed",
        "endpoints": endpoints,
    }
    return answer(form, "discovery", body)


@router.get("/v2/services.{form}")
def services(form: str, work: AsPublic) -> Response:
    """The categories one may report."""
    found = [_service(one, work.locale) for one in incidents.categories(work.session)]
    return answer(form, "services", found, "service")


@router.get("/v2/services/{code}.{form}")
def service_definition(code: str, form: str, work: AsPublic) -> Response:
    """A category's definition: none of them asks for attributes."""
    if code not in {one.code for one in incidents.categories(work.session)}:
        raise NotFound(zh="没有这个类别代码。", en="There is no such service_code.", where=code)
    return answer(form, "service_definition", {"service_code": code, "attributes": []})


@router.get("/v2/requests.{form}")
def requests(
    form: str,
    work: AsPublic,
    service_code: Annotated[str, Query(max_length=200)] = "",
    status: Annotated[str, Query(pattern="^(open|closed|open,closed|closed,open)?$")] = "",
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    service_request_id: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Requests as the public may see them: no words of the reporter, nothing vaguer than its category and place."""
    if service_request_id:
        numbers = [number for number in service_request_id.split(",") if number]
        found = cases.outward(work.session, numbers=numbers, limit=LIST_MOST)
    else:
        until = _aware(end_date) or work.at
        since = _aware(start_date) or until - timedelta(days=LIST_DAYS)
        found = cases.outward(
            work.session, since=max(since, until - timedelta(days=LIST_DAYS)), until=until,
            categories=[code for code in service_code.split(",") if code], limit=LIST_MOST,
        )  # fmt: skip
    names = {one.code: one for one in incidents.categories(work.session)}
    wanted = set(status.split(",")) if status else {"open", "closed"}
    rows = [outward(one, names, work.locale) for one in found if shown_state(one) in wanted]
    return answer(form, "service_requests", rows, "request")


@router.get("/v2/requests/{number}.{form}")
def request_(number: str, form: str, work: AsPublic) -> Response:
    """One request by its number."""
    found = cases.outward(work.session, numbers=[number], limit=1)
    if not found:
        raise NotFound(zh="没有这个编号。", en="There is no such service_request_id.", where=number)
    names = {one.code: one for one in incidents.categories(work.session)}
    return answer(form, "service_requests", [outward(found[0], names, work.locale)], "request")


@router.get("/v2/tokens/{token}.{form}")
def token(token: str, form: str, work: AsPublic) -> Response:
    """Numbers are given at once, so a token is the number."""
    if not cases.outward(work.session, numbers=[token], limit=1):
        raise NotFound(zh="没有这个编号。", en="There is no such token.", where=token)
    return answer(form, "service_requests", [{"service_request_id": token, "token": token}], "request")


@router.post("/v2/requests", dependencies=[Depends(posting)])
@router.post("/v2/requests.{form}", dependencies=[Depends(posting)])
def file_request(
    work: AsPublic,
    service_code: Annotated[str, Form(max_length=40)],
    description: Annotated[str, Form(min_length=1, max_length=4000)],
    form: str = "json",
    lat: Annotated[float | None, Form()] = None,
    long: Annotated[float | None, Form()] = None,
    address_string: Annotated[str, Form(max_length=300)] = "",
    address_id: Annotated[str, Form(max_length=20)] = "",
    first_name: Annotated[str, Form(max_length=40)] = "",
    last_name: Annotated[str, Form(max_length=40)] = "",
    phone: Annotated[str, Form(max_length=40)] = "",
    device_id: Annotated[str, Form(max_length=80)] = "",
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """File a request: kept, placed, opened as a case and clocked in one transaction, and answered with its number.

    With an `Idempotency-Key` the same request sent again gets the same answer; without one the words, the place and
    the minute make the key, so that a double click files once.
    """
    if service_code not in {one.code for one in incidents.categories(work.session)}:
        raise BadInput(
            zh="service_code 不在类别表里；请先取 services。",
            en="service_code is not listed in services.",
            where=service_code,
        )
    if not address_string and not address_id and (lat is None or long is None):
        raise BadInput(
            zh="请给出 lat 和 long，或 address_string，或 address_id。",
            en="One of lat and long, address_string or address_id is required.",
        )
    if lat is not None and long is not None and not (abs(lat) <= 90 and abs(long) <= 180):
        raise BadInput(zh="经纬度不在范围内，可能写反了。", en="lat and long are out of range; perhaps swapped.")
    told = (
        idempotency_key
        or f"{device_id}\x1f{description}\x1f{address_string}\x1f{lat}\x1f{long}\x1f{work.at:%Y%m%d%H%M}"
    )
    reference = f"W-{uuid5(REFERENCES, hashlib.sha256(told.encode()).hexdigest())}"
    filed = file_report(
        work.session,
        Incoming(
            channel=Channel.WEB, reference=reference, received_at=work.at,
            words=description, location_words=address_string or address_id,
            lon=long, lat=lat, category_hint=service_code,
        ),
        name=f"{last_name}{first_name}", phone=phone, actor=work.actor, at=work.at,
    )  # fmt: skip
    body = [
        {"service_request_id": filed.number, "service_notice": "已受理，可凭编号查询 / accepted, ask by this number"}
    ]
    return answer(form, "service_requests", body, "request", status=201)


def answer(form: str, root: str, body: Any, item: str = "", status: int = 200) -> Response:
    """The body as XML or JSON by the ending asked for. Raises NotFound for another ending."""
    if form == "json":
        text = json.dumps(_without_nulls(body), ensure_ascii=False)
        return Response(text, status, media_type="application/json; charset=utf-8")
    if form == "xml":
        return Response(_xml(root, body, item), status, media_type="text/xml; charset=utf-8")
    raise NotFound(zh="只有 .json 和 .xml 两种格式。", en="There are two forms: .json and .xml.", where=form)


def _service(one: Any, locale: str) -> dict[str, Any]:
    return {
        "service_code": one.code,
        "service_name": one.name_zh if locale == "zh" else one.name_en,
        "description": f"{one.name_zh} / {one.name_en}",
        "metadata": False,
        "type": "realtime",
        "keywords": one.name_en,
        "group": "综合治理",
    }


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)


def _without_nulls(body: Any) -> Any:
    if isinstance(body, Mapping):
        return {key: _without_nulls(value) for key, value in body.items() if value is not None}
    if isinstance(body, Sequence) and not isinstance(body, str):
        return [_without_nulls(value) for value in body]
    return body


SINGULAR: Final = {"endpoints": "endpoint", "formats": "format", "attributes": "attribute"}


def _xml(root: str, body: Any, item: str) -> bytes:
    top = Element(root)
    for value in body if isinstance(body, list) else [body]:
        into = SubElement(top, item) if isinstance(body, list) else top
        _fill(into, value)
    raw: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return raw


def _fill(into: Element, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        child = SubElement(into, key)
        if isinstance(value, list):
            for one in value:
                part = SubElement(child, SINGULAR.get(key, "item"))
                if isinstance(one, Mapping):
                    _fill(part, one)
                else:
                    part.text = str(one)
        elif isinstance(value, bool):
            child.text = "true" if value else "false"
        elif value is not None:
            child.text = str(value)
