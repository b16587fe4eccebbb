"""wangge load: files into the platform, with a balance for each."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="导入文件或文件夹 / load a file or a folder of files", add_completion=False)


@app.command()
def load(
    path: Annotated[Path, typer.Argument(help="文件或文件夹 / a file or a folder")],
    kind: Annotated[str | None, typer.Option(help="表的种类，省略则按表头判断 / what it is, else by headers")] = None,
    mapping: Annotated[Path | None, typer.Option(help="表头对照 toml / a mapping of headers")] = None,
) -> None:
    """导入；每个文件打印：读入 = 接受 + 重复 + 拒收 / load and print each file's balance."""
    from core.actors import system_actor
    from core.progress import stages
    from etl import headers, service

    actor = system_actor("cli")
    with stages() as show:
        if path.is_dir():
            reports = service.load_folder(path, actor=actor)
        else:
            with show.task(path.name) as task:

                def tell(done: int, total: int) -> None:
                    task.say_total(total)
                    task.advance(done - task.done)

                chosen = headers.read_mapping(mapping) if mapping else None
                reports = [service.load(path, actor=actor, kind=kind, mapping=chosen, tell=tell)]
    for report in reports:
        print(
            f"{report.file_name}  [{report.kind}]  读入 {report.read:,} = 接受 {report.accepted:,}"
            f" + 重复 {report.repeated:,} + 拒收 {report.rejected_count:,}   {report.seconds:.1f} s"
        )
        for reject in report.rejected:
            print(f"    第 {reject.row_no} 行 / row {reject.row_no}: {reject.zh} / {reject.en}")
    if not all(report.adds_up for report in reports):
        raise typer.Exit(1)
