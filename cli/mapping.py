"""wangge mapping: which header of a file stands for which of our columns."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="表头对照 / mappings of headers: list, show, save", add_completion=False, no_args_is_help=True)


@app.command("list")
def show_all() -> None:
    """自带的与本地保存的对照 / those that come with wangge and those saved here."""
    from etl import headers

    for one in (*headers.saved(), *headers.shipped()):
        print(
            f"{one.name:<24}{one.kind:<24}{'本地 / saved' if one.is_saved else '自带 / shipped'}  {one.zh} / {one.en}"
        )


@app.command()
def show(name: Annotated[str, typer.Argument(help="名称 / name")]) -> None:
    """一个对照的各列 / the columns of one."""
    from etl import headers

    one = headers.named(name)
    print(f"{one.name} [{one.kind}] {one.zh} / {one.en}")
    for ours, names in one.columns.items():
        print(f"  {'＊' if ours in one.required else '　'}{ours:<16}{'、'.join(names)}")


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="对照的名称 / its name")],
    file: Annotated[Path, typer.Argument(help="照此文件的表头 / the file whose headers it is for")],
    kind: Annotated[str, typer.Option(help="表的种类 / the kind of table")],
    column: Annotated[list[str] | None, typer.Option(help="我们的列=表头，如 home_text=住哪儿 / ours=header")] = None,
) -> None:
    """保存一个对照；表头相同的文件自动用它 / keep a mapping; files with these headers are read by it."""
    from etl import headers
    from etl.saving import save_mapping

    pairs = {ours: header for ours, _, header in (one.partition("=") for one in column or [])}
    path = save_mapping(name, file, kind, pairs)
    print(f"已保存 / saved: {path}")
    show(headers.read_mapping(path).name)
