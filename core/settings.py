"""What can be set from outside, all by environment variables that begin with WANGGE_.

Every setting has a default that works on a fresh machine.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


def checkout_hash() -> str:
    """Ten hex digits that tell this checkout from another one on the same machine."""
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:10]


def default_data() -> Path:
    """Where data lives when nobody says: root below /var/lib, others below their XDG data folder.

    Never inside the checkout: the database runs as another user, who may be unable to enter it.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/wangge") / checkout_hash()
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "wangge" / checkout_hash()


class Settings(BaseSettings):
    """The settings of one process. `WANGGE_DATA=/srv/wangge` sets `data`, and so on."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", extra="ignore")

    data: Path = Field(default_factory=default_data, description="data folder: cluster, secrets, caches, backups")
    database_url: str | None = Field(
        default=None,
        description="an outside PostGIS server, as a user who may create roles; default: a private cluster",
    )
    database_name: str = Field(default="wangge", description="database of the private cluster")
    pg_bin: Path | None = Field(default=None, description="folder of initdb and postgres, when several are installed")
    host: str = Field(default="127.0.0.1", description="address the web service listens on")
    port: int = Field(default=8311, description="port the web service listens on")
    locale: str = Field(default="zh_CN", description="language of pages and messages: zh_CN or en")
    county_code: str = Field(default="519901", description="six digits of the county this installation serves")
    issuer: str = Field(default="A01", description="three symbols that begin every address code minted here")
    public_url: str | None = Field(
        default=None, description="address under which the public reaches the site; stands in QR codes of door plates"
    )
    centre_phone: str = Field(default="12345", description="the phone of the centre, on the page of a place")
    session_hours: int = Field(default=12, description="how long a login lasts")
    is_test: bool = Field(default=False, description="private cluster without fsync, for tests only")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once. Tests call `settings.cache_clear()` after changing the environment."""
    return Settings()
