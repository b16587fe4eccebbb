"""wangge load: files into the platform, with a balance for each."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from core.progress import Task
    from core.rows import Reject
    from etl.records import BatchReport, Look

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
MOST_SAID = 20

app = typer.Typer(help="导入文件或文件夹 / load a file or a folder of files", add_completion=False)


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="文件或文件夹 / a file or a folder")],
    kind: Annotated[str | None, typer.Option(help="表的种类，省略则按表头判断 / what it is, else by headers")] = None,
    mapping: Annotated[str | None, typer.Option(help="表头对照的名称或 toml / a mapping of headers")] = None,
    crs: Annotated[
        str | None, typer.Option(help="坐标系，省略则判断 / wgs84, cgcs2000, gcj02, bd09, EPSG:4544; else judged")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="文本编码，省略则判断 / utf-8, gb18030, utf-16; else judged")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表或图层 / the sheet or layer to read")] = None,
    is_dry: Annotated[bool, typer.Option("--dry-run", help="试导入，不写入 / show what would be done")] = False,
) -> None:
    """导入；每个文件打印：读入 = 接受 + 重复 + 拒收，拒收的行另存一表 / load, print each file's balance, and write the
    refused rows into a sheet beside it."""
    from core.actors import system_actor
    from core.progress import stages
    from etl import coordinates, headers, service
    from etl.understood import Options

    actor = system_actor("cli")
    options = Options(
        kind,
        headers.named(mapping) if mapping else None,
        encoding,
        sheet,
        coordinates.system_of(crs) if crs else None,
    )
    adds_up = True
    with stages() as show:
        for file in service.ordered(path) if path.is_dir() else [path]:
            with show.task(file.name) as task:
                if is_dry:
                    _show(service.look(file, options, actor=actor, tell=_teller(task)))
                    continue
                report = service.load(
                    file, actor=actor, kind=options.kind, mapping=options.mapping, crs=options.system,
                    encoding=encoding, sheet=sheet, tell=_teller(task),
                )  # fmt: skip
            _say(report, service.write_rejects(file, report, options=options))
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
        f"   第 {report.batch_id} 批 / batch {report.batch_id}"
    )
    for zh, en in report.notes:
        print(f"    {zh} / {en}")
    if report.without_grid:
        why = "，".join(f"{PLACED[word]} / {word} {count:,}" for word, count in report.without_grid.items())
        print(f"    未归网格 / without a grid: {sum(report.without_grid.values()):,} ({why})")
    for reject in report.rejected:
        _say_reject(reject)
    if sheet is not None:
        print(f"    拒收的行在此，改好后可再导入 / refused rows, to be corrected and loaded again: {sheet}")


def _say_reject(reject: "Reject") -> None:
    where = f"{reject.row_no}，{reject.column}" if reject.column else str(reject.row_no)
    print(f"    第 {reject.row_no} 行 / row {where}: {reject.zh} / {reject.en}")


def _show(look: "Look") -> None:
    """What the operator confirms before the load: what it is, how it is read, the first rows, and the balance."""
    how = [f"{name} {value}" for name, value in (("编码", look.encoding), ("工作表/图层", look.sheet)) if value]
    print(f"{look.file_name}  [{look.kind}] {look.zh} / {look.en}   {'，'.join(how)}   对照 / mapping: {look.mapping}")
    print("    " + "   ".join(f"{one.label} ← {one.header}" for one in look.columns if one.header))
    if absent := [one.label for one in look.columns if one.header is None]:
        print(f"    没有的列 / absent: {'、'.join(absent)}")
    if look.ignored:
        print(f"    不用的列 / passed over: {'、'.join(look.ignored)}")
    if look.positions:
        print(f"  {'✗' if look.is_doubtful else ' '} {look.positions[0]} / {look.positions[1]}")
    for zh, en in look.notes:
        print(f"    {zh} / {en}")
    print(f"    前 {len(look.rows)} 行将这样导入 / the first rows as they would be taken:")
    print("      " + " | ".join(one.label for one in look.columns if one.header))
    for row in look.rows:
        print("      " + " | ".join(row))
    if look.outcome is None:
        print("    没有试算：先确认坐标系 / not counted: say the coordinate system first")
        return
    told = look.outcome
    print(
        f"    试导入 / dry run: 读入 / read {look.total:,} = 接受 / accepted {told.accepted:,} + 重复 / repeated"
        f" {told.repeated:,} + 拒收 / rejected {len(told.rejected):,}；没有写入任何内容 / nothing was written"
    )
    for reject in told.rejected[:MOST_SAID]:
        _say_reject(reject)
    if len(told.rejected) > MOST_SAID:
        print(f"    …… 还有 {len(told.rejected) - MOST_SAID:,} 行 / and {len(told.rejected) - MOST_SAID:,} more")
