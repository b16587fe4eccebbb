"""Finding the programs of PostgreSQL with PostGIS, and installing the distribution's own when they are missing."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from core.errors import NotReady
from core.settings import settings

FIXED_MINORS = {15: 16, 16: 12, 17: 8, 18: 2}  # security releases; anything older must not serve personal data
OLDEST_MAJOR = 15
CREATE_CLUSTER_D = Path("/etc/postgresql-common/createcluster.d")


@lru_cache(maxsize=1)
def bin_dir() -> Path:
    """The folder of initdb, postgres and pg_ctl, checked for version and PostGIS; installs them if it may.

    Raises NotReady with the one line to type when it may not, or when the server is too old to be safe.
    """
    found = _find()
    if found is None:
        _install()
        found = _find()
    if found is None:
        raise NotReady(
            zh=f"没有找到带 PostGIS 的 PostgreSQL。请执行：{install_line()}",
            en=f"no PostgreSQL with PostGIS was found. Type: {install_line()}",
        )
    check_version(version_of(found))
    return found


def version_of(folder: Path) -> tuple[int, int]:
    """(major, minor) of the server in this folder."""
    text = subprocess.run(  # noqa: S603
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def check_version(version: tuple[int, int]) -> None:
    """Raise NotReady when the server is older than the fixed security releases."""
    major, minor = version
    if major < OLDEST_MAJOR or minor < FIXED_MINORS.get(major, 0):
        wanted = ", ".join(f"{m}.{n}" for m, n in FIXED_MINORS.items())
        raise NotReady(
            zh=f"PostgreSQL {major}.{minor} 太旧，有已知的安全缺陷；需要 {wanted} 或更新。请升级：{install_line()}",
            en=f"PostgreSQL {major}.{minor} has known security holes; need {wanted} or later: {install_line()}",
        )


def install_line() -> str:
    """The line a person types on this kind of machine."""
    if shutil.which("apt-get"):
        return "sudo apt-get install postgresql-NN-postgis-3   # NN = 15, 16, 17 …"
    if sys.platform == "darwin":
        return "brew install postgresql@17 postgis"
    return "install PostgreSQL 15 or later with PostGIS 3.3 or later, then set WANGGE_PG_BIN"


def may_install() -> list[str] | None:
    """The words before apt-get ([] for root, sudo otherwise), or None when this user may not install."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return [sudo, "-n"]
    return None


def apt_install(packages: list[str], *, why_zh: str, why_en: str) -> bool:
    """Install packages of the distribution. False when this user may not; raises NotReady when apt fails."""
    before = may_install()
    if before is None:
        return False
    print(f"→ {why_zh} / {why_en}: {' '.join(packages)}", file=sys.stderr, flush=True)  # noqa: T201
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0"]
    options = ["-o", "APT::Install-Recommends=false", "-o", "DPkg::Lock::Timeout=300"]
    for words in (["update"], ["install", *packages]):
        # a session of its own: Ctrl-C must not tear dpkg in the middle of an installation
        done = subprocess.run(  # noqa: S603
            [*before, *environment, *options, *words],
            capture_output=True, text=True, check=False, start_new_session=True,
        )  # fmt: skip
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise NotReady(
            zh=f"系统包安装失败（apt-get install {' '.join(packages)}）：\n{tail}",
            en=f"apt-get install {' '.join(packages)} failed:\n{tail}",
        )
    return True


def _find() -> Path | None:
    return next((folder for folder in _places() if _complete(folder)), None)


def _places() -> Iterator[Path]:
    if (chosen := settings().pg_bin) is not None:
        yield chosen
        return
    for config in ("pg_config",):
        if path := shutil.which(config):
            out = subprocess.run([path, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
            if out.returncode == 0:
                yield Path(out.stdout.strip())
    if path := shutil.which("initdb"):
        yield Path(path).resolve().parent
    roots = [
        ("/usr/lib/postgresql", "*/bin"),
        ("/usr/pgsql-*", "bin"),
        ("/opt/homebrew/opt", "postgresql@*/bin"),
        ("/usr/local/opt", "postgresql@*/bin"),
        ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ]
    for root, pattern in roots:
        yield from sorted(Path("/").glob(f"{root.lstrip('/')}/{pattern}"), key=_newest_first)


def _newest_first(folder: Path) -> int:
    digits = re.findall(r"\d+", folder.parent.name)
    return -int(digits[0]) if digits else 0


def _complete(folder: Path) -> bool:
    """The server programs are there, and so is the control file of PostGIS."""
    if not all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl")):
        return False
    config = folder / "pg_config"
    if config.exists():
        out = subprocess.run([config, "--sharedir"], capture_output=True, text=True, check=False)  # noqa: S603
        if out.returncode == 0 and (Path(out.stdout.strip()) / "extension" / "postgis.control").exists():
            return True
    major = version_of(folder)[0]
    shares = [Path(f"/usr/share/postgresql/{major}"), folder.parent / "share", folder.parent / "share" / "postgresql"]
    return any((share / "extension" / "postgis.control").exists() for share in shares)


def _install() -> None:
    if may_install() is None:
        return
    with _without_default_cluster():
        subprocess.run(  # noqa: S603
            [*(may_install() or []), "apt-get", "-q", "update"],
            capture_output=True, check=False, start_new_session=True,
        )  # fmt: skip
        name = _package()
        if name:
            apt_install([name], why_zh="安装数据库", why_en="installing the database server")


def _package() -> str | None:
    """The newest postgresql-NN-postgis-3 that the distribution offers."""
    out = subprocess.run(
        ["apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$"],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    majors = [int(n) for n in re.findall(r"^postgresql-(\d+)-postgis-3 ", out.stdout, re.MULTILINE)]
    return f"postgresql-{max(majors)}-postgis-3" if majors else None


@contextmanager
def _without_default_cluster() -> Iterator[None]:
    """Debian starts a server of its own at installation; nobody asked for it here."""
    note = CREATE_CLUSTER_D / "wangge.conf"
    if os.geteuid() != 0 or any(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        yield
        return
    CREATE_CLUSTER_D.mkdir(parents=True, exist_ok=True)
    note.write_text("create_main_cluster = false\n", encoding="ascii")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
