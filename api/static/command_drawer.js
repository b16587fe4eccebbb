/* The drawer over the hot list: what lies behind a cell, and the reports that could not be placed. */

import { change, question, view } from "./command_state.js";
import { groundWords, placeWords, trend } from "./command_rail.js";
import { planSection } from "./command_plan.js";

const { t, count, ask, h } = window.wangge;
const byId = (id) => document.getElementById(id);
const whole = (n) => n.toLocaleString("en-US");
const PRECISION = { room: "户室", building: "楼栋", door: "门牌", estate: "小区", road: "道路", village: "村社区", town: "乡镇街道", none: "不详" };

let asked = 0;

const open = (...children) => {
  byId("hot-panel").hidden = true;
  const drawer = byId("drawer");
  drawer.hidden = false;
  drawer.replaceChildren(...children);
  return drawer;
};

export const closeDrawer = (page) => {
  asked += 1;
  byId("drawer").hidden = true;
  byId("drawer").replaceChildren();
  byId("hot-panel").hidden = false;
  if (page.map) page.map.showPlan(null);
};

const head = (title, below, onBack) => h("header", { class: "drawer-head" },
  h("button", { class: "quiet", onclick: onBack, "aria-label": t("回到热点列表") }, "‹ ", t("热点")),
  h("h2", {}, title), below ? h("p", { class: "quiet-ink small" }, below) : null);

/** A line of weeks as bars; the last bar is the week that ends today. */
const weeksLine = (weeks) => {
  const most = Math.max(...weeks, 1);
  const bars = weeks.map((n, i) => {
    const bar = h("i", { title: t("{weeks} 周前 {n} 件", { weeks: weeks.length - 1 - i, n }) });
    bar.style.height = `${Math.max((n / most) * 100, n ? 6 : 2)}%`;
    return bar;
  });
  return h("figure", { class: "weeks" }, h("div", { class: "bars", role: "img", "aria-label": t("近 {n} 周每周件数，最多 {most} 件", { n: weeks.length, most }) }, bars),
    h("figcaption", { class: "quiet-ink small" }, h("span", {}, t("{n} 周前", { n: weeks.length })), h("span", {}, t("最多一周 {n} 件", { n: most })), h("span", {}, t("本周"))));
};

const nameOf = (list, code) => (list.find((one) => one.code === code) || { name: code }).name;

const shares = (told, frame) => {
  const most = Math.max(...told.by_category.map((row) => row.n), 1);
  return h("ul", { class: "shares" }, told.by_category.slice(0, 6).map((row) => {
    const bar = h("i", {});
    bar.style.width = `${(row.n / most) * 100}%`;
    return h("li", {}, h("span", { class: "cut" }, nameOf(frame.categories, row.code)), h("span", { class: "track" }, bar), h("b", {}, whole(row.n)));
  }));
};

const STATUS = {
  new: "待受理", accepted: "已受理", assigned: "已指派", signed: "已签收", on_site: "已到场", handled: "已处置", answered: "已反馈", called_back: "已回访",
  closed: "已办结", struck_off: "已剔除", cancelled: "已撤销", referred: "已移交",
};
const DONE = new Set(["closed", "struck_off", "cancelled", "referred"]);

const line = (report, frame) => {
  const late = report.due_at && !DONE.has(report.status) && new Date(report.due_at) < new Date();
  const state = report.status ? h("span", { class: `chip ${late ? "late" : DONE.has(report.status) ? "fine" : ""}` }, late ? t("超时") : t(STATUS[report.status] || report.status)) : null;
  const inside = [
    h("span", { class: "line-top small" }, h("span", { class: "quiet-ink" }, report.received_at.slice(5, 16).replace("T", " ")), h("span", {}, nameOf(frame.categories, report.category)), h("span", { class: "quiet-ink" }, nameOf(frame.channels, report.channel)), state),
    h("span", { class: "line-words" }, report.words),
    report.place ? h("span", { class: "quiet-ink small cut", title: report.place }, PRECISION[report.precision] ? `${t("落到{level}", { level: t(PRECISION[report.precision]) })} · ` : "", report.place) : null,
  ];
  return h("li", {}, report.case_id ? h("a", { class: "line", href: `/desk/cases/${report.case_id}` }, inside) : h("div", { class: "line" }, inside));
};

const listOf = (reports, frame, total) => [
  h("h3", {}, reports.length < total ? t("最近 {n} 件，共 {total} 件", { n: reports.length, total: whole(total) }) : count("反映 {n} 件", total)),
  h("ul", { class: "lines" }, reports.map((report) => line(report, frame))),
];

/** The drawer of one cell. */
export const openCell = async (cell, page) => {
  const mine = ++asked;
  const now = view();
  const back = () => change({ cell: "" });
  open(head(t("正在取这个格的内容…"), "", back), h("p", { class: "shape" }, "　"), h("p", { class: "shape" }, "　"));
  let told;
  try {
    told = await ask(`/command/api/cell/${cell}?${question(now)}`);
  } catch (fault) {
    if (mine === asked) open(head(t("没有取到"), "", back), h("p", { class: "notice late" }, fault instanceof TypeError ? t("连不上服务器，请稍后再点。") : fault.message));
    return;
  }
  if (mine !== asked) return;
  const figures = h("dl", { class: "cell-figures" },
    h("div", {}, h("dt", {}, t("近 {days} 天", { days: now.days })), h("dd", {}, told.is_hidden ? t("少于 5 件") : h("b", {}, whole(told.n)), told.is_hidden ? null : ` ${t("件")}`)),
    h("div", {}, h("dt", {}, t("预计下周")), h("dd", {}, h("b", {}, told.expected.toFixed(1)), ` ${t("件")}`)),
    h("div", {}, h("dt", {}, t("变化")), h("dd", {}, told.is_hidden ? "–" : trend(told.n, told.before))));
  const parts = [head(placeWords(told), groundWords(told), back), figures];
  if (page.frame.may_plan) parts.push(planSection(told, page));
  if (told.reports) {
    parts.push(weeksLine(told.weeks), shares(told, page.frame), ...listOf(told.reports, page.frame, told.n));
  } else {
    parts.push(h("p", { class: "quiet-ink small" }, t("案件内容只对经办岗位显示。")));
  }
  open(...parts).focus({ preventScroll: true });
};

/** The drawer of the reports that no cell could be given. */
export const openUnplaced = async (page) => {
  const mine = ++asked;
  const back = () => closeDrawer(page);
  const total = page.heat.unplaced;
  open(head(t("未精确落图"), "", back), h("p", { class: "shape" }, "　"));
  try {
    const told = await ask(`/command/api/unplaced?${question(view())}`);
    if (mine !== asked) return;
    open(head(t("未精确落图"), t("地址只说到道路、村社区或更粗，没有画进格里，以免造出假热点。"), back), h("a", { class: "button", href: "/desk/places?scope=all" }, t("逐条核定地址")), ...listOf(told.reports, page.frame, Math.max(total, told.reports.length))).focus({ preventScroll: true });
  } catch (fault) {
    if (mine === asked) open(head(t("没有取到"), "", back), h("p", { class: "notice late" }, fault instanceof TypeError ? t("连不上服务器，请稍后再点。") : fault.message));
  }
};
