"""A body over the limit is refused in the words and the form of its place.

The limit itself is counted outside all middleware and answers in two plain English words, without the headers of our
answers; this stands around it.
"""

import secrets
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import errors


class TooLargeInWords:
    """Around the whole application; everything but a plain 413 passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                is_replaced = Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
                if is_replaced:
                    scope.setdefault("wangge_request_id", secrets.token_hex(8))
                    await errors.too_large(Request(scope))(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self.app(scope, receive, watched)
