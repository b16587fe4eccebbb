"""The site of the demo: the web service and the jobs' worker as two processes, ended together."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from sqlalchemy import text

from core import accounts, clock
from core.actors import ROLE_NAMES_ZH, Role, Tier, system_actor
from core.db import dispose, unit_of_work
from core.settings import settings

SHOWN = "shown.json"  # which logins got a one-time password; written after they were printed; holds no password
STAFF = {
    "demo-commander": Role.COMMANDER,
    "demo-desk": Role.DESK,
    "demo-etl": Role.ETL,
    "demo-auditor": Role.AUDITOR,
    "demo-sysadmin": Role.SYSADMIN,
    "demo-secadmin": Role.SECADMIN,
}
PAGES = (
    ("/login", "登录", "sign in"),
    ("/command", "指挥图：热力、方案", "the commander's map: heat, plans"),
    ("/desk", "坐席：工单", "the desk: cases"),
    ("/m", "手机：今日任务", "the phone: today's tasks"),
    ("/open311/v2/services.json", "Open311 接口", "Open311 GeoReport v2"),
)
LOOK_EVERY_S = 0.3
READY_WITHIN_S = 60
END_WITHIN_S = 15
LAST_LINES = 8  # of a child's log, shown when it ended by itself


def open_site(folder: Path, *, port: int | None, wants_passwords: bool) -> int:
    """Print where to go and how to sign in, then serve until a signal. Returns the exit status.

    0 after Ctrl-C; 1 when the web service or the worker ended by itself. SIGTERM passes on as SystemExit.
    """
    from cli.serve import choose_port

    host = settings().host
    chosen = choose_port(host, port)
    base = f"http://{f'[{host}]' if ':' in host else host}:{chosen}"
    _say_passwords(folder, renew=wants_passwords)
    print("网页 / pages:")
    for path, zh, en in PAGES:
        print(f"  {base + path:<50}{zh} / {en}")
    logs = settings().data / "logs"
    logs.mkdir(exist_ok=True)
    print(f"日志 / logs: {logs}", flush=True)
    dispose()
    children = {
        "serve": _start(logs, "serve", "--host", host, "--port", str(chosen)),
        "worker": _start(logs, "worker"),
    }
    try:
        _wait_until_ready(children, base)
        return _watch(children, logs)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(children)


def _start(logs: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    """One command of ours as a child that ends when this process is gone, however it goes. It writes its own log."""
    argv = [sys.executable, "-m", "cli", name, *words, "--parent", str(os.getpid())]
    with _log(logs, name).open("wb") as log:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def _log(logs: Path, name: str) -> Path:
    return logs / f"demo-{name}.log"


def _wait_until_ready(children: dict[str, subprocess.Popen[bytes]], base: str) -> None:
    for _ in range(int(READY_WITHIN_S / LOOK_EVERY_S)):
        with suppress(urllib.error.URLError, TimeoutError, ConnectionError):
            urllib.request.urlopen(f"{base}/healthz", timeout=5).close()  # noqa: S310 - our own address
            print("就绪，按 Ctrl-C 结束 / ready; Ctrl-C ends it", flush=True)
            return
        if any(child.poll() is not None for child in children.values()):
            return
        time.sleep(LOOK_EVERY_S)
    print("网站没有应答，请看日志 / the site does not answer, see its log", file=sys.stderr, flush=True)


def _watch(children: dict[str, subprocess.Popen[bytes]], logs: Path) -> int:
    while True:
        for name, child in children.items():
            if (status := child.poll()) is not None:
                last = _log(logs, name).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
                print("\n".join(last), file=sys.stderr)
                print(f"✗ {name} 自己结束了（{status}）/ ended by itself", file=sys.stderr, flush=True)
                return 1
        time.sleep(LOOK_EVERY_S)


def _end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """SIGTERM to those that still run (Ctrl-C has reached them already), then wait; SIGKILL to who does not obey."""
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + END_WITHIN_S
    for child in children.values():
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _say_passwords(folder: Path, *, renew: bool) -> None:
    """One-time passwords at the first start or when asked for; later only how to get new ones.

    A password somebody has chosen since is never overwritten without being asked for.
    """
    note = folder / SHOWN
    if note.exists() and not renew:
        print("账号 / accounts（口令首次启动时已显示 / passwords were shown at the first start）:")
        for role, login in json.loads(note.read_text(encoding="utf-8")):
            print(f"  {ROLE_NAMES_ZH[Role(role)]} / {role:<12} {login}")
        print("  忘了口令 / forgotten: ./wangge user passwd LOGIN   全部重发 / all anew: ./wangge demo --passwords")
        return
    rows = _renew_passwords()
    print("登录（一次性口令，只显示这一次，登录后须更换）/ sign in (one-time, shown once, replaced at sign-in):")
    for account, password in rows:
        print(f"  {ROLE_NAMES_ZH[account.role]} / {account.role.value:<12} {account.login:<18} {password}")
    sys.stdout.flush()
    draft = note.with_name(f"{SHOWN}.new")
    draft.write_text(json.dumps([(one.role.value, one.login) for one, _ in rows]), encoding="utf-8")
    draft.replace(note)


def _renew_passwords() -> list[tuple[accounts.Account, str]]:
    """A one-time password for one account of each role; the accounts that no staff list brings are made."""
    actor, at = system_actor("demo"), clock.now()
    field = _busiest_workers()
    found = []
    with unit_of_work(Tier.ACCOUNTS) as session:
        known = {one.login: one for one in accounts.accounts(session)}
        for login in [*STAFF, *field]:
            password = accounts.new_password()
            if login in known:
                accounts.set_password(session, known[login].id, password, actor=actor, at=at, is_one_time=True)
                found.append((known[login], password))
            else:
                made = accounts.create_account(
                    session, login, login, STAFF[login], password, actor=actor, at=at, is_one_time=True
                )
                found.append((made, password))
    return found


def _busiest_workers() -> list[str]:
    """The worker and the team leader of the grid with most reports: their phones have something to show."""
    with unit_of_work(Tier.OWNER) as session:
        rows = session.execute(
            text("""
                SELECT DISTINCT ON (a.role) a.login
                  FROM core.account a JOIN core.account_area held ON held.account_id = a.id AND held.valid_to IS NULL
                  LEFT JOIN (SELECT grid_id, count(*) AS n FROM incidents.report GROUP BY grid_id) r
                         ON r.grid_id = held.area_id
                 WHERE a.role IN ('worker', 'team_leader') AND a.is_active
                 ORDER BY a.role, r.n DESC NULLS LAST, a.login
            """)
        )
        return [row.login for row in rows]
