"""A table file as people have it → one frame of text with the row numbers they see in their sheet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import polars as pl

from core.rows import Reject
from etl import heading, sniff
from etl.errors import FileUnreadable
from etl.headers import knower
from etl.sheets import read_cells
from etl.texts import ENCODINGS, MOST_COLUMNS, UNREAD, decode, rows_of

SHEETS: Final = {".xlsx", ".xlsm", ".xls", ".et", ".ods"}
TEXTS: Final = {".csv", ".txt", ".tsv"}
AREAS: Final = {".geojson", ".json", ".gpkg", ".shp", ".zip"}
BLOCK_CELLS: Final = 1_500_000
"""Cells of a text file that are Python objects at a time; then they are columns, a tenth of the size."""
HEAD_BYTES: Final = 262_144
"""What of a text file is looked at to tell what it is."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows as text. `frame` has `row_no` (as the sheet shows it, header included) and the headers' columns.

    `rejected` are lines that could not be read as rows, `spare` their cells by row number. `encoding` is None for
    sheets; `sheet` the one that was read and `sheets` all that hold something, None and () for text.
    """

    path: Path
    sha256: str
    frame: pl.DataFrame
    rejected: tuple[Reject, ...] = ()
    encoding: str | None = None
    spare: Mapping[int, list[str]] = field(default_factory=dict)
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        """The headers in the order of the file."""
        return [name for name in self.frame.columns if name != "row_no"]


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


def read_table(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> Table:
    """Read CSV (UTF-8, GB18030, UTF-16; comma, tab, semicolon), XLSX, XLS or ET. Raises FileUnreadable.

    `encoding` overrules the judgement; `sheet` names the sheet of a workbook, else the first with something in it.
    """
    sha256 = digest(path)
    suffix = path.suffix.lower()
    if suffix in SHEETS:
        return _sheet(path, sha256, sheet)
    if suffix in TEXTS:
        return _text(path, sha256, encoding)
    raise FileUnreadable(
        zh=f"不认识的文件类型 {suffix or '（无扩展名）'}；请用 csv、xlsx、xls、geojson、gpkg 或 shp 的 zip",
        en=f"unknown file type {suffix or '(none)'}: use csv, xlsx, xls, geojson, gpkg or a zip with a shp",
        where=path.name,
    )


def read_headers(path: Path) -> list[str]:
    """The headers of a table, without reading all of it. Raises FileUnreadable."""
    suffix = path.suffix.lower()
    if suffix in SHEETS:
        cells, _, _ = read_cells(path, most_rows=heading.TITLE_ROWS)
        return _heading(cells.rows(), path)[1]
    if suffix not in TEXTS:
        return read_table(path).headers
    with path.open("rb") as opened:
        raw = opened.read(HEAD_BYTES)
    sniff.check(path, None, raw)
    whole = raw if len(raw) < HEAD_BYTES else raw.rpartition(b"\n")[0] or raw  # never half a character
    return _heading(list(islice(rows_of(decode(whole).words, path), heading.TITLE_ROWS)), path)[1]


def as_text(frame: Any) -> pl.DataFrame:
    """The columns of a pandas frame as text, row_no as a number, geometry left out; nothing as null."""
    columns = [str(name) for name in frame.columns if name not in ("geometry", "row_no")]
    told = {
        name: pl.Series(
            [None if value is None or value != value else str(value) for value in frame[name]], dtype=pl.String
        )
        for name in columns
    }
    return pl.DataFrame({"row_no": pl.Series(frame["row_no"].to_list(), dtype=pl.Int64)} | told)


def _sheet(path: Path, sha256: str, sheet: str | None) -> Table:
    cells, sheets, chosen = read_cells(path, sheet)
    if cells.width > MOST_COLUMNS:
        raise FileUnreadable(
            zh=f"表格有 {cells.width:,} 列，上限 {MOST_COLUMNS:,} 列；请只保留需要的列",
            en=f"{cells.width:,} columns, more than {MOST_COLUMNS:,}: keep the columns that are needed",
            where=path.name,
        )
    top, header = _heading(cells.head(heading.TITLE_ROWS).rows(), path)
    body = cells.slice(top + 1)
    frame = body.rename(dict(zip(body.columns, header, strict=True))).with_columns(
        pl.int_range(top + 2, top + 2 + pl.len(), dtype=pl.Int64).alias("row_no")
    )
    kept = _without_blank_rows(frame.select("row_no", *header))
    return Table(path, sha256, _some(kept, path), sheet=chosen, sheets=tuple(sheets))


def _heading(
    rows: list[Iterable[str | None]] | list[tuple[str | None, ...]] | list[list[str]], path: Path
) -> tuple[int, list[str]]:
    first = [list(row) for row in rows]
    if not any(cell and cell.strip() for row in first for cell in row):
        raise FileUnreadable(
            zh="表格里没有任何内容；请核对是否选错了文件或工作表",
            en="there is nothing in the table: check whether it is the right file and sheet",
            where=path.name,
        )
    top, header = heading.find(first, knower())
    return top, _distinct(header)


def _distinct(header: list[str]) -> list[str]:
    """`row_no` is ours: a file's own column of that name gets another."""
    return ["row_no_" if name == "row_no" else name for name in header]


