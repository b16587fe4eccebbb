/* What is looked at, kept in the address: copied, it opens the same picture for someone with the same rights. */

export const PERIODS = [7, 30, 90, 365];

const DEFAULTS = { days: 30, category: "", channel: "", reported: true, resolution: 9, area: "", cell: "", hide: [], at: "", wall: false };
const LAYERS = ["heat", "grids", "buildings"];

/** The view that an address describes; what it does not say, or says wrongly, is the default. */
export const read = (search) => {
  const given = new URLSearchParams(search);
  const days = Number(given.get("days"));
  const resolution = Number(given.get("res"));
  return {
    days: PERIODS.includes(days) ? days : DEFAULTS.days,
    category: given.get("category") || "",
    channel: given.get("channel") || "",
    reported: given.get("reported") !== "0",
    resolution: [8, 9, 10].includes(resolution) ? resolution : DEFAULTS.resolution,
    area: given.get("area") || "",
    cell: /^[0-9a-f]{15}$/.test(given.get("cell") || "") ? given.get("cell") : "",
    hide: (given.get("hide") || "").split(",").filter((name) => LAYERS.includes(name)),
    at: /^-?[\d.]+,-?[\d.]+,[\d.]+$/.test(given.get("at") || "") ? given.get("at") : "",
    wall: given.get("wall") === "1",
  };
};

/** The address of a view; defaults are left out, so that the plain page has a plain address. */
export const write = (view) => {
  const told = new URLSearchParams();
  if (view.days !== DEFAULTS.days) told.set("days", view.days);
  if (view.category) told.set("category", view.category);
  if (view.channel) told.set("channel", view.channel);
  if (!view.reported) told.set("reported", "0");
  if (view.resolution !== DEFAULTS.resolution) told.set("res", view.resolution);
  if (view.area) told.set("area", view.area);
  if (view.cell) told.set("cell", view.cell);
  if (view.hide.length) told.set("hide", view.hide.join(","));
  if (view.at) told.set("at", view.at);
  if (view.wall) told.set("wall", "1");
  const text = told.toString().replace(/%2C/g, ",");
  return text ? `?${text}` : "";
};

/** The part of a view that decides which reports are counted, as the server's parameters. */
export const question = (view) => {
  const asked = new URLSearchParams({ days: view.days, resolution: view.resolution, reported_only: view.reported ? "1" : "0" });
  if (view.category) asked.set("category", view.category);
  if (view.channel) asked.set("channel", view.channel);
  return asked;
};

let current = read(location.search);
const listeners = [];

export const view = () => current;

/** Change the view. Every listener hears (view, names of what changed). `quiet` changes replace the address. */
export const change = (part, { quiet = false } = {}) => {
  const names = Object.keys(part).filter((name) => String(part[name]) !== String(current[name]));
  if (!names.length) return;
  current = { ...current, ...part };
  const address = location.pathname + write(current);
  if (quiet) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  for (const hear of listeners) hear(current, new Set(names));
};

export const listen = (hear) => listeners.push(hear);

addEventListener("popstate", () => {
  const before = current;
  current = read(location.search);
  const names = Object.keys(current).filter((name) => String(before[name]) !== String(current[name]));
  for (const hear of listeners) hear(current, new Set(names));
});
