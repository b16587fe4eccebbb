"""A table file as people have it → one frame of text with the row numbers they see in their sheet.

Encodings are judged on the whole file, never per line: 1,920 two-byte sequences are valid both as GB18030 and UTF-8.
"""

import csv
import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Final

import polars as pl

from core.rows import Reject
from etl.errors import FileUnreadable
from etl.packed import weigh

SHEETS: Final = {".xlsx", ".xlsm", ".xls"}
TEXTS: Final = {".csv", ".txt", ".tsv"}
AREAS: Final = {".geojson", ".json", ".gpkg", ".shp"}
TITLE_ROWS: Final = 8
"""A sheet may begin with a title or merged cells: the header is looked for in the first so many rows."""
BLOCK_ROWS: Final = 50_000
"""Rows of a text file that are Python objects at a time; then they are columns, a tenth of the size."""
HEAD_BYTES: Final = 262_144
"""What of a text file is looked at to tell what it is."""

logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns about each column without a type of its own


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows as text. `frame` has `row_no` (as the sheet shows it, header included) and the headers' columns.

    `rejected` are lines that could not be read as rows, `spare` their cells by row number. `encoding` is None for
    sheets.
    """

    path: Path
    sha256: str
    frame: pl.DataFrame
    rejected: tuple[Reject, ...] = ()
    encoding: str | None = None
    spare: Mapping[int, list[str]] = field(default_factory=dict)


def digest(path: Path) -> str:
    """SHA-256 of the file, in hex. Raises FileUnreadable when there is no such file or it is empty."""
    if not path.is_file() or path.stat().st_size == 0:
        raise FileUnreadable(
            zh="文件不存在或是空的，请检查路径",
            en="no such file, or it is empty: please check the path",
            where=path.name,
        )
    with path.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def read_table(path: Path) -> Table:
    """Read CSV (UTF-8, with BOM, GB18030), XLSX or XLS. Raises FileUnreadable with one clear sentence."""
    sha256 = digest(path)
    suffix = path.suffix.lower()
    if suffix in SHEETS:
        return Table(path, sha256, _sheet(path))
    if suffix in TEXTS:
        return _text(path, sha256)
    raise FileUnreadable(
        zh=f"不认识的文件类型 {suffix or '（无扩展名）'}；请用 csv、xlsx、xls、geojson、gpkg 或 shp",
        en=f"unknown file type {suffix or '(none)'}: use csv, xlsx, xls, geojson, gpkg or shp",
        where=path.name,
    )


def read_headers(path: Path) -> list[str]:
    """The headers of a table, without reading all of it. Raises FileUnreadable."""
    suffix = path.suffix.lower()
    if suffix in SHEETS:
        return [name for name in _sheet(path, TITLE_ROWS).columns if name != "row_no"]
    if suffix not in TEXTS:
        return read_table(path).frame.columns
    with path.open("rb") as opened:
        raw = opened.read(HEAD_BYTES)
    whole = raw.rpartition(b"\n")[0] or raw  # never half a character
    rows = _rows(decode(whole)[0], path)
    return _headers(next(rows, []))


def _sheet(path: Path, most_rows: int | None = None) -> pl.DataFrame:
    import fastexcel

    if path.suffix.lower() != ".xls":
        weigh(path)
    try:
        book = fastexcel.read_excel(path)
        cells = book.load_sheet(0, header_row=None, dtypes="string", n_rows=most_rows).to_polars()
    except fastexcel.FastExcelError as exc:
        raise FileUnreadable(
            zh="表格打不开，可能已损坏或有密码；请另存为新的 xlsx",
            en="the sheet cannot be opened (broken, or has a password): save it as a new xlsx",
            where=path.name,
        ) from exc
    top = _header_row(cells, path)
    header = _headers([str(cell or "") for cell in cells.row(top)])
    body = cells.slice(top + 1)
    frame = body.rename(dict(zip(body.columns, header, strict=True))).with_columns(
        pl.int_range(top + 2, top + 2 + pl.len(), dtype=pl.Int64).alias("row_no")
    )
    return _without_blank_rows(frame.select("row_no", *header))


def _header_row(cells: pl.DataFrame, path: Path) -> int:
    """The fullest of the first rows; the earlier one when equal."""
    if cells.height == 0:
        raise FileUnreadable(zh="表格里没有任何行", en="the sheet has no rows", where=path.name)
    counts = [sum(1 for cell in cells.row(row) if cell) for row in range(min(TITLE_ROWS, cells.height))]
    full = max(counts)
    return next(row for row, count in enumerate(counts) if count >= max(full - 2, 1) and count > full / 2)


def _text(path: Path, sha256: str) -> Table:
    text, encoding, bad_lines = decode(path.read_bytes())
    rows = _rows(text, path)
    header = _headers(next(rows, []))
    blocks: list[pl.DataFrame] = []
    kept: list[list[str]] = []
    numbers: list[int] = []
    spare: dict[int, list[str]] = {}
    rejected: list[Reject] = []
    for row_no, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if (why := _unreadable(row, row_no, len(header), bad_lines)) is not None:
            rejected.append(why)
            spare[row_no] = row
            continue
        kept.append(row)
        numbers.append(row_no)
        if len(kept) == BLOCK_ROWS:
            blocks.append(_block(header, numbers, kept))
            kept, numbers = [], []
    blocks.append(_block(header, numbers, kept))
    return Table(path, sha256, pl.concat(blocks), tuple(rejected), encoding, spare)


def _rows(text: str, path: Path) -> Iterator[list[str]]:
    """The rows of a text, the delimiter as the first line has it. Raises FileUnreadable where quotes do not close."""
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as exc:
        raise FileUnreadable(
            zh=f"第 {reader.line_num} 行附近引号没有配对，读不下去；请检查双引号",
            en=f"quotes near line {reader.line_num} do not close: please check them",
            where=path.name,
        ) from exc


def _unreadable(row: list[str], row_no: int, width: int, bad_lines: frozenset[int]) -> Reject | None:
    if row_no in bad_lines:
        return Reject(row_no, "这一行有无法识别的字符", "this line has characters that cannot be decoded")
    if len(row) != width:
        return Reject(
            row_no,
            f"有 {len(row)} 列，表头有 {width} 列；请检查多余的逗号或引号",
            f"{len(row)} cells where the header has {width}: check commas and quotes",
        )
    return None


def _block(header: list[str], numbers: list[int], rows: Iterable[list[str]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if numbers else [()] * len(header)
    return pl.DataFrame(
        {"row_no": pl.Series(numbers, dtype=pl.Int64)}
        | {name: pl.Series(values, dtype=pl.String) for name, values in zip(header, columns, strict=True)}
    )


def decode(raw: bytes) -> tuple[str, str, frozenset[int]]:
    """(text, encoding, numbers of the lines that could not be decoded). Nothing else is lost."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding), encoding.removesuffix("-sig"), frozenset()
        except UnicodeDecodeError:
            continue
    lines = raw.splitlines(keepends=True)
    best = max(("utf-8", "gb18030"), key=lambda name: sum(_decodes(line, name) for line in lines))
    bad = frozenset(number for number, line in enumerate(lines, start=1) if not _decodes(line, best))
    return raw.decode(best, errors="replace"), best, bad


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _headers(cells: list[str]) -> list[str]:
    """Headers without blanks; empty and repeated ones get a name of their own, so that no column is lost."""
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = "".join(cell.split()).strip("\ufeff") or f"第{position}列"
        names.append(name if name not in names else f"{name}_{position}")
    return names


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    filled = [pl.col(name).fill_null("").str.strip_chars() != "" for name in frame.columns if name != "row_no"]
    return frame.filter(pl.any_horizontal(filled))
