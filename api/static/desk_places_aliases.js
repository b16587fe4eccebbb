/* Names learned from decided places: one list that waits, one of what was decided, each act with its way back. */
const { t, ask, count, h, say } = window.wangge;
const $ = (id) => document.getElementById(id);

export const showAliasCount = (n) => { $("alias-count").textContent = n.toLocaleString("en-US"); };

const decide = async (one, state) => {
  try {
    await ask(`/desk/api/aliases/${one.id}`, { json: { state } });
    await list();
  } catch (fault) {
    say(fault.message, "late");
  }
};

const line = (one, ...buttons) => h("li", { "data-alias": String(one.id) },
  h("div", {}, h("b", {}, `“${one.words}”`), " = ", one.name, h("div", { class: "small" }, [one.shown, count("核定过 {n} 次", one.times), one.state === "approved" ? t("已采用 {when}", { when: one.decided }) : one.state === "refused" ? t("未采用 {when}", { when: one.decided }) : ""].filter(Boolean).join(" · "))),
  buttons);

const act = (one, state, word, kind) => h("button", { type: "button", class: kind || "", onclick: () => decide(one, state) }, word);

const list = async () => {
  const told = await ask("/desk/api/aliases");
  $("alias-list").replaceChildren(...(told.waiting.length ? told.waiting.map((one) => line(one, act(one, "approved", t("采用"), "act"), act(one, "refused", t("不采用")))) : [h("li", { class: "quiet-ink" }, t("没有待定的别名。"))]));
  $("alias-done").replaceChildren(...told.decided.map((one) => line(one, act(one, "proposed", t("撤销")))));
  showAliasCount(told.waiting.length);
};

export const openAliases = async () => {
  if (!$("aliases").open) $("aliases").showModal();
  try {
    await list();
  } catch (fault) {
    say(fault.message, "late");
  }
};
