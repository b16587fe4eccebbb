"""wangge demo: make the demo district, load it through the loaders, serve it."""

from typing import Annotated

import typer

app = typer.Typer(help="建立、加载并打开演示区 / make, load and serve the demo district", add_completion=False)


@app.command()
def demo(
    scale: Annotated[
        float | None,
        typer.Option(help="规模，1 = 完整的示范区；默认 0.1 / size, 1 = the whole model district; default 0.1"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="清空并重新开始 / delete it and begin anew")] = False,
    leave: Annotated[bool, typer.Option("--exit", help="加载、自查后结束 / end after loading and self-check")] = False,
    seed: Annotated[int | None, typer.Option(help="种子，默认 1 / seed, default 1")] = None,
    port: Annotated[int | None, typer.Option(help="网站端口 / port; default: 8311 or the next free one")] = None,
    passwords: Annotated[
        bool, typer.Option("--passwords", help="重发各角色的一次性口令 / new one-time passwords for all roles")
    ] = False,
) -> None:
    """演示：生成、导入、打开；再次启动保留数据 / make, load and serve; a second start keeps the data."""
    from cli import demo_run

    wish = demo_run.Wish(scale, seed, is_fresh=fresh, is_brief=leave, port=port, wants_passwords=passwords)
    raise typer.Exit(demo_run.run(wish))
