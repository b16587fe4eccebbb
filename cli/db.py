"""wangge db: the private cluster, or the server of WANGGE_DATABASE_URL."""

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="数据库 / the database", add_completion=False)


@app.command()
def start() -> None:
    """启动并保持运行 / start, and leave running."""
    from core import cluster

    info = cluster.start_pinned()
    print(f"数据库已启动 / running: {info.admin.get('host')}")


@app.command()
def stop() -> None:
    """停止 / stop cleanly."""
    from core import cluster

    print("已停止 / stopped" if cluster.stop() else "没有在运行 / was not running")


@app.command()
def status() -> None:
    """状态 / whether it runs. Exit status 0 when it does, 1 when not."""
    from core import cluster

    found = cluster.status()
    words = "运行中 / running" if found.is_running else "未运行 / not running"
    kept = "，常驻 / kept running" if found.is_pinned else ""
    print(f"{words}{kept}  pid={found.pid}  data={found.data}  socket={found.socket}")
    raise typer.Exit(0 if found.is_running else 1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    tier: Annotated[str | None, typer.Option(help="worker, command, jobs …; default: the administrator")] = None,
) -> None:
    """打开 psql / open psql; further words go to psql."""
    import subprocess

    from core import clients
    from core.actors import Tier

    words, environment = clients.psql_argv(Tier(tier) if tier else None, context.args)
    raise typer.Exit(subprocess.run(words, env=environment, check=False).returncode)


@app.command()
def backup(
    out: Annotated[Path | None, typer.Argument(help="file; default: the backups folder of the data folder")] = None,
) -> None:
    """备份 / write a backup that `restore` reads. The keys in data/secrets are kept apart on purpose."""
    from core import backup as work
    from core import secrets

    made = work.backup(out)
    print(f"备份 / backup: {made}  ({made.stat().st_size / 1e6:.1f} MB)")
    print(f"密钥不在备份里，请另外保管 / the keys are not in it, keep them elsewhere: {secrets.folder()}")


@app.command()
def restore(source: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """恢复 / put a backup in place of the present database, which is kept under another name."""
    from core import backup as work

    kept = work.restore(source)
    print(f"已恢复 / restored. 原库保留为 / the former database is kept as: {kept or os.devnull}")
