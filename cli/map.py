"""`wangge map heat`: the heat of a period as one HTML file that needs nothing else. Heavy imports wait for the call."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="导出地图文件 / write a map as one file", no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None:
    """So that `heat` is named, and more kinds of maps can stand beside it."""


@app.command()
def heat(
    out: Annotated[Path, typer.Option(help="写到哪个文件 / the file to write")],
    days: Annotated[int, typer.Option(help="时段：7、30、90、365 天 / days")] = 30,
    category: Annotated[str | None, typer.Option(help="类别代码 / category code")] = None,
    channel: Annotated[str | None, typer.Option(help="渠道代码 / channel code")] = None,
    resolution: Annotated[int, typer.Option(help="格的大小：8、9、10 / cell size")] = 9,
    *,
    discovered: Annotated[bool, typer.Option(help="含巡逻与网格员自己发现的 / what workers found, too")] = False,
    small: Annotated[bool, typer.Option(help="连少于 5 件的格也画，限内部 / small cells, too: internal use")] = False,
) -> None:
    """热度图写成一个文件，断网也能打开 / the heat as one file that opens without a network."""
    from core.actors import Tier
    from core.clock import now, say
    from core.db import unit_of_work
    from maps import service as maps

    view = maps.View(days, category, channel, not discovered, resolution)
    audience = maps.Audience.CASES if small else maps.Audience.WIDE
    with unit_of_work(Tier.JOBS) as session:
        shown = maps.picture(session, view, at=now(), audience=audience)
        page = maps.heat_page(session, shown, words="" if discovered else "仅群众反映")
    out.write_text(page, encoding="utf-8")
    cells = int((shown.n > 0).sum())
    print(f"{out}  {len(page.encode()) / 1024:,.0f} KB · {cells:,} 格 · {shown.drawn:,} 件 · 截至 {say(shown.at)}")
    if shown.unplaced:
        print(f"未精确落图 {shown.unplaced:,} 件，不在图上 / placed too vaguely to be drawn")
    if shown.hidden.any():
        print(f"少于 5 件而未画的格 {int(shown.hidden.sum()):,} 个 / cells with fewer than 5 left out")
