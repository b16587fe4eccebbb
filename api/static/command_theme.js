/* The wall is dark whatever the system says; set before the first paint. */
if (new URLSearchParams(location.search).get("wall") === "1") {
  document.documentElement.dataset.theme = "dark";
  document.documentElement.dataset.wall = "1";
}
