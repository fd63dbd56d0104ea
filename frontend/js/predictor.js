// Works out what a job would take, in a thread of its own: by the module of programs, which holds the simulator too.
//
// Each message is { id, question, forMs }, bytes and the longest that a search may take; each answer { id, answer } or { id, broken }.
const at = (name) => {
  const address = new URL(name, self.location.href);
  // Of the same build as the page.
  address.search = self.location.search;
  return address;
};
const loaded = (async () => {
  const module = await import(at('lanes-programs.js'));
  await module.default({ module_or_path: at('lanes-programs_bg.wasm') });
  return module;
})();
self.onmessage = async ({ data: { id, question, forMs } }) => {
  try {
    const answer = (await loaded).answer(question, forMs);
    self.postMessage({ id, answer });
  } catch (error) {
    self.postMessage({ id, broken: String(error) });
  }
};
