"""The list of the corpus: name of a file → what makes its bytes (or writes it)."""

from collections.abc import Callable
from pathlib import Path
from random import Random

Maker = Callable[[Random, Path], bytes | None]
MAKERS: dict[str, Maker] = {}


def listed(name: str) -> Callable[[Maker], Maker]:
    """Put the function that follows on the list. It answers with the content, or None when it has written the file."""

    def keep(maker: Maker) -> Maker:
        MAKERS[name] = maker
        return maker

    return keep


def plain(name: str, content: bytes) -> None:
    """Put a file of fixed content on the list."""
    MAKERS[name] = lambda _chance, _path: content
