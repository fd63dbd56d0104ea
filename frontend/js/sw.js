// The service worker of Lanes does three things and lets everything else pass:
//
// 1. It answers `sim/…`: real requests of the page to itself, with a latency and a body that are known beforehand. Nothing
//    leaves the machine, and no server is needed.
// 2. On a host that cannot set headers it serves the page's own files again with the headers that make the page
//    cross-origin isolated, without which there is no shared memory and so no threads.
// 3. It keeps the files that workers are made of, so that lanes still run when the host is gone: that may be a local
//    backend, which somebody can end at any time. The large files of the page's CPython it keeps from visit to visit.

const VERSION = 1;

importScripts("simulated.js");

// The cache of the files of 3., and which of them are in it already.
const KEPT = "lanes-scripts";
const kept = new Set();

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  if (event.data === "version") event.ports[0]?.postMessage(VERSION);
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  const scope = new URL(self.registration.scope).pathname;
  if (!url.pathname.startsWith(scope)) return;
  const path = url.pathname.slice(scope.length);
  if (path.startsWith("sim/")) {
    event.respondWith(self.lanesSimulate(url.searchParams));
  } else if (path.startsWith("api/")) {
    // The backend's own answers stream and set their own headers.
  } else if (event.request.cache !== "only-if-cached" || event.request.mode === "same-origin") {
    event.respondWith(isolate(event.request));
  }
});

/**
 * Whether a worker is made of this file: scripts, the module, its snippets. Told by the name, because they are asked for
 * in many ways: as a script, as a worker, and as data by the pool's helper, which fetches itself.
 */
const isPartOfWorkers = (request) => request.method === "GET" && /\.(m?js|wasm|py)$|\/pyodide\/files\.json$/.test(new URL(request.url).pathname);

// The large files of the page's CPython: each is asked for with a part of its digest, so what is here is what is meant.
const PYTHON = "lanes-python";
const isLargeFile = (request) => {
  const url = new URL(request.url);
  return request.method === "GET" && url.searchParams.has("v") && url.pathname.includes("/pyodide/");
};

/** A large file, from here if it is here; the host's answer is kept, in the place of an older one. */
async function askOnce(request) {
  const cache = await caches.open(PYTHON).catch(() => undefined);
  const before = await cache?.match(request.url).catch(() => undefined);
  if (before) return before;
  const response = await fetch(request);
  if (cache && response.ok) {
    const copy = response.clone();
    cache
      .delete(request.url, { ignoreSearch: true })
      .then(() => cache.put(request.url, copy))
      // No room, or broken off: it is asked for again the next time.
      .catch(() => {});
  }
  return response;
}

/** The answer of the host; for a part of workers, where the host is gone, the one it gave before. */
async function ask(request) {
  if (request.mode === "navigate") {
    // Another visit, and maybe another build: its files are kept anew.
    kept.clear();
    const response = await fetch(request);
    await caches.delete(KEPT).catch(() => {});
    return response;
  }
  if (isLargeFile(request)) return askOnce(request);
  if (!isPartOfWorkers(request)) return fetch(request);
  try {
    const response = await fetch(request);
    if (response.ok && !kept.has(request.url)) {
      kept.add(request.url);
      const copy = response.clone();
      caches.open(KEPT).then((cache) => cache.put(request.url, copy)).catch(() => kept.delete(request.url));
    }
    return response;
  } catch (error) {
    const before = await caches.match(request.url, { cacheName: KEPT }).catch(() => undefined);
    if (before) return before;
    throw error;
  }
}

/** The answer of the host, with the headers of isolation where it has not set them itself. */
async function isolate(request) {
  const response = await ask(request);
  if (response.status === 0 || response.type === "opaqueredirect") return response;
  if (response.headers.get("Cross-Origin-Embedder-Policy")) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const hasNoBody = [101, 204, 205, 304].includes(response.status);
  return new Response(hasNoBody ? null : response.body, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}
