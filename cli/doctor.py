"""wangge doctor: looks at the machine and says what to do."""

import typer

app = typer.Typer(add_completion=False)


@app.command()
def doctor() -> None:
    """检查这台机器 / check this machine. Exit status 1 when something needed is wrong."""
    from core.doctor import examine

    findings = examine()
    for one in findings:
        mark = "✓" if one.is_well else ("✗" if one.is_needed else "!")
        print(f"{mark} {one.name_zh} / {one.name}: {one.words}" + ("" if one.is_well else f"\n    → {one.advice}"))
    raise typer.Exit(1 if any(one.is_needed and not one.is_well for one in findings) else 0)
