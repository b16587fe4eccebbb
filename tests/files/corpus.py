"""Broken and hostile files, made by a seed: what offices hand in, and what somebody might.

`made(folder)` writes them all; what the operator reads about each stands in `sentences.tsv`.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.files import corpus_shapes, corpus_tables
from tests.files.corpus_list import MAKERS

SEED = 7
HALVES = (corpus_tables, corpus_shapes)


def names() -> list[str]:
    """The files, in the order in which they are made."""
    return list(MAKERS)


def made(folder: Path) -> Iterator[Path]:
    """Write the files one by one."""
    for name, maker in MAKERS.items():
        path = folder / name
        content = maker(Random(f"{SEED}{name}"), path)
        if content is not None:
            path.write_bytes(content)
        yield path
