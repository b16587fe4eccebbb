"""Loading and retiring grids. Behind the door: call `grid.service.load_grids`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record, record_many
from core.clock import day_of
from core.rows import Reject
from grid.codes import DIVISION_DIGITS, GRID_DIGITS, division_code, is_grid_code, is_micro_code
from grid.coverage import Fault, check
from grid.errors import ColumnsMissing, GridNotFound
from grid.geometry import as_multipolygon, in_wgs84
from grid.records import DAWN, LAYER_NAMES_ZH, GridLoad, Layer
from grid.version import change

LAYER_WORDS = {word: layer for layer, word in LAYER_NAMES_ZH.items()} | {layer.value: layer for layer in Layer}


@dataclass(slots=True)
class _Row:
    row_no: int
    code: str
    name: str
    layer: Layer
    parent_code: str | None
    village_code: str
    office: str | None
    shape: BaseGeometry

    @property
    def group(self) -> str:
        """Inside which the ground must be covered once: the community, or the base grid of a micro-grid."""
        return self.parent_code or self.village_code


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    values: tuple[object, ...]
    shape: BaseGeometry | None


def load_grids(
    session: Session, gdf: gpd.GeoDataFrame, *, actor: Actor, at: datetime, signed_off: str | None = None
) -> GridLoad:
    """Take in grids; the same file again changes nothing.

    `gdf`: code (15 digits, 17 for micro-grids), name, layer (our words or 基础网格/专属网格/微网格), geometry; optional
    parent_code, village_code (else the digits of the code), office, row_no. A community whose grids would overlap
    anything or leave more than 1 m² of it uncovered is rejected as a whole, unless `signed_off` says who answers for
    it. A changed boundary closes the old one today and opens a new one; a first boundary counts as valid since ever.
    Grids missing from the file stay as they are: see `retire_grids`. Writes one audit row.
    """
    rows, rejected = _read(gdf)
    known = _known(session)
    overlap = gap = 0.0
    accepted = repeated = 0
    for layers in ((Layer.BASE, Layer.DEDICATED), (Layer.MICRO,)):
        chosen = [row for row in rows if row.layer in layers]
        if Layer.MICRO in layers:
            chosen, orphans = _with_parents(chosen, known)
            rejected += orphans
        chosen, new = _covering(session, chosen, known, layers, is_signed_off=signed_off is not None)
        faults, refused = new
        rejected += refused
        overlap = max([overlap, *(fault.overlap_m2 for fault in faults)])
        gap = max([gap, *(fault.gap_m2 for fault in faults)])
        for row in chosen:
            is_news = _write(session, row, known, day_of(at))
            accepted, repeated = accepted + is_news, repeated + (not is_news)
    if accepted:
        change(session)
        detail = {"accepted": accepted, "signed_off": signed_off}
        record(session, actor, "grid.grids_loaded", "grid.grid", "", at, detail)
    rejected.sort(key=lambda reject: reject.row_no)
    return GridLoad(accepted, repeated, tuple(rejected), {}, overlap, gap)


def retire_grids(session: Session, codes: Sequence[str], *, actor: Actor, at: datetime) -> None:
    """Close the boundaries of grids that are no more, from today on. Raises GridNotFound. One audit row each."""
    today = day_of(at)
    for code in codes:
        grid_id = session.execute(text("SELECT id FROM grid.grid WHERE code = :code"), {"code": code}).scalar()
        if grid_id is None:
            raise GridNotFound(code)
        session.execute(
            text("UPDATE grid.boundary SET valid_to = :today WHERE grid_id = :id AND valid_to IS NULL"),
            {"id": grid_id, "today": today},
        )
    change(session)
    record_many(session, actor, "grid.retired", "grid.grid", list(codes), at)


def _read(gdf: gpd.GeoDataFrame) -> tuple[list[_Row], list[Reject]]:
    missing = [name for name in ("code", "name", "layer") if name not in gdf.columns]
    if missing:
        raise ColumnsMissing(missing)
    table = in_wgs84(gdf)
    rows: list[_Row] = []
    rejected: list[Reject] = []
    seen: dict[str, int] = {}
    records = table.drop(columns=table.geometry.name).to_dict("records")
    for position, (raw, shape) in enumerate(zip(records, table.geometry, strict=True), start=1):
        row = _one(raw, shape, int(raw.get("row_no") or position))
        if isinstance(row, _Row) and row.code in seen:
            row = Reject(row.row_no, f"与第 {seen[row.code]} 行编码相同", f"same code as row {seen[row.code]}", "code")
        if isinstance(row, Reject):
            rejected.append(row)
            continue
        seen[row.code] = row.row_no
        rows.append(row)
    return rows, rejected


def _word(raw: dict[Any, Any], name: str) -> str:
    value = raw.get(name)
    return "" if value is None or value != value else str(value).strip()


def _one(raw: dict[Any, Any], shape: BaseGeometry | None, row_no: int) -> _Row | Reject:
    code, layer_word = _word(raw, "code"), _word(raw, "layer")
    layer = LAYER_WORDS.get(layer_word)
    if layer is None:
        return Reject(row_no, f"网格类型不认识：{layer_word}", f"unknown layer: {layer_word}", "layer")
    if not (is_micro_code(code) if layer is Layer.MICRO else is_grid_code(code)):
        digits = 17 if layer is Layer.MICRO else 15
        return Reject(
            row_no, f"网格编码应为 {digits} 位数字：{code}", f"the code should have {digits} digits: {code}", "code"
        )
    village = _word(raw, "village_code")
    village_code = division_code(village) if village else code[:DIVISION_DIGITS]
    if village_code is None:
        return Reject(row_no, f"社区代码不是 12 位数字：{village}", f"not a village code: {village}", "village_code")
    area = None if shape is None else as_multipolygon(shape)
    if area is None:
        return Reject(row_no, "没有面", "there is no area", "geometry")
    parent = (_word(raw, "parent_code") or code[:GRID_DIGITS]) if layer is Layer.MICRO else None
    return _Row(
        row_no, code, _word(raw, "name") or code, layer, parent, village_code, _word(raw, "office") or None, area
    )


def _known(session: Session) -> dict[str, _Known]:
    rows = session.execute(
        text("""
            SELECT g.id, g.code, g.name, g.layer, g.parent_id, g.village_code, g.office,
                   ST_AsEWKB(b.geom)
            FROM grid.grid g LEFT JOIN grid.boundary b ON b.grid_id = g.id AND b.valid_to IS NULL
        """)
    )
    return {
        row[1]: _Known(row[0], tuple(row[2:7]), None if row[7] is None else shapely.from_wkb(bytes(row[7])))
        for row in rows
    }


def _with_parents(rows: list[_Row], known: dict[str, _Known]) -> tuple[list[_Row], list[Reject]]:
    kept, orphans = [], []
    for row in rows:
        if row.parent_code in known:
            kept.append(row)
        else:
            zh, en = f"上级网格不存在：{row.parent_code}", f"there is no parent grid {row.parent_code}"
            orphans.append(Reject(row.row_no, zh, en, "parent_code"))
    return kept, orphans


def _covering(
    session: Session, rows: list[_Row], known: dict[str, _Known], layers: Sequence[Layer], *, is_signed_off: bool
) -> tuple[list[_Row], tuple[list[Fault], list[Reject]]]:
    """Rows of groups that cover their ground once together with the grids that stay; faults; and the refused rows."""
    if not rows:
        return [], ([], [])
    groups, shapes = [row.group for row in rows], [row.shape for row in rows]
    mine = {row.code for row in rows}
    codes_by_id = {entry.id: code for code, entry in known.items()}
    for code, entry in known.items():
        _, layer, parent_id, village_code, _ = entry.values
        if code not in mine and entry.shape is not None and Layer(str(layer)) in layers:
            groups.append(codes_by_id[parent_id] if isinstance(parent_id, int) else str(village_code))
            shapes.append(entry.shape)
    touched = {row.group for row in rows}
    found = check(groups, np.array(shapes, dtype=object), _outlines(session, known, touched, layers))
    faults = [fault for group, fault in found.items() if group in touched]
    bad = {fault.group: fault for fault in faults if fault.is_serious and not is_signed_off}
    refused = [Reject(row.row_no, *_complaint(bad[row.group]), "geometry") for row in rows if row.group in bad]
    return [row for row in rows if row.group not in bad], (faults, refused)


def _outlines(
    session: Session, known: dict[str, _Known], groups: set[str], layers: Sequence[Layer]
) -> dict[str, BaseGeometry]:
    if Layer.MICRO in layers:
        return {code: shape for code in groups if code in known and (shape := known[code].shape) is not None}
    drawn = session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) FROM grid.division
            WHERE code = ANY(:codes) AND valid_to IS NULL AND geom IS NOT NULL
        """),
        {"codes": sorted(groups)},
    )
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in drawn}


