"""Workbooks (xlsx, xls, et, ods) as cells of text. `python -m etl.sheets` is the process that opens them."""

import io
import json
import logging
import re
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import polars as pl

from etl import apart, sniff
from etl.errors import FileUnreadable
from etl.packed import weigh

MOST_FILLED: Final = 5_000_000
"""Cells that merged ranges may fill."""
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]+)(\d+):[A-Z]+(\d+)"')
_FIRST_CELL: Final = re.compile(rb'<(?:\w+:)?row [^>]*>(?:<(?:\w+:)?c [^>]*/>)*<(?:\w+:)?c r="([A-Z]+)')
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet [^>]*>")
_CHUNK: Final = 2**20
_OVERLAP: Final = 500


def read_cells(
    path: Path, sheet: str | None = None, most_rows: int | None = None
) -> tuple[pl.DataFrame, list[str], str]:
    """(cells, names of all sheets with something in them, name of the one that was read).

    Cells are text as the sheet shows them: whole numbers without decimals, dates as ISO, faults (#N/A) as null. A
    range merged over several rows holds its value in each. Without `sheet` the first that is not empty is read.
    Raises FileUnreadable.
    """
    with path.open("rb") as opened:
        head = opened.read(sniff.HEAD_BYTES)
        raw = head + opened.read() if head.startswith(sniff.OLE) else head
    sniff.check(path, sniff.ZIP, raw)
    if raw.startswith(sniff.ZIP):
        weigh(path)
    said, body = apart.call("etl.sheets", path, {"sheet": sheet, "most_rows": most_rows})
    return pl.read_ipc(io.BytesIO(body)), said["sheets"], said["sheet"]


def _read(path: Path, sheet: str | None, most_rows: int | None) -> tuple[pl.DataFrame, list[str], str]:
    import fastexcel

    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns about each column without a type of its own
    try:
        book = fastexcel.read_excel(path.read_bytes())
        names = [sheet] if sheet else book.sheet_names
        if unknown := set(names) - set(book.sheet_names):
            raise FileUnreadable(
                zh=f"没有工作表“{unknown.pop()}”；有：{'、'.join(book.sheet_names)}",
                en=f"there is no such sheet; there are: {', '.join(book.sheet_names)}",
            )
        found = ((name, _cells(book, name, most_rows)) for name in names)
        chosen, cells = next(((name, cells) for name, cells in found if cells.height), (names[0], pl.DataFrame()))
    except fastexcel.FastExcelError as exc:
        has_password = "assword" in str(exc)
        raise FileUnreadable(
            zh="表格设了打开密码；请取消密码后另存" if has_password else "内容已损坏，打不开；请重新导出",
            en="the sheet has a password: take it off and save it again" if has_password
            else "the sheet cannot be opened, its content is broken: export it again, or save it as a new xlsx",
        ) from exc  # fmt: skip
    others = [name for name in book.sheet_names if name != chosen and _cells(book, name, 1).height]
    return _filled(path, book.sheet_names.index(chosen), cells), [chosen, *others], chosen


def _cells(book: Any, name: str, most_rows: int | None) -> pl.DataFrame:
    cells: pl.DataFrame = book.load_sheet(
        name, header_row=None, skip_rows=0, dtypes="string", n_rows=most_rows
    ).to_polars()
    return cells


def _filled(path: Path, position: int, cells: pl.DataFrame) -> pl.DataFrame:
    """Ranges merged over several rows, filled with the value of their first cell."""
    columns: dict[int, list[str | None]] = {}
    budget = MOST_FILLED
    for column, first, end in _merged_rows(path, position):
        last = min(end, cells.height)
        if first > last or column >= cells.width or (budget := budget - (last - first)) < 0:
            continue
        values = columns.setdefault(column, cells.to_series(column).to_list())
        values[first - 1 : last] = [values[first - 1]] * (last - first + 1)
    names = cells.columns
    return cells.with_columns(pl.Series(names[at], values, dtype=pl.String) for at, values in columns.items())


def _merged_rows(path: Path, position: int) -> list[tuple[int, int, int]]:
    """(column from 0, first row, last row from 1) of each range that is merged over rows in an xlsx.

    Columns count from the first that holds anything, as in the cells.
    """
    if not zipfile.is_zipfile(path):
        return []
    merged: set[tuple[int, int, int]] = set()
    firsts: set[bytes] = set()
    with zipfile.ZipFile(path) as packed:
        if (name := _part(packed, position)) is None:
            return []
        with packed.open(name) as part:
            rest = b""
            while chunk := part.read(_CHUNK):
                window = rest + chunk
                merged |= {(_column(a), int(top), int(end)) for a, top, end in _MERGED.findall(window) if top != end}
                firsts |= set(_FIRST_CELL.findall(window))
                rest = window[-_OVERLAP:]
    left = min(map(_column, firsts), default=0)
    return sorted((column - left, top, end) for column, top, end in merged if column >= left)


def _part(packed: zipfile.ZipFile, position: int) -> str | None:
    """The part that holds the sheet at this position; None where the file is no xlsx."""
    try:
        sheets = _SHEET.findall(packed.read("xl/workbook.xml"))
        rels = packed.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return None
    wanted = re.search(rb'r:id="([^"]+)"', sheets[position]) if position < len(sheets) else None
    for relation in re.findall(rb"<(?:\w+:)?Relationship [^>]*>", rels) if wanted else []:
        told = dict(re.findall(rb'(\w+)="([^"]*)"', relation))
        if told.get(b"Id") == wanted[1]:  # type: ignore[index]
            target = told[b"Target"].decode().lstrip("/")
            name = target if target.startswith("xl/") else f"xl/{target}"
            return name if name in packed.namelist() else None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def main(argv: list[str]) -> int:
    """The child: PATH OPTIONS → what it is, and its cells."""
    apart.limit()
    options = json.loads(argv[1])
    try:
        cells, sheets, chosen = _read(Path(argv[0]), options["sheet"], options["most_rows"])
    except FileUnreadable as fault:
        return apart.tell(fault)
    body = io.BytesIO()
    cells.write_ipc(body)
    return apart.hand_over({"sheets": sheets, "sheet": chosen}, body.getvalue())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
