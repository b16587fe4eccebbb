"""Open311 GeoReport v2: discovery, services, requests, tokens; XML and JSON.

No key is needed and no cookie is read. Outwardly a request is open or closed; the richer state stands in
`status_notes` and, asked for with `extensions=true`, in `extended_attributes`.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from api.deps import Work, open_door
from api.errors import TooMany
from api.intake import file_report
from api.limits import LOOPBACK, Bucket
from api.open311_form import answer, form_of
from api.open311_request import Posted, outward, posted
from cases import service as cases
from core.clock import SHANGHAI
from core.errors import BadInput, NotFound
from core.settings import settings
from incidents import service as incidents
from incidents.incoming import Incoming
from incidents.kinds import Channel
from incidents.service import Named

router = APIRouter(prefix="/open311", tags=["open311"])

AsPublic = Annotated[Work, open_door()]
CHANGESET: Final = "2026-11-25T00:00:00+08:00"
LIST_DAYS: Final = 90
LIST_MOST: Final = 1000
"""90 days or 1,000 requests, whichever is less: GeoReport v2, GET Service Requests."""
MAX_POST_BYTES: Final = 12 * 1024 * 1024
"""A photograph or two may come with a request."""
POSTS: Final = Bucket(rate_per_minute=30, burst=60)


def jurisdiction(jurisdiction_id: Annotated[str, Query(max_length=100)] = "") -> None:
    """There is one. Raises NotFound for another."""
    if jurisdiction_id not in ("", "wangge", settings().county_code):
        raise NotFound(zh="没有这个 jurisdiction_id", en="jurisdiction_id was not found", where=jurisdiction_id)


def not_too_often(request: Request) -> None:
    """Hold back whoever files more than the limit; this machine itself is not limited. Raises TooMany."""
    host = request.client.host if request.client else ""
    if host not in LOOPBACK and (wait_s := POSTS.wait_s(host)):
        raise TooMany(wait_s)


OneJurisdiction = Depends(jurisdiction)


@router.get("/discovery.{form}")
@router.get("/v2/discovery.{form}")
def discovery(request: Request, form: str) -> Response:
    """Where the endpoints are."""
    base = str(request.base_url) + "open311/v2"
    endpoints = [
        {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": base,
            "changeset": CHANGESET,
            "type": kind,
            "formats": ["text/xml", "application/json"],
        }
        for kind in ("production", "test", "test")
    ]
    body = {
        "changeset": CHANGESET,
        "contact": "综治中心 / the centre named on the pages of this site",
        "key_service": "无需申请密钥 / no key is needed",
        "endpoints": endpoints,
    }
    return answer(_known(form), "discovery", body)


@router.get("/v2/services.{form}", dependencies=[OneJurisdiction])
def services(form: str, work: AsPublic) -> Response:
    """The categories one may report."""
    found = [_service(one, work.locale) for one in incidents.categories(work.session)]
    return answer(_known(form), "services", found, "service")


@router.get("/v2/services/{code}.{form}", dependencies=[OneJurisdiction])
def service_definition(code: str, form: str, work: AsPublic) -> Response:
    """A category's definition: none of them asks for attributes."""
    if code not in _categories(work):
        raise NotFound(zh="没有这个类别代码", en="there is no such service_code", where=code)
    return answer(_known(form), "service_definition", {"service_code": code, "attributes": []})


@router.get("/v2/requests.{form}", dependencies=[OneJurisdiction])
def requests(
    form: str,
    work: AsPublic,
    service_request_id: Annotated[str, Query(max_length=20_000)] = "",
    service_code: Annotated[str, Query(max_length=400)] = "",
    status: Annotated[str, Query(max_length=20)] = "",
    start_date: Annotated[str, Query(max_length=40)] = "",
    end_date: Annotated[str, Query(max_length=40)] = "",
    updated_after: Annotated[str, Query(max_length=40)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    page_size: Annotated[int, Query(ge=1, le=LIST_MOST)] = LIST_MOST,
    extensions: str = "",
) -> Response:
    """Requests as the public may see them: no words of the reporter, the place not nearer than the building."""
    if service_request_id:
        numbers = [number.strip() for number in service_request_id.split(",") if number.strip()]
        asked = cases.Asked(numbers=numbers[:LIST_MOST])
    else:
        until = instant(end_date, "end_date") or work.at
        since = instant(start_date, "start_date") or until - timedelta(days=LIST_DAYS)
        asked = cases.Asked(
            since=max(since, until - timedelta(days=LIST_DAYS)),
            until=until,
            updated_since=instant(updated_after, "updated_after"),
            categories=[code.strip() for code in service_code.split(",") if code.strip()],
            is_open=_state(status),
        )
    found = cases.outward(work.session, asked, limit=page_size, offset=(page - 1) * page_size)
    names = _categories(work)
    rows = [outward(one, names, work.locale, is_extended=extensions == "true") for one in found]
    return answer(_known(form), "service_requests", rows, "request")


@router.get("/v2/requests/{number}.{form}", dependencies=[OneJurisdiction])
def one_request(number: str, form: str, work: AsPublic, extensions: str = "") -> Response:
    """One request by its number."""
    found = cases.outward(work.session, cases.Asked(numbers=[number]), limit=1)
    if not found:
        raise NotFound(zh="没有这个编号", en="there is no such service_request_id", where=number)
    row = outward(found[0], _categories(work), work.locale, is_extended=extensions == "true")
    return answer(_known(form), "service_requests", [row], "request")


@router.get("/v2/tokens/{token}.{form}", dependencies=[OneJurisdiction])
def number_of_token(token: str, form: str, work: AsPublic) -> Response:
    """Numbers are given at once, so a token is the number."""
    if not cases.outward(work.session, cases.Asked(numbers=[token]), limit=1):
        raise NotFound(zh="没有这个编号", en="there is no such token", where=token)
    return answer(_known(form), "service_requests", [{"service_request_id": token, "token": token}], "request")


FORM_SCHEMA: Final = {"schema": Posted.model_json_schema()}
POST_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": FORM_SCHEMA, "multipart/form-data": FORM_SCHEMA},
    }
}
"""The form as `posted` reads it, for the description of the interface."""


