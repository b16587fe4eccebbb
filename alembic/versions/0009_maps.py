"""maps: vector tiles of the base map, drawn from published views by the tier that may read nothing else"""

from alembic import op

from core.actors import Tier

revision = "0009"
down_revision = "0008"

LAYERS = ("division", "division_label", "grid", "grid_label", "road", "building")
SIGNATURE = "(z integer, x integer, y integer)"

# Half a pixel of a 512-pixel tile, in metres of EPSG:3857: what is smaller is not seen.
HALF_PIXEL = "40075016.7 / 2 ^ z / 1024"

# From which zoom a thing is worth drawing.
DIVISION_FROM = "case level when 'county' then 0 when 'town' then 7 when 'village' then 10 else 99 end"
GRID_FROM = "case layer when 'micro' then 14 else 11 end"
RANK = """case when class in ('motorway', 'motorway_link', 'trunk', 'trunk_link', 'primary', 'primary_link', 'secondary',
                 'secondary_link') then 0
             when class in ('tertiary', 'tertiary_link', 'unclassified', 'residential', 'living_street') then 1
             else 2 end"""
ROAD_FROM = f"case {RANK} when 0 then 8 when 1 then 12 else 13 end"
BUILDING_FROM = 15

BOX = "ST_Transform(ST_TileEnvelope(z, x, y, margin => 0.016), 4326)"
"""The tile with the buffer that lines need at its edges (64 of 4096), in the coordinates of the views."""


def upgrade() -> None:
    for layer, body in (
        ("division", areas("grid.v_division", "code, level, name", DIVISION_FROM)),
        ("division_label", labels("grid.v_division", "code, level, name", DIVISION_FROM)),
        ("grid", from_zoom(11) + areas("grid.v_grid_shape", "code, layer, name", GRID_FROM)),
        ("grid_label", from_zoom(13) + labels("grid.v_grid_shape", "code, layer, name", GRID_FROM)),
        ("road", from_zoom(8) + roads()),
        ("building", buildings()),
    ):
        tile_function(f"maps.tile_{layer}", body)
    parts = " || ".join(f"coalesce(maps.tile_{layer}(z, x, y), '')" for layer in LAYERS)
    tile_function("maps.tile_base", f"return {parts};")
    op.execute(
        """
        create function maps.tile_version() returns text language plpgsql stable parallel safe as $wangge$
        begin
            return md5(concat_ws(':', grid.stamp(), (select version from patrol.v_road limit 1), address.version()));
        end $wangge$
        """
    )
    only_for_tiles("maps.tile_version()")


def tile_function(name: str, body: str) -> None:
    """One layer as MVT bytes; null or empty where there is nothing. Runs with the rights of its caller.

    PL/pgSQL, so that the plan is kept between calls.
    """
    op.execute(
        f"create function {name}{SIGNATURE} returns bytea language plpgsql stable parallel safe as $wangge$ "
        f"#variable_conflict use_variable\nbegin {body} end $wangge$"
    )
    only_for_tiles(f"{name}(integer, integer, integer)")


def only_for_tiles(signature: str) -> None:
    op.execute(f"revoke all on function {signature} from public")
    op.execute(f"grant execute on function {signature} to {Tier.TILES.role_name}")


def mvt(layer: str, rows: str) -> str:
    """`rows` selects a column `geom` of tile coordinates and the attributes."""
    return f"return (select ST_AsMVT(t, '{layer}', 4096, 'geom') from ({rows}) t where t.geom is not null);"


def from_zoom(z: int) -> str:
    """Nothing is looked up below this zoom."""
    return f"if z < {z} then return null; end if; "


def areas(view: str, columns: str, since: str) -> str:
    layer = "grid" if "grid_shape" in view else "division"
    return mvt(
        layer,
        f"""select {columns}, ST_AsMVTGeom(ST_Simplify(ST_Transform(v.geom, 3857), {HALF_PIXEL}, true),
                   ST_TileEnvelope(z, x, y), 4096, 64) as geom
            from {view} v where v.geom && {BOX} and z >= {since}""",
    )


def labels(view: str, columns: str, since: str) -> str:
    layer = "grid_label" if "grid_shape" in view else "division_label"
    return mvt(
        layer,
        f"""select {columns}, ST_AsMVTGeom(ST_Transform(at, 3857), ST_TileEnvelope(z, x, y), 4096, 0) as geom
            from (select {columns}, ST_PointOnSurface(v.geom) as at
                  from {view} v where v.geom && {BOX} and z >= {since}) named""",
    )


def roads() -> str:
    """Pieces between junctions are joined by name, so that a name finds room along its road."""
    return mvt(
        "road",
        f"""select name, rank, ST_AsMVTGeom(ST_Simplify(ST_Transform(ST_LineMerge(ST_Collect(geom)), 3857), {HALF_PIXEL}),
                   ST_TileEnvelope(z, x, y), 4096, 64) as geom
            from (select coalesce(v.name, '') as name, {RANK} as rank, v.geom
                  from patrol.v_road v where v.geom && {BOX} and z >= {ROAD_FROM}) piece
            group by name, rank""",
    )


def buildings() -> str:
    """A point for each building and each house with a number of its own, named by that part of its address only.

    A house is a door plate without a building behind it.
    """
    return from_zoom(BUILDING_FROM) + mvt(
        "building",
        f"""select coalesce(substring(v.name from '([0-9A-Z甲乙丙丁-]+(栋|幢|座|号楼|楼|号))$'), '') as name,
                   ST_AsMVTGeom(ST_Transform(v.geom, 3857), ST_TileEnvelope(z, x, y), 4096, 0) as geom
            from address.v_place v where v.level in ('building', 'door') and v.geom && {BOX}
              and not (v.level = 'door' and exists (select 1 from address.v_place b
                       where b.parent_code = v.code and b.level = 'building'))""",
    )


def downgrade() -> None:
    op.execute("drop function maps.tile_version()")
    op.execute("drop function maps.tile_base(integer, integer, integer)")
    for layer in LAYERS:
        op.execute(f"drop function maps.tile_{layer}(integer, integer, integer)")
