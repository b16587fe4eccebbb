"""Is this machine fit? One finding for each thing that must be right, with what to do when it is not."""

import ctypes
import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import binaries, clock, cluster, db, jobs, migrate, pgconf, secrets, workdays
from core.actors import Tier
from core.errors import WanggeError
from core.settings import CHECKOUT, settings

OPTIONAL = {"memory", "calendar", "jobs", "chromium", "fonts"}  # worth a warning, no reason to stop
FREE_SHARE_MIN = 0.05  # below five per cent of free disk, reports are no longer taken in
MEMORY_MIN_MIB = 3500  # a machine sold as 4 GB; loading the whole model district stays below
CALENDAR_WARNING = timedelta(days=60)
NAMES_ZH = {
    "python": "Python",
    "checkout": "程序目录",
    "packages": "Python 包",
    "postgresql": "数据库程序",
    "server": "数据库",
    "locale": "字符设置",
    "schema": "数据库结构",
    "secrets": "密钥",
    "memory": "内存",
    "disk": "磁盘",
    "calendar": "工作日历",
    "jobs": "后台任务",
    "chromium": "浏览器",
    "fonts": "中文字体",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at the machine. `advice` says in both languages what to do when it is not well."""

    name: str
    is_well: bool
    words: str
    advice: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether wangge cannot work without it."""
        return self.name not in OPTIONAL

    @property
    def name_zh(self) -> str:
        """Its Chinese name."""
        return NAMES_ZH[self.name]


def examine() -> list[Finding]:
    """All findings; an error of ours inside a check becomes a finding of its own."""
    return [_safely(name, check) for name, check in CHECKS]


def _safely(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except WanggeError as exc:
        return Finding(name, False, exc.say("zh_CN"), exc.say("en"))
    except DBAPIError as exc:
        return Finding(name, False, str(exc.orig).splitlines()[0], "./wangge migrate")
    except (OSError, psycopg.Error) as exc:
        return Finding(name, False, f"{type(exc).__name__}: {exc}", "./wangge db start")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, "需要 Python 3.11+ / needs Python 3.11+")


def _packages() -> Finding:
    wanted = ("sqlalchemy", "psycopg", "fastapi", "polars", "geopandas", "h3", "vroom", "osmium", "folium", "granian")
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    words = f"缺少 / missing: {', '.join(missing)}" if missing else "齐全 / complete"
    return Finding("packages", not missing, words, "删除 .venv 后重试 / delete .venv, then call ./wangge again")


def _programs() -> Finding:
    if settings().database_url is not None:
        return Finding("postgresql", True, "外部服务器 / outside server (WANGGE_DATABASE_URL)")
    folder = binaries.bin_dir()
    major, minor = binaries.version_of(folder)
    return Finding("postgresql", True, f"{major}.{minor}  {folder}")


def _server() -> Finding:
    cluster.ensure()
    with db.unit_of_work(Tier.OWNER) as session:
        version, postgis = session.execute(text("select version(), postgis_lib_version()")).one()
    return Finding("server", True, f"{' '.join(version.split()[:2])}, PostGIS {postgis}")


def _locale() -> Finding:
    with db.unit_of_work(Tier.OWNER) as session:
        sees = session.execute(text("select similarity('文庙街', '文庙街道') > 0")).scalar_one()
        words = "select datctype from pg_database where datname = current_database()"
        ctype = session.execute(text(words)).scalar_one()
    advice = "用 UTF8 与 C.UTF-8 重建数据库 / make the database with UTF8 and C.UTF-8"
    return Finding("locale", bool(sees), f"LC_CTYPE {ctype}", advice)


def _schema() -> Finding:
    at, head = migrate.current(), migrate.linked_head()
    return Finding("schema", at == head, f"{at or '–'}，最新 / newest {head}", "./wangge migrate")


def _secrets() -> Finding:
    folder = secrets.folder()
    loose = [str(path) for path in folder.iterdir() if path.stat().st_mode & 0o077]
    return Finding("secrets", not loose, str(folder), f"chmod 600 {' '.join(loose)}")


def _memory() -> Finding:
    memory = pgconf.memory_mib()
    advice = "完整示范区可能放不下 / the whole model district may not fit"
    return Finding("memory", memory >= MEMORY_MIN_MIB, f"{memory / 1024:.1f} GiB", advice)


def _disk() -> Finding:
    usage = shutil.disk_usage(settings().data)
    share = usage.free / usage.total
    words = f"可用 / free {usage.free / 1e9:.0f} GB ({share:.0%})  {settings().data}"
    advice = "请腾出空间：低于 5 % 时不再接收诉求 / make room: below 5 % no reports are taken in"
    return Finding("disk", share >= FREE_SHARE_MIN, words, advice)


def _calendar() -> Finding:
    with db.unit_of_work(Tier.OWNER) as session:
        known = workdays.calendar(session).known_until
    is_well = known is not None and known - clock.today() > CALENDAR_WARNING
    advice = (
        "国务院公布下一年安排后写入 core.working_day，在此之前按假定计算 / "
        "add the State Council's calendar of the next year to core.working_day; till then its days are assumed"
    )
    return Finding("calendar", is_well, f"已公布至 / announced until {known}", advice)


def _jobs() -> Finding:
    with db.unit_of_work(Tier.JOBS) as session:
        stuck = jobs.stuck(session, at=clock.now())
    words = "没有积压 / none stuck"
    if stuck:
        words = f"积压 / stuck {len(stuck)}: {stuck[0].kind} {stuck[0].last_error or ''}"
    return Finding("jobs", not stuck, words, "./wangge worker 在运行吗？/ is ./wangge worker running?")


def _browser() -> Finding:
    found = browser()
    advice = "只有 ./wangge test 需要，它会自己安装 / only for ./wangge test, which installs it"
    return Finding("chromium", found is not None, found or "–", advice)


def _fonts() -> Finding:
    advice = "只有浏览器测试与截图需要 / only for browser tests and screenshots: fonts-noto-cjk"
    return Finding("fonts", has_chinese_font(), "有 / found" if has_chinese_font() else "–", advice)


def browser() -> str | None:
    """The path of a Chromium, as Debian and others name it; None when there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def has_chinese_font() -> bool:
    """Whether a font with Chinese signs is installed where Linux keeps fonts; elsewhere the system brings one."""
    fonts = Path("/usr/share/fonts")
    return sys.platform != "linux" or any(next(fonts.rglob(f"*{name}*"), None) for name in ("CJK", "wqy", "SourceHan"))


def has_library(name: str) -> bool:
    """Whether the system finds this shared library; always on systems that name theirs otherwise."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _checkout() -> Finding:
    return Finding("checkout", (CHECKOUT / "pyproject.toml").exists(), str(CHECKOUT), "git clone")


CHECKS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("python", _python),
    ("checkout", _checkout),
    ("packages", _packages),
    ("postgresql", _programs),
    ("server", _server),
    ("locale", _locale),
    ("schema", _schema),
    ("secrets", _secrets),
    ("memory", _memory),
    ("disk", _disk),
    ("calendar", _calendar),
    ("jobs", _jobs),
    ("chromium", _browser),
    ("fonts", _fonts),
)
