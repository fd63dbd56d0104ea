// Before the page's module runs: the theme that was chosen here, and a sentence for whoever waits in vain.
//
// A plain script in the head: it has to come before anything is drawn. A file of its own, because the page's policy allows no
// script inside the page.
(() => {
  // So that nothing flashes. `ui/theme.rs` writes it.
  try {
    const theme = localStorage.getItem("lanes-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage, no choice.
  }

  // While the page has not started: say why it might not, in a sentence a person can act on.
  const say = (text) => {
    const line = document.getElementById("boot-text");
    if (!line) return;
    line.textContent = text;
    document.getElementById("boot").classList.add("is-stuck");
  };
  const failed = (event) => {
    const reason = event.reason ?? event.error ?? "";
    const detail = reason && reason.message ? ` (${reason.message})` : "";
    say(`Lanes could not start${detail}. Reload the page; if that does not help, try a current Firefox, Chrome, Edge or Safari.`);
  };
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", failed);
  addEventListener("DOMContentLoaded", () => {
    if (typeof WebAssembly !== "object") {
      say("This browser has no WebAssembly, or it is switched off. Lanes needs it to run; a current Firefox, Chrome, Edge or Safari has it.");
    }
  });
  setTimeout(() => {
    const boot = document.getElementById("boot");
    if (boot && !boot.classList.contains("is-stuck")) say("Still loading: the connection is slow, or something is blocked. Reloading the page may help.");
  }, 20000);
})();
