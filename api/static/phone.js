/* The phone page. Everything said goes into the outbox first and is sent from there, with an id made here: what the
   signal drops is sent again and counts once. */
import { DayMap } from "./phone_map.js";
import { Store } from "./phone_store.js";

const { t, count, ask, h, say } = window.wangge;
const $ = (id) => document.getElementById(id);
const LOGIN = document.querySelector("script[data-login]").dataset.login;
const ORDER = ["sent", "accepted", "arrived", "done"];
const STEP = { accept: "accepted", arrive: "arrived", done: "done" };
const PHOTO_SIDE = 1600;
const RETRY_MS = 20000;
let tasks = [];
let isOffline = false;
let shownStop = null;

/** A task as the server has it now, before its entry leaves the outbox: the list never falls back a step. */
const taken = (told) => {
  if (!told.task) return;
  tasks = tasks.map((one) => (one.id === told.task.id ? told.task : one));
  store.keep("tasks", tasks);
};

const store = new Store(LOGIN, () => paint(), taken);
const map = new DayMap($("day-map"), (id) => { shownStop = id; paintMapStop(); });

/* ---- what is known ---- */

const load = async () => {
  try {
    const told = await ask("/m/api/tasks");
    tasks = told.tasks;
    isOffline = false;
    store.keep("tasks", tasks);
  } catch (refusal) {
    if (refusal.status === 401) { location.href = "/login?next=/m"; return; }
    if (refusal.code === "MustChangePassword") { location.href = "/password?next=/m"; return; }
    isOffline = !refusal.status;
    tasks = (await store.kept("tasks")) || tasks;
  }
  paint();
};

const loadMap = async () => {
  let ground = await store.kept("map");
  if (ground) map.setGround(ground);
  try {
    ground = await ask("/m/api/map.json");
    store.keep("map", ground);
    map.setGround(ground);
  } catch (refusal) {
    if (!ground) { $("map-note").hidden = false; $("map-note").textContent = t("底图还没有下载，有信号时会自动取。"); }
    return;
  }
  $("map-note").hidden = true;
};

/** How far a task is, with what still waits in the outbox. */
const standing = (task) => {
  const steps = [task.status, ...store.waiting.filter((e) => e.task === task.id).map((e) => STEP[e.kind])];
  return steps.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).pop();
};

const here = () => new Promise((resolve) => {
  if (!navigator.geolocation) { resolve(null); return; }
  navigator.geolocation.getCurrentPosition((p) => resolve(p.coords), () => resolve(null), { timeout: 4000, maximumAge: 60000 });
});

/* ---- what is said ---- */

const tell = async (task, kind, more) => {
  const fields = { id: crypto.randomUUID(), task_id: task.id, kind, at: new Date().toISOString(), ...(more || {}) };
  const entry = { id: fields.id, address: "/m/api/feedback", task: task.id, kind, label: task.address || task.title, fields };
  if (kind !== "accept") {
    const spot = await here();
    if (spot) { fields.lon = spot.longitude; fields.lat = spot.latitude; }
  }
  await store.put(entry);
};

const smaller = async (file) => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const share = Math.min(1, PHOTO_SIDE / Math.max(picture.width, picture.height));
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(picture.width * share);
  sheet.height = Math.round(picture.height * share);
  sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/jpeg", 0.8));
};

let recording = null;
let picture = null;
const record = (task) => {
  recording = task;
  picture = null;
  $("record").querySelector("form").reset();
  $("photo-shown").hidden = true;
  $("record-title").textContent = task.address || task.title;
  $("record").returnValue = "";
  $("record").showModal();
};
$("photo").addEventListener("change", async () => {
  const file = $("photo").files[0];
  if (!file) return;
  try {
    picture = await smaller(file);
  } catch {
    say(t("这张照片打不开，请重拍。"), "late");
    $("photo").value = "";
    return;
  }
  $("photo-shown").src = URL.createObjectURL(picture);
  $("photo-shown").hidden = false;
});
$("record").querySelector("[data-cancel]").addEventListener("click", () => $("record").close(""));
$("record").addEventListener("close", async () => {
  if ($("record").returnValue !== "done" || !recording) return;
  const given = new FormData($("record").querySelector("form"));
  const note = [given.get("result"), given.get("note")].filter(Boolean).join("。");
  await tell(recording, "done", { note, photo: picture });
  say(t("已记录"), "fine");
});

$("report").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const given = new FormData(form);
  const fields = { id: crypto.randomUUID(), words: given.get("words"), place: given.get("place"), at: new Date().toISOString() };
  if (given.get("here")) {
    const spot = await here();
    if (spot) { fields.lon = spot.longitude; fields.lat = spot.latitude; } else say(t("取不到当前位置，请写地址。"), "late");
  }
  if (!fields.place && fields.lon === undefined) { form.elements.place.focus(); say(t("请写地址，或勾选“用我现在的位置”。"), "late"); return; }
  await store.put({ id: fields.id, address: "/m/api/report", kind: "report", label: fields.words.slice(0, 20), fields });
  form.reset();
  say(t("已保存，有信号时自动上传。"), "fine");
});

