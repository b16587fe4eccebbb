/* From a hot cell to a patrol: choose the team, look at the draft over the map, mend it, send it out. */

const { t, count, ask, h, say } = window.wangge;
const clock = (iso) => iso.slice(11, 16);
const kilometres = (metres) => (metres / 1000).toFixed(1);

/** The part of the drawer where a patrol is sent. */
export const planSection = (cell, page) => {
  const box = h("section", { class: "plan" });
  const ask_ = () => chooser(cell, page, box);
  ask_();
  return box;
};

const chooser = (cell, page, box) => {
  if (!cell.teams.length) {
    box.replaceChildren(h("p", { class: "quiet-ink small" }, t("这个格所在的网格还没有巡逻队。")));
    return;
  }
  const select = h("select", { "aria-label": t("队伍") }, cell.teams.map((team) => h("option", { value: team.id }, team.name)));
  const button = h("button", { class: "act", "data-plan": true, onclick: () => make(cell, Number(select.value), page, box, button) }, t("派巡逻"));
  box.replaceChildren(h("div", { class: "plan-ask" }, cell.teams.length > 1 ? select : h("span", { class: "cut" }, cell.teams[0].name), button));
};

const busy = (button, words) => { button.disabled = true; button.textContent = words; };

const told = (fault) => (fault instanceof TypeError ? t("连不上服务器，什么都没有发送。请稍后再试。") : fault.message);

const make = async (cell, teamId, page, box, button) => {
  busy(button, t("正在排路线…"));
  try {
    const plan = await ask("/command/api/plans", { json: { team_id: teamId, cell: cell.cell } });
    show(plan, cell, page, box);
  } catch (fault) {
    chooser(cell, page, box);
    box.append(h("p", { class: "notice late" }, told(fault)));
  }
};

const act = async (plan, address, cell, page, box, button, options = { json: {} }) => {
  busy(button, "…");
  try {
    const changed = await ask(`/command/api/plans/${plan.id}/${address}`, options);
    show(changed, cell, page, box);
    return changed;
  } catch (fault) {
    show(plan, cell, page, box);
    box.append(h("p", { class: "notice late" }, told(fault)));
    return null;
  }
};

const stopRow = (stop, plan, cell, page, box) => {
  const isDraft = plan.status === "draft";
  const remove = isDraft ? h("button", { class: "quiet small", "aria-label": t("去掉第 {n} 点", { n: stop.order }), onclick: (event) => act(plan, `stops/${stop.id}/ban`, cell, page, box, event.target) }, t("去掉")) : null;
  return h("li", { class: "stop", "data-order": stop.order, tabindex: 0, onclick: () => page.map && page.map.fly({ center: [stop.lon, stop.lat], zoom: 15 }) },
    h("b", { class: "stop-order" }, String(stop.order)),
    h("div", { class: "grow" },
      h("span", { class: "line-top" }, h("b", {}, stop.near ? t("{address}附近", { address: stop.near }) : stop.title), h("span", { class: "quiet-ink small" }, clock(stop.arrive_at))),
      stop.near ? h("span", { class: "small" }, stop.title) : null,
      h("span", { class: "small quiet-ink" }, t("路上 {way} 分 · 停留 {stay} 分", { way: stop.travel_minutes, stay: stop.dwell_minutes })),
      h("ul", { class: "why small" }, stop.why.map((words) => h("li", {}, words)))),
    remove);
};

const show = (plan, cell, page, box) => {
  const sent = plan.status === "approved";
  const children = [
    h("header", { class: "line-top" }, h("h3", {}, sent ? t("已发送 · {team}", { team: plan.team }) : t("路线草案 · {team}", { team: plan.team })), h("span", { class: "quiet-ink small" }, plan.on)),
    h("p", { class: "small" }, [count("{n} 个点", plan.stops.length), t("{n} 分钟", { n: plan.minutes }), t("{n} 公里", { n: kilometres(plan.metres) }), t("覆盖预计热度 {before}% → {after}%", { before: Math.round(plan.coverage_before * 100), after: Math.round(plan.coverage_after * 100) })].join(" · ")),
  ];
  if (!plan.stops.length) children.push(h("p", { class: "notice soon" }, t("没有能排进去的点，原因见下。")));
  children.push(h("ol", { class: "stops" }, plan.stops.map((stop) => stopRow(stop, plan, cell, page, box))));
  if (plan.left_out.length) {
    children.push(h("details", {}, h("summary", {}, count("未排入 {n} 处", plan.left_out.length)),
      h("ul", { class: "left-out small" }, plan.left_out.map((item) => h("li", {}, h("span", {}, item.title), h("span", { class: "quiet-ink" }, item.why))))));
  }
  if (plan.status === "draft") {
    const drop = h("button", { onclick: async (event) => { await act(plan, "reject", cell, page, box, event.target, { json: { note: t("在地图上放弃") } }); } }, t("放弃"));
    const send = h("button", { class: "act", "data-approve": true, disabled: !plan.stops.length, onclick: async (event) => {
      const done = await act(plan, "approve", cell, page, box, event.target);
      if (done) say(count("已发送 {n} 项任务", done.tasks), "fine");
    } }, t("批准并发送"));
    children.push(h("div", { class: "plan-acts" }, drop, send));
  } else if (sent) {
    children.push(h("p", { class: "notice fine" }, count("已生成 {n} 项任务，队员手机上可以看到。", plan.stops.length)));
  } else {
    box.replaceChildren();
    box.classList.remove("open");
    if (page.map) page.map.showPlan(null);
    chooser(cell, page, box);
    return;
  }
  box.replaceChildren(...children);
  box.classList.add("open");
  if (page.map) page.map.showPlan(plan);
};

document.addEventListener("stop-picked", (event) => {
  const row = document.querySelector(`.stop[data-order="${CSS.escape(String(event.detail))}"]`);
  if (row) { row.scrollIntoView({ block: "nearest" }); row.focus(); }
});
