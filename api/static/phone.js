/* The phone page. Everything said goes into the outbox first and is sent from there, with an id made here: what the
   signal drops is sent again and counts once. */
import { drawPlan } from "./phone_map.js";

const { t, count, ask, h, say } = window.wangge;
const $ = (id) => document.getElementById(id);
const ORDER = ["sent", "accepted", "arrived", "done"];
const STEP = { accept: "accepted", arrive: "arrived", done: "done" };
let tasks = [];
let box = [];

const store = new Promise((resolve, reject) => {
  const opening = indexedDB.open("wangge", 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("outbox", { keyPath: "id" });
    opening.result.createObjectStore("kept");
  };
  opening.onsuccess = () => resolve(opening.result);
  opening.onerror = () => reject(opening.error);
});
const within = async (name, mode, work) => {
  const db = await store;
  return new Promise((resolve, reject) => {
    const deal = db.transaction(name, mode);
    const asked = work(deal.objectStore(name));
    deal.oncomplete = () => resolve(asked && asked.result);
    deal.onerror = () => reject(deal.error);
  });
};

const keep = async (entry) => {
  await within("outbox", "readwrite", (s) => s.put(entry));
  box = await within("outbox", "readonly", (s) => s.getAll());
  paint();
  send();
};

let sending = false;
const send = async () => {
  if (sending) return;
  sending = true;
  try {
    for (const entry of box.sort((a, b) => a.made - b.made)) {
      const form = new FormData();
      for (const [key, value] of Object.entries(entry.fields)) form.append(key, value, key === "photo" ? "photo.jpg" : undefined);
      try {
        await ask(entry.address, { method: "POST", body: form });
      } catch (refused) {
        if (!refused.status || refused.status >= 500 || refused.status === 401 || refused.status === 429) break;
        say(refused.message, "late");
      }
      await within("outbox", "readwrite", (s) => s.delete(entry.id));
      box = await within("outbox", "readonly", (s) => s.getAll());
      paint();
    }
  } finally {
    sending = false;
  }
  if (!box.length) await load();
};

const load = async () => {
  try {
    const told = await ask("/m/api/tasks");
    tasks = told.tasks;
    await within("kept", "readwrite", (s) => s.put(tasks, "tasks"));
  } catch (refused) {
    if (refused.status === 401) { location.href = "/login?next=/m"; return; }
    tasks = (await within("kept", "readonly", (s) => s.get("tasks"))) || tasks;
  }
  paint();
};

const here = () => new Promise((resolve) => {
  if (!navigator.geolocation) { resolve(null); return; }
  navigator.geolocation.getCurrentPosition((p) => resolve(p.coords), () => resolve(null), { timeout: 4000, maximumAge: 60000 });
});

const tell = async (task, kind, more) => {
  const fields = { id: crypto.randomUUID(), task_id: task.id, kind, at: new Date().toISOString(), ...(more || {}) };
  await keep({ id: fields.id, made: Date.now(), address: "/m/api/feedback", task: task.id, kind, fields });
};

const small = async (file) => {
  const picture = await createImageBitmap(file);
  const share = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  const sheet = new OffscreenCanvas(Math.round(picture.width * share), Math.round(picture.height * share));
  sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
  return sheet.convertToBlob({ type: "image/jpeg", quality: 0.8 });
};

const record = (task) => {
  const dialog = $("record");
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "done") return;
    const given = new FormData(form);
    const more = { note: [given.get("result"), given.get("note")].filter(Boolean).join("。") };
    const file = given.get("photo");
    if (file && file.size) more.photo = await small(file);
    tell(task, "done", more);
  };
  dialog.showModal();
};

/** How far a task is, with what still waits in the outbox. */
const standing = (task) => {
  const steps = [task.status, ...box.filter((e) => e.task === task.id).map((e) => STEP[e.kind])];
  return steps.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).pop();
};

const clock = (text) => (text ? text.slice(11, 16) : "");

const card = (task, number, isNext) => {
  const status = standing(task);
  const acts = {
    sent: ["accept", t("接收")], accepted: ["arrive", t("到达")], arrived: ["done", t("记录")],
  }[status];
  return h("article", { class: `card stop ${isNext ? "next" : ""} ${status}`, "data-task": task.id },
    h("h2", {}, `${number} `, task.address || task.title),
    h("p", {}, task.address ? task.title : "", task.until ? ` · ${t("{at} 前", { at: clock(task.until) })}` : ` · ${clock(task.arrive_at)}`),
    task.why.length ? h("p", { class: "quiet-ink" }, task.why.join("；")) : null,
    h("p", { class: "quiet-ink small" }, task.case ? `${task.case} · ` : "", count("{n} 分钟路程", Math.round(task.travel_minutes))),
    acts ? h("div", { class: "acts" },
      h("button", { class: isNext ? "primary" : "", "data-act": acts[0], onclick: () => (acts[0] === "done" ? record(task) : tell(task, acts[0])) }, acts[1]),
      h("button", { onclick: () => open("map") }, t("地图"))) : null);
};

const paint = () => {
  const openTasks = tasks.filter((task) => standing(task) !== "done");
  const done = tasks.filter((task) => standing(task) === "done");
  const metres = openTasks.reduce((sum, task) => sum + task.travel_metres, 0);
  $("sum").textContent = openTasks.length ? `${count("今日 {n} 项", openTasks.length)} · ${t("{km} 公里", { km: (metres / 1000).toFixed(1) })}` : t("今日任务");
  const oldest = box.length ? Math.round((Date.now() - Math.min(...box.map((e) => e.made))) / 60000) : 0;
  $("outbox").textContent = box.length ? `${count("{n} 项待上传", box.length)} · ${t("最早 {m} 分钟前", { m: oldest })}` : t("全部已上传");
  const list = $("list");
  list.replaceChildren(...openTasks.map((task, i) => card(task, i + 1, i === 0)));
  if (!tasks.length) list.append(h("p", { class: "empty" }, t("今天还没有任务。指挥中心批准路线后会出现在这里。")));
  if (done.length) list.append(h("details", {}, h("summary", {}, count("已完成 {n} 项", done.length)), ...done.map((task) => card(task, "✓", false))));
  drawPlan($("plan-map"), openTasks);
};

const open = (name) => {
  for (const tab of document.querySelectorAll(".tab")) tab.hidden = tab.id !== `tab-${name}`;
  for (const button of document.querySelectorAll(".tabs button")) {
    if (button.dataset.tab === name) button.setAttribute("aria-current", "page"); else button.removeAttribute("aria-current");
  }
  if (name === "map") drawPlan($("plan-map"), tasks.filter((task) => standing(task) !== "done"));
};
for (const button of document.querySelectorAll(".tabs button")) button.addEventListener("click", () => open(button.dataset.tab));

$("report").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const given = new FormData(form);
  const fields = { id: crypto.randomUUID(), words: given.get("words"), place: given.get("place"), at: new Date().toISOString() };
  const spot = given.get("here") ? await here() : null;
  if (spot) { fields.lon = spot.longitude; fields.lat = spot.latitude; }
  await keep({ id: fields.id, made: Date.now(), address: "/m/api/report", fields });
  form.reset();
  say(t("已保存，有信号时自动上传。"), "fine");
});

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/m/worker.js", { scope: "/m" });
addEventListener("online", send);
setInterval(() => { if (box.length) send(); }, 20000);
box = await within("outbox", "readonly", (s) => s.getAll());
await load();
send();
