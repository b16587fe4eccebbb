"""Loading residents. Behind the door: call `registry.service.load_residents`.

One call is one chunk, complete in itself: it may be repeated, and any chunk may come first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
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

COLUMNS = (
    "name", "id_no", "gender", "birth_on", "phone", "household_no", "relation", "home_text", "register_text", "status",
)  # fmt: skip
REQUIRED = ("name", "id_no")
OLD_LENGTH = 15
MALE, FEMALE = "m", "f"
GENDER_WORDS = {"男": MALE, "女": FEMALE, "m": MALE, "f": FEMALE, "1": MALE, "2": FEMALE}
PERSON_TABLE, HOUSEHOLD_TABLE = "registry.person", "registry.household"

_INCOMING = (
    "id", "is_new", "grid_id", "home_code", "household_id", "name_masked", "gender", "birth_year", "id_tail",
    "phone_masked", "status", "precision", "lon", "lat", "sealed", "id_blind", "phone_blind", "content", "relation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _News:
    """Rows that say something new, with the person each is about and what stands for it in the index."""

    rows: pl.DataFrame
    ids: list[UUID]
    are_new: list[bool]
    blinds: list[bytes]
    contents: list[bytes]


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
    news, repeated, doubles = _news(session, rows, seals)
    rejected += doubles
    rejected.sort(key=lambda reject: reject.row_no)
    counts = _differences(news.rows)
    if news.ids:
        counts |= _write(session, news, seals, batch_id, at)
        detail = {"accepted": len(news.ids), "repeated": repeated, "rejected": len(rejected)}
        record(session, actor, "registry.residents_loaded", "etl.batch", str(batch_id or ""), at, detail)
    return Outcome(len(news.ids), repeated, tuple(rejected), counts)


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


def _news(session: Session, rows: pl.DataFrame, seals: Sealer) -> tuple[_News, int, list[Reject]]:
    """What is new or changed, how many rows say nothing new, and rows that contradict an earlier one."""
    blinds = [seals.blind("id", number) for number in rows["id_no"]]
    contents = [seals.content(row) for row in rows.select(COLUMNS).iter_rows()]
    known = _known(session, blinds)
    first: dict[bytes, int] = {}
    keep: list[int] = []
    repeated, doubles = 0, []
    row_numbers = rows["row_no"].to_list()
    for place, blind in enumerate(blinds):
        earlier = first.setdefault(blind, place)
        if earlier != place and contents[earlier] != contents[place]:
            zh = f"与第 {row_numbers[earlier]} 行公民身份号码相同而内容不同"
            en = f"same identity number as row {row_numbers[earlier]} with other contents"
            doubles.append(Reject(row_numbers[place], zh, en, "id_no"))
        elif earlier != place or (blind in known and known[blind][1] == contents[place]):
            repeated += 1
        else:
            keep.append(place)
    ids = [known[blinds[place]][0] if blinds[place] in known else uuid4() for place in keep]
    news = _News(
        rows[keep],
        ids,
        [blinds[place] not in known for place in keep],
        [blinds[place] for place in keep],
        [contents[place] for place in keep],
    )
    return news, repeated, doubles


def _known(session: Session, blinds: Sequence[bytes]) -> dict[bytes, tuple[UUID, bytes]]:
    rows = session.execute(
        text("SELECT id_blind, id, content FROM registry.person WHERE id_blind = ANY(:blinds)"),
        {"blinds": list(blinds)},
    )
    return {bytes(blind): (person_id, bytes(content)) for blind, person_id, content in rows}


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


def _write(session: Session, news: _News, seals: Sealer, batch_id: int | None, at: datetime) -> dict[str, int]:
    spots = place_texts(session, news.rows["home_text"].to_list())
    households = _households(session, news.rows, spots, seals, batch_id)
    session.execute(text("DROP TABLE IF EXISTS pg_temp.incoming_person"))
    session.execute(
        text("""
            CREATE TEMPORARY TABLE incoming_person (
                id uuid, is_new bool, grid_id int, home_code text COLLATE "C", household_id uuid, name_masked text,
                gender text, birth_year smallint, id_tail text, phone_masked text, status text, precision text,
                lon float8, lat float8, sealed bytea, id_blind bytea, phone_blind bytea, content bytea, relation text
            ) ON COMMIT DROP
        """)
    )
    copy_rows(session, "incoming_person", _INCOMING, _incoming(news, spots, households, seals))
    touched = {spot.grid_id for spot in spots} | _left_grids(session)
    values = {"batch_id": batch_id, "at": at, "today": day_of(at)}
    for statement in (_INSERT_PERSONS, _UPDATE_PERSONS, _CLOSE_RESIDENCES, _DROP_TODAYS, _OPEN_RESIDENCES):
        session.execute(statement, values)
    recount(session, touched)
    return {**by_precision(spots), "new": sum(news.are_new), "changed": len(news.ids) - sum(news.are_new)}


def _incoming(
    news: _News, spots: Sequence[Spot], households: Sequence[UUID | None], seals: Sealer
) -> Iterator[Sequence[Any]]:
    years, _, _ = identity.births(news.rows["id_no"])
    genders = np.where(identity.are_male(news.rows["id_no"]), MALE, FEMALE).tolist()
    columns = ("name", "id_no", "phone", "home_text", "register_text", "relation", "status")
    rows = news.rows.select(columns).iter_rows()
    for place, (name, number, phone, home, register, relation, status) in enumerate(rows):
        person_id, spot = news.ids[place], spots[place]
        clear = {"name": name, "id_no": number, "phone": phone, "home": home, "register": register}
        sealed = seals.seal(PERSON_TABLE, person_id, {key: value for key, value in clear.items() if value})
        yield (
            person_id, news.are_new[place], spot.grid_id, spot.code, households[place], mask_name(name),
            genders[place], int(years[place]), number[-2:], mask_phone(phone), status, spot.precision, spot.lon,
            spot.lat, sealed, news.blinds[place], seals.blind("phone", phone) if phone else None,
            news.contents[place], relation,
        )  # fmt: skip


def _households(
    session: Session, rows: pl.DataFrame, spots: Sequence[Spot], seals: Sealer, batch_id: int | None
) -> list[UUID | None]:
    """The household of every row, made when it is new; it stands where its first member here lives."""
    numbers = rows["household_no"].to_list()
    blinds = {number: seals.blind("household", number) for number in set(numbers) if number}
    known = {
        bytes(blind): household_id
        for blind, household_id in session.execute(
            text("SELECT number_blind, id FROM registry.household WHERE number_blind = ANY(:blinds)"),
            {"blinds": list(blinds.values())},
        )
    }
    ids: dict[str, UUID] = {}
    at_home: list[dict[str, Any]] = []
    for number, spot in zip(numbers, spots, strict=True):
        if number and number not in ids:
            household_id = known.get(blinds[number]) or uuid4()
            ids[number] = household_id
            sealed = seals.seal(HOUSEHOLD_TABLE, household_id, {"number": number})
            at_home.append(
                {
                    "id": household_id, "grid_id": spot.grid_id, "home_code": spot.code,
                    "blind": blinds[number], "sealed": sealed,
                }
            )  # fmt: skip
    if at_home:
        columns = {key: [row[key] for row in at_home] for key in ("id", "grid_id", "home_code", "blind", "sealed")}
        session.execute(_UPSERT_HOUSEHOLDS, {**columns, "batch_id": batch_id})
    return [ids[number] if number else None for number in numbers]


def _left_grids(session: Session) -> set[int | None]:
    """Grids that people of this chunk were counted in before."""
    return set(
        session.execute(
            text("""
                SELECT DISTINCT p.grid_id FROM registry.person p
                JOIN incoming_person i ON i.id = p.id WHERE NOT i.is_new
            """)
        ).scalars()
    )


# Sorted by grid and home, so that a list of one grid finds its rows side by side on disk.
_INSERT_PERSONS = text("""
    INSERT INTO registry.person (id, grid_id, home_code, household_id, name_masked, gender, birth_year, id_tail,
        phone_masked, status, precision, spot, sealed, id_blind, phone_blind, content, batch_id, updated_at)
    SELECT id, grid_id, home_code, household_id, name_masked, gender, birth_year, id_tail, phone_masked, status,
           precision, ST_SetSRID(ST_MakePoint(lon, lat), 4326), sealed, id_blind, phone_blind, content, :batch_id, :at
    FROM incoming_person WHERE is_new ORDER BY grid_id, home_code, household_id
