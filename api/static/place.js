/* The card of a place: a look behind the mask, for a purpose and a case, hidden again after a minute. */
(function () {
  "use strict";
  const { t, ask, h } = window.wangge;
  const dialog = document.getElementById("look");
  const shown = document.getElementById("shown");
  const number = document.getElementById("case-number");
  const NAMES = { name: t("姓名"), id_no: t("证件号码"), phone: t("电话"), person: t("负责人") };
  let asked = null;
  const hide = () => shown.replaceChildren();
  for (const button of document.querySelectorAll("[data-look]")) {
    button.addEventListener("click", () => {
      asked = button.dataset;
      hide();
      dialog.showModal();
      number.focus();
    });
  }
  dialog.addEventListener("close", hide);
  document.getElementById("look-go").addEventListener("click", async () => {
    if (!number.value.trim()) {
      shown.textContent = t("请填写工单编号");
      number.focus();
      return;
    }
    try {
      const purpose = document.getElementById("purpose").value;
      const json = { kind: asked.kind, purpose, case_number: number.value.trim() };
      const told = await ask(`/a/api/people/${asked.look}`, { json });
      shown.replaceChildren(...Object.entries(told).map(([key, value]) => h("div", {}, `${NAMES[key] || key}：${value}`)), h("div", { class: "quiet-ink small" }, t("一分钟后自动隐藏。")));
      setTimeout(hide, 60000);
    } catch (refused) {
      shown.textContent = refused.message;
    }
  });
})();
