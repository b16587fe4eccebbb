"""wangge check: the part of the tests that takes seconds. No database, no browser."""

import os
import subprocess
import sys
import time

import typer

app = typer.Typer(add_completion=False)

Step = tuple[str, list[str]]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def check(context: typer.Context) -> None:
    """几秒钟的检查 / lint, types, imports, unit and house tests. Further words go to pytest."""
    quick = ["-m", "not slow and not db and not browser", "-q"]
    pytest = [sys.executable, "-m", "pytest", "tests/unit", "tests/house", "-n", "2", *quick, *context.args]
    raise typer.Exit(run_all([*static_checks(), ("pytest", pytest)]))


def static_checks() -> list[Step]:
    """Looking at the source without running it."""
    python = [sys.executable, "-m"]
    lint_imports = "from importlinter.cli import lint_imports_command as run; run()"
    return [
        ("ruff check", [*python, "ruff", "check", "."]),
        ("ruff format", [*python, "ruff", "format", "--check", "--quiet", "."]),
        ("mypy --strict", [*python, "mypy"]),
        ("lint-imports", [sys.executable, "-c", lint_imports]),
    ]


def run_all(steps: list[Step]) -> int:
    """Run every step, also after one has failed. Returns 0 when all passed; prints what failed."""
    from core.settings import CHECKOUT

    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"}
    failed = []
    for name, words in steps:
        began = time.monotonic()
        print(f"→ {name}", flush=True)
        done = subprocess.run(words, cwd=CHECKOUT, env=environment, check=False)
        if done.returncode != 0:
            failed.append(name)
        print(f"  {'✓' if done.returncode == 0 else '✗'} {name} {time.monotonic() - began:.1f} s", flush=True)
    print("✗ 未通过 / failed: " + ", ".join(failed) if failed else "✓ 全部通过 / all passed", flush=True)
    return 1 if failed else 0
