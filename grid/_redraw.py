"""Redrawing a few grids from a day on. Behind the door: call `grid.service.redraw`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.actors import Actor
from core.audit import record
from core.clock import day_of
from core.errors import BadInput
from grid import redrawing
from grid._grids import write_boundary, write_grid
from grid.codes import DIVISION_DIGITS, is_grid_code
from grid.errors import ColumnsMissing, GridNotFound, RedrawRefused
from grid.geometry import as_multipolygon, in_wgs84
from grid.locate import Ground
from grid.records import GROUND_LAYERS, LAYER_NAMES_ZH, Layer, Redrawn
from grid.redrawing import Place, area_m2, changed_ground, fitted, places
from grid.version import change

MARGIN_DEGREES: Final = 1e-6
"""A tenth of a metre: points on the very edge of changed ground are looked at, too."""
DUST_M2: Final = 1e-4
"""Less is what adding and taking away of shapes leaves behind."""
LAYERS: Final = {word: layer for layer, word in LAYER_NAMES_ZH.items()} | {layer.value: layer for layer in Layer}


def redraw(
    session: Session,
    gdf: gpd.GeoDataFrame,
    *,
    actor: Actor,
    at: datetime,
    since: date | None = None,
    retired: Sequence[str] = (),
    signed_off: str | None = None,
) -> Redrawn:
    """Give base and dedicated grids other boundaries from a day on (today), without gap or overlap.

    `gdf`: code, geometry; a code that is new also needs name and layer. `retired` grids end on that day; their ground
    must be in the new boundaries. The old boundaries stay known for the days before. Raises RedrawRefused, with the
    places, when more than 1 m² would lie in two grids or in none, beyond the county, or in another community's grid,
    unless `signed_off` says who answers for it. Only the ground that changes is looked at. One audit row.
    """
    today = day_of(at)
    since = since or today
    if since > today:
        raise BadInput(
            zh=f"边界不能从将来的日子起生效：{since}；请到那天再运行",
            en=f"{since} is to come: please redraw on that day",
        )
    shapes, given = _read(gdf)
    known = _known(session, [*shapes, *retired])
    _refuse_strangers(shapes, given, known, retired)
    old = {code: row["shape"] for code, row in known.items() if row["shape"] is not None}
    for code, row in known.items():
        if row["valid_from"] is not None and row["valid_from"] > since:
            raise BadInput(
                zh=f"网格 {code} 的现有边界自 {row['valid_from']} 起生效，不能改得更早",
                en=f"the boundary of grid {code} is valid from {row['valid_from']}: it cannot be changed before that",
            )
    new = {code: shape for code, shape in shapes.items() if code not in old or not shape.equals_exact(old[code], 0.0)}
    old = {code: shape for code, shape in old.items() if code in new or code in retired}
    if not new and not old:
        return Redrawn((), (), 0.0, None)
    beside = _beside(session, shapely.union_all([*old.values(), *new.values()]), {*old, *new})
    village_of = {code: str(row["village_code"]) for code, row in known.items()}
    village_of |= {code: str(given[code]["village_code"]) for code in new if code not in known}
    if signed_off is None:
        outlines, county = _outlines(session, set(village_of.values()))
        if found := places(
            old, new, {code: shape for code, (_, shape) in beside.items()}, village_of, outlines, county
        ):
            raise RedrawRefused(found, old, new)
        new = fitted(old, new, {code: shape for code, (_, shape) in beside.items()})
    ids = {code: _write(session, code, shape, given, known, since) for code, shape in new.items()}
    ids |= {code: _retire(session, known[code], since) for code in retired}
    change(session)
    detail = {"codes": sorted(ids), "retired": sorted(retired), "since": since.isoformat(), "signed_off": signed_off}
    record(session, actor, "grid.redrawn", "grid.grid", "", at, detail)
    ground = changed_ground(old, new)
    box = tuple(float(edge) for edge in shapely.buffer(shapely.box(*ground.bounds), MARGIN_DEGREES).bounds)
    near = sorted({*ids.values(), *(grid_id for grid_id, _ in beside.values())})
    gained = shapely.union_all(list(new.values())).difference(shapely.union_all(list(old.values())))
    edges = (box[0], box[1], box[2], box[3])
    is_wider = area_m2(gained) > DUST_M2
    return Redrawn(tuple(sorted(ids.values())), tuple(near), area_m2(ground), edges, is_wider)


def locate_among(session: Session, grid_ids: Sequence[int], lon: Any, lat: Any) -> Any:
    """As `locate`, today, but only these grids are looked at: for points that lie in one of them or in none."""
    rows = session.execute(
        text("""
            SELECT grid.id, ST_AsBinary(boundary.geom)
            FROM grid.grid JOIN grid.boundary ON boundary.grid_id = grid.id AND boundary.valid_to IS NULL
            WHERE grid.layer <> 'micro' AND grid.id = ANY(:ids) ORDER BY grid.id
        """),
        {"ids": list(grid_ids)},
    ).all()
    shapes = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    return Ground(np.array([row[0] for row in rows], dtype=np.int32), shapes).find(
        np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    )


def coverage(session: Session) -> list[Place]:
    """Ground that lies in two base or dedicated grids today, in none, or beyond the county; the largest first."""
    rows = session.execute(text("SELECT code, ST_AsBinary(geom) FROM grid.v_grid_shape WHERE layer <> 'micro'"))
    drawn = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}
    return redrawing.coverage(drawn, _outlines(session, set())[1])


def _read(gdf: gpd.GeoDataFrame) -> tuple[dict[str, BaseGeometry], dict[str, dict[str, Any]]]:
    if "code" not in gdf.columns:
        raise ColumnsMissing(["code"])
    table = in_wgs84(gdf)
    shapes: dict[str, BaseGeometry] = {}
    given: dict[str, dict[str, Any]] = {}
    for raw, shape in zip(table.drop(columns=table.geometry.name).to_dict("records"), table.geometry, strict=True):
        code = str(raw["code"]).strip()
        area = None if shape is None else as_multipolygon(shape)
        if area is None:
            raise BadInput(zh=f"网格 {code} 没有面；请画成多边形", en=f"grid {code} has no area: please draw a polygon")
        if code in shapes:
            raise BadInput(zh=f"网格 {code} 在文件中出现两次", en=f"grid {code} is in the file twice")
        shapes[code] = area
        village = raw.get("village_code")
        given[code] = raw | {
            "village_code": str(village) if isinstance(village, str) and village else code[:DIVISION_DIGITS]
        }
    return shapes, given


def _known(session: Session, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = session.execute(
        text("""
            SELECT g.id, g.code, g.layer, g.village_code, b.valid_from, ST_AsEWKB(b.geom) AS shape
            FROM grid.grid g LEFT JOIN grid.boundary b ON b.grid_id = g.id AND b.valid_to IS NULL
            WHERE g.code = ANY(:codes)
        """),
        {"codes": list(codes)},
    ).mappings()
    return {row["code"]: {**row, "shape": row["shape"] and shapely.from_wkb(bytes(row["shape"]))} for row in rows}


def _refuse_strangers(
    shapes: dict[str, BaseGeometry],
    given: dict[str, dict[str, Any]],
    known: dict[str, dict[str, Any]],
    retired: Sequence[str],
) -> None:
    for code in retired:
        if code not in known or known[code]["shape"] is None or code in shapes:
            raise GridNotFound(code)
    for code in shapes:
        layer = LAYERS.get(str(known[code]["layer"] if code in known else given[code].get("layer") or "").strip())
        if layer is Layer.MICRO:
            raise BadInput(
                zh=f"{code} 是微网格；请用 wangge load 导入微网格", en=f"{code} is a micro-grid: please use wangge load"
            )
        if code not in known and (layer not in GROUND_LAYERS or not is_grid_code(code)):
            raise BadInput(
                zh=f"没有网格 {code}；新网格要有 15 位编码和网格类型（基础网格、专属网格）",
                en=f"there is no grid {code}: a new one needs a code of 15 digits and a layer (base, dedicated)",
            )


def _beside(session: Session, ground: BaseGeometry, codes: set[str]) -> dict[str, tuple[int, BaseGeometry]]:
    rows = session.execute(
        text("""
            SELECT g.code, g.id, ST_AsEWKB(b.geom) FROM grid.grid g
            JOIN grid.boundary b ON b.grid_id = g.id AND b.valid_to IS NULL
            WHERE g.layer <> 'micro' AND b.geom && ST_Expand(ST_GeomFromEWKB(:ground), :margin)
        """),
        {"ground": shapely.to_wkb(shapely.set_srid(ground, 4326), include_srid=True), "margin": MARGIN_DEGREES},
    )
    return {code: (grid_id, shapely.from_wkb(bytes(wkb))) for code, grid_id, wkb in rows if code not in codes}


def _outlines(session: Session, villages: set[str]) -> tuple[dict[str, BaseGeometry], BaseGeometry | None]:
    """The areas of these communities, and of the county, as far as they are known."""
    rows = session.execute(
        text("""
            SELECT code, level, ST_AsEWKB(geom) FROM grid.division
            WHERE valid_to IS NULL AND geom IS NOT NULL AND (code = ANY(:codes) OR level = 'county')
        """),
        {"codes": sorted(villages)},
    ).all()
    county = [shapely.from_wkb(bytes(wkb)) for _, level, wkb in rows if level == "county"]
    outlines = {code: shapely.from_wkb(bytes(wkb)) for code, level, wkb in rows if level != "county"}
    return outlines, shapely.union_all(county) if county else None


def _write(
    session: Session,
    code: str,
    shape: BaseGeometry,
    given: dict[str, dict[str, Any]],
    known: dict[str, dict[str, Any]],
    since: date,
) -> int:
    if code in known:
        grid_id = int(known[code]["id"])
    else:
        told = given[code]
        layer = LAYERS[str(told["layer"]).strip()]
        name, office = str(told.get("name") or code), told.get("office")
        grid_id = write_grid(session, code, (name, layer.value, None, told["village_code"], office))
    area = as_multipolygon(shape)
    if area is None:
        raise BadInput(
            zh=f"网格 {code} 没有面了；要撤销它请用 --retire", en=f"nothing is left of grid {code}: --retire it"
        )
    write_boundary(session, grid_id, area, since)
    return grid_id


def _retire(session: Session, row: dict[str, Any], since: date) -> int:
    if row["valid_from"] >= since:
        raise BadInput(
            zh=f"网格 {row['code']} 当天才生效，不能当天撤销",
            en=f"grid {row['code']} began that day and cannot end on it",
        )
    session.execute(
        text("UPDATE grid.boundary SET valid_to = :since WHERE grid_id = :id AND valid_to IS NULL"),
        {"id": row["id"], "since": since},
    )
    return int(row["id"])
