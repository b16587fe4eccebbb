"""Reasons without the cells they speak of: a name or a number of a person must not rest in the ledger (pure).

Rooms name row and column; where one quotes what stood there all the same, it is taken out before the reason is kept.
The sheet of refused rows shows the cell itself, beside the file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from core.rows import Reject

GONE: Final = "…"
_QUOTATION: Final = re.compile(rf"[：:]\s*{GONE}(?:\s*/\s*{GONE})*$")
FEWEST_SIGNS: Final = 4
"""A shorter cell (无, 12, 村) is as likely a word of the sentence; at the end of one it is a quotation all the same."""
FEWEST_DIGITS: Final = 6


def without_cells(rejects: Iterable[Reject], rows: pl.DataFrame) -> tuple[Reject, ...]:
    """The rejects, each reason without the cells of its own row. `rows` has row_no and text columns."""
    told = list(rejects)
    if not told:
        return ()
    asked = rows.filter(pl.col("row_no").is_in([one.row_no for one in told]))
    cells = {
        int(row[0]): sorted({str(cell).strip() for cell in row[1:] if cell is not None}, key=len, reverse=True)
        for row in asked.select("row_no", pl.exclude("row_no")).iter_rows()
    }
    return tuple(
        replace(one, zh=_without(one.zh, cells.get(one.row_no, ())), en=_without(one.en, cells.get(one.row_no, ())))
        for one in told
    )


def _without(reason: str, cells: Sequence[str]) -> str:
    for cell in cells:
        if len(cell) >= (FEWEST_DIGITS if cell.isdecimal() else FEWEST_SIGNS):
            reason = reason.replace(cell, GONE)
        elif cell:
            reason = re.sub(rf"(?<=[：/:] |.：){re.escape(cell)}$", GONE, reason)
    return _QUOTATION.sub("", reason)
