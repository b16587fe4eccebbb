"""What the index in memory is made of: living addresses under every name they have, and which were edited since.

Behind the door: call `address.service.index`.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from address._objects import PARTS
from core.db import read_frame
from grid.service import FormerDivisions, former_divisions

SCHEMA: Final = {
    "code": pl.String, "level": pl.String, **dict.fromkeys(PARTS, pl.String), "lon": pl.Float64, "lat": pl.Float64,
    "grid_id": pl.Int32,
}  # fmt: skip
NAMED: Final = {**SCHEMA, "name_kind": pl.String, "told_as": pl.String}
"""`name_kind` says which name of its object a row tells: null the present one, "former" or "alias"; `told_as` as what
level of object it is matched."""
JUST_A_NUMBER: Final = "^[0-9A-Za-z甲乙丙丁东南西北一二三四五六七八九十]*(号楼|号|栋|幢|座|楼)?$"
"""Other names of buildings that cannot stand alone."""
LIVING: Final = "a.status IN ('provisional', 'current')"


class Read(NamedTuple):
    """When rows were read: a run of one database's server, what that moment saw, and whether nobody can undo it.

    `own`: the reading transaction, when it had a number by then. Its snapshot does not list it as running, so what it
    edits afterwards would look as if it had been there.
    """

    site: str
    snapshot: str
    is_committed: bool
    own: int | None = None


def moment(session: Session) -> Read:
    """Now. To be asked before the rows are read: what changes between is then read twice, and never missed."""
    return Read(*session.execute(_MOMENT).one())


_MOMENT = text("""
    SELECT concat_ws('/', d.oid, pg_postmaster_start_time()), CAST(pg_current_snapshot() AS text),
           v.edited IS DISTINCT FROM CAST(CAST(pg_current_xact_id_if_assigned() AS text) AS bigint),
           CAST(CAST(pg_current_xact_id_if_assigned() AS text) AS bigint)
    FROM address.version v, pg_database d WHERE d.datname = current_database()
""")


def edited_since(session: Session, read: Read, most: int) -> list[str] | None:
    """The codes of addresses whose row, or a name that tells them, was edited since; None when more than `most`.

    An estate's name tells everything below it.
    """
    codes = session.execute(_EDITED, {"snapshot": read.snapshot, "own": read.own, "most": most + 1}).scalars().all()
    return None if len(codes) > most else list(codes)


_IS_NEWS = """
    edited >= CAST(CAST(pg_snapshot_xmin(CAST(:snapshot AS pg_snapshot)) AS text) AS bigint)
    AND (edited < CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
         OR edited = CAST(CAST(pg_current_xact_id_if_assigned() AS text) AS bigint))
    AND (edited = CAST(:own AS bigint)
         OR NOT pg_visible_in_snapshot(CAST(CAST(edited AS text) AS xid8), CAST(:snapshot AS pg_snapshot)))
"""
_EDITED = text(f"""
    WITH RECURSIVE named(code) AS (
        SELECT code FROM address.address_name WHERE {_IS_NEWS}
        UNION SELECT child.code FROM named JOIN address.address child ON child.parent_code = named.code
    )
    SELECT code FROM named UNION SELECT code FROM address.address WHERE {_IS_NEWS} LIMIT :most
