"""Random bytes into every reader: whatever comes, an answer or one sentence, never another error.

By hand: `python -m bench.fuzz_readers --seconds 60 [--seed N]`. With atheris installed it is guided by coverage;
without, it changes sound files at random. What opens workbooks and shapes is called as functions here.
"""

import argparse
import importlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from etl import heading, layers, sniff
from etl.coordinates import in_wgs84, without_words
from etl.errors import FileUnreadable
from etl.headers import knower
from etl.texts import decode, rows_of

SOUND = {
    ".csv": '姓名,现住址\n张三,文昌街12号\n李四,"阳光花园,3栋"\n'.encode(),
    ".gb.csv": "姓名,现住址\n张三,文昌街12号\n".encode("gb18030"),
    ".geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"a": "甲"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
            ],
        }
    ).encode(),
    ".dbf": b"\x03\x00\x00\x00\x01\x00\x00\x00\x41\x00\x05\x00"
    + bytes(20)
    + b"A"
    + bytes(10)
    + b"C"
    + bytes(4)
    + b"\x04",
}
"""One sound file of each sort, to begin with."""


def read_text(raw: bytes) -> None:
    """A text table: content, encoding, rows, header."""
    path = Path("x.csv")
    sniff.check(path, None, raw[: sniff.HEAD_BYTES])
    rows = list(rows_of(decode(raw).words, path))
    if any(cell for row in rows[: heading.TITLE_ROWS] for cell in row):
        heading.find(rows[: heading.TITLE_ROWS], knower())


def read_dbf(raw: bytes) -> None:
    """The encoding of a dBase table, and the table without halves of characters."""
    layers.whole_signs(raw, layers.dbf_encoding(raw))


def read_json(raw: bytes) -> None:
    """A GeoJSON file, up to where GDAL takes over."""
    with tempfile.NamedTemporaryFile(suffix=".geojson") as kept:
        Path(kept.name).write_bytes(raw)
        layers._plain_json(Path(kept.name))


def read_positions(raw: bytes) -> None:
    """Any words as longitudes and latitudes, in every system."""
    import polars as pl

    from core.coords import Crs

    words = raw.decode("utf-8", "ignore").split(",") or [""]
    rows = pl.DataFrame({"row_no": range(len(words)), "lon": words, "lat": words[::-1]})
    kept, rejected = without_words(rows)
    if kept.height + len(rejected) != rows.height:
        raise AssertionError("rows were lost")
    for system in (*Crs, 4544):
        in_wgs84(kept, system)


READERS: dict[str, Callable[[bytes], None]] = {
    "text": read_text, "dbf": read_dbf, "geojson": read_json, "positions": read_positions,
}  # fmt: skip


def one(raw: bytes) -> str:
    """Put an input into every reader; raises whatever is no sentence of ours."""
    ends = []
    for name, reader in READERS.items():
        try:
            reader(raw)
            ends.append(f"{name} read")
        except FileUnreadable:
            ends.append(f"{name} refused")
    return ", ".join(ends)


def changed(chance: random.Random, raw: bytes) -> bytes:
    """A sound file with some bytes changed, dropped, doubled or cut off."""
    told = bytearray(raw)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(told) + 1)
        act = chance.randrange(4)
        if act == 0 and at < len(told):
            told[at] = chance.randrange(256)
        elif act == 1:
            del told[at : at + chance.randint(1, 8)]
        elif act == 2:
            told[at:at] = told[at : at + chance.randint(1, 40)] * chance.randint(1, 3)
        else:
            told[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 6)))
    return bytes(told)


def main(argv: list[str]) -> int:
    """Run for so many seconds; exit status 1 when something broke."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args(argv)
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        return _unguided(given.seconds, given.seed)
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={int(given.seconds)}", f"-seed={given.seed}"], lambda raw: one(raw) and None
    )
    atheris.Fuzz()
    return 0


def _unguided(seconds: float, seed: int) -> int:
    chance, ends, until = random.Random(seed), Counter[str](), time.process_time() + seconds
    while time.process_time() < until:
        raw = changed(chance, chance.choice(list(SOUND.values())))
        try:
            ends[one(raw)] += 1
        except Exception:
            print(f"broke on {raw!r}", file=sys.stderr)
            raise
    print(f"{ends.total():,} inputs in {seconds:.0f} CPU s, seed {seed}; atheris is not installed: changed at random")
    for words, count in ends.most_common():
        print(f"{count:>9,}  {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
