"""Sets up .venv from the lock file. Run by the script `wangge` with any Python 3.11+, so: standard library only.

May be stopped at any point: the stamp that says "ready" is written last, and the next call goes on from there.
Two at once wait for each other.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
EXIT_NOT_READY = 3


def say(zh: str, en: str) -> None:
    """One line of progress in both languages."""
    print(f"→ {zh} / {en}", file=sys.stderr, flush=True)


def main() -> int:
    """Set up for `run` or `dev`. Returns the exit status."""
    kind, venv = sys.argv[1], Path(sys.argv[2])
    lock = CHECKOUT / LOCKS[kind]
    with venv.with_name(venv.name + ".lock").open("w") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("另一个进程正在准备环境，等待中", "another process is setting up, waiting")
            fcntl.flock(guard, fcntl.LOCK_EX)
        stamp, wanted = venv / f".wangge-{kind}", checksum(lock)
        if stamp.exists() and stamp.read_text(encoding="ascii").strip() == wanted:
            return 0
        if not is_whole(venv) and not make(venv):
            return EXIT_NOT_READY
        return install(venv, lock, stamp, wanted)


def checksum(path: Path) -> str:
    """What `cksum <path` prints: the script compares with the same program."""
    with path.open("rb") as file:
        return subprocess.run(["cksum"], stdin=file, capture_output=True, text=True, check=True).stdout.strip()


def is_whole(venv: Path) -> bool:
    """The environment exists and its pip works; a half-made one is made again."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    words = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-I", "-c", words], capture_output=True, check=False).returncode == 0


def make(venv: Path) -> bool:
    """python -m venv; on Debian, whose Python comes without ensurepip, the missing package first."""
    say("建立 Python 环境", "making the Python environment")
    if has_ensurepip() and make_venv(venv):
        return True
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if (before := may_install()) is not None:
        say(f"安装 {package}", f"installing {package}")
        if apt(before, package) and make_venv(venv):
            return True
    print(f"缺少 venv 模块。请执行：sudo apt-get install {package}，然后重试。", file=sys.stderr)
    print(f"The venv module is missing. Type: sudo apt-get install {package}, then try again.", file=sys.stderr)
    return False


def make_venv(venv: Path) -> bool:
    """An empty environment with pip; what went wrong is shown, but no traceback when Ctrl-C stops it."""
    words = [sys.executable, "-m", "venv", "--clear", str(venv)]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-5:]), file=sys.stderr)
    return done.returncode == 0


def has_ensurepip() -> bool:
    """Debian's python3 without python3-venv has a venv module that cannot install pip."""
    words = [sys.executable, "-I", "-c", "import ensurepip, venv"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def may_install() -> list[str] | None:
    """The words before apt-get: none for root, sudo without a question otherwise; None if neither."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def apt(before: list[str], package: str) -> bool:
    """apt-get update and install, out of reach of Ctrl-C: dpkg must not be torn in the middle."""
    words = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*words, "update"], stdout=subprocess.DEVNULL, check=False, start_new_session=True)
    done = subprocess.run(
        [*words, "install", "--no-install-recommends", package],
        stdout=subprocess.DEVNULL, check=False, start_new_session=True,
    )  # fmt: skip
    return done.returncode == 0


def install(venv: Path, lock: Path, stamp: Path, wanted: str) -> int:
    """pip install exactly what the lock file says, every file checked by its hash; then the stamp."""
    count = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)
    say(f"安装 {count} 个 Python 包并核对哈希，约一分钟", f"installing {count} Python packages, about a minute")
    began = time.monotonic()
    words = [
        str(venv / "bin" / "python"), "-I", "-m", "pip", "install", "--require-hashes", "--quiet",
        "--disable-pip-version-check", "--no-input", "--only-binary", ":all:", "-r", str(lock),
    ]  # fmt: skip
    if os.geteuid() == 0:
        words.append("--root-user-action=ignore")
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)  # warnings matter only if it fails
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-15:]), file=sys.stderr)
        say("安装失败；请检查网络或镜像设置后重试", "installation failed; check the network or mirror, then try again")
        return done.returncode
    draft = stamp.with_suffix(".new")
    draft.write_text(wanted + "\n", encoding="ascii")
    draft.replace(stamp)
    say(f"环境就绪（{time.monotonic() - began:.0f} 秒）", f"ready in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("已中断，下次接着做", "stopped; the next call goes on from here")
        sys.exit(130)