def _complaint(fault: Fault) -> tuple[str, str]:
    near = "、".join(fault.with_groups[:3])
    zh = f"{fault.group} 内网格重叠 {fault.overlap_m2:.1f} 平方米、空白 {fault.gap_m2:.1f} 平方米"
    en = f"in {fault.group} {fault.overlap_m2:.1f} m² lie in two grids and {fault.gap_m2:.1f} m² in none"
    return (f"{zh}（与 {near}）", f"{en} (with {near})") if near else (zh, en)


def _write(session: Session, row: _Row, known: dict[str, _Known], today: date) -> bool:
    """Insert or change one grid and its boundary; False when it says nothing new. Keeps `known` up to date."""
    parent = known.get(row.parent_code) if row.parent_code else None
    values = (row.name, row.layer.value, parent.id if parent else None, row.village_code, row.office)
    old = known.get(row.code)
    is_same_ground = old is not None and old.shape is not None and old.shape.equals_exact(row.shape, 0.0)
    if old is not None and old.values == values and is_same_ground:
        return False
    grid_id = write_grid(session, row.code, values)
    if not is_same_ground:
        write_boundary(session, grid_id, row.shape, DAWN if old is None else today)
    known[row.code] = _Known(grid_id, values, row.shape)
    return True


def write_grid(session: Session, code: str, values: tuple[object, ...]) -> int:
    """Insert or change a grid; `values`: name, layer, parent id, village code, office. Returns its id."""
    name, layer, parent_id, village_code, office = values
    grid_id: int = session.execute(
        text("""
            INSERT INTO grid.grid (code, name, layer, parent_id, village_code, town_code, office)
            VALUES (:code, :name, :layer, :parent_id, :village_code, :town_code, :office)
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, layer = excluded.layer,
                parent_id = excluded.parent_id, village_code = excluded.village_code,
                town_code = excluded.town_code, office = excluded.office
            RETURNING id
        """),
        {
            "code": code, "name": name, "layer": layer, "parent_id": parent_id, "village_code": village_code,
            "town_code": f"{str(village_code)[:9]}000", "office": office,
        },
    ).scalar_one()  # fmt: skip
    return grid_id


def write_boundary(session: Session, grid_id: int, shape: BaseGeometry, since: date) -> None:
    """Open a boundary and close the one before. One that began the same day is corrected in place."""
    values = {"id": grid_id, "since": since, "geom": shapely.to_wkb(shape, include_srid=True)}
    session.execute(
        text("""
            UPDATE grid.boundary SET valid_to = :since
            WHERE grid_id = :id AND valid_to IS NULL AND valid_from < :since
        """),
        values,
    )
    session.execute(
        text("""
            INSERT INTO grid.boundary (grid_id, geom, valid_from) VALUES (:id, ST_GeomFromEWKB(:geom), :since)
            ON CONFLICT (grid_id, valid_from) DO UPDATE SET geom = excluded.geom, valid_to = NULL
        """),
        values,
    )
