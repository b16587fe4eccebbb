"""Yearly tables in the database, and the lineage made of them. Behind the door: call `grid.service`."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise
from threading import Lock
from typing import Any, Final
from uuid import UUID

import polars as pl
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import today
from core.db import copy_rows
from core.rows import Outcome
from grid.errors import DivisionNotFound
from grid.former import FormerDivisions, former_divisions
from grid.lineage import Correction, Lineage
from grid.locate import stamp
from grid.names import stem
from grid.records import Level, Today
from grid.succession import Node
from grid.version import change
from grid.yearly import Tables, read_tables

KEPT: Final = 2  # lineages kept in memory; a province of five years is some 60 MB


def load_division_years(session: Session, frame: pl.DataFrame, *, actor: Actor, at: datetime) -> Outcome:
    """Take in tables of divisions, each row with its year; the same rows again change nothing.

    `frame` as `grid.yearly.read_tables` takes it. A site that has no divisions of its own gets those of the newest
    table, until its own come. Writes one audit row.
    """
    read = read_tables(frame)
    rows = [
        (year, n.key, n.level.value, n.name, n.parent) for year, table in read.tables.items() for n in table.values()
    ]
    session.execute(_DRAFT)
    copy_rows(session, "division_draft", ("year", "key", "level", "name", "parent_key"), rows)
    changed = {(year, key) for year, key in session.execute(_MERGE)}
    session.execute(text("DROP TABLE division_draft"))
    accepted = len(changed & read.told)
    if changed:
        _adopt(session)
        change(session)
        detail = {"accepted": accepted, "years": sorted(read.tables)}
        record(session, actor, "grid.division_years_loaded", "grid.division_year", "", at, detail)
    repeated = frame.height - accepted - len(read.rejected)
    return Outcome(accepted, repeated, read.rejected)


_DRAFT = text("""
    CREATE TEMP TABLE division_draft
        (year smallint, key text COLLATE "C", level text, name text, parent_key text COLLATE "C") ON COMMIT DROP
""")
_MERGE = text("""
    INSERT INTO grid.division_year AS y (year, key, level, name, parent_key)
    SELECT year, key, level, name, parent_key FROM division_draft
    ON CONFLICT (year, key) DO UPDATE SET level = excluded.level, name = excluded.name, parent_key = excluded.parent_key
    WHERE (y.level, y.name, y.parent_key) IS DISTINCT FROM (excluded.level, excluded.name, excluded.parent_key)
    RETURNING year, key
""")


def _adopt(session: Session) -> None:
    """The newest table stands in for divisions that the office has not handed in."""
    if session.execute(text("SELECT EXISTS (SELECT 1 FROM grid.division WHERE from_year IS NULL)")).scalar_one():
        return
    session.execute(text("DELETE FROM grid.division"))
    session.execute(_ADOPT)


_ADOPT = text("""
    INSERT INTO grid.division (code, level, name, full_name, parent_code, valid_from, from_year)
    SELECT y.key, y.level, y.name,
           CASE y.level WHEN 'village' THEN coalesce(up.name, '') || coalesce(p.name, '')
                        WHEN 'town' THEN coalesce(p.name, '') ELSE '' END || y.name,
           nullif(y.parent_key, ''), '1900-01-01', y.year
    FROM grid.division_year y
    LEFT JOIN grid.division_year p ON p.year = y.year AND p.key = y.parent_key
    LEFT JOIN grid.division_year up ON up.year = y.year AND up.key = p.parent_key
    WHERE y.year = (SELECT max(year) FROM grid.division_year) AND y.key NOT LIKE '%/%'
