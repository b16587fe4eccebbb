"""A heat map as one HTML file that needs nothing else: for e-mail, for notebooks, for browsers without WebGL.

folium draws it, from cells only. folium's own pages fetch a dozen files from elsewhere; here the one that is needed,
Leaflet, is written into the page. Every text goes through `safe`, because folium puts properties on the page as HTML.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import Element, Figure, MacroElement
from jinja2 import Template

from core.clock import SHANGHAI
from grid.cells import boundaries
from grid.cells import cells as cells_of
from maps import palette
from maps.palette import Legend, Theme

LEAFLET: Final = Path(__file__).parents[1] / "api" / "static" / "vendor" / "leaflet"
"""The shipped copy; it lies with the other shipped files of the web pages."""

COORDINATE_DIGITS: Final = 5
"""Decimal places of a degree that are written: about one metre."""

ROAD_STEP: Final = 0.00005
"""Base lines are simplified by five metres, in degrees: not seen at the closest zoom of this page."""

NEAR_ZOOM: Final = 13
"""From this zoom on village names are shown, not only towns."""

POLICY: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)
"""Content-Security-Policy for serving such a page: its scripts are inline, so it gets no origin and no network."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said above the map. `title` names place and filters; `unplaced` = reports too vaguely placed to draw."""

    title: str
    as_of: datetime
    days: int
    total: int
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """What lies below the cells: outlines (name, level) and roads (rank), both in WGS84. Either may be empty."""

    outlines: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame


