/* The commander's page: where is it hot, is that new, what do we do? This file ties the parts together. */

import { canDraw, HeatMap } from "./command_map.js";
import { isDark } from "./command_style.js";
import { change, listen, PERIODS, question, view } from "./command_state.js";
import { drawCounters, drawHot, drawLegend, drawTree, markHot, stepHot } from "./command_rail.js";
import { closeDrawer, openCell, openUnplaced } from "./command_drawer.js";
import { startWall } from "./command_wall.js";

const { t, ask, say } = window.wangge;
const POLL_MS = 15000;
const byId = (id) => document.getElementById(id);
const note = (text) => { byId("map-note").textContent = text; byId("map-note").hidden = !text; };

const page = { frame: null, map: null, shapes: new Map(), heat: null, hot: [], asked: 0, listAsked: 0, order: "expected" };

const faulty = (fault) => (fault instanceof TypeError ? t("连不上服务器。图上是上一次取到的数据，恢复后自动更新。") : fault.message);

/** Shapes of a cell size, asked for once; again when the values speak of another set of cells. */
const shapesOf = async (resolution, version) => {
  const known = page.shapes.get(resolution);
  if (known && (!version || known.version === version)) return known;
  const fresh = await ask(`/command/api/cells?resolution=${resolution}`);
  page.shapes.set(resolution, fresh);
  return fresh;
};

const listQuestion = (now) => {
  const asked = question(now);
  if (now.area) asked.set("area", now.area);
  asked.set("order", page.order);
  return asked;
};

/** Ask for the values of the present view and colour the map; an answer that came too late is dropped. */
const refresh = async () => {
  const mine = ++page.asked;
  const list = ++page.listAsked;
  const now = view();
  document.body.setAttribute("aria-busy", "true");
  if (!page.heat) note(t("正在取热度…"));
  try {
    const [heat] = await Promise.all([ask(`/command/api/heat?${listQuestion(now)}`), shapesOf(now.resolution)]);
    const shapes = await shapesOf(now.resolution, heat.version);
    if (mine !== page.asked) return;
    page.heat = { ...heat, days: now.days };
    if (page.map) {
      await page.map.ready;
      if (page.drawn !== shapes) { page.map.setCells(shapes); page.drawn = shapes; }
      const dark = isDark();
      page.map.paint(heat.n, heat.limits, heat.legend.rows.map((row) => (dark ? row.dark : row.light)));
      page.map.pick(now.cell);
    }
    drawLegend(page.heat, now);
    note(heat.drawn ? "" : t("这一时段没有能落到格里的反映。换一个时段或类别，或看右下“未精确落图”。"));
    if (list === page.listAsked) showHot(heat.hot, now);
  } catch (fault) {
    if (mine === page.asked) note(faulty(fault));
  } finally {
    if (mine === page.asked) document.body.removeAttribute("aria-busy");
  }
};

const showHot = (items, now) => {
  page.hot = items;
  drawHot(items, { heat: page.heat, frame: page.frame, view: now, onOpen: (cell) => change({ cell }) });
};

/** The list alone: another area or another order of the same view. */
const refreshHot = async () => {
  const mine = ++page.listAsked;
  const now = view();
  try {
    const told = await ask(`/command/api/hot?${listQuestion(now)}`);
    if (mine === page.listAsked) showHot(told.hot, now);
  } catch (fault) {
    if (mine === page.listAsked) say(faulty(fault), "late");
  }
};

const refreshCounters = async () => {
  if (document.hidden) return;
  try {
    const told = await ask("/command/api/now");
    drawCounters(told, page.counters);
    const isNew = page.counters && told.newest_at !== page.counters.newest_at;
    page.counters = told;
    if (isNew) await refresh();
  } catch (fault) {
    byId("clock").textContent = fault instanceof TypeError ? t("离线") : t("暂停更新");
  }
};

const areaOf = (code) => page.frame.areas.find((area) => area.code === code);

const showArea = (code) => {
  const area = code ? areaOf(code) : page.frame.areas.find((one) => one.level === "county");
  drawTree(page.frame.areas, code, pickArea);
  if (!page.map) return;
  page.map.outline(code, area ? area.level === "grid" : false);
  const box = area && area.box ? area.box : page.frame.box;
  if (box && !view().at) page.map.fit(box);
};

const pickArea = (code) => change({ area: code === view().area ? "" : code, cell: "", at: "" });

