/* Keeps the phone page openable without signal: the page and its files from the network when there is one, else as
   they were last seen. What the phone says never passes through here; it waits in the page's outbox. */
const SHELF = "wangge-phone-1";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const asked = new URL(event.request.url);
  const isShell = asked.pathname === "/m" || asked.pathname.startsWith("/static/") || asked.pathname.startsWith("/i18n/");
  if (event.request.method !== "GET" || asked.origin !== location.origin || !isShell) return;
  event.respondWith((async () => {
    const shelf = await caches.open(SHELF);
    try {
      const answer = await fetch(event.request);
      if (answer.ok && !answer.redirected) shelf.put(event.request, answer.clone());
      return answer;
    } catch (away) {
      const kept = await shelf.match(event.request);
      if (kept) return kept;
      throw away;
    }
  })());
});
