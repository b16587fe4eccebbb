"""What every answer and every question passes: request number, security headers, forgery check, one log line.

Plain ASGI, so that streaming and errors pass through untouched. The log line holds method, route, status and time,
never a query, a body, a name or an address of a client.
"""

import secrets
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("wangge.api")

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Set unless the route has set its own (static files may be cached, a map page may ask for less)."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC_PREFIX: Final = "/open311/"
"""Open311 takes no cookie, so nothing can be forged there."""
FORM_PATHS: Final = ("/login", "/logout", "/locale", "/password", "/admin/")
"""Plain forms cannot set a header; there the browser's own word on where the form came from is asked for."""
PAGE_HEADER: Final = "x-wangge"


def refusal(method: str, path: str, headers: Headers) -> str | None:
    """Why a state-changing request is refused as possibly forged; None when it may pass.

    Sec-Fetch-Site decides where the browser sends it, else Origin. What is not a plain form must carry X-Wangge.
    """
    if method in SAFE_METHODS or path.startswith(PUBLIC_PREFIX):
        return None
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None:
        is_own = site in {"same-origin", "none"}
        if not is_own:
            return "sec-fetch-site"
    elif origin is not None:
        is_own = urlsplit(origin).netloc == headers.get("host")
        if not is_own:
            return "origin"
    else:
        is_own = False
    if PAGE_HEADER in headers:
        return None
    return None if is_own and path.startswith(FORM_PATHS) else "x-wangge"


class Guard:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope["wangge_request_id"] = request_id
        begun = perf_counter()
        status = 500

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                headers["X-Request-Id"] = request_id
            await send(message)

        why = refusal(scope["method"], scope["path"], Headers(scope=scope))
        try:
            if why is None:
                await self.app(scope, receive, send_guarded)
            else:
                await _refuse(why, request_id)(scope, receive, send_guarded)
        finally:
            route = scope.get("route")
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=getattr(route, "path", "-"),
                status=status,
                ms=round((perf_counter() - begun) * 1000, 1),
                **({"refused": why} if why else {}),
            )


def _refuse(why: str, request_id: str) -> JSONResponse:
    body = {
        "code": "Forged",
        "zh": "这个请求不像是从本系统页面发出的，没有执行。请刷新页面后重试。",
        "en": f"This request does not seem to come from our own page ({why}) and was not carried out. "
        "Reload the page and try again.",
        "request_id": request_id,
    }
    return JSONResponse(body, status_code=403)