""")
_UPDATE_PERSONS = text("""
    UPDATE registry.person p SET grid_id = i.grid_id, home_code = i.home_code, household_id = i.household_id,
        name_masked = i.name_masked, gender = i.gender, birth_year = i.birth_year, id_tail = i.id_tail,
        phone_masked = i.phone_masked, status = i.status, precision = i.precision,
        spot = ST_SetSRID(ST_MakePoint(i.lon, i.lat), 4326), sealed = i.sealed, phone_blind = i.phone_blind,
        content = i.content, batch_id = :batch_id, updated_at = :at
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
    ORDER BY i.grid_id, i.home_code, i.household_id
""")
_UPSERT_HOUSEHOLDS = text("""
    INSERT INTO registry.household (id, grid_id, home_code, number_blind, sealed, batch_id)
    SELECT id, grid_id, home_code, blind, sealed, :batch_id
    FROM unnest(CAST(:id AS uuid[]), CAST(:grid_id AS int[]), CAST(:home_code AS text[]), CAST(:blind AS bytea[]),
                CAST(:sealed AS bytea[])) AS n(id, grid_id, home_code, blind, sealed)
    ON CONFLICT (number_blind) DO UPDATE SET grid_id = excluded.grid_id, home_code = excluded.home_code
    WHERE (household.grid_id, household.home_code) IS DISTINCT FROM (excluded.grid_id, excluded.home_code)
""")
