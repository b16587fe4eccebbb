/* How the base map looks, in light and dark. Quiet greys: the heat is the only colour. Names by system fonts. */

export const FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "sans-serif"];

const LIGHT = {
  ground: "#f7f8fa", inside: "#ffffff", road: "#d9dfe6", roadBig: "#c6ced7", building: "#c3ccd6", town: "#7d8b99",
  village: "#b3bdc7", grid: "#8fa3b8", ink: "#33414e", quiet: "#66747f", halo: "#ffffff", cellLine: "#7a4a2a",
  picked: "#0b62d6", area: "#33414e", route: "#0b62d6", onRoute: "#ffffff", mask: "#f7f8fa",
};
const DARK = {
  ground: "#0f1720", inside: "#131d27", road: "#243240", roadBig: "#2f4052", building: "#2c3b49", town: "#4d6072",
  village: "#33434f", grid: "#3f566b", ink: "#c3ced8", quiet: "#8fa0af", halo: "#0f1720", cellLine: "#0f1720",
  picked: "#ffffff", area: "#c3ced8", route: "#58a6ff", onRoute: "#0f1720", mask: "#0f1720",
};

export const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

export const colours = () => (isDark() ? DARK : LIGHT);

const EMPTY = { type: "FeatureCollection", features: [] };
const words = (field) => ["to-string", ["coalesce", ["get", field], ""]];

const line = (id, layer, filter, paint, more = {}) => ({ id, type: "line", source: "base", "source-layer": layer, filter, paint, layout: { "line-join": "round", "line-cap": "round" }, ...more });

const label = (id, layer, filter, size, colour, more = {}, layout = {}) => ({
  id, type: "symbol", source: "base", "source-layer": layer, filter,
  layout: { "text-field": words("name"), "text-font": FONT, "text-size": size, "text-max-width": 9, "text-padding": 4, ...layout },
  paint: { "text-color": colour, "text-halo-color": colours().halo, "text-halo-width": 1.4 }, ...more,
});

/** Cells cover less the closer one looks, so that streets show through; `share` thins them out below a plan. */
export const heatOpacity = (share) => {
  const on = (full) => ["case", ["boolean", ["feature-state", "on"], false], full * share, 0];
  return ["interpolate", ["linear"], ["zoom"], 11, on(0.8), 13, on(0.68), 15, on(0.46), 17, on(0.32)];
};

const lineOpacity = ["interpolate", ["linear"], ["zoom"], 9.5, ["case", ["boolean", ["feature-state", "on"], false], 0.12, 0], 12, ["case", ["boolean", ["feature-state", "on"], false], 0.45, 0]];

/** The whole style. `address` is the origin, because tile addresses must be absolute; `scale` enlarges the wall. */
export const style = (address, bounds, scale, version) => {
  const c = colours();
  const is = (field, value) => ["==", ["get", field], value];
  const wide = (near, far) => ["interpolate", ["exponential", 1.6], ["zoom"], 10, far, 17, near];
  return {
    version: 8,
    sources: {
      base: { type: "vector", tiles: [`${address}/tiles/base/{z}/{x}/{y}.mvt?v=${version}`], minzoom: 6, maxzoom: 16, bounds },
      cells: { type: "geojson", data: EMPTY, tolerance: 0, buffer: 8 },
      route: { type: "geojson", data: EMPTY, tolerance: 0.1 },
      stops: { type: "geojson", data: EMPTY },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": c.ground } },
      { id: "county", type: "fill", source: "base", "source-layer": "division", filter: is("level", "county"), paint: { "fill-color": c.inside } },
      { id: "building", type: "circle", source: "base", "source-layer": "building", minzoom: 14.5, paint: { "circle-color": c.building, "circle-radius": wide(5 * scale, 0.3) } },
      line("road-small", "road", ["==", ["get", "rank"], 2], { "line-color": c.road, "line-width": wide(4 * scale, 0.4) }, { minzoom: 12 }),
      line("road-mid", "road", is("rank", 1), { "line-color": c.road, "line-width": wide(7 * scale, 0.8) }),
      line("road-big", "road", is("rank", 0), { "line-color": c.roadBig, "line-width": wide(10 * scale, 1.4) }),
      { id: "heat", type: "fill", source: "cells", paint: { "fill-color": "rgba(0,0,0,0)", "fill-opacity": heatOpacity(1) } },
      { id: "heat-line", type: "line", source: "cells", paint: { "line-color": c.cellLine, "line-width": 0.6, "line-opacity": lineOpacity } },
      line("grid-line", "grid", ["!=", ["get", "layer"], "micro"], { "line-color": c.grid, "line-width": 1, "line-dasharray": [2, 2] }, { minzoom: 12 }),
      line("micro-line", "grid", is("layer", "micro"), { "line-color": c.grid, "line-width": 0.6, "line-opacity": 0.6, "line-dasharray": [1, 3] }, { minzoom: 14.5 }),
      line("village-line", "division", is("level", "village"), { "line-color": c.village, "line-width": 0.9, "line-dasharray": [4, 3] }, { minzoom: 11 }),
      line("town-line", "division", is("level", "town"), { "line-color": c.town, "line-width": 1.3 * scale }),
      line("county-line", "division", is("level", "county"), { "line-color": c.town, "line-width": 2.4 * scale }),
      line("area-line", "division", is("code", ""), { "line-color": c.area, "line-width": 2.2 * scale }),
      line("area-grid-line", "grid", is("code", ""), { "line-color": c.area, "line-width": 2.2 * scale }),
      { id: "picked", type: "line", source: "cells", filter: ["==", ["id"], -1], paint: { "line-color": c.picked, "line-width": 3 } },
      label("road-name", "road", ["!=", words("name"), ""], 11 * scale, c.quiet, { minzoom: 14 }, { "symbol-placement": "line", "text-max-angle": 30, "symbol-spacing": 400 }),
      label("building-name", "building", ["!=", words("name"), ""], 10 * scale, c.quiet, { minzoom: 16 }, { "text-offset": [0, 1], "text-anchor": "top" }),
      label("grid-name", "grid_label", ["!=", ["get", "layer"], "micro"], 11 * scale, c.quiet, { minzoom: 14 }),
      label("village-name", "division_label", is("level", "village"), 12 * scale, c.ink, { minzoom: 12.2, maxzoom: 15.5 }),
      label("town-name", "division_label", is("level", "town"), 15 * scale, c.ink, { maxzoom: 13.2 }, { "text-padding": 2 }),
      { id: "route-casing", type: "line", source: "route", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": c.onRoute, "line-width": 8, "line-opacity": 0.9 } },
      { id: "route", type: "line", source: "route", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": c.route, "line-width": 4 } },
      { id: "stop", type: "circle", source: "stops", paint: { "circle-color": c.route, "circle-radius": ["+", 12, ["*", 5, ["min", ["get", "more"], 4]]], "circle-stroke-width": 2, "circle-stroke-color": c.onRoute } },
      { id: "stop-number", type: "symbol", source: "stops", layout: { "text-field": words("orders"), "text-font": FONT, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": c.onRoute } },
    ],
  };
};

/** The layers behind each switch of the page. */
export const SWITCHES = {
  heat: ["heat", "heat-line"],
  grids: ["grid-line", "micro-line", "grid-name"],
  buildings: ["building", "building-name"],
};
