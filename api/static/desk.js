/* The desk's list and case: filters that apply at once, rows by keyboard, acts, the reporter's contact, a small map. */
import { DayMap } from "./phone_map.js";

const { t, ask, h, isTyping } = window.wangge;
const $ = (id) => document.getElementById(id);

const filters = document.querySelector("[data-filters]");
if (filters) {
  filters.addEventListener("change", () => filters.requestSubmit());
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = [...new FormData(filters)].filter(([key, value]) => value && value !== "0" && !(key === "state" && value === "open"));
    location.href = `/desk?${new URLSearchParams(given)}`;
  });
}

const rows = [...document.querySelectorAll("[data-rows] tr[data-href]")];
const queue = [...document.querySelectorAll("[data-queue] a")];
let chosen = -1;
const choose = (step) => {
  if (!rows.length) return;
  chosen = Math.min(Math.max(chosen + step, 0), rows.length - 1);
  rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === chosen)));
  rows[chosen].querySelector("a").focus({ preventScroll: true });
  rows[chosen].scrollIntoView({ block: "nearest" });
};
for (const row of rows) {
  row.addEventListener("click", (event) => { if (!event.target.closest("a") && !String(getSelection())) location.href = row.dataset.href; });
}

const current = queue.findIndex((link) => link.hasAttribute("aria-current"));
if (current >= 0) queue[current].scrollIntoView({ block: "nearest" });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); return; }
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "n") location.href = "/desk/new";
  if (rows.length && (event.key === "j" || event.key === "k")) choose(event.key === "j" ? 1 : -1);
  if (queue.length && (event.key === "j" || event.key === "k")) {
    const next = queue[current + (event.key === "j" ? 1 : -1)];
    if (next) next.click();
  }
  if (queue.length && event.key === "e") { event.preventDefault(); $("note").focus(); }
  if (queue.length && event.key === "Escape") document.querySelector(".queue-head").click();
});

const act = $("act");
if (act) {
  act.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!event.submitter) return;
    const given = new FormData(act);
    const body = { verb: event.submitter.value, note: given.get("note"), unit: given.get("unit"), evidence: given.get("evidence") || "" };
    event.submitter.disabled = true;
    try {
      await ask(`/desk/api/cases/${act.dataset.case}/moves`, { json: body });
      location.reload();
    } catch (refused) {
      event.submitter.disabled = false;
      $("fault").hidden = false;
      $("fault").textContent = refused.status ? refused.message : t("连不上服务器，这一步没有保存，请稍后再试。");
      (body.note ? $("unit") : $("note")).focus();
    }
  });
}

const contact = $("contact");
if (contact) {
  contact.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const told = await ask(`/desk/api/cases/${contact.dataset.case}/contact`, { json: { purpose: contact.elements.purpose.value } });
      $("contact-shown").replaceChildren(h("b", {}, [told.name || t("没有留姓名"), told.phone || t("没有留电话")].join("  ")), h("br"), t("一分钟后自动隐藏。"));
      setTimeout(() => { $("contact-shown").textContent = t("已隐藏。"); }, 60000);
    } catch (refused) {
      $("contact-shown").textContent = refused.message;
    }
  });
}

const canvas = $("case-map");
if (canvas) {
  const map = new DayMap(canvas, () => {});
  map.setStops([{ id: "case", lon: Number(canvas.dataset.lon), lat: Number(canvas.dataset.lat), number: "", isNext: true }]);
  ask(`/desk/api/cases/${canvas.dataset.case}/map.json`).then((ground) => map.setGround(ground), () => {});
}
