"""The refused rows of a table as a sheet beside the file: cells as they were, row number and reason; corrected there,
it is loaded like any other file.

It holds whatever the file held, so it gets the file's own permissions and is never written over.
"""

import io
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final

import polars as pl
from rustpy_xlsxwriter import FastExcel

from core.rows import Reject
from etl.areas import Areas
from etl.readers import Table, as_text

ROW_NO: Final = "原行号"
REASON: Final = "原因"
"""The two columns that are added; no mapping knows them, so they are passed over when the sheet is loaded."""
MOST_ROWS: Final = 1_000_000
"""A sheet holds 1,048,576."""
_WRITTEN: Final = re.compile(r"\.rejected(\.\d+)?\.(xlsx|gpkg)$")


def is_rejected(path: Path) -> bool:
    """Whether the file was written by `write_rejected`: a folder's load passes over it."""
    return _WRITTEN.search(path.name) is not None


def write_rejected(table: Table, rejects: Sequence[Reject]) -> Path:
    """Write `<name>.rejected.xlsx` beside the file, the next free number in the name when there is one already."""
    path = _free(table.path)
    path.write_bytes(sheet_of(table, rejects))
    path.chmod(table.path.stat().st_mode & 0o666)
    return path


def sheet_of(table: Table, rejects: Sequence[Reject]) -> bytes:
    """The same sheet as the bytes of an xlsx, for those who hold the file elsewhere."""
    return _packed(_sheet(table, rejects))


def write_rejected_areas(areas: Areas, rejects: Sequence[Reject]) -> Path:
    """The same for shapes: a sheet to read, and beside it a gpkg of the refused features, to be redrawn and loaded.

    The answer is the sheet's path.
    """
    path = _free(areas.path)
    texts = as_text(areas.frame)
    path.write_bytes(_packed(_joined(_told(rejects), texts.drop(ROW_NO, REASON, strict=False))))
    reasons = {one.row_no: f"{one.zh} / {one.en}" for one in rejects}
    refused = areas.frame[areas.frame["row_no"].isin(list(reasons))]
    refused = refused.assign(**{ROW_NO: refused["row_no"].astype(str), REASON: refused["row_no"].map(reasons)})
    drawn = path.with_suffix(".gpkg")
    refused.drop(columns="row_no").to_file(drawn, layer="rejected", driver="GPKG")
    for one in (path, drawn):
        one.chmod(areas.path.stat().st_mode & 0o666)
    return path


def _packed(sheet: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    FastExcel(body).sheet("拒收", sheet).save()
    return body.getvalue()


def _free(source: Path) -> Path:
    stem = _WRITTEN.sub("", source.name) if is_rejected(source) else source.stem
    names = (f"{stem}.rejected{'' if n == 1 else f'.{n}'}.xlsx" for n in count(1))
    return next(path for name in names if not (path := source.with_name(name)).exists())


def _sheet(table: Table, rejects: Sequence[Reject]) -> pl.DataFrame:
    """One row for each refused row, in the order of the file; no cell is null."""
    cells = [table.frame.drop(ROW_NO, REASON, strict=False), _spare(table)]
    return _joined(_told(rejects), pl.concat(cells, how="diagonal"))


def _told(rejects: Sequence[Reject]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row_no": pl.Series([one.row_no for one in rejects], dtype=pl.Int64),
            ROW_NO: pl.Series([str(one.row_no) for one in rejects], dtype=pl.String),
            REASON: pl.Series([f"{one.zh} / {one.en}" for one in rejects], dtype=pl.String),
        }
    )


def _joined(told: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    joined = told.join(cells, on="row_no", how="left").sort("row_no").head(MOST_ROWS)
    return joined.drop("row_no").with_columns(pl.all().fill_null(""))


def _spare(table: Table) -> pl.DataFrame:
    """The lines that could not be read as rows, under the headers as far as these reach."""
    headers = [name for name in table.frame.columns if name != "row_no"]
    widest = max((len(cells) for cells in table.spare.values()), default=0)
    names = headers + [f"第{n}列" for n in range(len(headers) + 1, widest + 1)]
    columns = {
        name: pl.Series([cells[at] if at < len(cells) else "" for cells in table.spare.values()], dtype=pl.String)
        for at, name in enumerate(names)
    }
    frame = pl.DataFrame({"row_no": pl.Series(list(table.spare), dtype=pl.Int64)} | columns)
    return frame.drop(ROW_NO, REASON, strict=False)
