"""Loading residents. Behind the door: call `registry.service.load_residents`.

One call is one chunk, complete in itself: it may be repeated, and any chunk may come first.
"""

from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import service as address
from core.actors import Actor
from core.audit import record
from core.behind import one_behind
from core.clock import day_of
from core.db import copy_frame
from core.rows import Outcome, Reject
from registry import identity
from registry._households import recognise, settle
from registry._placing import by_precision, place_texts
from registry._population import recount
from registry.frames import digits_of, joined, mapped, masked_names, masked_phones, ready
from registry.sealing import SEPARATOR, Sealer, new_ids, sealer

COLUMNS = (
    "name", "id_no", "gender", "birth_on", "phone", "household_no", "relation", "home_text", "register_text", "status",
)  # fmt: skip
REQUIRED = ("name", "id_no")
BLOCK_ROWS: Final = 10_000
"""Rows that are placed and sealed while the server writes as many before them."""
OLD_LENGTH = 15
MALE, FEMALE = "m", "f"
GENDER_WORDS = {"男": MALE, "女": FEMALE, "m": MALE, "f": FEMALE, "1": MALE, "2": FEMALE}
TABLE: Final = "registry.person"
SEALED: Final = {"name": "name", "id_no": "id_no", "phone": "phone", "home_text": "home", "register_text": "register"}
"""Columns that are kept sealed, and what each is called inside."""

_INCOMING = (
    "id", "is_new", "grid_id", "home_code", "household_id", "name_masked", "gender", "birth_year", "id_tail",
    "phone_masked", "status", "precision", "lon", "lat", "sealed", "id_blind", "phone_blind", "content", "relation",
)  # fmt: skip


def load_residents(
    session: Session, frame: pl.DataFrame, *, batch_id: int | None, actor: Actor, at: datetime
) -> Outcome:
    """Take in one chunk of residents; the same rows again change nothing.

    `frame`: name, id_no (18 characters); optional gender, birth_on, phone, household_no, relation, home_text,
    register_text, status, row_no. The identity number tells who it is; birth year and gender are read from it
    (`counts` says how often the columns differ: birth_differs, gender_differs). home_text is placed by the address
    room; a person whose home is not sure to the building or door belongs to no grid. A changed home closes the old
    residence today. Rejected: no name, no or wrong identity number, one number twice with different contents.
    `counts` also holds placed_room, placed_building … of the accepted rows. Writes one audit row.
    """
    seals = sealer()
    rows, rejected = _checked(ready(frame, COLUMNS, REQUIRED))
    ones, repeated, doubles = _without_doubles(_marked(rows, seals))
    news = _news(session, ones)
    repeated += len(ones) - len(news)
    counts = _differences(news)
    if len(news):
        counts |= _write(session, news, seals, batch_id, at)
        detail = {"accepted": len(news), "repeated": repeated, "rejected": len(rejected) + len(doubles)}
        record(session, actor, "registry.residents_loaded", "etl.batch", str(batch_id or ""), at, detail)
    refused = sorted([*rejected, *doubles], key=lambda reject: reject.row_no)
    return Outcome(len(news), repeated, tuple(refused), counts)


def _checked(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Reject]]:
    """Rows with a name and a right identity number; and the others with the reason, which never shows the number."""
    rows = rows.with_columns(identity.tidy(rows["id_no"]).alias("id_no"))
    valid = identity.id_check(rows["id_no"])
    reason = (
        pl.when(pl.col("name").is_null()).then(pl.lit("name"))
        .when(pl.col("id_no").is_null()).then(pl.lit("empty"))
        .when(pl.col("id_no").str.len_chars() == OLD_LENGTH).then(pl.lit("old"))
        .when(~pl.lit(pl.Series(valid))).then(pl.lit("wrong"))
        .otherwise(None)
    )  # fmt: skip
    rows = rows.with_columns(reason.alias("reason"))
    bad = rows.filter(pl.col("reason").is_not_null()).select("row_no", "reason")
    return rows.filter(pl.col("reason").is_null()), [_reject(*row) for row in bad.iter_rows()]


def _reject(row_no: int, reason: str) -> Reject:
    zh, en, column = {
        "name": ("姓名为空", "the name is empty", "name"),
        "empty": ("公民身份号码为空", "the identity number is empty", "id_no"),
        "old": ("15 位旧身份号码，请换成 18 位", "an old 15-digit identity number; 18 are needed", "id_no"),
        "wrong": ("公民身份号码校验不通过", "the identity number is not valid", "id_no"),
    }[reason]
    return Reject(row_no, zh, en, column)


