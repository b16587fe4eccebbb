"""Backups: one file by pg_dump, checked by its hash; restored beside the present database and then swapped in."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from core import clients, clock, cluster, db, prepare
from core.actors import Tier
from core.errors import BadInput, Refused
from core.settings import settings


def backup(out: Path | None = None) -> Path:
    """Dump the whole database as the backup role. Written beside and renamed, so a broken one never looks whole."""
    info = cluster.ensure()
    stamp = f"{clock.now().astimezone(clock.SHANGHAI):%Y%m%d-%H%M%S}"
    target = out or settings().data / "backups" / f"wangge-{stamp}.dump"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".new")
    keywords = info.keywords(Tier.BACKUP)
    words = ["--format=custom", "--compress=6", "--no-password", f"--file={draft}", str(keywords["dbname"])]
    _call("pg_dump", words, keywords)
    draft.chmod(0o600)
    draft.replace(target)
    target.with_name(target.name + ".sha256").write_text(f"{_hash(target)}  {target.name}\n", encoding="utf-8")
    return target


def restore(source: Path) -> str | None:
    """Restore a backup and swap it in. Returns the name under which the former database is kept, if there was one.

    Raises BadInput when the file does not match its hash, Refused when pg_restore fails: the present database is
    then untouched.
    """
    note = source.with_name(source.name + ".sha256")
    if note.exists() and note.read_text(encoding="utf-8").split()[0] != _hash(source):
        raise BadInput(zh="备份文件已损坏（哈希不符）", en="the backup is damaged: its hash differs", where=str(source))
    info = cluster.ensure()
    name = str(info.admin["dbname"])
    stamp = f"{clock.now():%Y%m%d%H%M%S}"
    fresh, former = f"{name}_new_{stamp}", f"{name}_before_{stamp}"
    with prepare.administrator() as connection:
        prepare.make_database(connection, fresh)
    try:
        # extensions are in the dump; roles are made by prepare_server
        _call("pg_restore", ["--no-password", "--exit-on-error", f"--dbname={fresh}", str(source)], info.admin)
    except Refused:
        with prepare.administrator() as connection:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(fresh)))
        raise
    prepare.prepare_database(info, fresh)
    db.dispose()
    with prepare.administrator() as connection:
        return _swap(connection, name, fresh, former)


def _swap(connection: psycopg.Connection[Any], name: str, fresh: str, former: str) -> str | None:
    rename = sql.SQL("alter database {} rename to {}")
    exists = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
    if exists:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            [name],
        )
        connection.execute(rename.format(sql.Identifier(name), sql.Identifier(former)))
    connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    return former if exists else None


def _call(name: str, words: list[str], keywords: dict[str, Any]) -> None:
    environment = clients.client_environment(keywords)
    done = subprocess.run(  # noqa: S603
        [cluster.program(name), *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        tail = "\n".join(done.stderr.splitlines()[-6:])
        raise Refused(zh=f"{name} 失败：{tail}", en=f"{name} failed: {tail}")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
