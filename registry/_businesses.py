"""Loading businesses. Behind the door: call `registry.service.load_businesses`. One call is one chunk."""

from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as address
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_frame
from core.rows import Outcome, Reject
from registry import identity
from registry._placing import by_precision, place_texts
from registry._population import recount
from registry.frames import digits_of, joined, masked_names, masked_phones, ready
from registry.sealing import SEPARATOR, Sealer, new_ids, sealer

COLUMNS = ("uscc", "name", "kind", "industry", "address", "person", "phone", "founded_on", "status")
REQUIRED = ("uscc", "name")
TABLE: Final = "registry.business"

_INCOMING = (
    "id", "is_new", "grid_id", "site_code", "uscc", "name", "kind", "industry", "founded_on", "status",
    "person_masked", "phone_masked", "precision", "lon", "lat", "sealed", "content", "address",
)  # fmt: skip


def load_businesses(
    session: Session, frame: pl.DataFrame, *, batch_id: int | None, actor: Actor, at: datetime
) -> Outcome:
    """Take in one chunk of businesses; the same rows again change nothing.

    `frame`: uscc (18 characters, GB 32100), name; optional kind, industry, address, person, phone, founded_on, status,
    row_no. The code tells which business it is. Rejected: no or wrong code, no name, one code twice with different
    contents. A changed address closes the old site today. `counts`: placed_building, placed_road … of the accepted
    rows. Writes one audit row.
    """
    seals = sealer()
    rows, rejected = _checked(ready(frame, COLUMNS, REQUIRED))
    contents = [seals.content(row) for row in joined(rows, COLUMNS, SEPARATOR)]
    ones, repeated, doubles = _without_doubles(rows.with_columns(pl.Series("content", contents, dtype=pl.Binary)))
    news = _news(session, ones)
    repeated += len(ones) - len(news)
    counts: dict[str, int] = {}
    if len(news):
        counts = _write(session, news, seals, batch_id, at)
        detail = {"accepted": len(news), "repeated": repeated, "rejected": len(rejected) + len(doubles)}
        record(session, actor, "registry.businesses_loaded", "etl.batch", str(batch_id or ""), at, detail)
    refused = sorted([*rejected, *doubles], key=lambda reject: reject.row_no)
    return Outcome(len(news), repeated, tuple(refused), counts)


def _checked(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    rows = rows.with_columns(identity.tidy(rows["uscc"]).alias("uscc"))
    valid = pl.lit(pl.Series(identity.uscc_check(rows["uscc"])))
    reason = (
        pl.when(pl.col("uscc").is_null()).then(pl.lit("empty"))
        .when(~valid).then(pl.lit("wrong"))
        .when(pl.col("name").is_null()).then(pl.lit("name"))
        .otherwise(None)
    )  # fmt: skip
    rows = rows.with_columns(reason.alias("reason"))
    bad = rows.filter(pl.col("reason").is_not_null()).select("row_no", "reason")
    return rows.filter(pl.col("reason").is_null()), [_reject(*row) for row in bad.iter_rows()]


def _reject(row_no: int, reason: str) -> Reject:
    zh, en, column = {
        "empty": ("统一社会信用代码为空", "the credit code is empty", "uscc"),
        "wrong": ("统一社会信用代码校验不通过", "the credit code is not valid", "uscc"),
        "name": ("企业名称为空", "the name is empty", "name"),
    }[reason]
    return Reject(row_no, zh, en, column)


def _without_doubles(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Reject]]:
    """One row a business; how many rows say the same again; and rows that contradict an earlier one."""
    rows = rows.with_columns(
        pl.col("row_no").first().over("uscc").alias("first_row"),
        pl.col("content").first().over("uscc").alias("first_content"),
    )
    is_first = pl.col("row_no") == pl.col("first_row")
    later = rows.filter(~is_first)
    contrary = later.filter(pl.col("content") != pl.col("first_content")).select("row_no", "first_row")
    doubles = [
        Reject(
            row_no,
            f"与第 {first} 行信用代码相同而内容不同",
            f"same credit code as row {first} with other contents",
            "uscc",
        )
        for row_no, first in contrary.iter_rows()
    ]
    return rows.filter(is_first).drop("first_row", "first_content"), len(later) - len(doubles), doubles


def _news(session: Session, ones: pl.DataFrame) -> pl.DataFrame:
    """The rows that say something new, with the `id` of the business (drawn for a new one) and `is_new`."""
    rows = session.execute(
        text("SELECT uscc, CAST(id AS text), content FROM registry.business WHERE uscc = ANY(:codes)"),
        {"codes": ones["uscc"].to_list()},
    )
    schema = {"uscc": pl.String, "id": pl.String, "old_content": pl.Binary}
    known = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    told = ones.join(known, on="uscc", how="left", maintain_order="left")
    news = told.filter(pl.col("content").ne_missing(pl.col("old_content")))
    return news.with_columns(
        pl.col("id").is_null().alias("is_new"),
        pl.col("id").fill_null(pl.Series(new_ids(len(news)), dtype=pl.String)),
    )


