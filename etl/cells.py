"""Cells as spreadsheets spoil them, put right where that is sure and refused where something was lost (pure)."""

from typing import Final

import polars as pl

from core.rows import Reject
from etl.headers import TableMapping

SCIENTIFIC: Final = r"^\d(\.\d+)?[eE]\+?\d+$"
QUOTED: Final = r'^="([^"]*)"$'
"""="0012": how a text is kept a text in a CSV for Excel."""
GUARDED: Final = r"^'([=+\-@\t\r])"
"""What our own exports put before a cell that would be taken for a formula."""
DAY: Final = r"^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?$"
DAY_NUMBER: Final = r"^([1-6]\d{4})(?:\.0+)?$"
"""1927 to 2091 as Excel counts days."""


def tidy(frame: pl.DataFrame, mapping: TableMapping) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows with their cells put right, and the rows of which a cell cannot be.

    `frame` has the file's headers and row_no, all text. Days of `mapping.dates` become ISO.
    """
    chosen = mapping.chosen([name for name in frame.columns if name != "row_no"])
    texts = [name for name in frame.columns if name != "row_no"]
    frame = frame.with_columns(pl.col(texts).str.replace(QUOTED, "$1").str.replace(GUARDED, "$1"))
    codes = [chosen[ours] for ours in mapping.codes if ours in chosen]
    frame = frame.with_columns(
        pl.col(name).str.strip_chars().str.strip_prefix("'").str.replace(r"^(\d+)\.0+$", "$1") for name in codes
    ).with_columns(_day(chosen[ours]) for ours in mapping.dates if ours in chosen)
    rejected = [
        Reject(
            row_no,
            f"“{name}”成了科学计数法，末尾的数字已经丢失；请把这一列设为文本，从原始资料重新填写",
            f"{name} is scientific notation, its last digits are lost: make the column text and fill it in again",
            name,
        )
        for name in codes
        for row_no in frame.filter(pl.col(name).str.contains(SCIENTIFIC))["row_no"]
    ]
    has_nul = pl.any_horizontal(pl.col(texts).str.contains("\0", literal=True).fill_null(value=False))
    rejected += [
        Reject(
            row_no,
            "这一行里有空字符（NUL），文件可能损坏；请从原系统重新导出",
            "this row holds NUL characters, the file may be damaged: export it again",
        )
        for row_no in frame.filter(has_nul)["row_no"]
    ]
    lost = {reject.row_no: reject for reject in rejected}
    return frame.filter(~pl.col("row_no").is_in(list(lost))), [lost[row_no] for row_no in sorted(lost)]


def _day(name: str) -> pl.Expr:
    """A day as ISO; what is none stays as it is, for the room to judge."""
    text = pl.col(name).str.strip_chars()
    parts = [text.str.extract(DAY, group) for group in (1, 2, 3)]
    written = pl.concat_str([parts[0], parts[1].str.zfill(2), parts[2].str.zfill(2)], separator="-")
    counted = pl.date(1899, 12, 30) + pl.duration(days=text.str.extract(DAY_NUMBER, 1).cast(pl.Int64, strict=False))
    return pl.coalesce(
        written.str.to_date("%Y-%m-%d", strict=False).cast(pl.String), counted.cast(pl.String), text
    ).alias(name)