def _marked(rows: pl.DataFrame, seals: Sealer) -> pl.DataFrame:
    """The rows with what stands for the person and for the whole row in the index."""
    blinds = [seals.blind("id", number) for number in rows["id_no"].to_list()]
    contents = [seals.content(row) for row in joined(rows, COLUMNS, SEPARATOR)]
    return rows.with_columns(
        pl.Series("id_blind", blinds, dtype=pl.Binary), pl.Series("content", contents, dtype=pl.Binary)
    )


def _without_doubles(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Reject]]:
    """One row a person; how many rows say the same again; and rows that contradict an earlier one."""
    rows = rows.with_columns(
        pl.col("row_no").first().over("id_blind").alias("first_row"),
        pl.col("content").first().over("id_blind").alias("first_content"),
    )
    is_first = pl.col("row_no") == pl.col("first_row")
    later = rows.filter(~is_first)
    contrary = later.filter(pl.col("content") != pl.col("first_content")).select("row_no", "first_row")
    doubles = [
        Reject(
            row_no,
            f"与第 {first} 行公民身份号码相同而内容不同",
            f"same identity number as row {first} with other contents",
            "id_no",
        )
        for row_no, first in contrary.iter_rows()
    ]
    ones = rows.filter(is_first).drop("first_row", "first_content")
    return ones, len(later) - len(doubles), doubles


def _news(session: Session, ones: pl.DataFrame) -> pl.DataFrame:
    """The rows that say something new, with the `id` of the person (drawn for a new one) and `is_new`."""
    session.execute(_ASKED)
    asked = ones.select("id_blind", "content").with_row_index("place")
    copy_frame(session, "asked_person", asked)
    session.execute(text("ANALYZE asked_person"))
    told = session.execute(_UNKNOWN).all()
    news = ones[[row.place for row in told]].with_columns(
        pl.Series("id", [row.id for row in told], dtype=pl.String),
        pl.Series("is_new", [row.id is None for row in told]),
    )
    return news.with_columns(pl.col("id").fill_null(pl.Series(new_ids(len(news)), dtype=pl.String)))


_ASKED = text("""
    DROP TABLE IF EXISTS pg_temp.asked_person;
    CREATE TEMPORARY TABLE asked_person (place int, id_blind bytea, content bytea) ON COMMIT DROP
""")
_UNKNOWN = text("""
    SELECT asked.place, CAST(p.id AS text) AS id FROM asked_person asked
    LEFT JOIN registry.person p ON p.id_blind = asked.id_blind
    WHERE p.content IS DISTINCT FROM asked.content ORDER BY asked.place
""")


def _differences(rows: pl.DataFrame) -> dict[str, int]:
    """How often the columns contradict the identity number; the number is believed."""
    if rows.is_empty():
        return {}
    birth, said = pl.col("id_no").str.slice(6, 8), digits_of("birth_on")
    differs = (said.str.len_chars() == 8) & (said != birth)
    male = pl.Series(identity.are_male(rows["id_no"]))
    said_male = rows["gender"].str.to_lowercase().replace_strict(GENDER_WORDS, default=None) == MALE
    return {
        "birth_differs": int(rows.select(differs.fill_null(value=False).sum()).item()),
        "gender_differs": int((said_male != male).fill_null(value=False).sum()),
    }


def _write(session: Session, news: pl.DataFrame, seals: Sealer, batch_id: int | None, at: datetime) -> dict[str, int]:
    """Block by block: while the server writes one, the next is placed and sealed."""
    place = address.placer(session)
    households = recognise(session, news["household_no"], seals)
    known = news.join(
        households.select("household_no", household_id="id"), on="household_no", how="left", maintain_order="left"
    )
    values = {"batch_id": batch_id, "at": at, "today": day_of(at)}
    session.execute(_INCOMING_TABLE)

    def write(numbered: tuple[int, pl.DataFrame]) -> None:
        block, rows = numbered
        copy_frame(session, "incoming_person", rows.with_columns(pl.lit(block).alias("block")))
        session.execute(_INSERT_PERSONS, {**values, "block": block})

    placed: list[pl.DataFrame] = []
    with one_behind(write) as hand_over:
        for block, rows in enumerate(known.iter_slices(BLOCK_ROWS)):
            spots = place_texts(place, rows["home_text"]).rename({"code": "home_code"})
            placed.append(pl.concat([rows.select("household_no", "relation"), spots], how="horizontal"))
            hand_over((block, _incoming(pl.concat([rows, spots], how="horizontal"), seals)))
    everywhere = pl.concat(placed)
    left = settle(session, everywhere, households, seals, batch_id)
    new = int(news["is_new"].sum())
    if new < len(news):
        left |= set(session.execute(_LEFT_GRIDS).scalars())
        for statement in (_UPDATE_PERSONS, _CLOSE_RESIDENCES, _DROP_TODAYS):
            session.execute(statement, values)
    session.execute(_OPEN_RESIDENCES, values)
    recount(session, left | set(everywhere["grid_id"].unique()))
    return {**by_precision(everywhere), "new": new, "changed": len(news) - new}