const fillFilters = () => {
  const now = view();
  for (const [id, list] of [["category", page.frame.categories], ["channel", page.frame.channels]]) {
    const select = byId(id);
    for (const { code, name } of list) select.add(new Option(name, code));
    select.value = now[id];
    select.addEventListener("change", () => change({ [id]: select.value }));
  }
  for (const input of document.querySelectorAll('input[name="days"]')) input.addEventListener("change", () => change({ days: Number(input.value) }));
  for (const input of document.querySelectorAll('input[name="res"]')) input.addEventListener("change", () => change({ resolution: Number(input.value), cell: "" }));
  for (const input of document.querySelectorAll('input[name="order"]')) {
    input.addEventListener("change", () => { page.order = input.value; refreshHot(); });
  }
  byId("reported").addEventListener("change", (event) => change({ reported: event.target.checked }));
  for (const box of document.querySelectorAll("[data-layer]")) {
    box.addEventListener("change", () => {
      const name = box.dataset.layer;
      const hide = view().hide.filter((one) => one !== name);
      change({ hide: box.checked ? hide : [...hide, name] }, { quiet: true });
    });
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("unplaced-button").addEventListener("click", () => openUnplaced(page));
  showFilters(now);
};

const showFilters = (now) => {
  for (const input of document.querySelectorAll('input[name="days"]')) input.checked = Number(input.value) === now.days;
  for (const input of document.querySelectorAll('input[name="res"]')) input.checked = Number(input.value) === now.resolution;
  byId("category").value = now.category;
  byId("channel").value = now.channel;
  byId("reported").checked = now.reported;
  for (const box of document.querySelectorAll("[data-layer]")) box.checked = !now.hide.includes(box.dataset.layer);
};

const COUNTED = ["days", "category", "channel", "reported", "resolution"];

const follow = async (now, changed) => {
  showFilters(now);
  if (changed.has("wall")) { location.reload(); return; }
  if (changed.has("hide") && page.map) page.map.switchLayers(now.hide);
  if (changed.has("area")) showArea(now.area);
  if (COUNTED.some((name) => changed.has(name))) await refresh();
  else if (changed.has("area")) await refreshHot();
  if (changed.has("cell") || (now.cell && COUNTED.some((name) => changed.has(name)))) showCell(now.cell, changed.has("cell"));
};

const showCell = (cell, isNew) => {
  if (page.map && page.drawn) {
    page.map.pick(cell);
    if (cell && isNew) page.map.flyToCell(cell);
  }
  markHot(cell);
  if (cell) openCell(cell, page);
  else closeDrawer(page);
};

const keys = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || window.wangge.isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j") stepHot(1);
  else if (event.key === "k") stepHot(-1);
  else if (event.key === "Escape") change({ cell: "" });
  else if (event.key === "w") change({ wall: !view().wall });
  else if (PERIODS[Number(event.key) - 1]) change({ days: PERIODS[Number(event.key) - 1] });
};

const withoutMap = () => {
  const link = window.wangge.h("a", { class: "button act", href: `/command/heat.html?${question(view())}` }, t("打开简版热度图"));
  byId("map").replaceWith(window.wangge.h("div", { id: "map", class: "no-map" },
    window.wangge.h("p", {}, t("这台电脑的浏览器画不了交互地图（没有 WebGL）。右侧热点照常可用。")), link));
  listen(() => { link.href = `/command/heat.html?${question(view())}`; });
};

const start = async () => {
  try {
    page.frame = await ask("/command/api/frame");
  } catch (fault) {
    note(faulty(fault));
    return;
  }
  fillFilters();
  const now = view();
  if (!page.frame.box) {
    note(t("还没有载入区划和网格，地图画不出来。请数据管理员先载入：wangge load"));
    return;
  }
  if (canDraw()) {
    page.map = new HeatMap(byId("map"), {
      bounds: page.frame.box, at: now.at, scale: now.wall ? 1.4 : 1, version: page.frame.tiles,
      onCell: (cell) => change({ cell }), onMove: (at) => change({ at }, { quiet: true }), onStop: (order) => document.dispatchEvent(new CustomEvent("stop-picked", { detail: order })),
    });
    window.wangge.map = page.map;
    await page.map.ready;
    page.map.switchLayers(now.hide);
  } else {
    withoutMap();
  }
  listen(follow);
  showArea(now.area);
  document.addEventListener("keydown", keys);
  refreshCounters();
  setInterval(refreshCounters, POLL_MS);
  addEventListener("online", refresh);
  await refresh();
  if (now.cell) showCell(now.cell, !now.at);
  if (now.wall) startWall(page);
  document.body.dataset.ready = "1";
};

start();
