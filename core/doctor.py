"""Is this machine fit? One finding for each thing that must be right, with what to do when it is not."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import binaries, clock, cluster, db, jobs, migrate, secrets, workdays
from core.actors import Tier
from core.errors import WanggeError
from core.settings import CHECKOUT, settings

OPTIONAL = {"calendar", "jobs", "chromium"}  # worth a warning, no reason to stop
FREE_SHARE_MIN = 0.05  # below five per cent of free disk, reports are no longer taken in
CALENDAR_WARNING = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at the machine. `advice` says what to do when it is not well."""

    name: str
    is_well: bool
    words: str
    advice: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether wangge cannot work without it."""
        return self.name not in OPTIONAL


def examine() -> list[Finding]:
    """All findings; an error of ours inside a check becomes a finding of its own."""
    return [_safely(name, check) for name, check in CHECKS]


def _safely(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except WanggeError as exc:
        return Finding(name, False, exc.say(), exc.en)
    except DBAPIError as exc:
        return Finding(name, False, str(exc.orig).splitlines()[0], "./wangge migrate")
    except (OSError, psycopg.Error) as exc:
        return Finding(name, False, f"{type(exc).__name__}: {exc}", "./wangge db start")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), version, "Python 3.11+")


def _packages() -> Finding:
    wanted = ("sqlalchemy", "psycopg", "fastapi", "polars", "geopandas", "h3", "vroom", "folium", "granian")
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    return Finding("packages", not missing, f"missing {missing}" if missing else "complete", "./wangge --help")


def _programs() -> Finding:
    if settings().database_url is not None:
        return Finding("postgresql", True, "outside server (WANGGE_DATABASE_URL)")
    folder = binaries.bin_dir()
    major, minor = binaries.version_of(folder)
    return Finding("postgresql", True, f"{major}.{minor} in {folder}")


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
    return Finding("locale", bool(sees), f"LC_CTYPE {ctype}", "make the database with UTF8 and C.UTF-8")


def _schema() -> Finding:
    at, head = migrate.current(), migrate.linked_head()
    return Finding("schema", at == head, f"at {at}, newest {head}", "./wangge migrate")


def _secrets() -> Finding:
    folder = secrets.folder()
    loose = [path.name for path in folder.iterdir() if path.stat().st_mode & 0o077]
    return Finding("secrets", not loose, str(folder), f"chmod 600 {loose}")


def _disk() -> Finding:
    usage = shutil.disk_usage(settings().data)
    share = usage.free / usage.total
    words = f"{usage.free / 1e9:.0f} GB free ({share:.0%}) for {settings().data}"
    return Finding("disk", share >= FREE_SHARE_MIN, words, "make room: below 5 % no reports are taken in")


def _calendar() -> Finding:
    with db.unit_of_work(Tier.OWNER) as session:
        known = workdays.calendar(session).known_until
    is_well = known is not None and known - clock.today() > CALENDAR_WARNING
    advice = "add the State Council's calendar of the next year to core.working_day; till then its days are assumed"
    return Finding("calendar", is_well, f"working days announced until {known}", advice)


def _jobs() -> Finding:
    with db.unit_of_work(Tier.JOBS) as session:
        stuck = jobs.stuck(session, at=clock.now())
    words = "none stuck" if not stuck else f"{len(stuck)} stuck, first: {stuck[0].kind} {stuck[0].last_error}"
    return Finding("jobs", not stuck, words, "is ./wangge worker running?")


def _browser() -> Finding:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Finding("chromium", found is not None, found or "none", "only for ./wangge test")


def _checkout() -> Finding:
    return Finding("checkout", (CHECKOUT / "pyproject.toml").exists(), str(CHECKOUT))


CHECKS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("python", _python),
    ("checkout", _checkout),
    ("packages", _packages),
    ("postgresql", _programs),
    ("server", _server),
    ("locale", _locale),
    ("schema", _schema),
    ("secrets", _secrets),
    ("disk", _disk),
    ("calendar", _calendar),
    ("jobs", _jobs),
    ("chromium", _browser),
)
