/* Keeps the phone page openable without signal: the page and its files from the network when there is one that answers
   in time, else as they were last seen. What the phone says never passes through here; it waits in the page's outbox. */
const SHELF = "wangge-phone-2";
const PATIENCE_MS = 4000;
const isShell = (address) => address.origin === location.origin
  && (address.pathname === "/m" || address.pathname.startsWith("/static/") || address.pathname.startsWith("/i18n/"));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("wangge-phone-") && name !== SHELF) await caches.delete(name);
  await self.clients.claim();
})()));

const fetched = async (request) => {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) await (await caches.open(SHELF)).put(request, answer.clone());
  return answer;
};

/* The first visit loads its files before this script is there; the page then names them. */
self.addEventListener("message", (event) => {
  const wanted = (event.data && event.data.keep) || [];
  event.waitUntil(Promise.allSettled(wanted.filter((one) => isShell(new URL(one))).map((one) => fetched(new Request(one)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !isShell(new URL(request.url))) return;
  event.respondWith((async () => {
    const kept = await (await caches.open(SHELF)).match(request, { ignoreVary: true });
    if (!kept) return fetched(request);
    const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
    return Promise.race([fetched(request).catch(() => kept), late]);
  })());
});