def _incoming(placed: pl.DataFrame, seals: Sealer) -> pl.DataFrame:
    """The rows as the table wants them, by grid and home: people of one grid lie side by side on disk."""
    numbers = placed["id_no"]
    years, _, _ = identity.births(numbers)
    clear = placed.select(list(SEALED)).rename(SEALED)
    fields = ({key: word for key, word in zip(clear.columns, row, strict=True) if word} for row in clear.iter_rows())
    rows = placed.with_columns(
        masked_names(placed["name"]).alias("name_masked"),
        masked_phones(placed["phone"]).alias("phone_masked"),
        pl.Series("gender", np.where(identity.are_male(numbers), MALE, FEMALE)),
        pl.Series("birth_year", years),
        numbers.str.slice(-2).alias("id_tail"),
        pl.Series("sealed", seals.seal_many(TABLE, placed["id"].to_list(), fields), dtype=pl.Binary),
        mapped(placed["phone"], lambda phone: seals.blind("phone", phone), pl.Binary).alias("phone_blind"),
    )
    return rows.select(_INCOMING).sort("grid_id", "home_code", "household_id", maintain_order=True)


_INCOMING_TABLE = text("""
    DROP TABLE IF EXISTS pg_temp.incoming_person;
    CREATE TEMPORARY TABLE incoming_person (
        id uuid, is_new bool, grid_id int, home_code text COLLATE "C", household_id uuid, name_masked text,
        gender text, birth_year smallint, id_tail text, phone_masked text, status text, precision text,
        lon float8, lat float8, sealed bytea, id_blind bytea, phone_blind bytea, content bytea, relation text,
        block int
    ) ON COMMIT DROP
""")
_LEFT_GRIDS = text("""
    SELECT DISTINCT p.grid_id FROM registry.person p JOIN incoming_person i ON i.id = p.id WHERE NOT i.is_new
""")
_INSERT_PERSONS = text("""
    INSERT INTO registry.person (id, grid_id, home_code, household_id, name_masked, gender, birth_year, id_tail,
        phone_masked, status, precision, spot, sealed, id_blind, phone_blind, content, batch_id, updated_at)
    SELECT id, grid_id, home_code, household_id, name_masked, gender, birth_year, id_tail, phone_masked, status,
           precision, ST_SetSRID(ST_MakePoint(lon, lat), 4326), sealed, id_blind, phone_blind, content, :batch_id, :at
    FROM incoming_person WHERE is_new AND block = :block
""")
_UPDATE_PERSONS = text("""
    UPDATE registry.person p SET grid_id = i.grid_id, home_code = i.home_code, household_id = i.household_id,
        name_masked = i.name_masked, gender = i.gender, birth_year = i.birth_year, id_tail = i.id_tail,
        phone_masked = i.phone_masked, status = i.status, precision = i.precision,
        spot = ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), sealed = i.sealed, phone_blind = i.phone_blind,
        content = i.content, changed_in = :batch_id, updated_at = :at
    FROM incoming_person i WHERE p.id = i.id AND NOT i.is_new
""")
_MOVED = """
    r.person_id = i.id AND NOT i.is_new AND r.valid_to IS NULL
    AND (r.home_code, r.household_id, r.grid_id, r.relation)
        IS DISTINCT FROM (i.home_code, i.household_id, i.grid_id, i.relation)
"""
_CLOSE_RESIDENCES = text(f"""
    UPDATE registry.residence r SET valid_to = CAST(:today AS date) FROM incoming_person i
    WHERE {_MOVED} AND r.valid_from < CAST(:today AS date)
""")
_DROP_TODAYS = text(f"DELETE FROM registry.residence r USING incoming_person i WHERE {_MOVED}")
_OPEN_RESIDENCES = text("""
    INSERT INTO registry.residence (person_id, household_id, home_code, grid_id, relation, valid_from)
    SELECT i.id, i.household_id, i.home_code, i.grid_id, i.relation, CAST(:today AS date)
    FROM incoming_person i
    WHERE i.is_new OR NOT EXISTS (SELECT FROM registry.residence r WHERE r.person_id = i.id AND r.valid_to IS NULL)
""")
