// Starts a Web Worker with an instance of its own of the page's module.
//
// The first message says which: { main, module, entry, memory?, pages?, config? }. `main` is the address of the module's
// JavaScript, `module` the compiled WebAssembly (compiled once, by the page), `entry` the exported function to call.
// `memory`, where given, is the memory of the engine that a thread of its pool shares; such a worker says { ready } before
// its entry, which does not return. `pages`, where given, is the size [initial, maximum] of a small memory of its own, in
// pages of 64 KiB: isolated workers get one each, and browsers run out of address space when each of them reserves the
// full size.
self.onmessage = async ({ data }) => {
  self.onmessage = null;
  try {
    const bindings = await import(data.main);
    const memory = data.pages
      ? new WebAssembly.Memory({ initial: data.pages[0], maximum: data.pages[1], shared: true })
      : data.memory;
    await bindings.default({ module_or_path: data.module, memory });
    if (data.memory) self.postMessage({ ready: true });
    bindings[data.entry](data.config);
  } catch (error) {
    self.postMessage({ broken: `The worker could not start: ${error}` });
  }
};
