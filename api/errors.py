"""One table from an error of the trade to a status, and the two shapes it is told in: JSON and a page."""

import traceback
from typing import Final
from urllib.parse import urlencode

import psycopg
import psycopg_pool
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api import open311_form
from api.guard import HEADERS
from api.i18n import noop
from api.pages import draw, locale_of, wants_page
from core.errors import BadInput, NotAllowed, NotFound, NotReady, Refused, Unavailable, WanggeError

log = structlog.get_logger("wangge.api")

LINES_LOGGED: Final = 12
RETRY_AFTER_S: Final = 5
"""What a client is told to wait while the database is away; a restart of the cluster takes about that long."""


class NotSignedIn(WanggeError):
    """Nobody is signed in, or the session has ended."""

    def __init__(self) -> None:
        super().__init__(zh="请先登录。", en="Please sign in first.")


class MustChangePassword(WanggeError):
    """Signed in with a one-time password that has to be replaced before anything else."""

    def __init__(self) -> None:
        super().__init__(
            zh="您用的是一次性密码，请先设置自己的密码。",
            en="You signed in with a one-time password; set your own first.",
        )


class TooMany(WanggeError):
    """More requests than the limit allows; `wait_s` says when to come back."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(
            zh=f"提交过于频繁，请 {wait_s} 秒后再试。已提交的内容不受影响。",
            en=f"Too many requests; try again in {wait_s} s. What was accepted before is kept.",
        )
        self.wait_s = wait_s


STATUS: Final[dict[type[WanggeError], int]] = {
    NotSignedIn: 401,
    MustChangePassword: 403,
    NotAllowed: 403,
    NotFound: 404,
    Refused: 409,
    BadInput: 422,
    TooMany: 429,
    NotReady: 503,
    Unavailable: 503,
}
"""The nearest class in an error's ancestry decides; an error of no listed class is 400."""

TITLES: Final = {
    400: noop("请求有误"),
    401: noop("需要登录"),
    403: noop("没有权限"),
    404: noop("没有找到"),
    405: noop("不支持这种操作"),
    409: noop("现在不能这样做"),
    413: noop("内容过大"),
    422: noop("填写有误"),
    429: noop("过于频繁"),
    500: noop("系统出错"),
    503: noop("暂时不可用"),
}


HTTP_ZH: Final = {404: "没有这个页面或内容。", 405: "这个地址不支持这种操作。", 413: "内容过大，请缩小照片或缩短文字。"}
HTTP_EN: Final = {
    404: "There is no such page or thing.",
    405: "This address does not do that.",
    413: "Too large; make the photo smaller or the text shorter.",
}


def status_of(error: WanggeError) -> int:
    """The HTTP status of an error of the trade."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def tell(request: Request, status: int, code: str, zh: str, en: str, headers: dict[str, str] | None = None) -> Response:
    """The error as {code, zh, en, request_id} or, for somebody who reads pages, as a page."""
    request_id = str(request.scope.get("wangge_request_id", ""))
    if request.url.path.startswith(open311_form.PREFIX):
        return open311_form.fault(request, 400 if status == 422 else status, f"{zh} / {en}", headers)
    if wants_page(request):
        said = en if locale_of(request) == "en" else zh
        title = TITLES.get(status, TITLES[400])
        context = {"status": status, "title": title, "said": said, "request_id": request_id}
        return draw(request, "error.html", context, status_code=status, headers=headers)
    body = {"code": code, "zh": zh, "en": en, "request_id": request_id}
    return JSONResponse(body, status_code=status, headers=headers)


async def _trade(request: Request, error: Exception) -> Response:
    if not isinstance(error, WanggeError):
        raise error
    status = status_of(error)
    if wants_page(request) and request.method == "GET":
        if status == 401:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?{urlencode({'next': here})}", 303)
        if isinstance(error, MustChangePassword):
            return RedirectResponse(f"/password?{urlencode({'next': request.url.path})}", 303)
    wait_s = error.wait_s if isinstance(error, TooMany) else getattr(error, "retry_after_s", None)
    headers = None if wait_s is None else {"Retry-After": str(wait_s)}
    return tell(request, status, type(error).__name__, _placed(error, error.zh), _placed(error, error.en), headers)


def _placed(error: WanggeError, words: str) -> str:
    return words if error.where is None or error.where in words else f"{error.where}: {words}"


async def _database_away(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and not isinstance(error, (OperationalError, InterfaceError)):
        raise error
    log.warning("database.away", error=type(error).__name__, request_id=request.scope.get("wangge_request_id"))
    return tell(
        request,
        503,
        "DatabaseAway",
        "数据库暂时连接不上。已提交成功的内容都已保存，请稍后再试。",
        "The database cannot be reached just now. Everything that was accepted is kept; please try again shortly.",
        {"Retry-After": str(RETRY_AFTER_S)},
    )


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    where = "、".join(sorted({".".join(str(part) for part in fault["loc"][1:]) for fault in error.errors()}))
    return tell(
        request,
        422,
        "BadInput",
        f"填写有误：{where or '请求内容'}。请更正后再提交。",
        f"Not understood: {where or 'the body'}. Please correct it and send again.",
    )


def too_large(request: Request) -> Response:
    """The answer to a body over the limit; it is made outside the guard and so brings the guard's headers itself."""
    return tell(request, 413, "TooLarge", HTTP_ZH[413], HTTP_EN[413], dict(HEADERS))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = error.status_code
    headers = dict(error.headers) if error.headers else None
    return tell(
        request,
        status,
        {404: "NotFound", 405: "NotAllowed", 413: "TooLarge"}.get(status, "BadRequest"),
        HTTP_ZH.get(status, "请求没有被接受。"),
        HTTP_EN.get(status, "The request was not accepted."),
        headers,
    )


async def _unforeseen(request: Request, error: Exception) -> Response:
    # the message of an error may hold what somebody wrote: the log gets its kind and the lines only
    where = [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]
    log.error(
        "request.failed",
        error=type(error).__name__,
        request_id=request.scope.get("wangge_request_id"),
        where=where[-LINES_LOGGED:],
    )
    return tell(
        request,
        500,
        "Unforeseen",
        "系统出错，这一步没有保存。请把编号告诉管理员。",
        "Something went wrong and this step was not saved. Please tell the administrator the number below.",
        dict(HEADERS),  # this answer is made outside the guard
    )


def register(app: FastAPI) -> None:
    """Hang the table on an application."""
    app.add_exception_handler(WanggeError, _trade)
    for away in (
        OperationalError,
        InterfaceError,
        PoolTimeout,
        psycopg_pool.PoolTimeout,
        psycopg_pool.PoolClosed,
        psycopg.OperationalError,
        psycopg.InterfaceError,
    ):
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
