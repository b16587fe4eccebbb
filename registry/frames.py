"""Columns as loaders get them, made ready: text without blanks, words for "nothing" turned into nothing (pure)."""

from collections.abc import Callable, Sequence

import polars as pl

from registry.errors import ColumnsMissing
from registry.masking import mask_name, mask_phone

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


def joined(rows: pl.DataFrame, columns: Sequence[str], separator: str) -> list[str]:
    """Each row as one text. Null and empty are the same."""
    told: list[str] = rows.select(
        pl.concat_str([pl.col(name).fill_null("") for name in columns], separator=separator).alias("told")
    )["told"].to_list()
    return told


def mapped(column: pl.Series, told: Callable[[str], object], kind: type[pl.DataType]) -> pl.Series:
    """What a function tells of each value, asked once for each different one; null stays null."""
    different = column.drop_nulls().unique()
    answers = pl.Series([told(word) for word in different], dtype=kind)
    return column.replace_strict(different, answers, default=None, return_dtype=kind)


def masked_names(column: pl.Series) -> pl.Series:
    """`masking.mask_name` of every value; "" for null."""
    return mapped(column, mask_name, pl.String).fill_null("")


def masked_phones(column: pl.Series) -> pl.Series:
    """`masking.mask_phone` of every value; "" for null. Plain mobile numbers, nearly all of them, at once."""
    is_mobile = column.str.contains("^1[0-9]{10}$").fill_null(value=False)
    others = mapped(column.set(is_mobile, None), mask_phone, pl.String).fill_null("")
    mobiles = pl.DataFrame({"phone": column}).select(
        pl.concat_str(pl.col("phone").str.slice(0, 3), pl.lit("****"), pl.col("phone").str.slice(7)).alias("phone")
    )["phone"]
    return mobiles.zip_with(is_mobile, others)
