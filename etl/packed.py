"""A zip container (xlsx, zipped shapefile) is weighed by its directory before anything of it is opened (pure)."""

import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from etl.errors import FileUnreadable

MOST_BYTES: Final = 1_500_000_000
"""Unpacked size refused above this; a town's address sheet of 60,000 rows unpacks to about 60 MB."""
MOST_TIMES: Final = 100
"""A member that unpacks to more than this many times its packed size is a bomb, not a table (measured in trust.md)."""
SMALL_BYTES: Final = 20_000_000
"""Below this the ratio does not matter: repetitive small sheets compress very well."""
MOST_ENTRIES: Final = 1_000


def weigh(path: Path) -> None:
    """Raise FileUnreadable when the container is broken, too large when unpacked, or reaches outside itself."""
    try:
        with ZipFile(path) as packed:
            members = packed.infolist()
    except (BadZipFile, OSError, EOFError) as exc:
        raise FileUnreadable(
            zh="文件损坏或不是有效的 xlsx/zip，请重新导出后再试",
            en="broken, or no valid xlsx/zip: please export it again",
            where=path.name,
        ) from exc
    if (why := _fault(members)) is not None:
        zh, en = why
        raise FileUnreadable(
            zh=f"{zh}，为安全起见没有打开；请重新导出",
            en=f"{en}: it was not opened; please export it again",
            where=path.name,
        )


def _fault(members: Sequence[ZipInfo]) -> tuple[str, str] | None:
    """What is out of bounds in the directory of a container."""
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES or any(
        m.file_size > SMALL_BYTES and m.file_size > MOST_TIMES * max(m.compress_size, 1) for m in members
    ):
        return (
            f"压缩包展开后有 {total / 1e6:,.0f} MB，像是压缩炸弹",
            f"it unpacks to {total / 1e6:,.0f} MB, like a bomb",
        )
    if len(members) > MOST_ENTRIES:
        return f"压缩包里有 {len(members):,} 个条目，上限 {MOST_ENTRIES:,}", f"it holds {len(members):,} entries"
    for member in members:
        if ".." in PurePosixPath(member.filename).parts or member.filename.startswith(("/", "\\")):
            return "压缩包里有指向外部的路径", "it holds a path that leads outside"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "压缩包里有符号链接", "it holds a symbolic link"
    return None
