"""Drawing pages: one Jinja environment, the locale of the reader, and addresses of static files that may be cached."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.gist import gist
from api.i18n import LOCALES, script, words
from core.clock import SHANGHAI

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
LOCALE_COOKIE: Final = "wangge_locale"
PAGE_PREFIXES_OF_DATA: Final = (
    "/api/",
    "/a/api/",
    "/m/api/",
    "/open311/",
    "/desk/api/",
    "/command/api/",
    "/i18n/",
    "/healthz",
    "/readyz",
)
"""Below these addresses an error is always data, whatever the client says it accepts."""


def locale_of(request: Request) -> str:
    """zh or en: the reader's choice (cookie), else what the browser prefers, else zh."""
    chosen = request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return chosen
    first = request.headers.get("accept-language", "").split(",", 1)[0].strip().lower()
    return "en" if first.startswith("en") else "zh"


def wants_page(request: Request) -> bool:
    """Whether the client reads pages: a browser navigating, not a script or a machine."""
    if request.url.path.startswith(PAGE_PREFIXES_OF_DATA):
        return False
    return "text/html" in request.headers.get("accept", "")


@cache
def _fingerprint(path: str, stamp: int) -> str:
    return sha256((STATIC / path).read_bytes() + str(stamp > 0).encode()).hexdigest()[:12]


def static(path: str) -> str:
    """The address of a file below api/static, changing with its content."""
    return f"/static/{path}?v={_fingerprint(path, (STATIC / path).stat().st_mtime_ns)}"


def moment(at: datetime | None, form: str = "%m-%d %H:%M") -> str:
    """An instant in Shanghai time; an empty text when there is none."""
    return "" if at is None else at.astimezone(SHANGHAI).strftime(form)


def iso(at: datetime | None) -> str:
    """An instant as ISO 8601 with the Shanghai offset, for `datetime` attributes."""
    return "" if at is None else at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(["html", "xml"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["static"] = static
    env.filters["gist"] = gist
    env.filters["moment"] = moment
    env.filters["iso"] = iso
    env.filters["thousands"] = lambda n: f"{n:,}"
    env.filters["upper_first"] = lambda text: text[:1].upper() + text[1:]
    return env


ENVIRONMENT: Final = _environment()


def draw(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page. In every template: `_` and `n_` (words), `locale`, `me` (the actor or None), `here` (path)."""
    locale = locale_of(request)
    told = words(locale)
    text = ENVIRONMENT.get_template(template).render(
        {
            "_": told.say,
            "n_": told.count,
            "locale": locale,
            "lang": "zh-CN" if locale == "zh" else "en",
            "words_address": f"/i18n/{locale}.js?v={script(locale)[1]}",
            "me": getattr(request.state, "actor", None),
            "here": request.url.path,
            **context,
        }
    )
    return HTMLResponse(text, status_code=status_code, headers=dict(headers or {}))
