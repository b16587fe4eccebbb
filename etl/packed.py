"""A zip container (xlsx, zipped shapefile) is weighed by its directory before anything of it is opened (pure)."""

import stat
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile

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
    total = sum(member.file_size for member in members)
    has_bomb = any(m.file_size > SMALL_BYTES and m.file_size > MOST_TIMES * max(m.compress_size, 1) for m in members)
    has_escape = any(
        ".." in PurePosixPath(m.filename).parts
        or m.filename.startswith("/")
        or stat.S_ISLNK(m.external_attr >> 16)
        for m in members
    )  # fmt: skip
    if total > MOST_BYTES or has_bomb or has_escape or len(members) > MOST_ENTRIES:
        raise FileUnreadable(
            zh="压缩内容异常（展开后过大、条目过多或路径越界），为安全起见没有打开；请拆分后重新导出",
            en="the packed content is out of bounds (too large unpacked, too many entries or paths outside); "
            "it was not opened: please split it and export again",
            where=path.name,
        )
