"""The keys of this installation: files in data/secrets, made once, mode 0600, never in the database or its backup.

Losing them makes encrypted columns unreadable; `wangge db backup` says so.
"""

import os
import secrets as random_source
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.settings import settings

KEY_BYTES = 32
FIELD_KEY = "field.key"  # AES-GCM of identity and phone numbers
BLIND_KEY = "blind.key"  # HMAC index for exact look-up
CODE_KEY = "code.key"  # permutation behind address serials


def folder() -> Path:
    """The folder of the keys, made with mode 0700 when missing."""
    path = settings().data / "secrets"
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def key(name: str) -> bytes:
    """32 random bytes under this name, made at the first call and the same ever after."""
    return bytes.fromhex(_once(name, lambda: random_source.token_hex(KEY_BYTES)))


def password(name: str) -> str:
    """A random password under this name (a database role), made at the first call and the same ever after."""
    return _once(f"db_{name}", lambda: random_source.token_urlsafe(24))


def _once(name: str, make: Callable[[], str]) -> str:
    path = folder() / name
    if not path.exists():
        _write_new(path, make())
    return path.read_text(encoding="ascii").strip()


def _write_new(path: Path, text: str) -> None:
    """Write all or nothing, and never over a file another process made first."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
