// Registers the service worker, and reloads the page once where that is what isolation still takes.
//
// A plain script, started before the module is loaded, so that a reload costs as little as possible. What came of it
// is in `window.lanesBoot`, a promise of { serviceWorker, why }: `why` says what a person can do where it failed.
(() => {
  const RELOADED = "lanes-reloaded-for-isolation";

  /** Resolves when a service worker answers this page's requests, or after `ms`. */
  const controlled = (ms) =>
    new Promise((resolve) => {
      if (navigator.serviceWorker.controller) return resolve(true);
      navigator.serviceWorker.addEventListener("controllerchange", () => resolve(true), { once: true });
      setTimeout(() => resolve(Boolean(navigator.serviceWorker.controller)), ms);
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
    try {
      await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
    } catch (error) {
      return { serviceWorker: false, why: `the service worker could not be registered (${error.message})` };
    }
    const isControlled = await controlled(5000);
    if (isControlled && !window.crossOriginIsolated && !session.get(RELOADED) && session.set(RELOADED, "1")) {
      location.reload();
      return new Promise(() => {});
    }
    if (window.crossOriginIsolated) session.remove(RELOADED);
    return { serviceWorker: isControlled, why: isControlled ? "" : "the service worker did not start in time" };
  }

  window.lanesBoot = boot();
})();
