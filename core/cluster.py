"""The private PostGIS cluster: made, started on demand, repaired after a crash, stopped by the last one who uses it.

Unix socket only, no TCP. Every process that uses it holds a shared lock on `lease`; whoever leaves last stops it,
unless `wangge db start` pinned it. With WANGGE_DATABASE_URL all this is skipped and that server is used.
"""

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from core import binaries, processes, secrets
from core.actors import Tier
from core.errors import NotReady, Unavailable
from core.pgconf import configuration, host_access
from core.settings import settings

SUPERUSER = "wangge_super"
SOCKET_PATH_MAX = 107  # bytes the kernel allows in a unix socket's address
START_SECONDS = 60
STOP_SECONDS = 60

_lease: IO[str] | None = None


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where the database is. `admin` are psycopg keywords of a user who may create roles and databases."""

    admin: dict[str, Any]
    is_private: bool

    def keywords(self, tier: Tier, database: str | None = None) -> dict[str, Any]:
        """psycopg keywords for one tier."""
        own = {"user": tier.role_name, "password": secrets.password(tier.role_name)}
        place = {"dbname": database} if database else {}
        return {**self.admin, **own, **place}


@dataclass(frozen=True, slots=True)
class Status:
    """What `wangge db status` shows."""

    is_running: bool
    is_pinned: bool
    data: Path
    socket: Path
    pid: int | None


def ensure() -> ServerInfo:
    """The server, made and started if need be, with roles and the (perhaps empty) database.

    Safe to call from any number of processes at once, and again after the server died. Raises NotReady when the
    machine lacks something, Unavailable when it does not come up.
    """
    if (url := settings().database_url) is not None:
        return ServerInfo(_outside(url), is_private=False)
    _take_lease()
    with _locked():
        if not (_answers() or _repair()):
            if not (_folder() / "PG_VERSION").exists():
                _initialise()
            _ready_mark().unlink(missing_ok=True)
            _start()
        if not _ready_mark().exists():  # its starter may have been killed before this
            from core.prepare import prepare_server

            prepare_server(server_info())
            _ready_mark().touch()
    return server_info()


def server_info() -> ServerInfo:
    """Where the private cluster is, whether it runs or not."""
    keywords = {
        "host": str(socket_dir()),
        "user": SUPERUSER,
        "password": secrets.password(SUPERUSER),
        "dbname": settings().database_name,
        "connect_timeout": 5,
    }
    return ServerInfo(keywords, is_private=True)


def status() -> Status:
    """Whether the private cluster runs. Starts nothing."""
    pid = _server_pid()
    return Status(_answers(), _pin().exists(), settings().data, socket_dir(), pid)


def start_pinned() -> ServerInfo:
    """Start and leave running after this process ends (`wangge db start`)."""
    info = ensure()
    _pin().touch()
    return info


def stop(*, is_forced: bool = True) -> bool:
    """Stop the private cluster cleanly. Without force only if nobody uses it and it is not pinned. True if stopped."""
    if settings().database_url is not None:
        return False
    if is_forced:
        _pin().unlink(missing_ok=True)
    with _locked():
        return _stop(is_forced=is_forced)


def _stop(*, is_forced: bool) -> bool:
    if _server_pid() is None or (not is_forced and _pin().exists()):
        return False
    _run("pg_ctl", "stop", "-D", str(_folder()), "-m", "fast", "-w", "-t", str(STOP_SECONDS), "-s")
    with suppress(OSError):
        socket_dir().rmdir()
    return True


def wipe() -> None:
    """Stop the private cluster and delete everything in it. For beginning anew; asks nobody.

    Moved aside in one step first: a break in the middle leaves no half-deleted cluster.
    """
    stop()
    with _locked():
        gone = settings().data / "cluster.gone"
        shutil.rmtree(gone, ignore_errors=True)
        if _folder().exists():
            _folder().rename(gone)
        _ready_mark().unlink(missing_ok=True)
        shutil.rmtree(gone, ignore_errors=True)


def exists() -> bool:
    """Whether there is a private cluster in the data folder, running or not."""
    return (_folder() / "PG_VERSION").exists()


def process_ids() -> list[int]:
    """The processes of the private cluster that live now: the server and one for each connection."""
    return processes.left_behind(_folder())


def release() -> None:
    """Give up this process's share in the cluster; stops it when this was the last one and it is not pinned."""
    global _lease
    if _lease is None:
        return
    handle, _lease = _lease, None  # the order of _take_lease (lock, lease), or two processes wait for each other
    with handle, _locked(), suppress(NotReady, Unavailable, BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: somebody else still works with it
        _stop(is_forced=False)


def program(name: str) -> str:
    """The path of a program of this PostgreSQL: psql, pg_dump, pg_restore."""
    return str(binaries.bin_dir() / name)


def socket_dir() -> Path:
    """Where the running server listens; else a short folder (the kernel allows 107 bytes), one for each data folder.

    Never a thing of the checkout: two checkouts may share one data folder, and must find each other's server.
    """
    if (running := processes.socket_of(_folder())) is not None:
        return running
    name = hashlib.sha256(str(settings().data.absolute()).encode()).hexdigest()[:12]
    if os.geteuid() == 0 and Path("/run").is_dir():
        return Path("/run") / f"wangge-{name}"
    return Path(tempfile.gettempdir()) / f"wg-{os.geteuid()}-{name}"


def _outside(url: str) -> dict[str, Any]:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    keywords: dict[str, Any] = dict(conninfo_to_dict(plain))
    keywords.setdefault("connect_timeout", 5)
    keywords.setdefault("tcp_user_timeout", 3000)  # a cut network is noticed after 3 s instead of 25
    keywords.setdefault("dbname", settings().database_name)
    return keywords


def _folder() -> Path:
    return settings().data / "cluster"


def _ready_mark() -> Path:
    return settings().data / "ready"


def _pin() -> Path:
    return settings().data / "pinned"


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time makes, starts or stops the cluster."""
    make_data_folder()
    with (settings().data / "cluster.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _take_lease() -> None:
    global _lease  # noqa: PLW0603
    if _lease is not None:
        return
    make_data_folder()
    _lease = (settings().data / "lease").open("w")
    with _locked():  # not between somebody's "I am the last" and his stop
        fcntl.flock(_lease, fcntl.LOCK_SH)
    atexit.register(release)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # runs first: Ctrl-C must not break the stop off


def make_data_folder() -> None:
    """The data folder, made when missing; the server's user may pass through it."""
    data = settings().data
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        data.chmod(0o711)  # the server's user must pass through, and needs no list


def _server_user() -> pwd.struct_passwd | None:
    """Who runs the server: its files' owner; None for the present user. postgres refuses to run as root."""
    if os.geteuid() != 0:
        return None
    if exists():
        return pwd.getpwuid(_folder().stat().st_uid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise NotReady(zh="没有可用来运行数据库的系统用户", en="no system user (postgres, nobody) to run the database as")


def _run(name: str, *words: str, log: Path | None = None) -> None:
    """Run a program of PostgreSQL as the server's user, out of reach of Ctrl-C. Raises Unavailable if it fails."""
    user = _server_user()
    as_user: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(  # noqa: S603
            [program(name), *words],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd="/",
            start_new_session=True, check=False, env=_environment(), **as_user,
        )  # fmt: skip
        if done.returncode != 0:
            out.seek(0)
            tail = "\n".join(out.read().splitlines()[-6:])
            raise Unavailable(
                zh=f"数据库程序 {name} 失败：{tail}；日志在 {log or settings().data}",
                en=f"{name} failed: {tail}; its log is in {log or settings().data}",
            )


def _environment() -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return {**keep, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}


def _initialise() -> None:
    """initdb beside the final place, then rename: a break in the middle leaves no half-made cluster."""
    binaries.bin_dir()  # installed first if missing: the package makes the user who is to own the files
    _say("建立私有数据库", "making a private database")
    draft = settings().data / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(_folder(), ignore_errors=True)
    user = _server_user()
    draft.mkdir(mode=0o700)
    password_file = draft.with_name("cluster.pw")
    password_file.write_text(secrets.password(SUPERUSER), encoding="ascii")
    password_file.chmod(0o600)
    if user is not None:
        os.chown(draft, user.pw_uid, user.pw_gid)
        os.chown(password_file, user.pw_uid, user.pw_gid)
        _check_reachable(user, settings().data)
    try:
        _run(
            "initdb", "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password_file}", "-E", "UTF8",
            "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-CN",
            "--data-checksums", "--auth=scram-sha-256", "--no-instructions",
        )  # fmt: skip
    finally:
        password_file.unlink()
    draft.rename(_folder())


def _check_reachable(user: pwd.struct_passwd, path: Path) -> None:
    """Raise NotReady when a folder above is closed to the server's user (a home of root, a 0700 checkout)."""
    for folder in [path, *path.parents]:
        mode = folder.stat().st_mode
        is_open = mode & 0o001 or (folder.stat().st_uid == user.pw_uid and mode & 0o100)
        if not is_open:
            raise NotReady(
                zh=f"数据库用户 {user.pw_name} 进不去目录 {folder}；请用 WANGGE_DATA 指定别处",
                en=f"the database's user {user.pw_name} cannot enter {folder}; choose another place by WANGGE_DATA",
            )


def _start() -> None:
    folder, sockets = _folder(), _make_socket_dir()
    _write(folder / "wangge.conf", configuration(sockets, binaries.version_of(binaries.bin_dir())))
    _write(folder / "pg_hba.conf", host_access())
    main = folder / "postgresql.conf"
    if "wangge.conf" not in main.read_text(encoding="utf-8"):
        _write(main, main.read_text(encoding="utf-8") + "\ninclude 'wangge.conf'\n")
    log = folder / "start.log"
    _run("pg_ctl", "start", "-D", str(folder), "-l", str(log), "-w", "-t", str(START_SECONDS), "-s", log=log)
    for _ in range(START_SECONDS * 10):
        if _answers():
            return
        time.sleep(0.1)
    raise Unavailable(zh=f"数据库没有应答，日志在 {log}", en=f"the database does not answer; its log is {log}")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    if (user := _server_user()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
    path.chmod(0o600)


def _make_socket_dir() -> Path:
    path = socket_dir()
    if len(os.fsencode(path / ".s.PGSQL.5432.lock")) > SOCKET_PATH_MAX:
        raise NotReady(zh=f"套接字路径太长：{path}", en=f"the socket path is too long: {path}")
    path.mkdir(mode=0o700, exist_ok=True)
    user = _server_user()
    owner = os.geteuid() if user is None else user.pw_uid
    if path.is_symlink() or path.stat().st_uid not in (owner, os.geteuid()):
        raise NotReady(zh=f"{path} 属于别人，请删除它", en=f"{path} belongs to somebody else; remove it")
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def _answers() -> bool:
    if not (socket_dir() / ".s.PGSQL.5432").exists():
        return False
    try:
        with psycopg.connect(**{**server_info().admin, "dbname": "postgres"}, autocommit=True) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def _server_pid() -> int | None:
    return processes.server_pid(_folder())


def _repair() -> bool:
    """After a crash: end what still works in our data folder, remove the stale pid file. True if it recovered."""
    folder = _folder()
    pid = _server_pid()
    if pid is not None:
        for _ in range(START_SECONDS * 10):  # it lives: starting up or recovering
            if _answers():
                return True
            if _server_pid() is None:
                break
            time.sleep(0.1)
    for orphan in processes.left_behind(folder):
        with suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    for _ in range(100):
        if not processes.left_behind(folder):
            break
        time.sleep(0.05)
    # the socket's lock too: a dead server that nobody has reaped yet still counts as alive for the new one
    for stale in (folder / "postmaster.pid", *(socket_dir() / f".s.PGSQL.5432{end}" for end in ("", ".lock"))):
        stale.unlink(missing_ok=True)
    return False


def _say(zh: str, en: str) -> None:
    print(f"→ {zh} / {en} …", file=sys.stderr, flush=True)  # noqa: T201


_known: ServerInfo | None = None


def ensure_known() -> ServerInfo:
    """`ensure()` once a process; later calls answer from memory without looking at the server."""
    global _known  # noqa: PLW0603 - one answer a process
    if _known is None or _lease is None:
        _known = ensure()
    return _known
