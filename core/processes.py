"""Looking at processes: of a server by its data folder, of a tree with its memory. Without /proc little is seen."""

import os
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

HAS_PROC = Path("/proc/self").exists()
SOCKET_LINE = 4  # of postmaster.pid: pid, data folder, start, port, socket folder, …


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


def socket_of(folder: Path) -> Path | None:
    """The folder of the socket of the live server of this data folder, as the server itself wrote it down."""
    if server_pid(folder) is None:
        return None
    with suppress(OSError, IndexError):
        words = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[SOCKET_LINE]
        return Path(words) if words else None
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


def tree(top: int) -> list[int]:
    """This process and every process below it, as of now. Without /proc only itself."""
    if not HAS_PROC:
        return [top]
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                below.setdefault(int(stat[1]), []).append(int(entry.name))
    found, ahead = [], [top]
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead += below.get(pid, [])
    return found


def memory_bytes(pids: Iterable[int]) -> int:
    """What these processes hold together; memory they share is counted once (PSS). 0 on systems without /proc."""
    total = 0
    for pid in set(pids):
        with suppress(OSError, IndexError, ValueError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def follow(parent: int, *, look_every_s: float = 1.0) -> None:
    """End this process by SIGTERM, that is cleanly, as soon as its parent is no longer this one."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(look_every_s)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