class Written(Element):
    """Text that is put on the page as it is. branca would take braces in it for a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Written"
        self.text = text


class Names(MacroElement):
    """A scale, and names on the map; those of villages only from `NEAR_ZOOM` on, by a class on the map's box.

    Not folium's markers: each of those asks for its default picture before it is given another one.
    """

    _template = Template(
        """{% macro script(this, kwargs) %}
        (function(){var m={{ this._parent.get_name() }};
        L.control.scale({imperial:false}).addTo(m);
        {{ this.names|tojson }}.forEach(function(n){
            L.marker([n[1],n[0]],{interactive:false,keyboard:false,
                icon:L.divIcon({className:"name "+n[3],iconSize:[0,0],html:"<span>"+n[2]+"</span>"})}).addTo(m);});
        function near(){m.getContainer().classList.toggle("near",m.getZoom()>={{ this.zoom }});}
        m.on("zoomend",near);near();})();
        {% endmacro %}"""
    )

    def __init__(self, names: list[tuple[float, float, str, str]]) -> None:
        super(MacroElement, self).__init__()
        self._name = "Names"
        self.names = names
        self.zoom = NEAR_ZOOM


def heat_map(
    gdf: gpd.GeoDataFrame,
    caption: Caption,
    *,
    limits: tuple[int, ...] | None = None,
    resolution: int = 9,
    smallest: int | None = palette.SMALL_COUNT,
    base: Base | None = None,
) -> str:
    """One HTML page with the cells coloured by their count.

    `gdf` holds either cells (polygons, integer column `n`, optionally `place`) or bare points, which are counted into
    cells of `resolution` first; a point itself never reaches the page. `smallest` = cells below it are left out, and
    one more where the sum would give them away; None shows all, for readers who may see the cases. `limits` are the
    class limits of the map this one belongs to; by default they are made from these cells. Raises ValueError for
    geometries that are neither points nor polygons.
    """
    drawn = counted(gdf, resolution)
    if smallest is not None:
        drawn = drawn[palette.suppress(drawn["n"].to_numpy(), smallest=smallest)]
    classes = limits if limits is not None else palette.geometric_limits(drawn["n"], smallest=smallest or 1)
    book = palette.legend(classes, days=caption.days, resolution=resolution, smallest=smallest)
    page = folium.Map(tiles=None, prefer_canvas=True, attributionControl=False, max_zoom=17, zoom_snap=0.25)
    page.default_js, page.default_css = [], []  # nothing is fetched: Leaflet is in the page
    add_head(page, caption)
    if base is not None:
        add_base(page, base)
    add_cells(page, drawn, classes)
    page.add_child(Names(names_of(base)))
    fit(page, drawn, base)
    figure = figure_of(page)
    figure.html.add_child(Written(caption_html(caption)))
    figure.html.add_child(Written(legend_html(book)))
    return str(figure.render())


def figure_of(page: folium.Map) -> Figure:
    """The page around the map."""
    figure = page.get_root()
    if not isinstance(figure, Figure):
        raise TypeError(f"a map stands in a figure, not in {figure!r}")
    return figure


def safe(text: object) -> str:
    """Text that stays text in HTML, in an attribute, in a JavaScript template string, and in a template.

    The last matters: folium compiles what it has rendered as a template a second time, so that `{{ … }}` in a place
    name would be executed on this machine.
    """
    escaped = escape(str(text), quote=True)
    for sign, entity in (("`", "&#96;"), ("{", "&#123;"), ("}", "&#125;")):
        escaped = escaped.replace(sign, entity)
    return escaped


def counted(gdf: gpd.GeoDataFrame, resolution: int) -> gpd.GeoDataFrame:
    """Cells with `n` and `place`, in WGS84: given cells as they are, points counted into cells."""
    frame = gdf if gdf.crs is None else gdf.to_crs(4326)
    kinds = set(frame.geom_type)
    if kinds <= {"Polygon", "MultiPolygon"}:
        place = frame["place"] if "place" in frame else [""] * len(frame)
        n = frame["n"] if "n" in frame else np.zeros(len(frame), dtype=np.int64)
        return gpd.GeoDataFrame({"n": n, "place": place}, geometry=frame.geometry, crs=4326)
    if kinds != {"Point"}:
        raise ValueError(f"a heat map is made of points or of cells, not of {', '.join(sorted(kinds))}")
    found, n = np.unique(
        cells_of(frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy(), resolution), return_counts=True
    )
    shapes = [shapely.Polygon(ring) for ring in boundaries(found)]
    return gpd.GeoDataFrame({"n": n, "place": [""] * len(found)}, geometry=shapes, crs=4326)


def geojson(frame: gpd.GeoDataFrame, properties: Mapping[str, list[str]]) -> dict[str, Any]:
    """Features with rounded coordinates; the properties are made safe here, once."""
    shapes = json.loads(shapely.to_geojson(shapely.GeometryCollection(list(frame.geometry))))["geometries"]
    rows = [{key: safe(values[i]) for key, values in properties.items()} for i in range(len(frame))]
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": row, "geometry": {**shape, "coordinates": rounded(shape["coordinates"])}}
            for row, shape in zip(rows, shapes, strict=True)
        ],
    }


def rounded(coordinates: Any) -> Any:
    """The same nested lists with `COORDINATE_DIGITS` decimals."""
    if isinstance(coordinates, float | int):
        return round(float(coordinates), COORDINATE_DIGITS)
    return [rounded(part) for part in coordinates]


def add_cells(page: folium.Map, cells: gpd.GeoDataFrame, limits: tuple[int, ...]) -> None:
    """One layer a class, so that the file names each colour once."""
    colours = palette.pick(palette.RAMPS[Theme.LIGHT], len(limits))
    classes = palette.class_of(cells["n"].to_numpy(), limits)
    for i, colour in enumerate(colours):
        mine = cells[classes == i]
        if not len(mine):
            continue
        words = {"place": list(mine["place"]), "n": [f"{n} 件" for n in mine["n"]]}
        style = {"fillColor": colour, "fillOpacity": 0.72, "color": "#7a4a2a", "weight": 0.5, "opacity": 0.6}
        tooltip = folium.GeoJsonTooltip(["place", "n"], labels=False, sticky=True)
        folium.GeoJson(geojson(mine, words), style_function=constant(style), tooltip=tooltip, smooth_factor=0).add_to(
            page
        )


def add_base(page: folium.Map, base: Base) -> None:
    """Roads below, outlines above them."""
    for rank, (weight, colour) in ROAD_STYLES.items():
        roads = base.roads[base.roads["rank"] == rank] if len(base.roads) else base.roads
        if len(roads):
            style = {"color": colour, "weight": weight, "interactive": False}
            lines = roads.assign(geometry=roads.geometry.simplify(ROAD_STEP))
            folium.GeoJson(geojson(lines, {}), style_function=constant(style)).add_to(page)
    for level, (weight, colour, dashes) in OUTLINE_STYLES.items():
        areas = base.outlines[base.outlines["level"] == level] if len(base.outlines) else base.outlines
        if not len(areas):
            continue
        style = {"color": colour, "weight": weight, "dashArray": dashes, "fill": False, "interactive": False}
        lines = areas.assign(geometry=areas.geometry.simplify(ROAD_STEP))
        folium.GeoJson(geojson(lines, {}), style_function=constant(style)).add_to(page)


def names_of(base: Base | None) -> list[tuple[float, float, str, str]]:
    """A point inside each town and village with its name, made safe, and its level."""
    if base is None or not len(base.outlines):
        return []
    named = base.outlines[base.outlines["level"].isin(["town", "village"])]
    points = named.geometry.representative_point()
    columns = (points.x.round(COORDINATE_DIGITS), points.y.round(COORDINATE_DIGITS), named["name"], named["level"])
    return [(lon, lat, safe(name), safe(level)) for lon, lat, name, level in zip(*columns, strict=True)]


ROAD_STYLES: Final = {2: (1.0, "#dfe4ea"), 1: (2.0, "#d5dce3"), 0: (3.0, "#c9d1da")}
"""Weight and colour by rank, the small roads first, so that the great ones lie above them."""

OUTLINE_STYLES: Final = {
    "grid": (0.5, "#b8c2cb", "2 3"),
    "village": (0.8, "#a3afba", "4 3"),
    "town": (1.6, "#7d8b99", ""),
    "county": (2.5, "#5b6b7a", ""),
}


def constant(style: Mapping[str, object]) -> Any:
    """A style that does not ask the feature."""
    return lambda _feature: dict(style)


def fit(page: folium.Map, cells: gpd.GeoDataFrame, base: Base | None) -> None:
    """Show all of the district, or all cells where no base is given. An empty map stays at the world's centre."""
    shown = base.outlines if base is not None and len(base.outlines) else cells
    if len(shown):
        west, south, east, north = (float(edge) for edge in shown.total_bounds)
        page.fit_bounds([[south, west], [north, east]])


