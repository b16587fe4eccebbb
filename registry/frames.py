"""Columns as loaders get them, made ready: text without blanks, words for "nothing" turned into nothing (pure)."""

from collections.abc import Sequence

import polars as pl

from registry.errors import ColumnsMissing

NOTHING = ("", "无", "-", "－", "—", "/", "空", "未知", "不详", "null", "NULL", "None", "nan")


def ready(frame: pl.DataFrame, columns: Sequence[str], required: Sequence[str]) -> pl.DataFrame:
    """Only `columns`, as text, and row_no; optional ones that are missing come as null.

    Raises ColumnsMissing. Rows keep their order; without row_no they are numbered from 1.
    """
    missing = [name for name in required if name not in frame.columns]
    if missing:
        raise ColumnsMissing(missing)
    numbers = pl.col("row_no").cast(pl.Int64) if "row_no" in frame.columns else pl.int_range(1, frame.height + 1)
    cleaned = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(pl.String).str.strip_chars().alias(name)
        for name in columns
    ]
    table = frame.select(numbers.alias("row_no"), *cleaned)
    return table.with_columns(
        pl.when(pl.col(name).is_in(NOTHING)).then(None).otherwise(pl.col(name)).alias(name) for name in columns
    )


def digits_of(column: str) -> pl.Expr:
    """The ASCII digits of a column's text: for comparing dates written in different ways."""
    return pl.col(column).str.replace_all(r"[^0-9]", "")
