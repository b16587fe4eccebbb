"""Choosing a port, and ending with the parent."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from cli.serve import choose_port
from core import processes
from core.errors import Refused
from core.settings import settings


@pytest.fixture
def taken() -> "socket.socket":
    """A port on which somebody listens in the way granian does: ready to share it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_a_wanted_port_that_is_taken_is_refused(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with taken, pytest.raises(Refused) as told:
        choose_port("127.0.0.1", port)
    assert str(port) in told.value.zh
    assert str(port) in told.value.en


def test_a_port_just_given_up_is_free_again(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port))
    served, _ = taken.accept()
    served.close()  # the server's side closes first and leaves the port in TIME_WAIT
    client.close()
    taken.close()
    assert choose_port("127.0.0.1", port) == port


def test_without_a_wish_the_next_free_port_is_taken(
    taken: socket.socket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = taken.getsockname()[1]
    monkeypatch.setattr(settings(), "port", port)
    with taken:
        assert choose_port("127.0.0.1", None) > port
    assert str(port) in capsys.readouterr().out


def test_a_child_that_follows_ends_when_its_parent_is_killed() -> None:
    grandchild = (
        "import os, time; from core import processes; processes.follow(PARENT, look_every_s=0.05); time.sleep(60)"
    )
    parent = (
        "import os, subprocess, sys, time\n"
        f"words = {grandchild!r}.replace('PARENT', str(os.getpid()))\n"
        "child = subprocess.Popen([sys.executable, '-c', words])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    top = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert top.stdout is not None
    child = int(top.stdout.readline())
    assert set(processes.tree(top.pid)) >= {top.pid, child}
    assert processes.memory_bytes([top.pid, child]) > 0
    time.sleep(0.5)
    top.send_signal(signal.SIGKILL)
    top.wait()
    for _ in range(100):
        if not _lives(child):
            break
        time.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z" and os.getpgid(pid) > 0
    except (FileNotFoundError, ProcessLookupError):
        return False
