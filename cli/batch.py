"""wangge batch: what was loaded, what was refused, and taking a batch back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from etl.records import BatchRecord

STATUSES = {"running": "中断或进行中", "finished": "完成", "undone": "已撤销", "abandoned": "作废（文件已改动）"}

app = typer.Typer(help="导入批次 / batches: list, show, rejects, undo", add_completion=False, no_args_is_help=True)


@app.command("list")
def show_all(
    limit: Annotated[int, typer.Option(help="多少批 / how many")] = 30,
    kind: Annotated[str | None, typer.Option(help="只看一种表 / of one kind")] = None,
) -> None:
    """最近的批次 / the batches begun last."""
    from core.actors import Tier
    from core.db import unit_of_work
    from etl import service

    with unit_of_work(Tier.ETL) as session:
        for one in service.batches(session, limit=limit, kind=kind):
            print(_line(one))


@app.command()
def show(batch_id: Annotated[int, typer.Argument(help="批号 / number")]) -> None:
    """一批的详情 / one batch."""
    from core.actors import Tier
    from core.db import unit_of_work
    from etl import service

    with unit_of_work(Tier.ETL) as session:
        one = service.batch(session, batch_id)
        print(_line(one))
        print(f"    导入人 / by: {one.actor_name}   选项 / options: {_told(one.options)}")
        for name, count in sorted(one.counts.items()):
            print(f"    {name}: {count:,}")
        if one.undone_at is not None:
            print(f"    撤销 / undone: {_moment(one.undone_at)} {one.undone_by}")


@app.command()
def rejects(
    batch_id: Annotated[int, typer.Argument(help="批号 / number")],
    file: Annotated[Path | None, typer.Option(help="原文件：写出可改的拒收表 / the file: write the sheet")] = None,
) -> None:
    """一批的拒收行；给出原文件则写成表 / the refused rows; with the file, as a sheet to correct."""
    from core.actors import Tier
    from core.db import unit_of_work
    from etl import service

    with unit_of_work(Tier.ETL) as session:
        refused = service.rejects_of(session, batch_id)
    for one in refused:
        column = f" [{one.column}]" if one.column else ""
        print(f"第 {one.row_no} 行 / row {one.row_no}{column}: {one.zh} / {one.en}")
    if file is not None:
        print(service.write_rejects_of(file, batch_id) or "没有拒收的行 / no refused rows")


@app.command()
def undo(batch_id: Annotated[int, typer.Argument(help="批号 / number")]) -> None:
    """撤销一批：地址转为历史，居民与经营主体删除；后来的工作建立在它上面则拒绝 / take a batch back."""
    from core import clock
    from core.actors import Tier, system_actor
    from core.db import unit_of_work
    from etl import service

    with unit_of_work(Tier.ETL) as session:
        undone = service.undo(session, batch_id, actor=system_actor("cli"), at=clock.now())
    print(f"第 {batch_id} 批已撤销 / batch {batch_id} is undone: {undone.file_name}")
    for zh, en, count in undone.done:
        print(f"    {zh} / {en}: {count:,}")
    for zh, en in undone.notes:
        print(f"    {zh} / {en}")


def _line(one: "BatchRecord") -> str:
    return (
        f"{one.id:>6}  {_moment(one.started_at)}  {STATUSES[one.status]}  [{one.kind}]  {one.file_name}  "
        f"{one.rows_done:,} = {one.accepted:,} + {one.repeated:,} + {one.rejected:,}"
    )


def _told(options: object) -> str:
    return " ".join(f"--{name} {value}" for name, value in dict(options).items()) or "—"  # type: ignore[call-overload]


def _moment(at: object) -> str:
    from datetime import datetime

    from core.clock import SHANGHAI

    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if isinstance(at, datetime) else ""
