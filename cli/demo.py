"""wangge demo: make the demo district, load it through the loaders, serve it."""

from typing import Annotated

import typer

app = typer.Typer(help="建立、加载并打开演示区 / make, load and serve the demo district", add_completion=False)


@app.command()
def demo(
    scale: Annotated[float, typer.Option(help="规模，1 = 完整的示范区 / size, 1 = the whole model district")] = 0.1,
    fresh: Annotated[bool, typer.Option("--fresh", help="重新开始 / begin anew")] = False,
    leave: Annotated[bool, typer.Option("--exit", help="加载后结束 / end after loading")] = False,
    seed: Annotated[int, typer.Option(help="种子 / seed")] = 1,
) -> None:
    """演示：生成、导入、打开 / make, load and serve."""
    from cli import demo_run

    raise typer.Exit(demo_run.run(scale=scale, is_fresh=fresh, is_brief=leave, seed=seed))
