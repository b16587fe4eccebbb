/* Look at a file, load it, mend what was refused. The browser holds the file and sends it for each step. */
(function () {
  "use strict";
  const { t, count, ask, h, say, locale } = window.wangge;
  const form = document.getElementById("form");
  const input = document.getElementById("file");
  const drop = document.getElementById("drop");
  const seen = document.getElementById("seen");
  const done = document.getElementById("done");
  const doing = document.getElementById("doing");
  const lookButton = document.getElementById("look");
  const both = (pair) => (locale === "en" ? pair[1] : pair[0]);
  const figure = (n) => n.toLocaleString("en-US");

  const body = (more) => {
    const data = new FormData(form);
    data.set("file", input.files[0]);
    for (const [name, value] of Object.entries(more || {})) data.set(name, value);
    return data;
  };

  const busy = (is, words) => {
    for (const button of document.querySelectorAll(".load button")) button.disabled = is;
    doing.textContent = words || "";
  };

  const guarded = async (words, work) => {
    busy(true, words);
    try {
      await work();
    } catch (fault) {
      show(done, h("p", { class: "notice late", role: "alert" }, fault.message || t("连不上服务器，文件没有导入；请稍后再试。")));
    } finally {
      busy(false);
    }
  };

  const show = (card, ...children) => { card.replaceChildren(...children); card.hidden = false; };

  const balance = (told) => h("div", { class: "sum" },
    ...[[t("读入"), told.read], [t("接受"), told.accepted], [t("重复"), told.repeated], [t("拒收"), told.rejected_count]]
      .map(([name, n]) => h("div", {}, h("b", {}, figure(n)), h("span", {}, name))));

  const rejectTable = (rows) => rows.length === 0 ? null : h("div", { class: "table-frame" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { class: "number" }, t("行号")), h("th", {}, t("列")), h("th", {}, t("原因")))),
    h("tbody", {}, ...rows.map((one) => h("tr", {}, h("td", { class: "number" }, String(one.row_no)),
      h("td", { class: "nowrap" }, one.column || ""), h("td", {}, both([one.zh, one.en])))))));

  const notes = (list) => list.map((pair) => h("p", { class: "notice" }, both(pair)));

  const look = () => guarded(t("正在查看文件…"), async () => {
    done.hidden = true;
    const told = await ask("/load/api/look", { body: body() });
    const present = told.columns.filter((one) => one.header !== null);
    const absent = told.columns.filter((one) => one.header === null);
    const facts = [
      [t("这是"), `${both([told.zh, told.en])} · ${told.kind} · ${count("{n} 行", told.total)}`],
      [t("表头对照"), told.mapping],
      told.encoding && [t("编码"), told.encoding],
      told.sheet && [t("工作表或图层"), told.sheet],
      told.positions && [t("坐标系"), both(told.positions)],
      absent.length && [t("没有的列"), absent.map((one) => one.label).join("、")],
      told.ignored.length && [t("不用的列"), told.ignored.join("、")],
    ].filter(Boolean);
    const rows = h("div", { class: "table-frame" }, h("table", {},
      h("thead", {}, h("tr", {}, ...present.map((one) => h("th", {}, one.label)))),
      h("tbody", {}, ...told.rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, cell)))))));
    const load = h("button", { class: "act", type: "button", onclick: () => take(told) }, t("导入 {n} 行", { n: figure(told.total) }));
    load.disabled = told.is_doubtful;
    show(seen,
      h("header", {}, h("h2", {}, told.file_name), h("span", { class: "quiet-ink" }, t("还没有写入任何内容；请核对"))),
      h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      told.is_doubtful && h("p", { class: "notice late" }, t("请在上面选定坐标系，再看一次。")),
      ...notes(told.notes),
      h("h3", {}, t("前 {n} 行将这样导入", { n: told.rows.length })), rows,
      told.outcome && h("h3", {}, t("试算")), told.outcome && balance(told.outcome),
      told.outcome && rejectTable(told.outcome.rejected),
      h("p", { class: "row gap-s" }, load,
        h("button", { type: "button", onclick: () => { seen.hidden = true; } }, t("取消"))));
    seen.scrollIntoView({ block: "nearest" });
  });

  const take = (told) => guarded("", async () => {
    const bar = h("progress", { max: told.total, value: 0, "aria-label": t("进度") });
    const words = h("p", { class: "quiet-ink" }, t("正在导入…"));
    show(done, h("h2", {}, told.file_name), bar, words);
    done.scrollIntoView({ block: "nearest" });
    const began = Date.now();
    const timer = setInterval(async () => {
      const now = await ask(`/load/api/progress?sha256=${told.sha256}`).catch(() => null);
      if (!now || !now.rows_done) return;
      const rate = now.rows_done / ((Date.now() - began) / 1000);
      bar.value = now.rows_done;
      words.textContent = t("已导入 {done} / {total} 行 · {rate} 行/秒 · 约剩 {left} 秒", {
        done: figure(now.rows_done), total: figure(told.total), rate: figure(Math.round(rate)),
        left: figure(Math.ceil((told.total - now.rows_done) / Math.max(rate, 1))),
      });
    }, 1000);
    try {
      report(await ask("/load/api/take", { body: body() }));
    } finally {
      clearInterval(timer);
    }
    seen.hidden = true;
    await refresh();
  });

  const report = (told) => {
    const sheet = h("button", { type: "button", onclick: () => download(told.batch_id) }, t("下载拒收表，改好后再导入"));
    const without = Object.values(told.without_grid).reduce((sum, n) => sum + n, 0);
    show(done,
      h("header", {}, h("h2", {}, t("第 {n} 批：{file}", { n: told.batch_id, file: told.file_name })),
        h("span", { class: "chip fine" }, t("已导入"))),
      balance(told), ...notes(told.notes),
      without > 0 && h("p", { class: "notice soon" }, t("其中 {n} 条的地址不够精确，未归网格", { n: figure(without) })),
      rejectTable(told.rejected), told.rejected_count > 0 && h("p", { class: "row gap-s" }, sheet));
  };

  const download = (batchId) => guarded(t("正在生成拒收表…"), async () => {
    const answer = await fetch("/load/api/sheet", { method: "POST", headers: { "X-Wangge": "1", Accept: "application/json" }, body: body({ batch_id: batchId }), credentials: "same-origin" });
    if (!answer.ok) throw new Error(both([(await answer.json()).zh, t("没有生成拒收表")]));
    const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: `${input.files[0].name.replace(/\.[^.]+$/, "")}.rejected.xlsx` });
    link.click();
    URL.revokeObjectURL(link.href);
  });

  const refresh = async () => {
    const page = new DOMParser().parseFromString(await (await fetch("/load", { credentials: "same-origin", headers: { Accept: "text/html" } })).text(), "text/html");
    document.getElementById("batches").replaceChildren(...page.getElementById("batches").childNodes);
  };

  const dialog = document.getElementById("asked");
  const inside = document.getElementById("asked-body");
  const yes = document.getElementById("asked-yes");
  let undone = 0;
  document.addEventListener("click", (event) => {
    const shown = event.target.closest("[data-rejects]");
    const taken = event.target.closest("[data-undo]");
    if (shown) {
      guarded("", async () => {
        const told = await ask(`/load/api/batches/${shown.dataset.rejects}/rejects`);
        yes.hidden = true;
        inside.replaceChildren(h("h2", {}, t("第 {n} 批拒收 {count} 行", { n: shown.dataset.rejects, count: figure(told.count) })), rejectTable(told.rejected));
        dialog.showModal();
      });
    }
    if (taken) {
      undone = Number(taken.dataset.undo);
      yes.hidden = false;
      inside.replaceChildren(h("h2", {}, t("撤销第 {n} 批？", { n: undone })), h("p", {}, taken.dataset.file),
        h("p", { class: "quiet-ink" }, t("这一批新增的地址转为历史，编码不再使用；新增的居民与经营主体将被删除。后来的工作建立在它上面时不会撤销。")));
      dialog.returnValue = "";
      dialog.showModal();
    }
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes" || yes.hidden) return;
    guarded(t("正在撤销…"), async () => {
      const told = await ask(`/load/api/batches/${undone}/undo`, { method: "POST" });
      show(done, h("h2", {}, t("第 {n} 批已撤销", { n: undone })),
        ...told.done.map(([zh, en, n]) => h("p", {}, `${both([zh, en])}：${figure(n)}`)), ...notes(told.notes));
      await refresh();
      say(t("第 {n} 批已撤销", { n: undone }), "fine");
    });
  });

  const named = () => {
    const file = input.files[0];
    document.getElementById("named").textContent = file ? `${file.name} · ${figure(Math.ceil(file.size / 1024))} KB` : t("把文件拖到这里，或点击选择");
    seen.hidden = true;
  };
  input.addEventListener("change", named);
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); input.files = event.dataTransfer.files; named(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); look(); });
})();