$("leave").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (store.waiting.length && !confirm(count("还有 {n} 项未上传。退出后仍保存在本机，下次登录后继续上传。现在退出？", store.waiting.length))) return;
  await store.forget();
  for (const name of await caches.keys()) await caches.delete(name);
  event.target.submit();
});

/* ---- what is shown ---- */

const clock = (text) => (text ? text.slice(11, 16) : "");
/** The date in Shanghai, whatever the phone's own zone. */
const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(new Date());
const distance = (metres) => (metres < 950 ? t("{m} 米", { m: Math.max(10, Math.round(metres / 10) * 10) }) : t("{km} 公里", { km: (metres / 1000).toFixed(1) }));
const place = (task) => (task.address ? (task.is_near ? t("{address}附近", { address: task.address }) : task.address) : task.title);

const acts = (task, status, isNext) => {
  const big = isNext ? "act" : "";
  const map_ = h("button", { type: "button", onclick: () => { open("map"); map.showStop(task.id); shownStop = task.id; paintMapStop(); } }, t("地图"));
  if (status === "sent") return [h("button", { type: "button", class: big, "data-act": "accept", onclick: () => tell(task, "accept") }, t("接收")), map_];
  if (status === "accepted") return [h("button", { type: "button", class: big, "data-act": "arrive", onclick: () => tell(task, "arrive") }, t("到达")), map_];
  return [h("button", { type: "button", class: big, "data-act": "done", onclick: () => record(task) }, t("记录")), map_];
};

const card = (task, number, isNext) => {
  const status = standing(task);
  const isLate = task.until && new Date(task.until) < new Date();
  const day = task.on > today() ? `${task.on.slice(5)} ` : "";
  const when = day + (task.until ? t("{at} 前", { at: clock(task.until) }) : t("约 {at}", { at: clock(task.arrive_at) }));
  return h("article", { class: `card stop ${isNext ? "next" : ""}`, "data-task": task.id, "data-status": status },
    h("span", { class: "seq", "aria-hidden": "true" }, String(number)),
    h("h2", {}, place(task)),
    h("p", { class: "when" }, isLate ? h("span", { class: "chip late" }, t("已过 {at}", { at: clock(task.until) })) : when,
      ` · ${count("{n} 分钟路程", Math.max(1, Math.round(task.travel_minutes)))} · ${distance(task.travel_metres)}`),
    task.address ? h("p", {}, task.title) : null,
    isNext && task.why.length ? h("p", { class: "why" }, task.why.join(t("；"))) : null,
    isNext || status !== "sent" ? h("div", { class: "acts" }, ...acts(task, status, isNext)) : null);
};

const doneCard = (task) => h("article", { class: "card stop done", "data-task": task.id, "data-status": "done" },
  h("span", { class: "seq", "aria-hidden": "true" }, "✓"), h("h2", {}, place(task)),
  h("span", { class: "when" }, task.status === "done" ? clock(task.done_at) : t("待上传")));

const paintOutbox = () => {
  const { waiting, refused } = store;
  const line = $("outbox");
  const parts = [];
  if (waiting.length) {
    const minutes = Math.floor((Date.now() - waiting[0].made) / 60000);
    parts.push(count("{n} 项待上传", waiting.length));
    parts.push(minutes < 1 ? t("刚刚") : minutes < 60 ? t("最早 {m} 分钟前", { m: minutes }) : t("最早 {h} 小时前", { h: Math.floor(minutes / 60) }));
    if (store.halt && store.halt.status === 401) parts.push(t("请重新登录"));
  }
  if (refused.length) parts.push(count("{n} 项未被接受，见“我的”", refused.length));
  if (isOffline) parts.push(t("没有信号，先存在本机"));
  line.textContent = parts.length ? parts.join(" · ") : t("全部已上传");
  line.className = `outbox ${refused.length ? "stuck" : waiting.length ? "waits" : ""}`;
};

const paintBox = () => {
  const words = { accept: t("接收"), arrive: t("到达"), done: t("完成"), report: t("上报") };
  $("box-list").replaceChildren(...store.box.map((entry) => h("li", { class: "box-entry" },
    h("div", {}, h("b", {}, words[entry.kind]), ` ${entry.label || ""}`),
    h("div", { class: "small quiet-ink" }, new Date(entry.made).toLocaleString(), " · ", entry.refused ? h("span", { class: "fault" }, entry.refused) : t("待上传")),
    entry.refused ? h("button", { type: "button", class: "quiet danger", onclick: () => store.drop(entry.id) }, t("知道了，删除")) : null)));
  if (!store.box.length) $("box-list").append(h("li", { class: "quiet-ink" }, t("没有待上传的记录。")));
};

