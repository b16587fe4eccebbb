"""wangge test: everything CI runs."""

import sys
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def everything(
    context: typer.Context,
    processes: Annotated[int, typer.Option("-n", help="进程数 / processes of pytest")] = 2,
) -> None:
    """全部检查与测试 / lint, format, types, imports, then every test. Further words go to pytest."""
    from cli.check import run_all, static_checks

    _system_packages()
    pytest = [sys.executable, "-m", "pytest", "-n", str(processes), "--dist", "loadfile", *context.args]
    raise typer.Exit(run_all([*static_checks(), ("pytest", pytest)]))


def _system_packages() -> None:
    """A browser, its driver's library and a Chinese font, from the distribution; only the browser tests need them."""
    from core import doctor
    from core.binaries import apt_install, bin_dir

    bin_dir()
    wanted = [] if doctor.browser() else ["chromium"]
    if not doctor.has_library("libatomic.so.1"):  # the program that drives the browser is linked to it
        wanted.append("libatomic1")
    if not doctor.has_chinese_font():
        wanted.append("fonts-noto-cjk")
    if wanted and not apt_install(wanted, why_zh="浏览器测试需要", why_en="for the browser tests"):
        print(f"! 浏览器测试需要 / the browser tests need: sudo apt-get install {' '.join(wanted)}", file=sys.stderr)
