"""Places told anew under the codes they have: new names and parts for a place and all below it, old names kept.

Behind the door: `address._lives` and `address.service` call it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from address._objects import KEPT_PARTS, PARTS, clean, finished, with_keys
from address.errors import ChangeRefused, PartsUnknown
from core.db import copy_rows

PLATE = ("road", "lane", "number", "sub_number")
_QUOTED = ", ".join(f'a."{part}"' for part in PARTS)
COLUMNS = ("code", "level", "parent_code", *PARTS, "name", "key", "town_code", "village_code", "lon", "lat")
_SCHEMA = dict.fromkeys(COLUMNS, pl.String) | {"lon": pl.Float64, "lat": pl.Float64}
SEVERAL_SAID = 3
"""Names shown of the places that stand in the way."""


def subtree(session: Session, codes: Sequence[str], *, is_bearing_too: bool = False) -> pl.DataFrame:
    """The places with these codes and the living below them.

    `is_bearing_too`: of a door plate also what bears its number and stands below an estate.
    """
    rows = session.execute(_SUBTREE, {"codes": list(codes), "is_bearing_too": is_bearing_too})
    return pl.DataFrame([tuple(row) for row in rows], schema=_SCHEMA, orient="row")


_SUBTREE = text(f"""
    WITH RECURSIVE below(code) AS (
        SELECT code FROM address.address WHERE code = ANY(:codes)
        UNION
        SELECT a.code FROM below JOIN address.address a ON a.parent_code = below.code
        WHERE a.status IN ('provisional', 'current')
    ), bearing AS (
        SELECT code FROM below
        UNION
        SELECT a.code FROM address.address door JOIN address.address a
            ON a.number = door.number AND a.road IS NOT DISTINCT FROM door.road
            AND a.lane IS NOT DISTINCT FROM door.lane
            AND a.sub_number IS NOT DISTINCT FROM door.sub_number AND a.town IS NOT DISTINCT FROM door.town
            AND (a.road IS NOT NULL OR a.village IS NOT DISTINCT FROM door.village)
        WHERE :is_bearing_too AND door.code = ANY(:codes) AND door.level = 'door'
            AND a.status IN ('provisional', 'current')
    )
    SELECT a.code, a.level, a.parent_code, {_QUOTED}, a.name, a.key, a.town_code, a.village_code, a.lon, a.lat
    FROM bearing JOIN address.address a USING (code) ORDER BY a.code
""")


def parts_told(parts: Mapping[str, str | None]) -> dict[str, str | None]:
    """Parts as the register writes them: 12号 → 12, full width folded. Raises PartsUnknown for a name that is none."""
    if unknown := sorted(set(parts) - {*PARTS, "name"}):
        raise PartsUnknown(unknown)
    row = clean(pl.DataFrame([{"lon": None, "lat": None} | dict(parts)], infer_schema_length=None))
    return {name: row[name][0] for name in parts}


def told_anew(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `key`, `name`, `is_a` and the key of the place above as their parts give them."""
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("source_ref", "estate_alias", "building_alias")]
    bare = rows.drop("key", strict=False).with_columns(missing).with_row_index("row_no")
    return finished(with_keys(bare))


def kept_parts(place: Mapping[str, str | None], level: str) -> dict[str, str | None]:
    """The parts that a place of this level hands down to what stands below it."""
    return {name: place[name] for name in KEPT_PARTS.get(level, ())}


def rewrite(session: Session, old: pl.DataFrame, new: pl.DataFrame, *, on: date, source: str | None) -> int:
    """Write places told anew; how many read differently now. Their former names are kept with the parts they had.

    `old`, `new`: columns as of `subtree`, one row a code, the same codes. Raises ChangeRefused when a level would
    change or another place has that address already.
    """
    ready = told_anew(new)
    if (wrong := ready.filter(pl.col("is_a") != pl.col("level"))).height:
        code, level, is_a = wrong.select("code", "level", "is_a").row(0)
        raise ChangeRefused(
            f"{code} 是 {level}，改动后会成为 {is_a}；请核对各部分", f"{code} is a {level} and would become a {is_a}"
        )
    _refuse_taken(session, ready)
    compared = (*PARTS, "parent_code")
    before = old.select("code", *compared, old_name="name", old_key="key")
    told = ready.join(before, on="code", suffix="_old")
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_old")) for name in compared)
    moved = told.filter((pl.col("name") != pl.col("old_name")) | (pl.col("key") != pl.col("old_key")) | ~is_same)
    if moved.is_empty():
        return 0
    keep_former(session, before.join(moved.select("code"), on="code"), on, source)
    session.execute(text("DROP TABLE IF EXISTS pg_temp.address_rewritten"))
    columns = ("code", "parent_code", *PARTS, "name", "key", "town_code", "village_code")
    types = ", ".join(f'"{name}" text COLLATE "C"' for name in columns)
    session.execute(text(f"CREATE TEMP TABLE address_rewritten ({types}) ON COMMIT DROP"))
    copy_rows(session, "address_rewritten", columns, moved.select(columns).iter_rows())
    pairs = ", ".join(f'"{name}" = r."{name}"' for name in columns[1:])
    session.execute(text(f"UPDATE address.address a SET {pairs} FROM address_rewritten r WHERE a.code = r.code"))
    return len(moved)


def _refuse_taken(session: Session, ready: pl.DataFrame) -> None:
    twice = ready.filter(pl.col("key").is_duplicated())["name"].to_list()
    taken = session.execute(
        text("SELECT code, name FROM address.address WHERE key = ANY(:keys) AND NOT code = ANY(:codes) ORDER BY name"),
        {"keys": ready["key"].to_list(), "codes": ready["code"].to_list()},
    ).all()
    if twice or taken:
        names = [f"{row.name}（{row.code}）" for row in taken[:SEVERAL_SAID]] or sorted(set(twice))[:SEVERAL_SAID]
        raise ChangeRefused(
            f"已有同样的地址：{'、'.join(names)}；若是同一处，请登记为重复",
            f"that address exists already: {', '.join(names)}; if it is the same place, tell it as a duplicate",
        )


def keep_former(session: Session, rows: pl.DataFrame, on: date, source: str | None, of: str | None = None) -> None:
    """Keep names that end on a day: `rows`: code, old_name and the parts. `of`: the code they lead to then.

    A name that did not last a day leaves no trace.
    """
    values = [
        {
            "code": row["code"], "of": of or row["code"], "text": row["old_name"], "on": on, "source": source,
            "parts": Jsonb({part: row[part] for part in PARTS if row[part]}),
        }
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    if values:
        session.execute(_KEEP_FORMER, values)


_KEEP_FORMER = text("""
    INSERT INTO address.address_name (code, kind, text, parts, valid_from, valid_to, source)
    SELECT :of, 'former', :text, :parts, since.day, :on, :source
    FROM (SELECT coalesce(
        (SELECT max(valid_to) FROM address.address_name WHERE code = :code AND kind = 'former'),
        (SELECT max(happened_on) FROM address.address_event
         WHERE event IN ('create', 'split', 'merge', 'rebuild') AND to_codes @> ARRAY[CAST(:code AS text)]
             AND NOT from_codes @> ARRAY[CAST(:code AS text)]),
        DATE '1900-01-01') AS day) since
    WHERE since.day < :on
    ON CONFLICT DO NOTHING
""")
