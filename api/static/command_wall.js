/* The wall: no rails, larger figures, and a slow walk over the first places of the hot list. Never a person's data. */

import { groundWords, placeWords, trend } from "./command_rail.js";

const { t, h } = window.wangge;
const STAY_MS = 15000;
const WHOLE_EVERY = 5;

/** Start the walk; every fifth step shows the whole district. With reduced motion it stays on the district. */
export const startWall = (page) => {
  if (!page.map) return;
  const sign = h("aside", { class: "wall-sign", hidden: true });
  document.querySelector(".map-frame").append(sign);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let step = 0;
  const go = () => {
    const places = page.hot.slice(0, WHOLE_EVERY - 1);
    const item = step % WHOLE_EVERY ? places[(step % WHOLE_EVERY) - 1] : null;
    step += 1;
    page.map.pick(item ? item.cell : "");
    sign.hidden = !item;
    if (!item) { page.map.fit(page.frame.box); return; }
    sign.replaceChildren(h("h2", {}, placeWords(item)), h("p", { class: "quiet-ink" }, groundWords(item)), h("p", {}, h("b", {}, item.n.toLocaleString("en-US")), ` ${t("件")} · `, trend(item.n, item.before)));
    page.map.flyToCell(item.cell);
  };
  setInterval(go, STAY_MS);
};
