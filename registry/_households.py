"""The households that loaded residents name. Behind the door: call `registry.service.load_residents`.

A household stands where its head (户主) lives; while no head of it has come, where the first member lives who came.
So it does not matter how the rows are cut into chunks.
"""

from typing import Final

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.db import copy_frame
from registry.sealing import Sealer, new_ids

TABLE: Final = "registry.household"
HEADS: Final = ("户主", "本人", "本人或户主")
"""What a head is called in the column 与户主关系."""
UNSURE: Final = 1 << 40  # above the number of any row


def recognise(session: Session, numbers: pl.Series, seals: Sealer) -> pl.DataFrame:
    """Each household of these numbers: household_no, number_blind, id (drawn for a new one), is_new, and where those
    that are there stand now: old_grid_id, old_home_code.
    """
    ones = numbers.drop_nulls().unique(maintain_order=True).alias("household_no").to_frame()
    blinds = [seals.blind("household", number) for number in ones["household_no"].to_list()]
    ones = ones.with_columns(pl.Series("number_blind", blinds, dtype=pl.Binary)).with_row_index("place")
    session.execute(_ASKED)
    copy_frame(session, "asked_household", ones.select("place", "number_blind"))
    session.execute(text("ANALYZE asked_household"))
    schema = {"place": pl.UInt32, "id": pl.String, "old_grid_id": pl.Int32, "old_home_code": pl.String}
    known = pl.DataFrame([tuple(row) for row in session.execute(_KNOWN)], schema=schema, orient="row")
    told = ones.join(known, on="place", how="left", maintain_order="left").drop("place")
    drawn = pl.Series("id", new_ids(len(told)), dtype=pl.String)
    return told.with_columns(pl.col("id").is_null().alias("is_new"), pl.col("id").fill_null(drawn))


def settle(
    session: Session, placed: pl.DataFrame, known: pl.DataFrame, seals: Sealer, batch_id: int | None
) -> set[int | None]:
    """Write the new ones, move those whose head is elsewhere; the grids that lost one.

    `placed`: household_no, relation, grid_id, home_code of every row; `known` from `recognise`.
    """
    ones = _one_each(placed).join(known, on="household_no", maintain_order="left")
    fresh = ones.filter("is_new")
    sealed = seals.seal_many(TABLE, fresh["id"].to_list(), ({"number": number} for number in fresh["household_no"]))
    is_better = pl.col("is_head") | (pl.col("grid_id").is_not_null() & pl.col("old_grid_id").is_null())
    is_elsewhere = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"old_{name}")) for name in ("grid_id", "home_code")
    )
    moved = ones.filter(~pl.col("is_new") & is_better & is_elsewhere)
    _write(session, fresh.with_columns(pl.Series("sealed", sealed, dtype=pl.Binary)), moved, batch_id)
    return set(moved["old_grid_id"])


def _one_each(placed: pl.DataFrame) -> pl.DataFrame:
    """Each household with the place that counts, and whether a head told it."""
    is_sure, place = pl.col("grid_id").is_not_null(), pl.int_range(pl.len(), dtype=pl.Int64)
    is_head = is_sure & pl.col("relation").is_in(HEADS).fill_null(value=False)
    rows = placed.select(
        "household_no", "grid_id", "home_code", is_head=is_head,
        weight=pl.when(is_head).then(place).when(is_sure).then(-1 - place).otherwise(-UNSURE - place),
    )  # fmt: skip
    named = rows.filter(pl.col("household_no").is_not_null())
    return named.sort("weight").unique("household_no", keep="last", maintain_order=True).drop("weight")


def _write(session: Session, fresh: pl.DataFrame, moved: pl.DataFrame, batch_id: int | None) -> None:
    session.execute(_INCOMING)
    columns = ["id", "grid_id", "home_code", "number_blind", "sealed"]
    copy_frame(session, "incoming_household", fresh.select(columns).sort("grid_id", "home_code", maintain_order=True))
    session.execute(_INSERT, {"batch_id": batch_id})
    if len(moved):
        copy_frame(session, "incoming_household", moved.select("id", "grid_id", "home_code"))
        session.execute(_MOVE)


_ASKED = text("""
    DROP TABLE IF EXISTS pg_temp.asked_household;
    CREATE TEMPORARY TABLE asked_household (place int, number_blind bytea) ON COMMIT DROP
""")
_KNOWN = text("""
    SELECT asked.place, CAST(h.id AS text), h.grid_id, h.home_code
    FROM asked_household asked JOIN registry.household h ON h.number_blind = asked.number_blind
""")
_INCOMING = text("""
    DROP TABLE IF EXISTS pg_temp.incoming_household;
    CREATE TEMPORARY TABLE incoming_household (
        id uuid, grid_id int, home_code text COLLATE "C", number_blind bytea, sealed bytea
    ) ON COMMIT DROP
""")
_INSERT = text("""
    INSERT INTO registry.household (id, grid_id, home_code, number_blind, sealed, batch_id)
    SELECT id, grid_id, home_code, number_blind, sealed, :batch_id FROM incoming_household
""")
_MOVE = text("""
    UPDATE registry.household h SET grid_id = i.grid_id, home_code = i.home_code
    FROM incoming_household i WHERE h.id = i.id AND i.sealed IS NULL
""")
