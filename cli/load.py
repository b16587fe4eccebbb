"""wangge load: files into the platform, with a balance for each."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.progress import Task
    from etl.records import BatchReport

PLACED = {
    "none": "地址不详",
    "town": "只到乡镇街道",
    "village": "只到村社区",
    "road": "只到道路",
    "estate": "只到小区",
    "door": "门牌在网格外",
    "building": "楼栋在网格外",
    "unit": "单元在网格外",
    "room": "户室在网格外",
}
"""Why somebody has no grid: a place known too vaguely, or a sure one outside every grid."""

app = typer.Typer(help="导入文件或文件夹 / load a file or a folder of files", add_completion=False)


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="文件或文件夹 / a file or a folder")],
    kind: Annotated[str | None, typer.Option(help="表的种类，省略则按表头判断 / what it is, else by headers")] = None,
    mapping: Annotated[Path | None, typer.Option(help="表头对照 toml / a mapping of headers")] = None,
    crs: Annotated[str, typer.Option(help="表中经纬度的坐标系 / wgs84, cgcs2000, gcj02, bd09")] = "wgs84",
) -> None:
    """导入；每个文件打印：读入 = 接受 + 重复 + 拒收，拒收的行另存一表 / load, print each file's balance, and write the
    refused rows into a sheet beside it."""
    from core.actors import system_actor
    from core.coords import Crs
    from core.progress import stages
    from etl import headers, service

    if crs not in set(Crs):
        raise typer.BadParameter(f"{crs}: {', '.join(Crs)}", param_hint="--crs")
    actor = system_actor("cli")
    chosen = headers.read_mapping(mapping) if mapping else None
    adds_up = True
    with stages() as show:
        for file in service.ordered(path) if path.is_dir() else [path]:
            with show.task(file.name) as task:
                report = service.load(file, actor=actor, kind=kind, mapping=chosen, crs=Crs(crs), tell=_teller(task))
            _say(report, service.write_rejects(file, report))
            adds_up = adds_up and report.adds_up
    if not adds_up:
        raise typer.Exit(1)


def _teller(task: "Task") -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        task.say_total(total)
        task.advance(done - task.done)

    return tell


def _say(report: "BatchReport", sheet: Path | None) -> None:
    print(
        f"{report.file_name}  [{report.kind}]  读入 / read {report.read:,} = 接受 / accepted {report.accepted:,}"
        f" + 重复 / repeated {report.repeated:,} + 拒收 / rejected {report.rejected_count:,}   {report.seconds:.1f} s"
    )
    if report.without_grid:
        why = "，".join(f"{PLACED[word]} / {word} {count:,}" for word, count in report.without_grid.items())
        print(f"    未归网格 / without a grid: {sum(report.without_grid.values()):,} ({why})")
    for reject in report.rejected:
        print(f"    第 {reject.row_no} 行 / row {reject.row_no}: {reject.zh} / {reject.en}")
    if sheet is not None:
        print(f"    拒收的行在此，改好后可再导入 / refused rows, to be corrected and loaded again: {sheet}")