@cache
def leaflet() -> tuple[str, str]:
    """Leaflet's script and style, fit to stand inside a page: no picture is asked for."""
    script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8").replace("//# sourceMappingURL=leaflet.js.map", "")
    style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    for name in ("layers.png", "layers-2x.png", "marker-icon.png"):
        style = style.replace(f"url(images/{name})", "none")
    return script.replace("</script", "<\\/script"), style


def add_head(page: folium.Map, caption: Caption) -> None:
    """Title, Leaflet and our style, before anything else of the page."""
    script, style = leaflet()
    figure = figure_of(page)
    figure.title = safe(caption.title)
    figure.header.add_child(Written(f"<style>{style}</style><script>{script}</script>"), name="leaflet")
    figure.header.add_child(Written(f"<style>{OUR_STYLE}</style>"), name="our_style")


def caption_html(caption: Caption) -> str:
    """The line above the map: title, period, total, time."""
    moment = caption.as_of.astimezone(SHANGHAI)
    lines = [
        f"<h1>{safe(caption.title)}</h1>",
        f"<p>近 {caption.days} 天 · {caption.total:,} 件 · 截至 {moment:%Y-%m-%d %H:%M}</p>",
    ]
    if caption.unplaced:
        lines.append(f"<p>未精确落图 {caption.unplaced:,} 件, 不在图上</p>")
    return f'<header class="caption">{"".join(lines)}</header>'


def legend_html(book: Legend) -> str:
    """The legend box, highest class on top."""
    rows = [f'<li><i style="background:{row.light}"></i>{safe(row.words)} 件</li>' for row in reversed(book.rows)]
    empty = "" if rows else "<p>本期没有可以显示的格</p>"
    small = f"<p>{safe(book.small_zh)}</p>" if book.small_zh else ""
    return f'<aside class="legend"><h2>{safe(book.title_zh)}</h2><ul>{"".join(rows)}</ul>{empty}{small}</aside>'


OUR_STYLE: Final = """
body{font:14px/1.5 "PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",system-ui,sans-serif;
color:#17212b;font-variant-numeric:tabular-nums}
.leaflet-container{background:#f7f8fa;font:inherit}
.caption,.legend{position:fixed;z-index:900;background:#fffffff2;border:1px solid #dfe4ea;border-radius:8px;
padding:8px 12px}
.caption{left:56px;top:12px}.legend{right:12px;bottom:24px}
h1{font-size:16px;margin:0}h2{font-size:12px;margin:0 0 4px}.caption p,.legend p{margin:0;color:#5b6b7a;font-size:12px}
.legend ul{list-style:none;margin:0;padding:0}
.legend i{display:inline-block;width:20px;height:14px;margin-right:8px;vertical-align:-2px;border:1px solid #7a4a2a66}
.name span{position:absolute;transform:translate(-50%,-50%);white-space:nowrap;color:#33414e;
text-shadow:0 0 2px #fff,0 0 2px #fff,0 0 3px #fff}
.name.town{font-size:14px;font-weight:600}.name.village{font-size:12px;display:none}.near .name.village{display:block}
.leaflet-tooltip{font:inherit;border-radius:8px;border:1px solid #dfe4ea;box-shadow:none}
"""
