/* The desk's forms: acts on a case, and a new call with an address box that answers while one types. */
const { t, ask, h, say } = window.wangge;

const act = document.getElementById("act");
if (act) {
  act.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = new FormData(act);
    try {
      await ask(`/desk/api/cases/${act.dataset.case}/moves`, { json: { verb: event.submitter.value, note: given.get("note"), unit: given.get("unit") } });
      location.reload();
    } catch (refused) {
      say(refused.message, "late");
    }
  });
}

const call = document.getElementById("call");
if (call) {
  const box = call.elements.place;
  let asking = 0;
  box.addEventListener("input", () => {
    clearTimeout(asking);
    asking = setTimeout(async () => {
      const told = await ask(`/desk/api/address?q=${encodeURIComponent(box.value)}`);
      document.getElementById("places").replaceChildren(...told.items.map((one) => h("option", { value: one.name })));
    }, 150);
  });
  call.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter") call.requestSubmit();
  });
  call.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const told = await ask("/desk/api/calls", { json: Object.fromEntries(new FormData(call)) });
      document.getElementById("filed").textContent = t("已登记，编号 {number}", { number: told.number });
      call.reset();
      call.elements.words.focus();
    } catch (refused) {
      say(refused.message, "late");
    }
  });
}
