"""wangge lock: the lock files from pyproject.toml, by uv. They hold hashes and no addresses."""

import shutil
import subprocess
import sys
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="升级到最新 / move to the newest versions")] = False,
) -> None:
    """重新生成锁文件 / make requirements.lock and requirements-dev.lock anew."""
    from core.errors import NotReady
    from core.settings import CHECKOUT

    uv = shutil.which("uv")
    if uv is None:
        raise NotReady(zh="需要 uv：pip install uv", en="uv is needed: pip install uv")
    words = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    words += ["--no-header", "--no-annotate", "--no-emit-index-url", *(["--upgrade"] if upgrade else [])]
    # the longer list first: the shorter one takes its versions from it
    dev = [*words, "--group", "dev", "pyproject.toml", "-o", "requirements-dev.lock"]
    run = [*words, "-c", "requirements-dev.lock", "pyproject.toml", "-o", "requirements.lock"]
    for one in (dev, run):
        if (status := subprocess.run(one, cwd=CHECKOUT, check=False).returncode) != 0:
            sys.exit(status)
