"""Taking in address registers in bulk. Behind the door: call `address.service.ingest`."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes
from address._implied import implied, keep_sums, middle, moved_by, shifted
from address._objects import PARTS, clean, finished, parents, with_keys
from address._recode import ask_for_recode
from address._rejects import double, sift
from address.errors import ColumnsMissing
from address.version import change
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_frame
from core.rows import Outcome, Reject
from core.secrets import CODE_KEY, key
from grid import cells
from grid import service as grid

SAME_DEGREES = 2e-6
"""Positions closer than this (0.2 m) are the same position."""

PLACED = ("lon", "lat", "town_code", "village_code", "grid_id", "h3_8", "h3_9", "h3_10")
COLUMNS = (
    "code", "parent_code", "level", "name", *PARTS, *PLACED, "precision_m", "source_ref", "key", "batch_id",
    "created_at",
)  # fmt: skip


class Split(NamedTuple):
    """Objects by what they mean for the tables; `stated` were only implied by others until now."""

    new: pl.DataFrame
    stated: pl.DataFrame
    changed: pl.DataFrame
    same: int
    rejected: list[Reject]


def ingest(session: Session, frame: pl.DataFrame, *, batch_id: int | None, actor: Actor, at: datetime) -> Outcome:
    """Take in addresses with positions in WGS84; the same rows again change nothing.

    `frame`: lon, lat and any of row_no, source_ref, name, town, village, group, road, lane, number, sub_number,
    estate, building, unit, floor, room, level, estate_alias, building_alias. Rows without structured parts are read
    from `name`. Missing doors, estates, buildings and units are made. Codes once given stay; a moved object keeps
    its code and gets an event. Writes one audit row. Raises ColumnsMissing without lon or lat.
    """
    if missing := [name for name in ("lon", "lat") if name not in frame.columns]:
        raise ColumnsMissing(missing)
    sifted = sift(session, clean(frame))
    rows = with_keys(sifted.rows)
    rows, twins, unnamed = _without_twins(rows)
    own = finished(rows)
    split = _compare(session, own, batch_id)
    told = pl.concat([split.new, split.stated]).select(own.columns)
    made, there = _made(session, told, own)
    fresh = pl.concat([made.drop("row_no"), split.new.select(own.columns).drop("row_no")], how="diagonal")
    written = _write(session, fresh, there, batch_id, at)
    keep_sums(session, written.filter(pl.col("told").is_not_null()))
    above = implied(told).join(made.select("key"), on="key", how="anti")
    _state(session, split.stated, pl.concat([there, written.select("key", "code")]), at)
    _correct(session, split.changed, batch_id, at)
    _move(session, moved_by(session, pl.concat([above, shifted(split.changed)])), at)
    aliases = _keep_aliases(session, own, at)
    accepted = len(split.new) + len(split.stated) + len(split.changed)
    if accepted or aliases:
        change(session)
        ask_for_recode(session, at)
        detail = {"accepted": accepted, "made_parents": len(made), "corrected": len(split.changed), "aliases": aliases}
        record(session, actor, "address.loaded", "address.address", str(batch_id or ""), at, detail)
    rejected = sorted([*sifted.rejected, *unnamed, *split.rejected], key=lambda one: one.row_no)
    counts = {"minted": len(written), "made_parents": len(made), "corrected": len(split.changed)}
    return Outcome(accepted, sifted.repeated + twins + split.same, tuple(rejected), counts)


def _without_twins(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Reject]]:
    """Rows with one object each; how many told the same object again; and the rows that name nothing."""
    nameless = [
        Reject(row_no, "地址内容为空，无法识别；请填写道路门牌、小区楼栋或名称", "there is nothing that names a place")
        for row_no in rows.filter(pl.col("key").is_null())["row_no"]
    ]
    named = rows.filter(pl.col("key").is_not_null())
    single = named.unique("key", keep="first", maintain_order=True)
    return single, len(named) - len(single), nameless


def _compare(session: Session, own: pl.DataFrame, batch_id: int | None) -> Split:
    """What the tables do not hold yet, or hold otherwise. What an earlier row of this batch told stands."""
    session.execute(_ASKED)
    asked = own.select("key", "source_ref", "lon", "lat", "name").with_row_index("place")
    copy_frame(session, "address_asked", asked)
    session.execute(text("ANALYZE address_asked"))
    rows = session.execute(_UNLIKE, {"near": SAME_DEGREES, "batch_id": batch_id})
    unlike = pl.DataFrame([tuple(row) for row in rows], schema=_UNLIKE_SCHEMA, orient="row")
    found = own.with_row_index("place").join(unlike, on="place", how="inner", maintain_order="left")
    clashing, fine = found.filter("is_clash"), found.filter(~pl.col("is_clash"))
    is_new = pl.col("old_code").is_null()
    is_double = ~is_new & pl.col("is_twin") & (pl.col("source_ref") == pl.col("old_ref")).fill_null(value=False)
    known = fine.filter(~is_new & ~pl.col("is_twin"))
    rejected = [_clash(row_no) for row_no in clashing["row_no"]]
    doubles = fine.filter(is_double)
    rejected += [double(row_no) for row_no in doubles["row_no"]]
    twins = len(fine) - len(known) - len(doubles) - int(fine.select(is_new.sum()).item())
    return Split(
        fine.filter(is_new),
        known.filter("is_implied"),
        known.filter(~pl.col("is_implied")),
        len(own) - len(found) + twins,
        rejected,
    )


_ASKED = text("""
    DROP TABLE IF EXISTS pg_temp.address_asked;
    CREATE TEMP TABLE address_asked (
        place int, key text COLLATE "C", source_ref text COLLATE "C", lon float8, lat float8, name text
    ) ON COMMIT DROP
