/* The map: own base tiles, heat cells whose shapes come once and whose colours are feature states, route and stops. */

import { Map as MapLibre, NavigationControl, ScaleControl } from "./vendor/maplibre-gl/maplibre-gl.mjs";
import { heatOpacity, style, SWITCHES } from "./command_style.js";

/** Whether this browser can draw the map at all. */
export const canDraw = () => {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl2"));
};

/** Cell shapes from the compact form: whole numbers of `step` degrees, each corner told from the one before. */
export const unpack = ({ cells, corners, sizes, base, step }) => {
  let at = 0;
  let [x, y] = [0, 0];
  return cells.map((cell, i) => {
    const ring = [];
    const size = sizes ? sizes[i] : 6;
    for (let k = 0; k < size; k += 1) {
      x += corners[at];
      y += corners[at + 1];
      at += 2;
      ring.push([base[0] + x * step, base[1] + y * step]);
    }
    ring.push(ring[0]);
    return { type: "Feature", id: i, properties: { cell }, geometry: { type: "Polygon", coordinates: [ring] } };
  });
};

const middle = (ring) => {
  const corners = ring.slice(0, -1);
  return [0, 1].map((i) => corners.reduce((sum, corner) => sum + corner[i], 0) / corners.length);
};

export class HeatMap {
  /** `heard` = {cell(cell), grid…} is told what is clicked. */
  constructor(box, { bounds, at, scale, version, onCell, onMove, onStop }) {
    this.cells = [];
    this.index = new Map();
    this.classes = new Int8Array(0);
    this.bounds = bounds;
    const [lon, lat, zoom] = at ? at.split(",").map(Number) : [];
    this.map = new MapLibre({
      container: box,
      style: style(location.origin, bounds, scale, version),
      ...(at ? { center: [lon, lat], zoom } : { bounds, fitBoundsOptions: { padding: 24 } }),
      minZoom: 7, maxZoom: 18, dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false,
      fadeDuration: 0, cancelPendingTileRequestsWhileZooming: false, maxBounds: grown(bounds, 0.6),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-left");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.ready = new Promise((resolve) => this.map.once("load", resolve));
    this.map.on("click", (event) => {
      const [stop] = this.map.queryRenderedFeatures(event.point, { layers: ["stop"] });
      if (stop) return onStop(stop.properties.order);
      const [hit] = this.map.queryRenderedFeatures(event.point, { layers: ["heat"] });
      if (hit && this.classes[hit.id] >= 0) onCell(hit.properties.cell);
      return undefined;
    });
    this.map.on("mousemove", "heat", (event) => {
      const hit = event.features.find((feature) => this.classes[feature.id] >= 0);
      this.map.getCanvas().style.cursor = hit ? "pointer" : "";
    });
    this.map.on("mouseleave", "heat", () => { this.map.getCanvas().style.cursor = ""; });
    this.map.on("moveend", (event) => {
      if (!event.originalEvent && !event.byHand) return;
      onMove(this.place());
    });
  }

  place() {
    const { lng, lat } = this.map.getCenter();
    return `${lng.toFixed(5)},${lat.toFixed(5)},${this.map.getZoom().toFixed(2)}`;
  }

  /** New shapes; colours follow by `paint`. */
  setCells(compact) {
    const features = unpack(compact);
    this.cells = compact.cells;
    this.index = new Map(this.cells.map((cell, i) => [cell, i]));
    this.centres = features.map((feature) => middle(feature.geometry.coordinates[0]));
    this.map.removeFeatureState({ source: "cells" });
    this.classes = new Int8Array(this.cells.length).fill(-1);
    this.map.getSource("cells").setData({ type: "FeatureCollection", features });
  }

  /** Colour the cells by their counts. Only cells whose class changed are touched. */
  paint(n, limits, colours) {
    const steps = ["match", ["feature-state", "k"]];
    colours.forEach((colour, k) => steps.push(k, colour));
    this.map.setPaintProperty("heat", "fill-color", colours.length ? [...steps, "rgba(0,0,0,0)"] : "rgba(0,0,0,0)");
    for (let i = 0; i < this.cells.length; i += 1) {
      let k = -1;
      while (k + 1 < limits.length && n[i] >= limits[k + 1]) k += 1;
      if (k !== this.classes[i]) {
        this.classes[i] = k;
        this.map.setFeatureState({ source: "cells", id: i }, { k, on: k >= 0 });
      }
    }
  }

  pick(cell) {
    const i = this.index.has(cell) ? this.index.get(cell) : -1;
    this.map.setFilter("picked", ["==", ["id"], i]);
    return i;
  }

  flyToCell(cell) {
    const i = this.index.get(cell);
    if (i === undefined) return;
    this.fly({ center: this.centres[i], zoom: Math.max(this.map.getZoom(), 14.2) });
  }

  fly(to) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.easeTo({ ...to, duration: calm ? 0 : 600 }, { byHand: true });
  }

  fit(bounds, { padding = 32, maxZoom = 16 } = {}) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.fitBounds(bounds, { padding, maxZoom, duration: calm ? 0 : 600 }, { byHand: true });
  }

  /** Outline one division or grid; an empty code outlines none. */
  outline(code, isGrid) {
    this.map.setFilter("area-line", ["==", ["get", "code"], isGrid ? "" : code]);
    this.map.setFilter("area-grid-line", ["==", ["get", "code"], isGrid ? code : ""]);
  }

  switchLayers(hidden) {
    for (const [name, layers] of Object.entries(SWITCHES)) {
      for (const layer of layers) this.map.setLayoutProperty(layer, "visibility", hidden.includes(name) ? "none" : "visible");
    }
  }

  /** Draw a plan's route and numbered stops; null takes them away. */
  showPlan(plan) {
    this.map.setPaintProperty("heat", "fill-opacity", heatOpacity(plan ? 0.5 : 1));
    const features = plan ? together(plan.stops) : [];
    this.map.getSource("stops").setData({ type: "FeatureCollection", features });
    const path = plan ? plan.path : [];
    this.map.getSource("route").setData({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: path.length > 1 ? path : [] } });
    if (features.length) this.fit(around([...features.map((f) => f.geometry.coordinates), ...path]), { padding: { top: 56, bottom: 56, left: 64, right: 280 } });
  }
}

/** Stops as points; those at one spot are one point that names all of them. */
const together = (stops) => {
  const spots = new Map();
  for (const stop of stops) {
    const key = `${stop.lon.toFixed(5)},${stop.lat.toFixed(5)}`;
    if (!spots.has(key)) spots.set(key, []);
    spots.get(key).push(stop);
  }
  return [...spots.values()].map((some) => ({
    type: "Feature", properties: { order: some[0].order, orders: some.map((stop) => stop.order).join("·"), more: some.length - 1 },
    geometry: { type: "Point", coordinates: [some[0].lon, some[0].lat] },
  }));
};

const around = (points) => points.reduce(
  ([w, s, e, n], [x, y]) => [Math.min(w, x), Math.min(s, y), Math.max(e, x), Math.max(n, y)],
  [Infinity, Infinity, -Infinity, -Infinity],
);

const grown = ([w, s, e, n], share) => {
  const [dx, dy] = [(e - w) * share, (n - s) * share];
  return [w - dx, s - dy, e + dx, n + dy];
};
