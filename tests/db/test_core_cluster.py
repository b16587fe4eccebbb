"""The private cluster: made, found again, repaired after SIGKILL, stopped by the last who leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from core.processes import left_behind, server_pid

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

PROBE = """
from core import db
from core.actors import Tier
from sqlalchemy import text
with db.unit_of_work(Tier.JOBS) as session:
    print(session.execute(text("select postgis_lib_version()")).scalar_one())
"""
HOLD = PROBE + "import sys, time; sys.stdout.flush(); time.sleep(60)"
IMPATIENT = (
    PROBE
    + """
import atexit, os, subprocess
presses = f"for press in 1 2 3 4 5 6 7 8; do sleep 0.05; kill -INT {os.getpid()} || exit; done"
atexit.register(subprocess.Popen, ["sh", "-c", presses], stderr=subprocess.DEVNULL)
"""
)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder the server's user can enter, with a space and Chinese in its name."""
    with TemporaryDirectory(prefix="wg 数据 ") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        command(folder, "from core import cluster; cluster.stop()")


def environment(data: Path) -> dict[str, str]:
    return {**os.environ, "WANGGE_DATA": str(data), "PYTHONPATH": str(ROOT)}


def command(data: Path, words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", words], cwd="/", env=environment(data), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def begin(data: Path, words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", words], cwd="/", env=environment(data), stdout=subprocess.PIPE, text=True
    )


def test_it_is_made_on_demand_and_stopped_by_the_last_who_leaves(data: Path) -> None:
    first = begin(data, HOLD)
    assert first.stdout is not None
    assert first.stdout.readline().startswith("3.")
    assert command(data, PROBE).startswith("3.")
    assert server_pid(data / "cluster") is not None  # the second left, the first still works
    first.send_signal(signal.SIGINT)
    first.wait(30)
    assert server_pid(data / "cluster") is None


def test_ctrl_c_does_not_break_the_stop_off(data: Path) -> None:
    words = [sys.executable, "-c", IMPATIENT]
    done = subprocess.run(words, cwd="/", env=environment(data), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "→ 建立私有数据库 / making a private database …\n")
    assert server_pid(data / "cluster") is None


def test_five_at_once_make_one_cluster(data: Path) -> None:
    running = [begin(data, PROBE) for _ in range(5)]
    assert all(one.communicate(timeout=90)[0].startswith("3.") for one in running)
    assert server_pid(data / "cluster") is None


def test_it_comes_back_after_its_server_was_killed(data: Path) -> None:
    command(data, "from core import cluster; cluster.start_pinned()")
    pid = server_pid(data / "cluster")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert command(data, PROBE).startswith("3.")
    assert server_pid(data / "cluster") not in (None, pid)


def test_a_process_that_works_with_it_survives_the_kill(data: Path) -> None:
    words = f"""
import os, signal
from core import db, cluster, processes
from core.actors import Tier
from core.errors import Unavailable
from core.settings import settings
from sqlalchemy import text
def ask():
    with db.unit_of_work(Tier.JOBS) as session:
        return session.execute(text("select 1")).scalar_one()
ask()
os.kill(processes.server_pid(settings().data / "cluster"), {int(signal.SIGKILL)})
for _ in range(5):
    try:
        print(ask())
        break
    except Unavailable:
        continue
"""
    assert command(data, words) == "1"


def test_a_pinned_one_stays_until_it_is_stopped(data: Path) -> None:
    command(data, "from core import cluster; cluster.start_pinned()")
    assert server_pid(data / "cluster") is not None
    command(data, PROBE)
    assert server_pid(data / "cluster") is not None
    assert command(data, "from core import cluster; print(cluster.stop())") == "True"
    assert left_behind(data / "cluster") == []


def test_the_server_itself_says_where_it_listens(data: Path) -> None:
    """Another checkout, or a later version that would choose another folder, finds it instead of starting a second."""
    command(data, "from core import cluster; cluster.start_pinned()")
    pid = server_pid(data / "cluster")
    elsewhere = "import hashlib; from core import cluster; cluster.hashlib.sha256 = hashlib.sha1\n"
    assert command(data, elsewhere + PROBE).startswith("3.")
    assert server_pid(data / "cluster") == pid


def test_a_break_while_it_is_made_leaves_nothing_broken(data: Path) -> None:
    for wait_s in (0.6, 1.0, 1.5):
        first = begin(data, PROBE)
        time.sleep(wait_s)
        first.send_signal(signal.SIGKILL)
        first.wait(30)
    assert command(data, PROBE).startswith("3.")


def test_backup_and_restore_bring_back_what_was_there(data: Path) -> None:
    words = """
from pathlib import Path
from core import backup, db, migrate
from core.actors import Tier
from sqlalchemy import text
migrate.upgrade()
def issuer(new=None):
    with db.unit_of_work(Tier.OWNER) as session:
        if new:
            session.execute(text("update core.installation set issuer = :new"), {"new": new})
        return session.execute(text("select issuer from core.installation")).scalar_one()
issuer("B22")
made = backup.backup()
issuer("C33")
kept = backup.restore(made)
print(issuer(), kept.startswith("wangge_before_"), migrate.current() == migrate.linked_head())
"""
    assert command(data, words).splitlines()[-1] == "B22 True True"


def test_the_doctor_finds_an_empty_database_and_then_a_whole_one(data: Path) -> None:
    words = (
        "from core import doctor; print([one.name for one in doctor.examine() if one.is_needed and not one.is_well])"
    )
    assert command(data, words) == "['schema']"
    command(data, "from core import migrate; migrate.upgrade()")
    assert command(data, words) == "[]"