@router.post(
    "/v2/requests",
    dependencies=[OneJurisdiction, Depends(not_too_often)],
    max_body_size=MAX_POST_BYTES,
    openapi_extra=POST_BODY,
)
@router.post(
    "/v2/requests.{form}",
    dependencies=[OneJurisdiction, Depends(not_too_often)],
    max_body_size=MAX_POST_BYTES,
    openapi_extra=POST_BODY,
)
def file_request(
    request: Request,
    work: AsPublic,
    told: Annotated[Posted, Depends(posted)],
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """File a request: kept, placed, opened as a case and clocked in one transaction, and answered with its number.

    With an `Idempotency-Key` the same request sent again gets the same answer, another one 409; without a key the
    content and the minute make one, so that a double click files once.
    """
    form = _known(form_of(request))
    if told.service_code not in _categories(work):
        raise BadInput(
            zh="service_code 不在类别表里，请先取 services",
            en="service_code is not listed in services",
            where=told.service_code,
        )
    if not told.words:
        raise BadInput(zh="请填写 description", en="description is required")
    if not told.address_string and not told.address_id and (told.lat is None or told.long is None):
        raise BadInput(
            zh="请给出 lat 和 long，或 address_string，或 address_id",
            en="one of lat and long, address_string or address_id is required",
        )
    filed = file_report(
        work.session,
        Incoming(
            channel=Channel.WEB, reference=told.reference(idempotency_key, work.at), received_at=work.at,
            words=told.words, location_words=told.address_id or told.address_string,
            lon=told.long if told.lat is not None else None, lat=told.lat if told.long is not None else None,
            category_hint=told.service_code,
        ),
        name=told.name, phone=told.phone, email=told.email, actor=work.actor, at=work.at,
    )  # fmt: skip
    notice = "已受理，可凭编号查询进展" if work.locale == "zh" else "accepted; ask for its state by this number"
    body = [{"service_request_id": filed.number, "service_notice": notice}]
    return answer(form, "service_requests", body, "request", status=201)


def instant(text: str, field: str) -> datetime | None:
    """An ISO 8601 moment; without a zone it is Shanghai time; "+" that came as a space is mended. Empty = None."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.strip().replace(" 0", "+0") if "T" in text else text.strip())
    except ValueError as exc:
        raise BadInput(zh="时间格式应为 ISO 8601", en="a time must be ISO 8601", where=field) from exc
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _state(status: str) -> bool | None:
    wanted = {one.strip() for one in status.split(",") if one.strip()}
    if not wanted <= {"open", "closed"}:
        raise BadInput(zh="status 只能是 open 或 closed", en="status is open or closed", where="status")
    return None if len(wanted) != 1 else wanted == {"open"}


def _known(form: str) -> str:
    if form not in ("json", "xml"):
        raise NotFound(zh="只有 .json 和 .xml 两种格式", en="there are two forms: .json and .xml", where=form)
    return form


def _categories(work: Work) -> dict[str, Named]:
    return {one.code: one for one in incidents.categories(work.session)}


def _service(one: Named, locale: str) -> dict[str, Any]:
    return {
        "service_code": one.code,
        "service_name": one.name_zh if locale == "zh" else one.name_en,
        "description": f"{one.name_zh} / {one.name_en}",
        "metadata": False,
        "type": "realtime",
        "keywords": one.name_en,
        "group": "综合治理",
    }