""")


def forget_adopted(session: Session) -> None:
    """The office hands in its own divisions: those of a yearly table go. Their history stays in the yearly tables."""
    session.execute(text("DELETE FROM grid.division WHERE from_year IS NOT NULL"))


def correct_succession(
    session: Session, year: int, key: str, successors: Sequence[str], *, document: str, actor: Actor, at: datetime
) -> None:
    """Say what a division of one year's table became in the next table; no successors: it ended. One audit row.

    Raises DivisionNotFound for a division or successor that its table does not hold.
    """
    lineage = lineage_of(session)
    later = [other for other in lineage.years if other > year]
    if key not in lineage.tables.get(year, {}) or not later:
        raise DivisionNotFound(f"{year} {key}")
    for successor in successors:
        if successor not in lineage.tables[later[0]]:
            raise DivisionNotFound(f"{later[0]} {successor}")
    session.execute(
        text("""
            INSERT INTO grid.division_correction (year, key, successors, document, decided_by, decided_at)
            VALUES (:year, :key, :successors, :document, :by, :at)
            ON CONFLICT (year, key) DO UPDATE SET successors = excluded.successors, document = excluded.document,
                decided_by = excluded.decided_by, decided_at = excluded.decided_at
        """),
        {"year": year, "key": key, "successors": list(successors), "document": document, "by": actor.id, "at": at},
    )
    change(session)
    detail = {"year": year, "successors": list(successors), "document": document}
    record(session, actor, "grid.succession_corrected", "grid.division_year", key, at, detail)


_lineages: OrderedDict[tuple[UUID, date], Lineage] = OrderedDict()
_formers: OrderedDict[tuple[UUID, date], FormerDivisions] = OrderedDict()
_lock = Lock()


def lineage_of(session: Session, on: date | None = None) -> Lineage:
    """All tables, and the divisions of the site as the last of them, joined. Built once per change of divisions."""
    key = (stamp(session), on or today())
    with _lock:
        if key not in _lineages:
            _lineages[key] = _read(session, key[1])
            while len(_lineages) > KEPT:
                _lineages.popitem(last=False)
        return _lineages[key]


def former_of(session: Session, on: date | None = None) -> FormerDivisions:
    """Former names and codes that lead to the counties of this site; pure, for whoever reads addresses."""
    key = (stamp(session), on or today())
    lineage = lineage_of(session, on)
    with _lock:
        if key not in _formers:
            own = session.execute(
                text("SELECT code FROM grid.division WHERE level = 'county' AND valid_to IS NULL AND from_year IS NULL")
            ).scalars()
            _formers[key] = former_divisions(lineage, list(own) or None)
            while len(_formers) > KEPT:
                _formers.popitem(last=False)
        return _formers[key]


def divisions_on(session: Session, on: date) -> pl.DataFrame:
    """The newest table not younger than that day's year, else the oldest: year, code (null: none), level, name,
    full_name, parent_code. Empty without any table."""
    lineage = lineage_of(session)
    chosen = max((year for year in lineage.years if year <= on.year), default=min(lineage.years, default=0))
    rows = [
        (
            chosen,
            n.key if n.key.isdigit() else None,
            n.level.value,
            n.name,
            lineage.full_name(chosen, n),
            n.parent or None,
        )
        for n in lineage.tables.get(chosen, {}).values()
    ]
    names = ("code", "level", "name", "full_name", "parent_code")
    return pl.DataFrame(rows, schema={"year": pl.Int32} | dict.fromkeys(names, pl.String), orient="row")


def today_of(session: Session, words: str, year: int | None = None) -> list[Today]:
    """What divisions of this code (2-12 digits) or name are today, of one year or of all: one answer for each that
    was meant. `successors` is empty when nobody knows. Empty when no table knows the words."""
    lineage = lineage_of(session)
    last = lineage.years[-1] if lineage.years else 0
    return [
        Today(
            at, node.key, lineage.full_name(at, node), Level(node.level),
            tuple((one.node.key, lineage.full_name(last, one.node), one.share, one.is_sure, tuple(
                f"{when} {change.value} {name}" for when, change, name in one.steps))
                for one in lineage.successors(at, node.key)),
        )
        for at, node in lineage.find(words, year)
    ]  # fmt: skip


def _read(session: Session, on: date) -> Lineage:
    tables: Tables = {}
    for year, key, level, name, parent in session.execute(
        text("SELECT year, key, level, name, parent_key FROM grid.division_year ORDER BY year, key")
    ):
        tables.setdefault(year, {})[key] = Node(key, name, Level(level), parent)
    corrections: dict[Correction, tuple[str, ...]] = {
        (year, key): tuple(successors)
        for year, key, successors in session.execute(text("SELECT year, key, successors FROM grid.division_correction"))
    }
    rows = session.execute(_OWN).all()
    if not rows:
        return Lineage(tables, corrections).infer()
    ended = sorted({row.valid_to.year - 1 for row in rows if row.valid_to is not None and row.valid_to <= on})
    for year in ended:
        valid = [row for row in rows if row.valid_from.year <= year and (row.valid_to or on).year > year]
        base = max((other for other in tables if other <= year), default=None)
        tables[year] = _overlaid({} if base is None else tables[base], valid)
    last = max(tables, default=on.year - 1)
    tables[max(on.year, last + 1)] = _overlaid(tables.get(last, {}), [row for row in rows if row.valid_to is None])
    said: dict[Correction, tuple[str, ...]] = {
        (row.valid_to.year - 1, row.code): (row.successor_code,) for row in rows if row.valid_to and row.successor_code
    }
    return Lineage(tables, _known(tables, said) | corrections).infer()


_OWN = text("""
    SELECT code, level, name, parent_code, successor_code, valid_from, valid_to FROM grid.division
    WHERE from_year IS NULL ORDER BY code
""")


def _overlaid(base: dict[str, Node], rows: Iterable[Any]) -> dict[str, Node]:
    """A table in which the site's own rows take the place of everything in their counties."""
    own = {row.code: Node(row.code, row.name, Level(row.level), row.parent_code or "") for row in rows}
    counties = {key[:6] for key in own if own[key].level is Level.COUNTY}
    stems = {(key[:4], stem(own[f"{key}000000"].name, Level.COUNTY)) for key in counties}
    has_villages = any(node.level is Level.VILLAGE for node in own.values())
    gone = {
        node.key[:6] for node in base.values()
        if node.level is Level.COUNTY and (node.key[:6] in counties or (node.key[:4], node.stem) in stems)
    }  # fmt: skip
    kept = {
        key: node for key, node in base.items()
        if key not in own
        and (key[:6] not in gone or (node.level is Level.VILLAGE and not has_villages and node.parent in own))
    }  # fmt: skip
    return kept | own


def _known(tables: Tables, said: dict[Correction, tuple[str, ...]]) -> dict[Correction, tuple[str, ...]]:
    """Successors that the own rows name, as far as the tables hold both ends."""
    years = sorted(tables)
    after = dict(pairwise(years))
    return {
        (year, key): news for (year, key), news in said.items()
        if key in tables.get(year, {}) and year in after and all(new in tables[after[year]] for new in news)
    }  # fmt: skip