""")


def frame_of(session: Session, codes: Sequence[str] | None = None) -> pl.DataFrame:
    """Living addresses (all, or those of these codes) in columns of `NAMED`, parents before children.

    An object that has other names has a row for each: former ones with the parts they had, other names of an estate
    with everything in it, of other objects in the place of an estate.
    """
    chosen = "" if codes is None else "AND a.code = ANY(%(codes)s)"
    values = {} if codes is None else {"codes": list(codes)}
    columns = ", ".join(f'a."{name}"' for name in SCHEMA)
    here = f"FROM address.address a WHERE {LIVING} {chosen}"
    frame = read_frame(session, f"SELECT {columns} {here} ORDER BY a.created_at, a.code", SCHEMA, values)
    frame = frame.with_columns(pl.lit(None, pl.String).alias("name_kind"), pl.col("level").alias("told_as"))
    names = [
        _former(session, frame, chosen, values),
        _of_estates(session, frame),
        _of_others(session, frame, chosen, values),
    ]
    return pl.concat([frame, *names])


def _former(session: Session, frame: pl.DataFrame, chosen: str, values: dict[str, Any]) -> pl.DataFrame:
    """A row for each former name, and each second spelling still in use, with its own parts."""
    parts = ", ".join(f"n.parts->>'{part}' AS \"{part}\"" for part in PARTS)
    told = read_frame(
        session,
        f"""SELECT a.code, CASE n.kind WHEN 'former' THEN 'former' ELSE 'alias' END AS name_kind, {parts}
            FROM address.address_name n JOIN address.address a ON a.code = n.code
            WHERE (n.kind = 'former' OR n.valid_to IS NULL) AND n.parts IS NOT NULL AND {LIVING} {chosen}
            ORDER BY n.id""",
        {"code": pl.String, "name_kind": pl.String, **dict.fromkeys(PARTS, pl.String)},
        values,
    )
    rest = frame.drop(*PARTS, "name_kind")
    return told.join(rest, on="code").select(list(NAMED))


def _of_estates(session: Session, frame: pl.DataFrame) -> pl.DataFrame:
    """Everything in an estate that has other names, once more under each; not what bears its name in another town."""
    told = read_frame(
        session,
        f"""SELECT DISTINCT a.town, a.estate, n.text
            FROM address.address_name n JOIN address.address a ON a.code = n.code
            WHERE a.level = 'estate' AND n.kind <> 'former' AND n.parts IS NULL AND n.valid_to IS NULL AND {LIVING}
            ORDER BY 1, 2, 3""",
        {"town": pl.String, "estate": pl.String, "text": pl.String},
    )
    return _as_alias(frame.join(told, on=["town", "estate"], nulls_equal=True, maintain_order="left"))


def _of_others(session: Session, frame: pl.DataFrame, chosen: str, values: dict[str, Any]) -> pl.DataFrame:
    """Doors, buildings and landmarks that have other names, in the place of an estate."""
    told = read_frame(
        session,
        f"""SELECT n.code, n.text FROM address.address_name n JOIN address.address a ON a.code = n.code
            WHERE a.level IN ('door', 'building', 'landmark') AND n.kind <> 'former' AND n.valid_to IS NULL
            AND n.parts IS NULL AND n.text !~ '{JUST_A_NUMBER}' AND {LIVING} {chosen} ORDER BY n.id""",
        {"code": pl.String, "text": pl.String},
        values,
    )
    plain = [part for part in PARTS if part not in ("town", "village")]
    bare = frame.with_columns(
        *(pl.lit(None, pl.String).alias(part) for part in plain), pl.lit("landmark").alias("told_as")
    )
    return _as_alias(bare.join(told, on="code", maintain_order="left"))


def _as_alias(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(estate=pl.col("text"), name_kind=pl.lit("alias")).select(list(NAMED))


class Ground(NamedTuple):
    """Towns and villages with their middles (level, town, village, lon, lat), the names of the counties, and what
    divisions were called in other years."""

    divisions: pl.DataFrame
    counties: tuple[str, ...]
    former: FormerDivisions

    def same_as(self, other: "Ground") -> bool:
        is_same = self.counties == other.counties and self.former == other.former
        return is_same and self.divisions.equals(other.divisions)


def ground(session: Session) -> Ground:
    """The divisions of today: their names are known before any address of theirs is."""
    counties = session.execute(text("SELECT DISTINCT name FROM grid.v_division WHERE level = 'county' ORDER BY name"))
    columns = dict.fromkeys(("level", "town", "village"), pl.String) | dict.fromkeys(("lon", "lat"), pl.Float64)
    return Ground(read_frame(session, _DIVISIONS, columns), tuple(counties.scalars()), former_divisions(session))


_DIVISIONS = """
    SELECT d.level, CASE d.level WHEN 'town' THEN d.name ELSE p.name END AS town,
           CASE d.level WHEN 'village' THEN d.name END AS village,
           ST_X(ST_PointOnSurface(d.geom)) AS lon, ST_Y(ST_PointOnSurface(d.geom)) AS lat
    FROM grid.v_division d LEFT JOIN grid.v_division p ON p.code = d.parent_code
    WHERE d.level IN ('town', 'village')
    UNION ALL SELECT 'village', town, village, NULL, NULL FROM grid.v_village_without_code
    ORDER BY 1, 2, 3
"""
