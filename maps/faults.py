"""Where boundaries of grids do not fit, and addresses outside all grids, as one HTML file that needs nothing else."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import folium
import shapely
from shapely.geometry.base import BaseGeometry

from core.clock import say
from grid.errors import KINDS
from grid.service import Place
from maps.heatmap import OUR_STYLE, Written, constant, figure_of, leaflet, safe

GRID_STYLE: Final = {"color": "#5b6b7a", "weight": 1.5, "fill": False, "interactive": False}
OLD_STYLE: Final = GRID_STYLE | {"dashArray": "4 4", "color": "#a3afba"}
FAULT_STYLE: Final = {"color": "#b3261e", "weight": 2, "fillColor": "#b3261e", "fillOpacity": 0.35}
SPOT: Final = "#8a5a00"
DIGITS: Final = 8
"""Decimal places of a degree: a millimetre, for a fault may be a hand wide."""
MOST_SPOTS: Final = 5_000
CLOSE: Final = 22


def faults_page(
    title: str,
    places: Sequence[Place],
    grids: Mapping[str, BaseGeometry],
    *,
    at: datetime,
    old: Mapping[str, BaseGeometry] | None = None,
    spots: Sequence[tuple[float, float, str]] = (),
) -> str:
    """One page: the grids by their codes, where they were before (dashed), each fault as an area and as a ring that is
    seen from afar, and addresses (lon, lat, name) outside all grids, at most 5,000 of them."""
    page = folium.Map(tiles=None, prefer_canvas=True, attributionControl=False, max_zoom=CLOSE, zoom_snap=0.25)
    page.default_js, page.default_css = [], []  # nothing is fetched: Leaflet is in the page
    figure = figure_of(page)
    script, style = leaflet()
    figure.title = safe(title)
    figure.header.add_child(Written(f"<style>{style}{OUR_STYLE}</style><script>{script}</script>"), name="leaflet")
    _draw(page, list((old or {}).values()), OLD_STYLE)
    _draw(page, list(grids.values()), GRID_STYLE)
    for place in places:
        told = f"{'、'.join(place.codes)} {place.m2:,.1f} m² {KINDS[place.kind][0]} · {KINDS[place.kind][1]}"
        _draw(page, [place.shape], FAULT_STYLE, told)
        point = place.shape.representative_point()
        where = (point.y, point.x)
        folium.CircleMarker(where, 14, tooltip=safe(told), color="#b3261e", weight=2, fill=False).add_to(page)
    for lon, lat, name in spots[:MOST_SPOTS]:
        folium.CircleMarker((lat, lon), 5, tooltip=safe(name), color=SPOT, weight=1, fill=True).add_to(page)
    _fit(page, places, grids, spots)
    figure.html.add_child(Written(_caption(title, places, spots, at)))
    return str(figure.render())


def _draw(page: folium.Map, shapes: list[BaseGeometry], style: Mapping[str, object], words: str = "") -> None:
    if not shapes:
        return
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"words": safe(words)},
            "geometry": _rounded(json.loads(shapely.to_geojson(one))),
        }
        for one in shapes
    ]
    tooltip = folium.GeoJsonTooltip(["words"], labels=False, sticky=True) if words else None
    data = {"type": "FeatureCollection", "features": features}
    folium.GeoJson(data, style_function=constant(style), tooltip=tooltip, smooth_factor=0).add_to(page)


def _rounded(geometry: Any) -> Any:
    if isinstance(geometry, float | int):
        return round(float(geometry), DIGITS)
    if isinstance(geometry, list):
        return [_rounded(part) for part in geometry]
    if isinstance(geometry, dict):
        return {key: value if key == "type" else _rounded(value) for key, value in geometry.items()}
    return geometry


def _fit(
    page: folium.Map,
    places: Sequence[Place],
    grids: Mapping[str, BaseGeometry],
    spots: Sequence[tuple[float, float, str]],
) -> None:
    shown = [place.shape for place in places] or list(grids.values())
    shown = shown + [shapely.Point(lon, lat) for lon, lat, _ in spots[:MOST_SPOTS]] if not places else shown
    if shown:
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(shown))
        page.fit_bounds([[south, west], [north, east]], padding=(60, 60))


def _caption(title: str, places: Sequence[Place], spots: Sequence[tuple[float, float, str]], at: datetime) -> str:
    lines = [f"<h1>{safe(title)}</h1>", f"<p>{safe(say(at))} · {safe(say(at, 'en'))}</p>"]
    lines += [f"<p>边界问题 {len(places)} 处 · {len(places)} faults of boundaries</p>"]
    for place in places[:5]:
        zh, en = KINDS[place.kind]
        lines.append(f"<p>{safe('、'.join(place.codes))} {place.m2:,.1f} m² {safe(zh)} · {safe(en)}</p>")
    if spots:
        lines.append(f"<p>网格外的地址 {len(spots):,} 个 · addresses outside all grids</p>")
    return f'<header class="caption">{"".join(lines)}</header>'