def _text(path: Path, sha256: str, encoding: str | None) -> Table:
    if encoding is not None and encoding not in ENCODINGS:
        raise FileUnreadable(
            zh=f"没有这种编码：{encoding}；可选：{'、'.join(ENCODINGS)}",
            en=f"no such encoding: {encoding}; choose from {', '.join(ENCODINGS)}",
            where=path.name,
        )
    raw = path.read_bytes()
    sniff.check(path, None, raw[: sniff.HEAD_BYTES])
    text = decode(raw, encoding)
    rows = rows_of(text.words, path)
    first = list(islice(rows, heading.TITLE_ROWS))
    top, header = _heading(first, path)
    return _blocks(path, sha256, header, chain(first[top + 1 :], rows), top + 2, text.encoding)


def _blocks(
    path: Path, sha256: str, header: list[str], rows: Iterator[list[str]], first_no: int, encoding: str
) -> Table:
    blocks: list[pl.DataFrame] = []
    kept: list[list[str]] = []
    numbers: list[int] = []
    spare: dict[int, list[str]] = {}
    rejected: list[Reject] = []
    most = max(BLOCK_CELLS // len(header), 1)
    for row_no, row in enumerate(rows, start=first_no):
        if not any(row):
            continue
        cells = row if len(row) <= len(header) or any(row[len(header) :]) else row[: len(header)]
        if (why := _unreadable(cells, row_no, len(header))) is not None:
            rejected.append(why)
            spare[row_no] = [cell.replace(UNREAD, "") for cell in cells]
            continue
        kept.append(cells)
        numbers.append(row_no)
        if len(kept) == most:
            blocks.append(_block(header, numbers, kept))
            kept, numbers = [], []
    blocks.append(_block(header, numbers, kept))
    frame = pl.concat(blocks)
    if not rejected:
        _some(frame, path)
    return Table(path, sha256, frame, tuple(rejected), encoding, spare)


def _unreadable(row: list[str], row_no: int, width: int) -> Reject | None:
    if any(UNREAD in cell for cell in row):
        return Reject(
            row_no,
            "这一行的编码与全文件不同，或有无法识别的字符；请改正后重新导入这一行",
            "this line is in another encoding than the file, or cannot be decoded: correct it and load it again",
        )
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


def _some(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    if frame.height == 0:
        raise FileUnreadable(
            zh="只有表头，没有数据行；请核对是否选错了文件或工作表",
            en="a header and no rows: check whether it is the right file and sheet",
            where=path.name,
        )
    return frame


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    filled = [pl.col(name).fill_null("").str.strip_chars() != "" for name in frame.columns if name != "row_no"]
    return frame.filter(pl.any_horizontal(filled))