""")
_UNLIKE = text("""
    SELECT asked.place, a.code, a.lon, a.lat, a.source_ref, coalesce(other.key <> asked.key, false),
           coalesce(i.code IS NULL AND a.batch_id = :batch_id, false), i.code IS NOT NULL
    FROM address_asked asked
    LEFT JOIN address.address a ON a.key = asked.key
    LEFT JOIN address.address other ON other.source_ref = asked.source_ref
    LEFT JOIN address.implied i ON i.code = a.code
    WHERE a.code IS NULL OR i.code IS NOT NULL OR other.key <> asked.key
       OR abs(a.lon - asked.lon) > :near OR abs(a.lat - asked.lat) > :near OR a.name <> asked.name
       OR (asked.source_ref IS NOT NULL AND a.source_ref IS NULL)
""")
_UNLIKE_SCHEMA = {
    "place": pl.UInt32, "old_code": pl.String, "old_lon": pl.Float64, "old_lat": pl.Float64, "old_ref": pl.String,
    "is_clash": pl.Boolean, "is_twin": pl.Boolean, "is_implied": pl.Boolean,
}  # fmt: skip


def _made(session: Session, told: pl.DataFrame, own: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The parents that rows imply and nobody has, in the middle of their rows; and key and code of those there are."""
    wanted = finished(parents(told))
    missing = wanted.join(own.select("key"), on="key", how="anti", maintain_order="left")
    there = _codes_of(session, pl.concat([wanted["key"], told["key_parent"].drop_nulls()]).unique())
    made = missing.join(there, on="key", how="anti", maintain_order="left")
    sums = implied(told)
    return made.join(sums, on="key", how="left", maintain_order="left").with_columns(
        middle("lon"), middle("lat")
    ), there


def _codes_of(session: Session, keys: pl.Series) -> pl.DataFrame:
    """key and code of the objects that are in the tables under these keys."""
    session.execute(_KEYS)
    copy_frame(session, "address_keys", keys.alias("key").to_frame())
    rows = session.execute(text("SELECT a.key, a.code FROM address_keys k JOIN address.address a ON a.key = k.key"))
    return pl.DataFrame([tuple(row) for row in rows], schema={"key": pl.String, "code": pl.String}, orient="row")


_KEYS = text("""
    DROP TABLE IF EXISTS pg_temp.address_keys;
    CREATE TEMP TABLE address_keys (key text COLLATE "C") ON COMMIT DROP
""")


def _write(
    session: Session, fresh: pl.DataFrame, there: pl.DataFrame, batch_id: int | None, at: datetime
) -> pl.DataFrame:
    """COPY new objects with their codes, grids and cells; back they come with their codes.

    Parents are among them or `there`.
    """
    fresh = fresh.with_columns(pl.Series("code", mint(session, len(fresh)), dtype=pl.String))
    if fresh.is_empty():
        return fresh
    ready = placed(session, with_parents(fresh, pl.concat([there, fresh.select("key", "code")])), at).with_columns(
        pl.col("is_a").alias("level"), pl.lit(batch_id, pl.Int64).alias("batch_id"), pl.lit(at).alias("created_at")
    )
    copy_frame(session, "address.address", ready.select(COLUMNS))
    return fresh


def with_parents(objects: pl.DataFrame, codes_of: pl.DataFrame) -> pl.DataFrame:
    """Adds parent_code by key_parent. `codes_of`: key, code."""
    above = codes_of.select(key_parent="key", parent_code="code")
    return objects.join(above, on="key_parent", how="left", maintain_order="left")


def mint(session: Session, count: int) -> list[str]:
    """So many new codes of this installation."""
    issuer = session.execute(text("SELECT issuer FROM core.installation")).scalar_one()
    drawn = session.execute(
        text("SELECT nextval('address.serial') FROM generate_series(1, :count)"), {"count": count}
    ).scalars()
    return codes.mint(np.fromiter(drawn, dtype=np.int64, count=count), key(CODE_KEY), str(issuer))


