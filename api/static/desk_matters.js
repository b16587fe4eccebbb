/* Joining and parting reports of one matter on a case's page: a button or the key of its number. */
const { ask, isTyping } = window.wangge;
const matters = document.getElementById("matters");

const say = async (button) => {
  button.disabled = true;
  const told = { report_id: button.dataset.report, is_same: button.dataset.same === "true" };
  try {
    await ask(`/desk/api/cases/${matters.dataset.case}/matters`, { json: told });
    location.reload();
  } catch (refused) {
    button.disabled = false;
    const fault = document.getElementById("matter-fault");
    fault.textContent = refused.message;
    fault.hidden = false;
  }
};

if (matters) {
  matters.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-report]");
    if (button) say(button);
  });
  const keyed = [...matters.querySelectorAll("button[data-report]:not([data-second])")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const button = keyed[Number(event.key) - 1];
    if (button && !button.disabled) say(button);
  });
}
