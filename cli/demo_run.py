"""What `wangge demo` does, step by step. A step that is done is left alone, so a run that was stopped goes on.

Each step writes its marker last: the manifest after the files, a line of the balance after each loaded file,
`loaded` after everything. Beginning anew leaves `demo-fresh` behind until it is complete.
"""

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import text

from core import clock, cluster, db, logs, meter, migrate
from core.actors import Tier, system_actor
from core.db import unit_of_work
from core.errors import Refused
from core.progress import Stages, Task, stages
from core.settings import settings

DEFAULT_SCALE = 0.1
DEFAULT_SEED = 1
MANIFEST = "manifest.json"  # etl.demo writes it; looked at here without importing what makes the district
BALANCE = "balance.json"
LOADED = "loaded"
BEGINNING_ANEW = "demo-fresh"
ACTOR = "demo"
DEFERRED = timedelta(minutes=30)
"""Jobs put off until a load has ended are done at once: nothing more is coming."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed. None: what is there already, else the default."""

    scale: float | None
    seed: int | None
    is_fresh: bool
    is_brief: bool
    port: int | None = None
    wants_passwords: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """One loaded file; read = accepted + repeated + rejected."""

    file_name: str
    read: int
    accepted: int
    repeated: int
    rejected: int
    seconds: float

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for."""
        return self.read == self.accepted + self.repeated + self.rejected


def run(wish: Wish) -> int:
    """Make, load, check; serve unless brief. Returns the exit status: 1 when the self-check of the line fails."""
    logs.configure(is_quiet=True)
    folder = settings().data / "demo"
    status = 0
    with _alone(folder, wish) as lock:
        if lock.is_loaded:
            if migrate.current() != migrate.linked_head():
                migrate.upgrade()
        else:
            with meter.measured() as measured:
                _set_up(folder, wish)
            print(f"用时 / took {measured.seconds:.0f} s，内存峰值 / peak memory {measured.peak_bytes / 2**30:.2f} GiB")
        if wish.is_brief or not lock.is_loaded:
            status = _report(folder)
        if wish.is_brief:
            return status
        lock.share()
        from cli import demo_site

        return demo_site.open_site(folder, port=wish.port, wants_passwords=wish.wants_passwords) or status


def balances(folder: Path) -> dict[str, Balance]:
    """The balance of each file that has been loaded to its end."""
    path = folder / BALANCE
    if not path.exists():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {row["file_name"]: Balance(**row) for row in rows}


@dataclass(frozen=True, slots=True)
class _Lock:
    """Alone while loading; shared while serving, so that nobody begins anew underneath."""

    handle: IO[str]
    is_loaded: bool

    def share(self) -> None:
        fcntl.flock(self.handle, fcntl.LOCK_SH)


@contextmanager
def _alone(folder: Path, wish: Wish) -> Iterator[_Lock]:
    """Yields whether everything is loaded; if not, nobody else loads or serves this demo meanwhile.

    Raises Refused when another one does, or when another size than the present one is wished without --fresh.
    """
    cluster.make_data_folder()
    note = folder.with_name(BEGINNING_ANEW)
    with folder.with_name("demo.lock").open("w") as handle:
        is_anew = wish.is_fresh or note.exists()
        is_loaded = not is_anew and (folder / LOADED).exists()
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if is_loaded else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise Refused(
                zh="演示正在另一处运行或加载，请先在那里按 Ctrl-C",
                en="the demo is running or loading elsewhere: press Ctrl-C there first",
            ) from exc
        if not is_anew:
            _check_same(folder, wish)
        yield _Lock(handle, is_loaded)


def _check_same(folder: Path, wish: Wish) -> None:
    """Raises Refused when another scale or seed is wished than the one that is there."""
    path = folder / MANIFEST
    if not path.exists():
        return
    there = json.loads(path.read_text(encoding="utf-8"))
    if wish.scale in (None, there["scale"]) and wish.seed in (None, there["seed"]):
        return
    was = f"--scale {there['scale']:g} --seed {there['seed']}"
    raise Refused(
        zh=f"这里已有一个演示区（{was}）。要换一个，请加 --fresh（现有数据会删除）；"
        "要保留它，请用 WANGGE_DATA 指定别的目录",
        en=f"there is a demo district already ({was}). Add --fresh to begin anew, which deletes it; "
        "or keep it and choose another folder by WANGGE_DATA",
    )


def _set_up(folder: Path, wish: Wish) -> None:
    """From whatever was reached to `loaded`."""
    note = folder.with_name(BEGINNING_ANEW)
    if wish.is_fresh or note.exists():
        _begin_anew(folder, note)
    migrate.upgrade()
    if not folder.exists():
        _refuse_foreign_data()
    with stages() as show:
        _make(folder, wish, show)
        _load(folder, show)
        _finish(show)
    (folder / LOADED).touch()


def _begin_anew(folder: Path, note: Path) -> None:
    if settings().database_url is not None:
        raise Refused(
            zh="--fresh 只用于自带的数据库；外部数据库（WANGGE_DATABASE_URL）请自行清空",
            en="--fresh is for the private cluster only; empty an outside database (WANGGE_DATABASE_URL) yourself",
        )
    if cluster.exists() and not folder.exists() and not note.exists():
        _refuse_foreign_data()
    note.touch()
    db.dispose()
    cluster.wipe()
    shutil.rmtree(folder, ignore_errors=True)
    note.unlink()


def _refuse_foreign_data() -> None:
    """Raises Refused when the database holds anything though there is no demo: it is somebody's real installation."""
    if migrate.current() is None:
        return
    with unit_of_work(Tier.OWNER) as session:
        words = "select exists (select from core.account) or exists (select from etl.batch)"
        is_used = session.execute(text(words)).scalar_one()
    if is_used:
        raise Refused(
            zh="这个数据目录里已有真实数据，演示不会混进去；请用 WANGGE_DATA 指定别的目录",
            en="this data folder holds real data, and the demo does not mix with it: choose another by WANGGE_DATA",
            where=str(settings().data),
        )


