"""The two forms of Open311 answers and errors: XML (the one the standard requires) and JSON.

Facts from real clients: ids and codes as text, nulls left out, arrays bare, the character set in the content type.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import Request
from fastapi.responses import Response

PREFIX: Final = "/open311/"
SINGULAR: Final = {"endpoints": "endpoint", "formats": "format", "attributes": "attribute", "values": "value"}
FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow in a text."""


def form_of(request: Request) -> str:
    """json or xml: by the ending of the address, without one by what the client accepts, else xml."""
    ending = request.url.path.rpartition(".")[2]
    if ending in ("json", "xml"):
        return ending
    return "json" if "json" in request.headers.get("accept", "") else "xml"


def answer(form: str, root: str, body: Any, item: str = "", status: int = 200) -> Response:
    """The body in a form: a mapping below `root`, or a list of mappings named `item` below it."""
    if form == "json":
        text = json.dumps(without_nulls(body), ensure_ascii=False)
        return Response(text, status, media_type="application/json; charset=utf-8")
    return Response(_xml(root, body, item), status, media_type="text/xml; charset=utf-8")


def fault(request: Request, status: int, description: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as the standard wants it: a list of code and description."""
    told = answer(form_of(request), "errors", [{"code": str(status), "description": description}], "error", status)
    told.headers.update(headers or {})
    return told


def without_nulls(body: Any) -> Any:
    """The same without keys whose value is None."""
    if isinstance(body, Mapping):
        return {key: without_nulls(value) for key, value in body.items() if value is not None}
    if isinstance(body, Sequence) and not isinstance(body, str):
        return [without_nulls(value) for value in body]
    return body


def _xml(root: str, body: Any, item: str) -> bytes:
    top = Element(root)
    if isinstance(body, list):
        for value in body:
            _fill(SubElement(top, item), value)
    else:
        _fill(top, body)
    raw: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return raw


def _fill(into: Element, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if value is None:
            continue
        child = SubElement(into, key)
        if isinstance(value, Mapping):
            _fill(child, value)
        elif isinstance(value, list):
            for one in value:
                part = SubElement(child, SINGULAR.get(key, "item"))
                if isinstance(one, Mapping):
                    _fill(part, one)
                else:
                    part.text = _text(one)
        else:
            child.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return FORBIDDEN.sub("", str(value))
