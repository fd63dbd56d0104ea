// Registers the service worker, and reloads the page once where that is what isolation still takes.
//
// A plain script, started before the module is loaded, so that a reload costs as little as possible. What came of it
// is in `window.lanesBoot`, a promise of { serviceWorker, why }: `why` says what a person can do where it failed. A page
// that is isolated need not wait for it.
(() => {
  const RELOADED = "lanes-reloaded-for-isolation";

  // A worker that has been installed takes over within milliseconds, or never: after a forced reload, for example.
  const TAKES_OVER_MS = 1000;

  /** Resolves when a service worker answers this page's requests, or when it is clear that none will. */
  const controlled = (registration) =>
    new Promise((resolve) => {
      const container = navigator.serviceWorker;
      if (container.controller) return resolve(true);
      container.addEventListener("controllerchange", () => resolve(true), { once: true });
      const worker = registration.installing ?? registration.waiting ?? registration.active;
      const look = () => {
        if (worker.state === "redundant") resolve(Boolean(container.controller));
        if (worker.state === "activated") setTimeout(() => resolve(Boolean(container.controller)), TAKES_OVER_MS);
      };
      worker.addEventListener("statechange", look);
      look();
      // One that stays in the middle of its installation.
      setTimeout(() => resolve(Boolean(container.controller)), 5 * TAKES_OVER_MS);
    });

  const session = {
    get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { sessionStorage.setItem(key, value); return true; } catch { return false; } },
    remove: (key) => { try { sessionStorage.removeItem(key); } catch { /* nothing to remove */ } },
  };

  async function boot() {
    if (new URLSearchParams(location.search).has("no-sw")) {
      return { serviceWorker: false, why: "the address asks for no service worker (?no-sw)" };
    }
    if (!("serviceWorker" in navigator)) {
      const why = isSecureContext
        ? "this browser offers no service worker (private windows of some browsers do not)"
        : "service workers need https or localhost";
      return { serviceWorker: false, why };
    }
    let registration;
    try {
      registration = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
    } catch (error) {
      return { serviceWorker: false, why: `the service worker could not be registered (${error.message})` };
    }
    const isControlled = await controlled(registration);
    if (isControlled && !window.crossOriginIsolated && !session.get(RELOADED) && session.set(RELOADED, "1")) {
      location.reload();
      return new Promise(() => {});
    }
    if (window.crossOriginIsolated) session.remove(RELOADED);
    return { serviceWorker: isControlled, why: isControlled ? "" : "the service worker did not start in time" };
  }

  window.lanesBoot = boot();
})();
