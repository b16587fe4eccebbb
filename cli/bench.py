"""wangge bench NAME: run bench/NAME.py with the remaining words."""

import runpy
import sys

import typer

app = typer.Typer(add_completion=False)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def bench(context: typer.Context, name: str = typer.Argument(default="--help")) -> None:
    """性能与质量测量 / run a bench by name; `bench NAME --help` shows its options."""
    from core.errors import NotFound
    from core.settings import CHECKOUT

    folder = CHECKOUT / "bench"
    known = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    if name in ("--help", "-h"):
        print("用法 / usage: ./wangge bench NAME [--json] …\n\n  " + "\n  ".join(known))
        return
    if name not in known:
        raise NotFound(zh=f"没有这个测量：{name}；有 {known}", en=f"no such bench: {name}; there are {known}")
    sys.argv = [f"wangge bench {name}", *context.args]
    runpy.run_path(str(folder / f"{name}.py"), run_name="__main__")
