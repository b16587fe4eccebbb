"""Looking at the processes of a server by its data folder; on systems without /proc only the pid file speaks."""

import os
from contextlib import suppress
from pathlib import Path

HAS_PROC = Path("/proc/self").exists()


def server_pid(folder: Path) -> int | None:
    """The pid of the live postmaster of this data folder. A stale number that now is another program does not count."""
    try:
        pid = int((folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, IndexError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        return pid
    if not HAS_PROC or works_in(pid, folder):
        return pid
    return None


def left_behind(folder: Path) -> list[int]:
    """Live processes whose working folder is this data folder: the server and its children."""
    if not folder.exists() or not HAS_PROC:
        return []
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if works_in(pid, folder)]


def works_in(pid: int, folder: Path) -> bool:
    """Whether this process lives and its working folder is this one."""
    with suppress(OSError, IndexError):
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z" and Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()
    return False
