"""Text files as rows (pure): the encoding judged on the whole file, the delimiter on its first rows.

Never per line: 1,920 two-byte sequences are valid both as GB18030 and UTF-8. A line that is sure to be in the other
encoding (or in none) is marked and told by its number; the others load.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from etl.errors import FileUnreadable

UNREAD: Final = "\ufffd"
"""Stands in every line that could not be decoded in the encoding of the file."""
ENCODINGS: Final = ("utf-8", "gb18030", "utf-16")
SURE_BYTES: Final = 12
"""So many bytes above 127 that are valid UTF-8 are no chance: one GBK line in 25 million."""
FEWEST_NULS: Final = 30
"""UTF-16 has a NUL in at most so many bytes of a table."""
DELIMITERS: Final = (",", "\t", ";", "|")
SAMPLE_ROWS: Final = 30
MOST_COLUMNS: Final = 1_000
csv.field_size_limit(1_000_000)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMED: Final = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """A text and how it was written. `encoding` is one of ENCODINGS."""

    words: str
    encoding: str


def decode(raw: bytes, encoding: str | None = None) -> Text:
    """The text of a file; `encoding` overrules the judgement. Lines it cannot read hold UNREAD."""
    if encoding is not None:
        return Text(raw.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding)
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return Text(raw.decode(name, errors="replace"), name.removesuffix("-sig"))
    if (unmarked := _unmarked_utf16(raw[:4_096])) is not None:
        return Text(raw.decode(unmarked, errors="replace"), "utf-16")
    try:
        return Text(raw.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decode_lines(raw)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: one NUL beside each comma and digit, always on the same side."""
    nuls = {"utf-16-be": head[0::2].count(0), "utf-16-le": head[1::2].count(0)}
    name, other = sorted(nuls, key=lambda one: -nuls[one])
    return name if nuls[name] * FEWEST_NULS > len(head) and nuls[other] == 0 else None


def _decode_lines(raw: bytes) -> Text:
    """No line of a file in GB18030 is long and valid UTF-8; where both are met, the rarer is marked."""
    lines = raw.splitlines(keepends=True)
    high = [len(line) - len(line.decode("ascii", "ignore")) for line in lines]
    are_utf8 = [_decodes(line, "utf-8") for line in lines]
    sure_utf8 = sum(ok and count >= SURE_BYTES for ok, count in zip(are_utf8, high, strict=True))
    gb_lines = sum(not ok and _decodes(line, "gb18030") for ok, line in zip(are_utf8, lines, strict=True))
    best = "utf-8" if sure_utf8 > gb_lines else "gb18030"
    told = []
    for line, is_utf8, count in zip(lines, are_utf8, high, strict=True):
        is_other = best == "gb18030" and is_utf8 and count >= SURE_BYTES
        if is_other or not _decodes(line, best):
            other = "utf-8" if is_utf8 else "gb18030"
            told.append(UNREAD + line.decode(other, errors="replace"))
        else:
            told.append(line.decode(best))
    return Text("".join(told), best)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def rows_of(text: str, path: Path) -> Iterator[list[str]]:
    """The rows of a text, blank ones as []. Raises FileUnreadable where quotes do not close or columns never end."""
    named = _NAMED.match(text)
    delimiter = named[1] if named else delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    has_odd_quotes = text.count('"') % 2 == 1
    width, before, begun = 0, 0, 0
    try:
        for row in reader:
            if len(row) > MOST_COLUMNS:
                raise FileUnreadable(
                    zh=f"第 {reader.line_num} 行有 {len(row):,} 列，上限 {MOST_COLUMNS:,} 列；请核对分隔符",
                    en=f"line {reader.line_num} has {len(row):,} columns, more than {MOST_COLUMNS:,}: "
                    "check the delimiter, or keep the columns that are needed",
                    where=path.name,
                )
            if has_odd_quotes and reader.line_num - before > 1 and width and len(row) != width:
                raise _unclosed(path, before + 1, reader.line_num)
            width, begun, before = width or len(row), before + 1, reader.line_num
            yield row
        if has_odd_quotes and before > begun:  # the last row ran to the end of the file
            raise _unclosed(path, begun, before)
    except csv.Error as exc:
        raise _unclosed(path, before + 1, reader.line_num) from exc


def _unclosed(path: Path, line: int, last: int) -> FileUnreadable:
    return FileUnreadable(
        zh=f"第 {line} 行的双引号没有配对，一直连到第 {last} 行；请检查这一行的双引号",
        en=f"a quote in line {line} does not close before line {last}: check the quotes of that line",
        where=path.name,
    )


def delimiter_of(text: str) -> str:
    """The delimiter by which most of the first rows fall into equally many cells; a comma when none does."""
    head = "\n".join(text[:200_000].splitlines()[: SAMPLE_ROWS + 1])
    best, most = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if len(row) > 1)
        except csv.Error:
            continue
        fit = max((count * (width - 1) for width, count in widths.items()), default=0)
        if fit > most:
            best, most = delimiter, fit
    return best