const paintMapStop = () => {
  const task = tasks.find((one) => one.id === shownStop);
  const box = $("map-stop");
  box.hidden = !task;
  if (!task) return;
  box.replaceChildren(h("b", {}, place(task)), h("p", {}, task.title),
    h("button", { type: "button", class: "whole", onclick: () => { open("today"); document.querySelector(`[data-task="${task.id}"]`).scrollIntoView({ block: "center" }); } }, t("看任务")));
};

function paint() {
  const openTasks = tasks.filter((task) => standing(task) !== "done");
  const done = tasks.filter((task) => standing(task) === "done");
  const unseen = openTasks.filter((task) => standing(task) === "sent");
  const now = openTasks.filter((task) => task.on <= today());
  const next = openTasks.filter((task) => task.on > today());
  const metres = (now.length ? now : next).reduce((sum, task) => sum + task.travel_metres, 0);
  if (now.length) $("sum").textContent = `${count("今日 {n} 项", now.length)} · ${distance(metres)}`;
  else if (next.length) $("sum").textContent = `${count("{on} 起 {n} 项", next.length, { on: next[0].on.slice(5) })} · ${distance(metres)}`;
  else $("sum").textContent = t("今日任务");
  const list = [];
  if (unseen.length > 1) {
    list.push(h("button", { type: "button", class: "tall", "data-accept-all": true, onclick: async () => { for (const task of unseen) await tell(task, "accept"); } }, count("全部接收（{n} 项）", unseen.length)));
  }
  list.push(...openTasks.map((task, i) => card(task, i + 1, i === 0)));
  if (!tasks.length) list.push(h("p", { class: "empty" }, isOffline ? t("没有信号，也没有存下的任务。有信号时会自动取。") : t("今天还没有任务。指挥中心批准路线后会出现在这里。")));
  else if (!openTasks.length) list.push(h("p", { class: "empty" }, t("今天的任务都完成了。")));
  if (done.length) list.push(h("details", { class: "folded", open: $("list").querySelector("details[open]") !== null }, h("summary", {}, count("已完成 {n} 项", done.length)), h("div", { class: "stack gap-s" }, ...done.map(doneCard))));
  $("list").replaceChildren(...list);
  paintOutbox();
  paintBox();
  map.setStops([
    ...openTasks.map((task, i) => ({ id: task.id, lon: task.lon, lat: task.lat, number: i + 1, isNext: i === 0 })),
    ...done.map((task) => ({ id: task.id, lon: task.lon, lat: task.lat, number: 0, isDone: true })),
  ]);
}

let watching = null;
function open(name) {
  for (const tab of document.querySelectorAll(".tab")) tab.hidden = tab.id !== `tab-${name}`;
  for (const button of document.querySelectorAll(".tabs button")) {
    if (button.dataset.tab === name) button.setAttribute("aria-current", "page"); else button.removeAttribute("aria-current");
  }
  scrollTo(0, 0);
  history.replaceState(null, "", name === "today" ? "/m" : `/m#${name}`);
  if (name === "map") loadMap();
  if (name !== "map" && watching !== null) { navigator.geolocation.clearWatch(watching); watching = null; }
}
for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => open(button.dataset.tab));
document.querySelector(".map-acts").addEventListener("click", (event) => {
  const act = event.target.dataset.map;
  if (act === "in") map.zoom(1.5);
  if (act === "out") map.zoom(1 / 1.5);
  if (act === "all") map.fit();
  if (act === "here" && navigator.geolocation) {
    let isFirst = true;
    if (watching !== null) { map.showHere(); return; }
    watching = navigator.geolocation.watchPosition((p) => {
      map.setHere(p.coords.longitude, p.coords.latitude);
      if (isFirst) map.showHere();
      isFirst = false;
    }, () => say(t("取不到当前位置。"), "late"), { enableHighAccuracy: true });
  }
});

const keepShell = async () => {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/m/worker.js", { scope: "/m" });
  const ready = await navigator.serviceWorker.ready;
  const files = performance.getEntriesByType("resource").map((one) => one.name).filter((one) => /\/(static|i18n)\//.test(one));
  ready.active.postMessage({ keep: [new URL("/m", location.href).href, ...files] });
};

const sendAndLoad = async () => { if (await store.send()) await load(); };
addEventListener("online", sendAndLoad);
addEventListener("offline", () => { isOffline = true; paintOutbox(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) sendAndLoad(); });
setInterval(() => { if (store.waiting.length) sendAndLoad(); else paintOutbox(); }, RETRY_MS);

await store.refresh();
await load();
if (["map", "report", "me"].includes(location.hash.slice(1))) open(location.hash.slice(1));
await sendAndLoad();
keepShell();