def placed(session: Session, objects: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Adds grid_id, cells, town_code and village_code: by the names in the row, else by the grid it lies in."""
    lon, lat = objects["lon"].to_numpy(), objects["lat"].to_numpy()
    found = grid.locate(session, lon, lat, day_of(at)).astype(np.int64)
    grids = [(one.id, one.town_code, one.village_code) for one in grid.grids(session)]
    by_grid = pl.DataFrame(
        grids, schema={"grid_id": pl.Int64, "grid_town": pl.String, "grid_village": pl.String}, orient="row"
    )
    divisions = grid.divisions_frame(session, day_of(at)).select("level", "name", "code", "parent_code")
    towns = divisions.filter(pl.col("level") == "town").select(town="name", named_town="code").unique("town")
    villages = (
        divisions.filter(pl.col("level") == "village")
        .select(village="name", named_town="parent_code", named_village="code")
        .unique(["village", "named_town"])
    )
    finest = cells.cells(lon, lat, 10)
    return (
        objects.with_columns(
            pl.Series("grid_id", found).replace(-1, None),
            *(pl.Series(f"h3_{r}", cells.parents(finest, r)) for r in cells.RESOLUTIONS),
        )
        .join(by_grid, on="grid_id", how="left", maintain_order="left")
        .join(towns, on="town", how="left", maintain_order="left")
        .join(villages, on=["village", "named_town"], how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("named_town", "grid_town").alias("town_code"),
            pl.coalesce("named_village", "grid_village").alias("village_code"),
        )
    )


def _state(session: Session, stated: pl.DataFrame, codes_of: pl.DataFrame, at: datetime) -> None:
    """A row tells an object that was only implied: it reads as the row says, under the code it has."""
    if stated.is_empty():
        return
    ready = placed(session, with_parents(stated, codes_of), at).with_columns(pl.col("old_code").alias("code"))
    session.execute(_STATED)
    copy_frame(session, "address_stated", ready.select("code", *TOLD))
    pairs = ", ".join(f'"{name}" = s."{name}"' for name in TOLD)
    session.execute(text(f"UPDATE address.address a SET {pairs} FROM address_stated s WHERE a.code = s.code"))
    session.execute(text("DELETE FROM address.implied i USING address_stated s WHERE i.code = s.code"))


TOLD = ("name", *PARTS, "parent_code", "source_ref", *PLACED)
_STATED = text(f"""
    DROP TABLE IF EXISTS pg_temp.address_stated;
    CREATE TEMP TABLE address_stated ON COMMIT DROP AS
    SELECT code, {", ".join(f'"{name}"' for name in TOLD)} FROM address.address WITH NO DATA
""")


def _correct(session: Session, changed: pl.DataFrame, batch_id: int | None, at: datetime) -> None:
    """Move or rename objects that keep their code; an event says what they were before, and for which batch."""
    if changed.is_empty():
        return
    ready = placed(session, changed, at)
    names = ("old_code", "name", "lon", "lat", "grid_id", "h3_8", "h3_9", "h3_10", "source_ref")
    rows = [
        dict(zip(names, row, strict=True)) | {"at": at, "on": day_of(at), "batch": batch_id}
        for row in ready.select(names).iter_rows()
    ]
    session.execute(
        text("""
            INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, detail, recorded_at)
            SELECT 'correct', ARRAY[code::text], ARRAY[code::text], :on, jsonb_build_object(
                'from', jsonb_build_array(lon, lat), 'name', name, 'batch', CAST(:batch AS bigint)), :at
            FROM address.address WHERE code = :old_code
        """),
        rows,
    )
    session.execute(
        text("""
            UPDATE address.address SET name = :name, lon = :lon, lat = :lat, grid_id = :grid_id, h3_8 = :h3_8,
                h3_9 = :h3_9, h3_10 = :h3_10, source_ref = coalesce(source_ref, :source_ref) WHERE code = :old_code
        """),
        rows,
    )


def _move(session: Session, moved: pl.DataFrame, at: datetime) -> None:
    """Implied objects go where the middle of their rows is now."""
    if moved.is_empty():
        return
    pairs = ", ".join(f"{name} = :{name}" for name in PLACED)
    rows = list(placed(session, moved, at).select("code", *PLACED).iter_rows(named=True))
    session.execute(text(f"UPDATE address.address SET {pairs} WHERE code = :code"), rows)


def _keep_aliases(session: Session, own: pl.DataFrame, at: datetime) -> int:
    """Other names of estates and buildings, kept once each; how many were new."""
    pairs = [
        own.filter(pl.col(f"{kind}_alias").is_not_null() & pl.col(f"key_{kind}").is_not_null())
        .select(key=f"key_{kind}", alias=f"{kind}_alias")
        .unique(maintain_order=True)
        for kind in ("estate", "building")
    ]
    told = pl.concat(pairs)
    if told.is_empty():
        return 0
    kept = session.execute(
        text("""
            INSERT INTO address.address_name (code, kind, text, valid_from)
            SELECT a.code, 'alternative', told.alias, :on
            FROM unnest(CAST(:keys AS text[]), CAST(:aliases AS text[])) AS told(key, alias)
            JOIN address.address a ON a.key = told.key ON CONFLICT DO NOTHING RETURNING 1
        """),
        {"keys": told["key"].to_list(), "aliases": told["alias"].to_list(), "on": day_of(at)},
    )
    return len(kept.all())


def _clash(row_no: int) -> Reject:
    return Reject(
        row_no,
        "来源编号已属于另一个地址；请核对编号，改名请走地址变更",
        "this source number belongs to another address already; check it",
        "source_ref",
    )
