/* What every page shares: words, asking the server, the status line, keys. Plain script, no build step. */
(function () {
  "use strict";
  const catalogue = window.WANGGE_WORDS || { locale: "zh", single: {}, plural: {} };

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));

  /** The word in the reader's language, with {named} values put in. */
  const t = (text, values) => fill(catalogue.single[text] || text, values || {});

  /** A text with {n} in the form for that many. */
  const count = (text, n, values) => {
    const forms = catalogue.plural[text] || [text, text];
    return fill(n === 1 ? forms[0] : forms[1], { n: n.toLocaleString("en-US"), ...(values || {}) });
  };

  class Refusal extends Error {
    constructor(status, body) {
      super(catalogue.locale === "en" ? body.en : body.zh);
      this.status = status;
      this.code = body.code;
      this.body = body;
    }
  }

  /** Ask the server; the answer's JSON. Throws Refusal with words in the reader's language, or TypeError offline. */
  const ask = async (address, options) => {
    const given = options || {};
    const headers = { Accept: "application/json", "X-Wangge": "1", ...(given.headers || {}) };
    let body = given.body;
    if (given.json !== undefined) {
      headers["Content-Type"] = "application/json";
      body = JSON.stringify(given.json);
    }
    const answer = await fetch(address, {
      method: given.method || (body === undefined ? "GET" : "POST"),
      headers, body, credentials: "same-origin", signal: given.signal,
    });
    const kind = answer.headers.get("content-type") || "";
    const told = kind.includes("json") ? await answer.json() : {};
    if (!answer.ok) {
      throw new Refusal(answer.status, {
        code: told.code || "Unforeseen",
        zh: told.zh || `服务器没有接受（${answer.status}）。`,
        en: told.en || `The server did not accept this (${answer.status}).`,
        ...told,
      });
    }
    return told;
  };

  /** Make an element: h("p", {class: "x"}, "text", child). Text is always text, never markup. */
  const h = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  /** Say something in the status line at the foot of the page. kind: "fine" | "late" | "". */
  let fading = 0;
  const say = (text, kind) => {
    const line = document.getElementById("said");
    if (!line) return;
    line.textContent = text;
    line.dataset.kind = kind || "";
    clearTimeout(fading);
    fading = setTimeout(() => { line.textContent = ""; }, 8000);
  };

  const isTyping = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
  let awaitsPlace = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (awaitsPlace && Date.now() - awaitsPlace < 1500) {
      awaitsPlace = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (event.key === "g") awaitsPlace = Date.now();
    if (event.key === "?") { const keys = document.getElementById("keys"); if (keys && !keys.open) keys.showModal(); }
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select && search.select(); }
    }
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  for (const back of document.querySelectorAll("[data-here]")) {
    back.form.addEventListener("submit", () => { back.value = location.pathname + location.search; });
  }

  window.wangge = { t, count, ask, h, say, isTyping, Refusal, locale: catalogue.locale };
})();