def _make(folder: Path, wish: Wish, show: Stages) -> None:
    from etl.demo.making import make, read_manifest

    if read_manifest(folder) is not None:
        return
    now = clock.now().astimezone(clock.SHANGHAI)
    (folder / BALANCE).unlink(missing_ok=True)
    with show.task("生成演示区 / making the district") as task:
        make(
            folder,
            scale=DEFAULT_SCALE if wish.scale is None else wish.scale,
            seed=DEFAULT_SEED if wish.seed is None else wish.seed,
            until=now.date(),
            upto=now.time(),
            report=lambda _, rows: task.advance(rows),
        )


def _load(folder: Path, show: Stages) -> None:
    """Every file that has no balance yet, in the order of the manifest."""
    from etl import service as etl
    from etl.demo.making import read_manifest

    manifest = read_manifest(folder)
    done = balances(folder)
    actor = system_actor(ACTOR)
    for name, rows in (manifest.files if manifest else {}).items():
        if name in done:
            continue
        with show.task(name, total=rows) as task:
            one = etl.load(folder / name, actor=actor, tell=_teller(task))
        done[name] = Balance(name, one.read, one.accepted, one.repeated, one.rejected_count, round(one.seconds, 1))
        draft = folder / f"{BALANCE}.new"
        draft.write_text(json.dumps([asdict(row) for row in done.values()], ensure_ascii=False), encoding="utf-8")
        draft.replace(folder / BALANCE)


def _teller(task: Task) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        task.say_total(total)
        task.advance(done - task.done)

    return tell


def _finish(show: Stages) -> None:
    """The jobs that loading asked for; then the tables in the shape in which reading is quick."""
    from cli.worker import import_handlers
    from core.jobs import run_pending

    import_handlers()
    with show.task("后台任务 / jobs") as task:
        while done := run_pending(limit=20, ahead=DEFERRED):
            task.advance(done)
    with show.task("整理数据库 / vacuum"):
        db.vacuum()


def _report(folder: Path) -> int:
    """Print the balance sheet and the self-check. 1 when a promise of the line does not hold."""
    from cli import demo_check

    sheet = list(balances(folder).values())
    for row in (*sheet, _sum(sheet)):
        print(
            f"  {row.file_name:<30}读入 / read {row.read:>9,} = 接受 / accepted {row.accepted:>9,}"
            f" + 重复 / repeated {row.repeated:>6,} + 拒收 / rejected {row.rejected:>5,}  {row.seconds:6.1f} s"
        )
    promises = demo_check.check(folder, sheet)
    print("自查 / self-check of the line:")
    for one in promises:
        print(f"  {'✓' if one.holds else '✗'} {one.zh} / {one.en}: {one.words}")
    return 0 if all(one.holds for one in promises) else 1


def _sum(sheet: list[Balance]) -> Balance:
    return Balance(
        "合计 / total",
        sum(row.read for row in sheet),
        sum(row.accepted for row in sheet),
        sum(row.repeated for row in sheet),
        sum(row.rejected for row in sheet),
        sum(row.seconds for row in sheet),
    )
