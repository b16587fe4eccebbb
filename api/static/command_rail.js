/* The rails beside the map: level tree, legend, hot list, counters. Text is always text (h() never takes markup). */

import { isDark } from "./command_style.js";

const { t, count, h } = window.wangge;
const byId = (id) => document.getElementById(id);
const clock = (iso) => iso.slice(11, 16);
const whole = (n) => n.toLocaleString("en-US");

/** Two counts differ when they are further apart than twice what chance alone makes of them. */
const differs = (n, before) => Math.abs(n - before) > 2 * Math.sqrt(n + before);

/** Below so many before, a percentage says more than it knows. */
const FEW = 10;

/** How a count stands against the period before: shape, word and number, never colour alone. */
export const trend = (n, before) => {
  if (before === null) return h("span", { class: "quiet-ink" }, t("无上期数据"));
  if (!differs(n, before)) return h("span", {}, t("与上期相近"));
  if (before === 0) return h("span", { class: "trend up" }, t("▲ 上期 0 件"));
  if (before < FEW) return n > before ? h("span", { class: "trend up" }, t("▲ {before} → {n} 件", { before, n })) : h("span", { class: "trend down" }, t("▼ {before} → {n} 件", { before, n }));
  const share = Math.round(((n - before) / before) * 100);
  const words = share > 0 ? t("▲ 较上期 +{share}%", { share }) : t("▼ 较上期 {share}%", { share });
  return h("span", { class: share > 0 ? "trend up" : "trend down" }, words);
};

/** A place in words: road or estate first, because that is what people say. */
export const placeWords = (item) => item.road || item.village || item.grid || t("网格之外");
export const groundWords = (item) => {
  const saysVillage = item.grid.startsWith(item.village);
  return [item.road && !saysVillage ? item.village : "", item.grid].filter(Boolean).join(" · ");
};

export const drawHot = (items, { heat, frame, view, onOpen }) => {
  const list = byId("hot");
  if (!items.length) {
    list.replaceChildren(h("li", { class: "empty" }, view.area ? t("这个范围在本时段没有热点。") : t("本时段没有热点。")));
  } else {
    list.replaceChildren(...items.map((item, i) => {
      const button = h("button", { class: "hot-item", "data-cell": item.cell, onclick: () => onOpen(item.cell) },
        h("span", { class: "hot-rank" }, String(i + 1)),
        h("span", { class: "hot-place" },
          h("b", { class: "cut" }, placeWords(item)),
          h("span", { class: "quiet-ink small cut" }, groundWords(item))),
        h("span", { class: "hot-count" }, h("b", {}, whole(item.n)), h("span", { class: "small" }, t("件"))),
        h("span", { class: "hot-words small" },
          item.is_new ? h("span", { class: "chip late" }, t("新增明显")) : trend(item.n, item.before),
          h("span", { class: "quiet-ink" }, t("预计下周 {n} 件", { n: item.expected.toFixed(1) }))),
      );
      return h("li", {}, button);
    }));
  }
  markHot(view.cell);
  const unplaced = byId("unplaced-button");
  unplaced.hidden = !heat.unplaced || frame.audience !== "cases";
  byId("unplaced-words").textContent = count("未精确落图 {n} 件", heat.unplaced);
  const parts = [t("近 {days} 天", { days: view.days }), count("{n} 件", heat.total), t("截至 {at}", { at: clock(heat.at) })];
  if (heat.legend.small_zh) parts.push("k≥5");
  byId("stamp").textContent = parts.join(" · ");
};

export const markHot = (cell) => {
  for (const button of document.querySelectorAll(".hot-item")) {
    if (button.dataset.cell === cell) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
};

/** j and k: move the focus along the list; Enter is the button's own. */
export const stepHot = (step) => {
  const buttons = [...document.querySelectorAll(".hot-item")];
  if (!buttons.length || byId("hot-panel").hidden) return;
  const at = buttons.indexOf(document.activeElement);
  const next = buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};

export const drawLegend = (heat, view) => {
  const english = window.wangge.locale === "en";
  const dark = isDark();
  const rows = [...heat.legend.rows].reverse().map((row) => {
    const swatch = h("i", {});
    swatch.style.background = dark ? row.dark : row.light;
    return h("li", {}, swatch, h("span", {}, t("{range} 件", { range: row.words })));
  });
  const box = byId("legend");
  const parts = [
    h("h2", {}, english ? heat.legend.en : heat.legend.zh),
    rows.length ? h("ul", {}, rows) : h("p", {}, t("没有可画的格")),
    h("p", { class: "quiet-ink" }, view.reported ? t("仅群众反映") : t("含主动发现")),
  ];
  if (heat.legend.small_zh) parts.push(h("p", { class: "quiet-ink" }, english ? heat.legend.small_en : heat.legend.small_zh));
  box.replaceChildren(...parts);
  box.hidden = view.hide.includes("heat");
};

export const drawCounters = (told, before) => {
  for (const [id, n] of [["today", told.today], ["overdue", told.overdue]]) {
    byId(id).textContent = whole(n);
    byId(id).classList.remove("shape");
  }
  byId("newest").textContent = told.newest_at ? t("最新一件 {at}", { at: told.newest_at.slice(5, 16).replace("T", " ") }) : "";
  byId("overdue-sign").hidden = !told.overdue;
  byId("overdue-link").classList.toggle("late", told.overdue > 0);
  byId("clock").textContent = clock(told.at);
  if (before && told.today > before.today) byId("today").animate([{ opacity: 0.3 }, { opacity: 1 }], 150);
};

/** The path from the county down to the chosen area, and the chosen area's children. Clicking zooms. */
export const drawTree = (areas, chosen, onPick) => {
  const byCode = new Map(areas.map((area) => [area.code, area]));
  const children = (code) => areas.filter((area) => area.parent === code);
  const county = areas.find((area) => area.level === "county");
  const path = [];
  for (let area = byCode.get(chosen); area; area = byCode.get(area.parent)) path.unshift(area.code);
  const open = new Set(path.length ? path : [county ? county.code : ""]);
  const row = (area, depth) => {
    const below = children(area.code);
    const isOpen = open.has(area.code) && below.length > 0;
    const button = h("button", { class: "tree-row", role: "treeitem", "aria-level": depth, "aria-expanded": below.length ? String(isOpen) : null, "aria-selected": String(area.code === chosen), onclick: () => onPick(area.level === "county" ? "" : area.code) },
      h("span", { class: "twig", "aria-hidden": "true" }, below.length ? (isOpen ? "▾" : "▸") : "·"), h("span", { class: "cut" }, area.name));
    return [h("li", { class: `depth-${depth}` }, button), ...(isOpen ? below.flatMap((one) => row(one, depth + 1)) : [])];
  };
  const roots = county ? [county] : areas.filter((area) => !byCode.has(area.parent));
  byId("tree").replaceChildren(...roots.flatMap((area) => row(area, 1)));
  const selected = byId("tree").querySelector('[aria-selected="true"]');
  if (selected) selected.scrollIntoView({ block: "nearest" });
};
