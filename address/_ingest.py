"""Taking in address registers in bulk. Behind the door: call `address.service.ingest`."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address import codes
from address._objects import PARTS, clean, finished, parents, with_keys
from address._recode import ask_for_recode
from address._rejects import Sifted, sift
from address.errors import ColumnsMissing
from address.version import change
from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.db import copy_rows
from core.rows import Outcome, Reject
from core.secrets import CODE_KEY, key
from grid import cells
from grid import service as grid

SAME_DEGREES = 2e-6
"""Positions closer than this (0.2 m) are the same position."""

COLUMNS = (
    "code", "parent_code", "level", "name", *PARTS, "town_code", "village_code", "grid_id", "lon", "lat",
    "precision_m", "h3_8", "h3_9", "h3_10", "source_ref", "key", "batch_id", "created_at",
)  # fmt: skip


class Split(NamedTuple):
    """Objects by what they mean for the tables."""

    new: pl.DataFrame
    changed: pl.DataFrame
    same: pl.DataFrame
    clashing: pl.DataFrame


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
    split = _compare(session, own)
    made = _not_yet_there(session, finished(parents(rows)), own)
    fresh = pl.concat([made.drop("row_no"), split.new.drop("row_no")], how="diagonal")
    _write(session, fresh, batch_id, at)
    _correct(session, split.changed, at)
    _keep_aliases(session, own, at)
    accepted = len(split.new) + len(split.changed)
    if accepted or len(made):
        change(session)
        ask_for_recode(session, at)
        detail = {"accepted": accepted, "made_parents": len(made), "corrected": len(split.changed)}
        record(session, actor, "address.loaded", "address.address", str(batch_id or ""), at, detail)
    rejected = [*sifted.rejected, *unnamed, *(_clash(row_no) for row_no in split.clashing["row_no"])]
    counts = {"minted": len(fresh), "made_parents": len(made), "corrected": len(split.changed)}
    repeated = sifted.repeated + twins + len(split.same)
    return Outcome(accepted, repeated, tuple(sorted(rejected, key=lambda one: one.row_no)), counts)


def _without_twins(rows: pl.DataFrame) -> tuple[pl.DataFrame, int, list[Reject]]:
    """Rows with one object each; how many told the same object again; and the rows that name nothing."""
    nameless = [
        Reject(row_no, "地址内容为空，无法识别；请填写道路门牌、小区楼栋或名称", "there is nothing that names a place")
        for row_no in rows.filter(pl.col("key").is_null())["row_no"]
    ]
    named = rows.filter(pl.col("key").is_not_null())
    single = named.unique("key", keep="first", maintain_order=True)
    return single, len(named) - len(single), nameless


def _compare(session: Session, own: pl.DataFrame) -> Split:
    known = _known(session, own["key"].to_list(), own["source_ref"].drop_nulls().to_list())
    by_ref = known.filter(pl.col("old_ref").is_not_null()).select(pl.col("old_ref").alias("source_ref"), other="key")
    told = own.join(known, on="key", how="left").join(by_ref, on="source_ref", how="left")
    is_clash = (pl.col("other").is_not_null() & (pl.col("other") != pl.col("key"))).fill_null(value=False)
    is_new = pl.col("old_code").is_null()
    is_moved = (
        ((pl.col("lon") - pl.col("old_lon")).abs() > SAME_DEGREES)
        | ((pl.col("lat") - pl.col("old_lat")).abs() > SAME_DEGREES)
        | (pl.col("name") != pl.col("old_name"))
        | (pl.col("source_ref").is_not_null() & pl.col("old_ref").is_null())
    )
    fine = told.filter(~is_clash)
    return Split(
        fine.filter(is_new), fine.filter(~is_new & is_moved), fine.filter(~is_new & ~is_moved), told.filter(is_clash)
    )


def _known(session: Session, keys: Sequence[str], refs: Sequence[str]) -> pl.DataFrame:
    """What the tables hold under these keys or source numbers."""
    session.execute(text('CREATE TEMP TABLE IF NOT EXISTS address_asked (key text COLLATE "C", ref text COLLATE "C")'))
    session.execute(text("TRUNCATE address_asked"))
    copy_rows(session, "address_asked", ("key", "ref"), [(key_, None) for key_ in keys])
    copy_rows(session, "address_asked", ("key", "ref"), [(None, ref) for ref in refs])
    rows = session.execute(
        text("""
            SELECT a.key, a.code, a.lon, a.lat, a.name, a.source_ref FROM address.address a
            WHERE a.key IN (SELECT key FROM address_asked) OR a.source_ref IN (SELECT ref FROM address_asked)
        """)
    )
    schema = {
        "key": pl.String, "old_code": pl.String, "old_lon": pl.Float64, "old_lat": pl.Float64,
        "old_name": pl.String, "old_ref": pl.String,
    }  # fmt: skip
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _not_yet_there(session: Session, implied: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    fresh = implied.join(own.select("key"), on="key", how="anti")
    if fresh.is_empty():
        return fresh
    return fresh.join(_known(session, fresh["key"].to_list(), []).select("key"), on="key", how="anti")


def _write(session: Session, fresh: pl.DataFrame, batch_id: int | None, at: datetime) -> None:
    """COPY new objects with their codes, grids and cells. Parents may be among them or in the table."""
    if fresh.is_empty():
        return
    fresh = fresh.with_columns(pl.Series("code", mint(session, len(fresh))))
    here = fresh.select(key_parent="key", parent_code="code")
    wanted = fresh["key_parent"].drop_nulls().unique()
    outside = wanted.filter(~wanted.is_in(here["key_parent"].to_list())).to_list()
    there = _known(session, outside, []).select(key_parent="key", parent_code="old_code") if outside else here.head(0)
    fresh = fresh.join(pl.concat([here, there]), on="key_parent", how="left", maintain_order="left")
    ready = placed(session, fresh, at).with_columns(
        pl.col("is_a").alias("level"), pl.lit(batch_id, pl.Int64).alias("batch_id"), pl.lit(at).alias("created_at")
    )
    copy_rows(session, "address.address", COLUMNS, ready.select(COLUMNS).iter_rows())


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


def _correct(session: Session, changed: pl.DataFrame, at: datetime) -> None:
    """Move or rename objects that keep their code; an event says from where."""
    if changed.is_empty():
        return
    ready = placed(session, changed, at)
    names = ("old_code", "name", "lon", "lat", "grid_id", "h3_8", "h3_9", "h3_10", "source_ref", "old_lon", "old_lat")
    rows = [
        dict(zip(names, row, strict=True)) | {"at": at, "on": day_of(at)} for row in ready.select(names).iter_rows()
    ]
    session.execute(
        text("""
            UPDATE address.address SET name = :name, lon = :lon, lat = :lat, grid_id = :grid_id, h3_8 = :h3_8,
                h3_9 = :h3_9, h3_10 = :h3_10, source_ref = coalesce(source_ref, :source_ref) WHERE code = :old_code
        """),
        rows,
    )
    session.execute(
        text("""
            INSERT INTO address.address_event (event, from_codes, to_codes, happened_on, detail, recorded_at)
            VALUES ('correct', ARRAY[:old_code], ARRAY[:old_code], :on, jsonb_build_object('from', jsonb_build_array(
                cast(:old_lon AS float8), cast(:old_lat AS float8))), :at)
        """),
        rows,
    )


def _keep_aliases(session: Session, own: pl.DataFrame, at: datetime) -> None:
    """Other names of estates and buildings, kept once each."""
    pairs = [
        own.filter(pl.col(f"{kind}_alias").is_not_null() & pl.col(f"key_{kind}").is_not_null())
        .select(key=f"key_{kind}", alias=f"{kind}_alias")
        .unique()
        for kind in ("estate", "building")
    ]
    rows = [{"key": key_, "alias": alias, "on": day_of(at)} for key_, alias in pl.concat(pairs).iter_rows()]
    if rows:
        session.execute(
            text("""
                INSERT INTO address.address_name (code, kind, text, valid_from)
                SELECT code, 'alternative', :alias, :on FROM address.address WHERE key = :key ON CONFLICT DO NOTHING
            """),
            rows,
        )


def _clash(row_no: int) -> Reject:
    return Reject(
        row_no,
        "来源编号已属于另一个地址；请核对编号，改名请走地址变更",
        "this source number belongs to another address already; check it",
        "source_ref",
    )


__all__ = ["Sifted", "ingest", "mint", "placed"]