def _write(session: Session, news: pl.DataFrame, seals: Sealer, batch_id: int | None, at: datetime) -> dict[str, int]:
    spots = place_texts(address.placer(session), news["address"])
    incoming = _incoming(pl.concat([news, spots.rename({"code": "site_code"})], how="horizontal"), seals)
    session.execute(_INCOMING_TABLE)
    copy_frame(session, "incoming_business", incoming)
    left = session.execute(_LEFT_GRIDS).scalars()
    touched = set(spots["grid_id"].unique()) | set(left)
    values = {"batch_id": batch_id, "at": at, "today": day_of(at)}
    for statement in (_INSERT, _UPDATE, _CLOSE_SITES, _DROP_TODAYS, _OPEN_SITES):
        session.execute(statement, values)
    recount(session, touched)
    new = int(news["is_new"].sum())
    return {**by_precision(spots), "new": new, "changed": len(news) - new}


def _incoming(placed: pl.DataFrame, seals: Sealer) -> pl.DataFrame:
    """The rows as the table wants them, by grid and site."""
    clear = placed.select("person", "phone")
    fields = ({key: word for key, word in zip(clear.columns, row, strict=True) if word} for row in clear.iter_rows())
    rows = placed.with_columns(
        pl.col("address").fill_null(""),
        digits_of("founded_on").str.slice(0, 8).str.to_date("%Y%m%d", strict=False).alias("founded_on"),
        masked_names(placed["person"]).alias("person_masked"),
        masked_phones(placed["phone"]).alias("phone_masked"),
        pl.Series("sealed", seals.seal_many(TABLE, placed["id"].to_list(), fields), dtype=pl.Binary),
    )
    return rows.select(_INCOMING).sort("grid_id", "site_code", maintain_order=True)


_INCOMING_TABLE = text("""
    DROP TABLE IF EXISTS pg_temp.incoming_business;
    CREATE TEMPORARY TABLE incoming_business (
        id uuid, is_new bool, grid_id int, site_code text COLLATE "C", uscc text, name text, kind text,
        industry text, founded_on date, status text, person_masked text, phone_masked text, precision text,
        lon float8, lat float8, sealed bytea, content bytea, address text
    ) ON COMMIT DROP
""")
_LEFT_GRIDS = text("""
    SELECT DISTINCT b.grid_id FROM registry.business b JOIN incoming_business i ON i.id = b.id WHERE NOT i.is_new
""")
_INSERT = text("""
    INSERT INTO registry.business (id, grid_id, site_code, uscc, name, kind, industry, founded_on, status,
        person_masked, phone_masked, precision, spot, sealed, content, batch_id, updated_at)
    SELECT id, grid_id, site_code, uscc, name, kind, industry, founded_on, status, person_masked, phone_masked,
           precision, ST_SetSRID(ST_MakePoint(lon, lat), 4326), sealed, content, :batch_id, :at
    FROM incoming_business WHERE is_new
""")
_UPDATE = text("""
    UPDATE registry.business b SET grid_id = i.grid_id, site_code = i.site_code, name = i.name, kind = i.kind,
        industry = i.industry, founded_on = i.founded_on, status = i.status, person_masked = i.person_masked,
        phone_masked = i.phone_masked, precision = i.precision,
        spot = ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), sealed = i.sealed, content = i.content,
        changed_in = :batch_id, updated_at = :at
    FROM incoming_business i WHERE b.id = i.id AND NOT i.is_new
""")
_MOVED = """
    s.business_id = i.id AND NOT i.is_new AND s.valid_to IS NULL
    AND (s.site_code, s.grid_id, s.address) IS DISTINCT FROM (i.site_code, i.grid_id, i.address)
"""
_CLOSE_SITES = text(f"""
    UPDATE registry.business_site s SET valid_to = CAST(:today AS date) FROM incoming_business i
    WHERE {_MOVED} AND s.valid_from < CAST(:today AS date)
""")
_DROP_TODAYS = text(f"DELETE FROM registry.business_site s USING incoming_business i WHERE {_MOVED}")
_OPEN_SITES = text("""
    INSERT INTO registry.business_site (business_id, site_code, grid_id, address, valid_from)
    SELECT i.id, i.site_code, i.grid_id, i.address, CAST(:today AS date) FROM incoming_business i
    WHERE i.is_new
       OR NOT EXISTS (SELECT FROM registry.business_site s WHERE s.business_id = i.id AND s.valid_to IS NULL)
""")
