"""Loading businesses. Behind the door: call `registry.service.load_businesses`. One call is one chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_rows
from core.rows import Outcome, Reject
from registry import identity
from registry._placing import Spot, by_precision, place_texts
from registry._population import recount
from registry.frames import digits_of, ready
from registry.masking import mask_name, mask_phone
from registry.sealing import Sealer, sealer

COLUMNS = ("uscc", "name", "kind", "industry", "address", "person", "phone", "founded_on", "status")
REQUIRED = ("uscc", "name")
TABLE = "registry.business"

_INCOMING = (
    "id", "is_new", "grid_id", "site_code", "uscc", "name", "kind", "industry", "founded_on", "status",
    "person_masked", "phone_masked", "precision", "lon", "lat", "sealed", "content", "address",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _News:
    rows: pl.DataFrame
    ids: list[UUID]
    are_new: list[bool]
    contents: list[bytes]


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
    news, repeated, doubles = _news(session, rows, seals)
    rejected += doubles
    rejected.sort(key=lambda reject: reject.row_no)
    counts: dict[str, int] = {}
    if news.ids:
        counts = _write(session, news, seals, batch_id, at)
        detail = {"accepted": len(news.ids), "repeated": repeated, "rejected": len(rejected)}
        record(session, actor, "registry.businesses_loaded", "etl.batch", str(batch_id or ""), at, detail)
    return Outcome(len(news.ids), repeated, tuple(rejected), counts)


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


def _news(session: Session, rows: pl.DataFrame, seals: Sealer) -> tuple[_News, int, list[Reject]]:
    codes, row_numbers = rows["uscc"].to_list(), rows["row_no"].to_list()
    contents = [seals.content(row) for row in rows.select(COLUMNS).iter_rows()]
    known = {
        code: (business_id, bytes(content))
        for code, business_id, content in session.execute(
            text("SELECT uscc, id, content FROM registry.business WHERE uscc = ANY(:codes)"), {"codes": codes}
        )
    }
    first: dict[str, int] = {}
    keep: list[int] = []
    repeated, doubles = 0, []
    for place, code in enumerate(codes):
        earlier = first.setdefault(code, place)
        if earlier != place and contents[earlier] != contents[place]:
            zh = f"与第 {row_numbers[earlier]} 行信用代码相同而内容不同"
            en = f"same credit code as row {row_numbers[earlier]} with other contents"
            doubles.append(Reject(row_numbers[place], zh, en, "uscc"))
        elif earlier != place or (code in known and known[code][1] == contents[place]):
            repeated += 1
        else:
            keep.append(place)
    ids = [known[codes[place]][0] if codes[place] in known else uuid4() for place in keep]
    are_new = [codes[place] not in known for place in keep]
    return _News(rows[keep], ids, are_new, [contents[place] for place in keep]), repeated, doubles


def _write(session: Session, news: _News, seals: Sealer, batch_id: int | None, at: datetime) -> dict[str, int]:
    spots = place_texts(session, news.rows["address"].to_list())
    session.execute(text("DROP TABLE IF EXISTS pg_temp.incoming_business"))
    session.execute(
        text("""
            CREATE TEMPORARY TABLE incoming_business (
                id uuid, is_new bool, grid_id int, site_code text COLLATE "C", uscc text, name text, kind text,
                industry text, founded_on date, status text, person_masked text, phone_masked text, precision text,
                lon float8, lat float8, sealed bytea, content bytea, address text
            ) ON COMMIT DROP
        """)
    )
    copy_rows(session, "incoming_business", _INCOMING, _incoming(news, spots, seals))
    left = session.execute(
        text("""
            SELECT DISTINCT b.grid_id FROM registry.business b
            JOIN incoming_business i ON i.id = b.id WHERE NOT i.is_new
        """)
    ).scalars()
    touched = {spot.grid_id for spot in spots} | set(left)
    values = {"batch_id": batch_id, "at": at, "today": day_of(at)}
    for statement in (_INSERT, _UPDATE, _CLOSE_SITES, _DROP_TODAYS, _OPEN_SITES):
        session.execute(statement, values)
    recount(session, touched)
    return {**by_precision(spots), "new": sum(news.are_new), "changed": len(news.ids) - sum(news.are_new)}


def _incoming(news: _News, spots: Sequence[Spot], seals: Sealer) -> Iterator[Sequence[Any]]:
    founded = news.rows.select(digits_of("founded_on"))["founded_on"].to_list()
    for place, row in enumerate(news.rows.select(COLUMNS).iter_rows()):
        code, name, kind, industry, address, person, phone, _, status = row
        business_id, spot = news.ids[place], spots[place]
        clear = {"person": person, "phone": phone}
        sealed = seals.seal(TABLE, business_id, {key: value for key, value in clear.items() if value})
        yield (
            business_id, news.are_new[place], spot.grid_id, spot.code, code, name, kind, industry,
            _date(founded[place]), status, mask_name(person), mask_phone(phone), spot.precision, spot.lon, spot.lat,
            sealed, news.contents[place], address or "",
        )  # fmt: skip


def _date(digits: str | None) -> date | None:
    """yyyymmdd, what follows is a time of day; None for what is no date."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if digits else None
    except ValueError:
        return None


_INSERT = text("""
    INSERT INTO registry.business (id, grid_id, site_code, uscc, name, kind, industry, founded_on, status,
        person_masked, phone_masked, precision, spot, sealed, content, batch_id, updated_at)
    SELECT id, grid_id, site_code, uscc, name, kind, industry, founded_on, status, person_masked, phone_masked,
           precision, ST_SetSRID(ST_MakePoint(lon, lat), 4326), sealed, content, :batch_id, :at
    FROM incoming_business WHERE is_new ORDER BY grid_id, site_code
""")
_UPDATE = text("""
    UPDATE registry.business b SET grid_id = i.grid_id, site_code = i.site_code, name = i.name, kind = i.kind,
        industry = i.industry, founded_on = i.founded_on, status = i.status, person_masked = i.person_masked,
        phone_masked = i.phone_masked, precision = i.precision,
        spot = ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), sealed = i.sealed, content = i.content,
        batch_id = :batch_id, updated_at = :at
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
