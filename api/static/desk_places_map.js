/* The candidates of one report on the base map: a numbered button each, and where the system has put it now. */
import { Map as MapLibre, Marker, NavigationControl, ScaleControl } from "./vendor/maplibre-gl/maplibre-gl.mjs";
import { style } from "./command_style.js";

const { t, h } = window.wangge;
const APART = 30; // pixels between buttons that would cover each other

export class PlacesMap {
  /** `heard` = {pick(n), light(n)}; numbers count from 1. */
  constructor(box, bounds, version, heard) {
    Object.assign(this, { box, bounds, version, heard, map: null, markers: [], pins: [] });
  }

  /** Made for the first card, so that no tile is asked for in vain. */
  open(points) {
    const wide = innerWidth >= 2400;
    this.map = new MapLibre({
      container: this.box, style: style(location.origin, this.bounds, wide ? 1.5 : 1, this.version), ...this.frame(points),
      minZoom: 7, maxZoom: 18, dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false,
      fadeDuration: 0, keyboard: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-left");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.map.on("zoomend", () => this.spread());
    this.box.append(h("div", { class: "map-key" }, h("span", { class: "now" }), t("系统现在放的位置")));
  }

  /** Draw a card's candidates; null clears the map. */
  show(card) {
    for (const marker of this.markers) marker.remove();
    this.markers = [];
    this.pins = [];
    if (!card) return;
    const points = card.candidates.map((one) => [one.lon, one.lat]);
    if (card.lon !== null) points.push([card.lon, card.lat]);
    if (this.map) {
      const { bounds, fitBoundsOptions } = this.frame(points);
      this.map.resize();
      this.map.fitBounds(bounds, { ...fitBoundsOptions, duration: 0 });
    } else this.open(points);
    if (card.lon !== null) this.add(h("span", { class: "now", title: t("系统现在放的位置") }), card.lon, card.lat);
    card.candidates.forEach((one, i) => {
      const pin = h("button", { class: "pin", type: "button", title: one.name, "aria-label": `${i + 1} ${one.name}`, onclick: () => this.heard.pick(i + 1), onmouseenter: () => this.heard.light(i + 1), onmouseleave: () => this.heard.light(0) }, String(i + 1));
      this.pins.push(this.add(pin, one.lon, one.lat));
    });
    this.spread();
  }

  add(element, lon, lat) {
    const marker = new Marker({ element }).setLngLat([lon, lat]).addTo(this.map);
    this.markers.push(marker);
    return marker;
  }

  /** Buttons that would cover each other stand side by side. */
  spread() {
    const taken = [];
    for (const pin of this.pins) {
      const at = this.map.project(pin.getLngLat());
      let across = 0;
      while (taken.some(([x, y]) => Math.abs(x - at.x - across) < APART && Math.abs(y - at.y) < APART)) across += APART;
      taken.push([at.x + across, at.y]);
      pin.setOffset([across, 0]);
    }
  }

  /** The part of the world to look at: around the points, else the whole district. */
  frame(points) {
    if (!points.length) return { bounds: this.bounds, fitBoundsOptions: { padding: 24 } };
    const bounds = points.reduce(([w, s, e, n], [x, y]) => [Math.min(w, x), Math.min(s, y), Math.max(e, x), Math.max(n, y)], [Infinity, Infinity, -Infinity, -Infinity]);
    return { bounds, fitBoundsOptions: { padding: 56, maxZoom: 16.5 } };
  }

  light(n) { this.pins.forEach((pin, i) => pin.getElement().classList.toggle("lit", i + 1 === n)); }
}
