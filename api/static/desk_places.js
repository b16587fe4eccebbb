/* Doubtful places: one report at a time, one key a choice. The next one is fetched while this one is read, so that it
   shows at once; a decision that the server refuses brings its report back with the reason. */
import { canDraw } from "./command_map.js";
import { PlacesMap } from "./desk_places_map.js";
import { openAliases, showAliasCount } from "./desk_places_aliases.js";

const { t, ask, h, say, isTyping } = window.wangge;
const $ = (id) => document.getElementById(id);
const box = $("map");
const filter = { scope: box.dataset.scope, ...(box.dataset.chosen ? { doubt: box.dataset.chosen } : {}) };
const question = (more) => new URLSearchParams({ ...filter, ...(more || {}) });
const PAUSE_MS = 120;

const page = { card: null, coming: null, seen: [], done: [], map: null };

const heard = { pick: (n) => choose(n), light: (n) => light(n) };
if (canDraw()) page.map = new PlacesMap(box, box.dataset.bounds.split(",").map(Number), box.dataset.version, heard);
else box.classList.add("absent");

const light = (n) => {
  document.querySelectorAll(".choices button").forEach((button, i) => button.classList.toggle("lit", i + 1 === n));
  if (page.map) page.map.light(n);
};

/** The report behind a card in the queue: [a promise of it]. */
const fetchAfter = (card) => ask(`/desk/api/places/next?${question(card ? { seen_at: card.received_at, seen_id: card.id } : {})}`).then((told) => told.card);

const choice = (one, i) => h("button", { type: "button", onclick: () => choose(i + 1), onmouseenter: () => light(i + 1), onmouseleave: () => light(0) },
  h("span", { class: "n" }, String(i + 1)),
  h("span", {}, h("span", {}, one.name), h("span", { class: "why" }, one.reasons.map((reason) => h("span", { class: reason.against ? "against" : "for" }, reason.words)))));

const draw = () => {
  const one = page.card;
  $("one").removeAttribute("aria-busy");
  if (page.map) page.map.show(one);
  if (!one) {
    $("one").replaceChildren(
      h("h2", {}, t("没有待核的地址了")),
      h("p", { class: "quiet-ink" }, filter.doubt || filter.scope === "open" ? t("这里已经核完。可以换一个原因，或“也看来时已办结的”。") : t("新的反映进来后，认不准的会出现在这里。")),
      page.seen.length ? h("div", { class: "others-row" }, h("button", { type: "button", onclick: back }, t("回到前一条"), " ", h("kbd", {}, "k"))) : null);
    return;
  }
  $("one").replaceChildren(
    h("p", { class: "quiet-ink row gap-s" }, h("span", { class: "chip soon" }, one.doubt_words), `${one.channel} · ${one.category} · ${one.when}`, one.case ? h("a", { class: "code", href: `/desk/cases/${one.case.id}` }, one.case.number) : null),
    h("p", { class: "place-words" }, one.place || t("没有写地址")),
    one.words ? h("p", { class: "words" }, one.words) : null,
    one.said.length ? h("p", { class: "said-parts" }, t("系统读作"), one.said.map(([word, value]) => h("span", {}, `${word} `, h("b", {}, value)))) : null,
    h("p", { class: "quiet-ink small" }, [t("现在"), one.precision, one.why].join(" · ")),
    one.candidates.length ? h("div", { class: "choices", role: "group", "aria-label": t("候选") }, one.candidates.map(choice)) : h("p", {}, t("没有像样的候选。请另找一个，或定到村社区。")),
    h("div", { class: "others-row" },
      h("button", { type: "button", onclick: () => decide("none", "", t("都不是")) }, t("都不是"), " ", h("kbd", {}, "0")),
      h("button", { type: "button", disabled: !one.village, onclick: wholeVillage }, one.village ? t("整个{name}", { name: one.village.name }) : t("整个村社区"), " ", h("kbd", {}, "v")),
      h("button", { type: "button", onclick: openSearch }, t("另找"), " ", h("kbd", {}, "s")),
      h("button", { type: "button", disabled: !page.done.length, onclick: undo }, t("撤销"), " ", h("kbd", {}, "u")),
      h("button", { type: "button", disabled: !page.seen.length, onclick: back }, t("前一条"), " ", h("kbd", {}, "k")),
      h("button", { type: "button", onclick: skip }, t("先跳过"), " ", h("kbd", {}, "j"))));
  $("one").scrollTop = 0;
};

const faulty = (fault) => (fault instanceof TypeError ? t("连不上服务器，没有保存。恢复后请再按一次。") : fault.message);

/** Show a card and fetch the one after it. */
const show = (card) => {
  page.card = card;
  page.coming = card ? fetchAfter(card) : null;
  if (page.coming) page.coming.catch(() => {});
  draw();
};

const forward = async () => {
  const left = page.card;
  $("one").setAttribute("aria-busy", "true");
  try {
    show(await page.coming);
  } catch (fault) {
    page.coming = fetchAfter(left);
    page.coming.catch(() => {});
    $("one").removeAttribute("aria-busy");
    say(faulty(fault), "late");
  }
};

