"""wangge export: addresses, grids, businesses, residents (masked) and cases as a file."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="导出数据 / write data as a file", add_completion=False)


@app.command()
def export(
    layer: Annotated[
        str,
        typer.Argument(help="addresses、grids、businesses、residents、cases：地址、网格、经营主体、居民、案件 / what"),
    ],
    out: Annotated[Path, typer.Option(help="写到哪里 / the file to write")],
    form: Annotated[
        str | None, typer.Option("--format", help="csv、xlsx、geojson、gpkg，省略则按扩展名 / else by its ending")
    ] = None,
) -> None:
    """导出；中文表头，编码为文本，个人信息遮蔽，记入审计 / Chinese headers, codes as text, masked, audited."""
    from core import clock
    from core.actors import Tier, system_actor
    from core.db import unit_of_work
    from core.progress import stages
    from etl import exporting

    asked = exporting.format_of(form or out.suffix.lstrip("."))
    chosen = exporting.layer_of(layer, asked)
    with unit_of_work(Tier.JOBS) as session:
        exporting.audit(session, chosen, asked, actor=system_actor("cli"), at=clock.now())
    draft = out.with_name(f".{out.name}.part")
    draft.touch(mode=0o600)
    with (
        unit_of_work(Tier.COMMAND) as session,
        draft.open("wb") as opened,
        stages() as show,
        show.task(f"{chosen.zh} / {chosen.en}") as task,
    ):
        for piece in exporting.export(session, chosen, asked):
            opened.write(piece)
            task.advance(len(piece))
    draft.replace(out)
    print(f"{chosen.zh} / {chosen.en} → {out}  {out.stat().st_size:,} B")
