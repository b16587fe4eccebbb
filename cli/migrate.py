"""wangge migrate: the database to the newest schema."""

import typer

app = typer.Typer(add_completion=False)


@app.command()
def migrate() -> None:
    """升级数据库结构 / bring the database to the newest schema; does nothing when it is there."""
    from core import migrate as work

    head = work.upgrade()
    print(f"数据库结构 / schema: {head}")
