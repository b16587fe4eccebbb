/* A new call: the address box answers while one types, the chosen address shows what was said there before. */
const { t, count, ask, h } = window.wangge;
const $ = (id) => document.getElementById(id);
const form = $("call");
const box = form.elements.place;
const offers = $("offers");
const PAUSE_MS = 180;
let items = [];
let chosen = -1;
let asking = 0;
let asked = null;
let callId = crypto.randomUUID();

const close = () => { offers.hidden = true; box.setAttribute("aria-expanded", "false"); chosen = -1; };

const paint = () => {
  offers.replaceChildren(...items.map((one, i) => h("li", { role: "option", id: `offer-${i}`, "aria-selected": String(i === chosen), onmousedown: (event) => { event.preventDefault(); take(i); } },
    h("div", {}, one.name), h("div", { class: "code" }, [one.shown, one.grid].filter(Boolean).join(" · ")))));
  offers.hidden = !items.length;
  box.setAttribute("aria-expanded", String(items.length > 0));
  if (chosen >= 0) box.setAttribute("aria-activedescendant", `offer-${chosen}`); else box.removeAttribute("aria-activedescendant");
};

const sayMatch = (match) => {
  if (!match) { $("matched").textContent = t("没有认出这个地址；仍可登记，会进入待落图。"); return; }
  $("matched").textContent = [t("系统理解为 {name}", { name: match.name }), match.precision, match.metres === null ? "" : t("约 {n} 米", { n: match.metres })].filter(Boolean).join(" · ");
};

const show = async (code) => {
  const told = await ask(`/desk/api/address/${encodeURIComponent(code)}`);
  $("place-detail").replaceChildren(
    h("p", {}, h("b", {}, told.name)),
    h("p", { class: "quiet-ink" }, h("span", { class: "code" }, told.shown), told.grid ? ` · ${told.grid}` : ""),
    h("p", { class: "said-before" }, told.n ? count("附近近 90 天 {n} 件反映", told.n) : t("附近近 90 天没有反映。")),
    h("ol", { class: "stack gap-s" }, told.reports.map((one) => h("li", { class: "alike" }, h("span", { class: "quiet-ink" }, `${one.at} · ${one.category}`), h("p", {}, one.words)))));
};

const take = (i) => {
  const one = items[i];
  box.value = one.name;
  form.elements.code.value = one.code;
  $("matched").textContent = `${t("已选定")} ${one.shown}${one.grid ? ` · ${one.grid}` : ""}`;
  items = [];
  close();
  show(one.code);
};

box.addEventListener("input", () => {
  form.elements.code.value = "";
  clearTimeout(asking);
  const words = box.value.trim();
  if (words.length < 2) { items = []; paint(); return; }
  asking = setTimeout(async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const told = await ask(`/desk/api/address?q=${encodeURIComponent(words)}`, { signal: asked.signal });
      items = told.items;
      chosen = -1;
      paint();
      sayMatch(told.match);
      if (told.match && told.match.code && !items.length) show(told.match.code);
    } catch (refused) {
      if (refused.name !== "AbortError") $("matched").textContent = t("暂时查不到地址，仍可登记。");
    }
  }, PAUSE_MS);
});
box.addEventListener("keydown", (event) => {
  if (offers.hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : items.length - 1) + (chosen < 0 && event.key === "ArrowUp" ? 1 : 0)) % items.length;
    paint();
  }
  if (event.key === "Enter" && !event.ctrlKey && chosen >= 0) { event.preventDefault(); take(chosen); }
  if (event.key === "Escape") close();
});
box.addEventListener("blur", close);

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.ctrlKey) { event.preventDefault(); form.requestSubmit(); } else if (event.target.tagName === "INPUT") event.preventDefault();
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.act");
  button.disabled = true;
  $("fault").hidden = true;
  try {
    const told = await ask("/desk/api/calls", { json: { ...Object.fromEntries(new FormData(form)), id: callId } });
    $("filed").hidden = false;
    $("filed").replaceChildren(h("div", {}, t("已登记，受理编号")), h("b", { class: "code" }, told.number), h("div", {}, h("a", { href: told.address }, t("打开案件"))));
    form.reset();
    form.elements.code.value = "";
    callId = crypto.randomUUID();
    $("matched").textContent = t("边输边查；↑ ↓ 选择，Enter 采用。");
    $("place-detail").replaceChildren();
    form.elements.words.focus();
  } catch (refused) {
    $("fault").hidden = false;
    $("fault").textContent = refused.status ? refused.message : t("连不上服务器，填写的内容还在，请稍后再按一次登记。");
  } finally {
    button.disabled = false;
  }
});
