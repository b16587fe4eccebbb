"""`wangge address …`: one address with its history, what happened to it, and door plates. Heavy imports wait."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(no_args_is_help=True, help="地址编码 / addresses and their codes", add_completion=False)

Code = Annotated[str, typer.Argument(help="统一地址编码 / address code")]
Codes = Annotated[list[str], typer.Argument(help="一个或多个编码 / codes")]
Day = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="日期，默认今天 / day, today if left out")
]
Document = Annotated[str | None, typer.Option(help="依据文号 / the document it rests on")]
Parts = Annotated[list[str], typer.Option("--set", help="改成什么：estate=新名 number=14 / what changes")]
News = Annotated[list[str], typer.Option("--new", help="新地址的不同部分：building=2,unit=1 / parts of a new place")]


@app.command()
def show(code: Code) -> None:
    """一个地址、它的历史和其他编码 / one address, its history and other codes."""
    from address import service as addresses
    from address.codes import show as shown
    from address.errors import AddressNotFound

    with _work() as (session, _):
        found = addresses.get(session, code)
        if found is None:
            guesses = "、".join(shown(one) for one in addresses.likely(session, code))
            if guesses:
                print(f"您要找的是不是 / did you mean: {guesses}")
            raise AddressNotFound(code)
        history = addresses.history(session, found.code)
        print(f"{shown(found.code)}  {found.level}  {_status(found.status)}\n{found.name}")
        print(f"{found.lon:.6f}, {found.lat:.6f}")
        for above in addresses.above(session, found):
            print(f"  ↑ {shown(above.code)}  {above.name}")
        for name in history.names:
            print(f"  {name.kind}: {name.text}  {name.valid_from} – {name.valid_to or ''}")
        for other in history.codes:
            print(f"  {other.name_zh} / {other.name_en}: {other.value}  {other.valid_from} – {other.valid_to or ''}")
        for event in history.events:
            _say_event(event.kind, event.from_codes, event.to_codes, event.on, event.document or "")


@app.command()
def resolve(code: Code, on: Day = None) -> None:
    """某一天由哪个编码负责 / which code answers for it on a day."""
    from address import service as addresses

    with _work() as (session, _):
        answer = addresses.resolve(session, code, _day(on))
        for event in answer.via:
            _say_event(event.kind, event.from_codes, event.to_codes, event.on, "")
        if answer.status is None:
            print("那天还没有这个编码 / not yet given out on that day")
        for one in addresses.records(session, answer.codes):
            print(f"→ {one.code}  {one.name}")
        if answer.status is not None and not answer.codes:
            print("没有后继编码 / nothing took its place")


@app.command()
def create(
    parts: News,
    parent: Annotated[str | None, typer.Option(help="上级编码 / code of the place it stands in")] = None,
    lon: float | None = None,
    lat: float | None = None,
    on: Day = None,
    document: Document = None,
    *,
    provisional: Annotated[bool, typer.Option("--provisional", help="预编 / provisional")] = False,
) -> None:
    """新设地址 / a new address."""
    from address import service as addresses

    status = addresses.Status.PROVISIONAL if provisional else addresses.Status.CURRENT
    with _work() as (session, how):
        for place in _places(parts, lon, lat):
            _say(addresses.create(session, place, parent=parent, status=status, **how(on, document)))


@app.command()
def rename(codes: Codes, parts: Parts, on: Day = None, document: Document = None) -> None:
    """更名，编码不变 / another name, the code stays."""
    _retell("RENAME", codes, parts, on, document)


@app.command()
def renumber(codes: Codes, parts: Parts, on: Day = None, document: Document = None) -> None:
    """重编门牌、楼栋、户室号，编码不变 / another number, the code stays."""
    _retell("RENUMBER", codes, parts, on, document)


@app.command()
def split(code: Code, new: News, on: Day = None, document: Document = None) -> None:
    """拆分：原编码保留，另编新码 / part of it becomes places of their own."""
    from address import service as addresses

    with _work() as (session, how):
        for one in addresses.split(session, code, _places(new), **how(on, document)):
            _say(one)


@app.command()
def merge(codes: Codes, new: News, on: Day = None, document: Document = None) -> None:
    """合并为一个新编码 / several become one new place."""
    from address import service as addresses
    from registry import service as registry

    with _work() as (session, how):
        (place,) = _places(new[:1])
        told = how(on, document)
        _say(addresses.merge(session, codes, place, **told))
        _followed(registry.follow_codes(session, actor=told["actor"], at=told["at"]))


@app.command()
def rebuild(codes: Codes, new: News = [], on: Day = None, document: Document = None) -> None:  # noqa: B006 - typer's way
    """重建：一对一保留编码，多对多换新编码 / rebuilt 1:1, or m:n with --new."""
    from address import service as addresses
    from registry import service as registry

    with _work() as (session, how):
        told = how(on, document)
        for one in addresses.rebuild(session, codes, _places(new), **told):
            _say(one)
        _followed(registry.follow_codes(session, actor=told["actor"], at=told["at"]))


@app.command()
def demolish(codes: Codes, on: Day = None, document: Document = None) -> None:
    """拆除，连同下级地址 / no more, with all below it."""
    from address import service as addresses

    with _work() as (session, how):
        count = addresses.demolish(session, codes, **how(on, document))
    print(f"停用 {count} 个编码 / {count} codes ended")


@app.command()
def duplicate(loser: Code, winner: Annotated[str, typer.Argument(help="保留的编码 / the code that stays")],
              on: Day = None, document: Document = None) -> None:  # fmt: skip
    """认定重复：前一个编码指向后一个 / the first leads to the second from now on."""
    from address import service as addresses
    from registry import service as registry

    with _work() as (session, how):
        told = how(on, document)
        count = addresses.duplicate(session, loser, winner, **told)
        print(f"{count} 个编码成为重复编码 / {count} codes became second codes")
        _followed(registry.follow_codes(session, actor=told["actor"], at=told["at"]))


@app.command()
def correct(code: Code, lon: float | None = None, lat: float | None = None,
            status: Annotated[str | None, typer.Option(help="current | provisional")] = None,
            on: Day = None, document: Document = None) -> None:  # fmt: skip
    """更正位置，或恢复误停用的编码 / put right the position, or take up a code ended by mistake."""
    from address import service as addresses
    from core.coords import Place

    place = None if lon is None or lat is None else Place(lon, lat)
    worth = None if status is None else addresses.Status(status)
    with _work() as (session, how):
        _say(addresses.correct(session, code, status=worth, place=place, **how(on, document)))


@app.command("code")
def other_code(code: Code, scheme: Annotated[str, typer.Argument(help="police | property")],
               value: Annotated[str, typer.Argument(help="值 / value")], on: Day = None) -> None:  # fmt: skip
    """登记公安标准地址编码、不动产单元号 / take over what another body calls it."""
    from address import service as addresses

    with _work() as (session, how):
        told = how(on, None)
        addresses.set_other_code(session, code, scheme, value, on=told["on"], actor=told["actor"], at=told["at"])
    print(f"{code}  {scheme} = {value}")


@app.command()
def recode() -> None:
    """重算全部交换编码 / compute the exchange codes of all places."""
    from address import service as addresses

    with _work() as (session, how):
        told = how(None, None)
        count = addresses.recode_all(session, actor=told["actor"], at=told["at"])
    print(f"更新 {count:,} 条 / {count:,} rows")


@app.command()
def sheet(
    out: Annotated[Path, typer.Option(help="PDF 文件 / the PDF to write")],
    grid: Annotated[str | None, typer.Option(help="网格编码 / code of a grid")] = None,
    estate: Annotated[str | None, typer.Option(help="小区名称或编码 / name or code of an estate")] = None,
    codes: Annotated[str | None, typer.Option(help="编码，逗号分隔 / codes with commas between")] = None,
    site: Annotated[str | None, typer.Option(help="网站地址，默认 WANGGE_PUBLIC_URL / address of the site")] = None,
    per_page: Annotated[int, typer.Option(help="每页几张 / plates a page: 1 2 4 6 8 10 12 18 24")] = 8,
) -> None:
    """门牌二维码，A4 排版 / door plates with QR codes on A4."""
    from address import service as addresses
    from core.errors import BadInput
    from core.progress import stages
    from core.settings import settings
    from grid import service as grids
    from maps import service as maps

    address = site or settings().public_url
    if not address:
        raise BadInput(
            zh="二维码要写网站地址；请给 --site 或设 WANGGE_PUBLIC_URL",
            en="the QR code needs the address of the site; give --site or set WANGGE_PUBLIC_URL",
        )
    with _work() as (session, _):
        if codes is not None:
            chosen = [one.strip() for one in codes.split(",") if one.strip()]
        elif estate is not None:
            found = addresses.get(session, estate) or next(
                (one for one in addresses.search(session, estate) if one.level == "estate"), None)  # fmt: skip
            if found is None:
                raise BadInput(zh=f"没有这个小区：{estate}", en=f"there is no such estate: {estate}")
            chosen = addresses.houses(session, below=found.code)
        elif grid is not None:
            ids = {one.code: one.id for one in grids.grids(session)}
            if grid not in ids:
                raise BadInput(zh=f"没有这个网格：{grid}", en=f"there is no such grid: {grid}")
            chosen = addresses.houses(session, grid_id=ids[grid])
        else:
            raise BadInput(zh="请用 --grid、--estate 或 --codes 选地址", en="choose by --grid, --estate or --codes")
        places = addresses.records(session, chosen)
    plates = [maps.Plate(_large(one), one.name, one.code, maps.place_url(address, one.code)) for one in places]
    with stages() as told, told.task("门牌 / plates", total=len(plates)) as task:
        made = maps.sheet(plates, per_page=per_page, said=lambda done: task.advance(done - task.done))
    out.write_bytes(made)
    pages = -(-len(plates) // per_page)
    print(f"{out}  {len(plates)} 张 {pages} 页 / {len(plates)} plates on {pages} pages  {len(made) / 1024:,.0f} KB")


def _large(one: Any) -> str:
    """The name without town and village, which are the same on every plate of a street."""
    return str(one.name).removeprefix(one.parts.get("town", "")).removeprefix(one.parts.get("village", ""))


@contextmanager
def _work() -> Iterator[tuple["Session", Any]]:
    """A unit of work, and what every verb wants: day, document, actor and instant."""
    from core.actors import Tier, system_actor
    from core.clock import now
    from core.db import unit_of_work

    with unit_of_work(Tier.JOBS) as session:

        def how(on: datetime | None, document: str | None) -> dict[str, Any]:
            return {"on": _day(on), "document": document, "actor": system_actor("cli"), "at": now()}

        yield session, how


def _day(on: datetime | None) -> date:
    from core.clock import today

    return today() if on is None else on.date()


def _pairs(words: list[str]) -> dict[str, str | None]:
    from core.errors import BadInput

    told: dict[str, str | None] = {}
    for word in words:
        for pair in word.split(","):
            name, sign, value = pair.partition("=")
            if not sign:
                raise BadInput(zh=f"请写成 部分=值，例如 building=2，而不是 {pair}", en=f"write part=value, not {pair}")
            told[name.strip()] = value.strip() or None
    return told


def _places(words: list[str], lon: float | None = None, lat: float | None = None) -> list[Any]:
    from address.service import NewPlace

    return [NewPlace({name: value or "" for name, value in _pairs([word]).items()}, lon, lat) for word in words]


def _retell(kind: str, codes: list[str], parts: list[str], on: datetime | None, document: str | None) -> None:
    from address import service as addresses

    with _work() as (session, how):
        count = addresses.rename(session, codes, _pairs(parts), kind=addresses.Kind[kind], **how(on, document))
    print(f"{count} 个地址的写法变了，编码不变 / {count} addresses read differently, codes stay")


def _status(word: str) -> str:
    from address.service import STATUS_NAMES, Status

    return " / ".join(STATUS_NAMES[Status(word)])


def _say_event(kind: Any, froms: Sequence[str], tos: Sequence[str], on: date, document: str) -> None:
    from address.service import KIND_NAMES

    zh, en = KIND_NAMES[kind]
    print(f"  {on} {zh} / {en}: {' '.join(froms)} → {' '.join(tos) or '—'}  {document}".rstrip())


def _say(one: Any) -> None:
    from address.codes import show as shown

    print(f"{shown(one.code)}  {one.name}")


def _followed(count: int) -> None:
    if count:
        print(f"{count} 名居民、企业的登记地址随之更新 / {count} residents and businesses follow")
