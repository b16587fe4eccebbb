"""What `wangge demo` does, step by step; each step that is done already is left alone."""

import shutil
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import accounts, clock, cluster, migrate
from core.actors import Role, Tier, system_actor
from core.db import dispose, unit_of_work
from core.errors import Refused
from core.jobs import run_pending
from core.progress import stages
from core.settings import settings
from etl import service as etl
from etl.demo.making import MANIFEST, Manifest, make, read_manifest

STAFF = {
    "demo-commander": Role.COMMANDER,
    "demo-desk": Role.DESK,
    "demo-auditor": Role.AUDITOR,
    "demo-etl": Role.ETL,
    "demo-sysadmin": Role.SYSADMIN,
    "demo-secadmin": Role.SECADMIN,
}
LOADED = "loaded"
"""The file that says that everything has been loaded; written last."""


def run(*, scale: float, is_fresh: bool, is_brief: bool, seed: int) -> int:
    """Make, load, and serve unless brief. Returns the exit status: 1 when the self-check of the line fails."""
    folder = settings().data / "demo"
    if is_fresh:
        _begin_anew(folder)
    migrate.upgrade()
    manifest = _made(folder, scale, seed)
    status = 0
    if not (folder / LOADED).exists():
        status = _load(folder)
        (folder / LOADED).touch()
    _say_counts(manifest)
    if is_brief:
        return status
    _show_passwords()
    from cli.serve import serve

    serve()
    return 0


def _begin_anew(folder: Path) -> None:
    dispose()
    cluster.stop()
    shutil.rmtree(folder, ignore_errors=True)
    cluster.wipe()


def _made(folder: Path, scale: float, seed: int) -> Manifest:
    found = read_manifest(folder)
    if found is not None:
        return found
    now = clock.now().astimezone(clock.SHANGHAI)
    with stages() as show, show.task("生成演示区 / making the district") as task:
        return make(
            folder,
            scale=scale,
            seed=seed,
            until=now.date(),
            upto=now.time(),
            report=lambda _, rows: task.advance(rows),
        )


def _load(folder: Path) -> int:
    """Load every file and print its balance."""
    actor = system_actor("demo")
    with stages() as show, show.task("导入 / loading") as task:
        reports = etl.load_folder(
            folder, actor=actor, tell=lambda _: lambda done, total: task.advance(total if done == total else 0)
        )
    for one in reports:
        print(
            f"  {one.file_name:<32}读入 {one.read:>8,} = 接受 {one.accepted:>8,} + 重复 {one.repeated:,}"
            f" + 拒收 {one.rejected_count:,}   {one.seconds:.1f} s"
        )
    run_pending()
    return 0 if all(one.adds_up for one in reports) else 1


def _say_counts(manifest: Manifest) -> None:
    """The self-check of the line: each room has what the one before it handed on."""
    with unit_of_work(Tier.JOBS) as session:
        row = session.execute(
            text("""
                SELECT (SELECT count(*) FROM grid.v_grid WHERE layer <> 'micro') AS grids,
                       (SELECT count(*) FROM address.v_place) AS places,
                       (SELECT count(*) FROM incidents.v_report) AS reports,
                       (SELECT count(*) FROM incidents.v_report WHERE h3_9 IS NOT NULL) AS placed,
                       (SELECT count(*) FROM cases.v_case) AS cases,
                       (SELECT coalesce(sum(n), 0) FROM incidents.heat_day WHERE resolution = 9) AS heat
            """)
        ).one()
    print(
        f"演示区 {manifest.scale:g}：网格 {row.grids:,} · 地址 {row.places:,} · 反映 {row.reports:,}"
        f"（落图 {row.placed:,}）· 案件 {row.cases:,} · 热度 {row.heat:,}"
    )


def _show_passwords() -> None:
    """A new one-time password for each role, printed once."""
    print("登录 / sign in:")
    with unit_of_work(Tier.ACCOUNTS) as session:
        known = {one.login: one for one in accounts.accounts(session)}
        worker = next((one for one in known.values() if one.role is Role.WORKER), None)
        leader = next((one for one in known.values() if one.role is Role.TEAM_LEADER), None)
        for login, role in STAFF.items():
            password = accounts.new_password()
            if login in known:
                accounts.set_password(session, known[login].id, password, actor=system_actor("demo"), at=clock.now())
            else:
                _create(session, login, role, password)
            print(f"  {role.value:<12}{login:<20}{password}")
        for one in (worker, leader):
            if one is not None:
                password = accounts.new_password()
                accounts.set_password(session, one.id, password, actor=system_actor("demo"), at=clock.now())
                print(f"  {one.role.value:<12}{one.login:<20}{password}")


def _create(session: Session, login: str, role: Role, password: str) -> None:
    try:
        accounts.create_account(session, login, login, role, password, actor=system_actor("demo"), at=clock.now())
    except Refused:
        return


__all__ = ["MANIFEST", "run"]