const paintCounts = (told) => {
  let all = 0;
  for (const [doubt, n] of Object.entries(told.counts)) {
    all += n;
    document.querySelector(`[data-doubt="${doubt}"] b`).textContent = n.toLocaleString("en-US");
  }
  document.querySelector('[data-doubt=""] b').textContent = all.toLocaleString("en-US");
  showAliasCount(told.aliases_waiting);
};

const decide = async (kind, where, words) => {
  const card = page.card;
  if (!card) return;
  const sent = ask(`/desk/api/places/${card.id}?${question()}`, { json: { choice: kind, where } });
  const moved = forward();
  try {
    const told = await sent;
    page.done.push(told.placing);
    paintCounts(told);
    say(told.is_alias_proposed ? t("已核定：{words}。这个叫法已列为别名，待采用。", { words }) : t("已核定：{words}。按 u 撤销。", { words }), "fine");
    await moved;
    for (const button of document.querySelectorAll(".others-row button:disabled")) if (button.textContent.startsWith(t("撤销"))) button.disabled = false;
  } catch (fault) {
    await moved;
    if (page.card !== card) { page.card = card; page.coming = fetchAfter(card); page.coming.catch(() => {}); draw(); }
    say(faulty(fault), "late");
  }
};

const choose = (n) => {
  const one = page.card && page.card.candidates[n - 1];
  if (one) decide("candidate", one.code, one.name);
};
const wholeVillage = () => {
  if (page.card && page.card.village) decide("village", page.card.village.code, page.card.village.name);
};
const skip = () => {
  if (!page.card) return;
  page.seen.push(page.card);
  forward();
};
const back = async () => {
  while (page.seen.length) {
    const before = page.seen.pop();
    const { card } = await ask(`/desk/api/places/${before.id}`);
    if (card) { show(card); return; }
  }
};
const undo = async () => {
  const placing = page.done.pop();
  if (!placing) { say(t("没有可以撤销的核定。"), ""); return; }
  try {
    const told = await ask(`/desk/api/placings/${placing}/undo?${question()}`, { json: {} });
    paintCounts(told);
    show(told.card);
    say(t("已撤销，地址恢复原样。"), "fine");
  } catch (fault) {
    say(faulty(fault), "late");
  }
};

/* Another address than the candidates. */
const hits = { items: [], at: -1, timer: 0, asked: null };
const paintHits = () => {
  $("words").setAttribute("aria-expanded", String(hits.items.length > 0));
  $("hits").replaceChildren(...hits.items.map((one, i) => h("li", { role: "option", id: `hit-${i}`, "aria-selected": String(i === hits.at), onclick: () => take(i) }, h("div", {}, one.name), h("div", { class: "small" }, `${one.shown} · ${one.why}`))));
  if (hits.at >= 0) { $("words").setAttribute("aria-activedescendant", `hit-${hits.at}`); $(`hit-${hits.at}`).scrollIntoView({ block: "nearest" }); }
};
const take = (i) => {
  const one = hits.items[i];
  $("search").close();
  decide("searched", one.code, one.name);
};
const openSearch = () => {
  if (!page.card) return;
  hits.items = [];
  hits.at = -1;
  paintHits();
  $("words").value = "";
  $("search").showModal();
};
$("words").addEventListener("input", () => {
  clearTimeout(hits.timer);
  hits.timer = setTimeout(async () => {
    if (hits.asked) hits.asked.abort();
    hits.asked = new AbortController();
    try {
      const told = await ask(`/api/address?${new URLSearchParams({ q: $("words").value, size: 10 })}`, { signal: hits.asked.signal });
      hits.items = told.items;
      hits.at = told.items.length ? 0 : -1;
      $("hits-note").textContent = told.items.length || $("words").value.trim().length < 2 ? t("边输边查；↑ ↓ 选择，Enter 采用，Esc 返回。") : t("没有找到。换几个字，或只写路名、小区名。");
      paintHits();
    } catch (fault) {
      if (fault.name !== "AbortError") $("hits-note").textContent = faulty(fault);
    }
  }, PAUSE_MS);
});
$("words").addEventListener("keydown", (event) => {
  const n = hits.items.length;
  if (n && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    hits.at = (hits.at + (event.key === "ArrowDown" ? 1 : n - 1)) % n;
    paintHits();
  }
  if (event.key === "Enter" && hits.at >= 0) { event.preventDefault(); take(hits.at); }
});

const KEYS = { 0: () => decide("none", "", t("都不是")), v: wholeVillage, s: openSearch, u: undo, j: skip, k: back, b: openAliases };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key >= "1" && event.key <= "9") choose(Number(event.key));
  else if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});
$("alias-open").addEventListener("click", openAliases);

fetchAfter(null).then(show).catch((fault) => { $("one").removeAttribute("aria-busy"); $("waiting").textContent = faulty(fault); });
