// Starts the page's module. Its own tag says where the module is: `data-module` and `data-wasm`, which Trunk fills in.
const { module, wasm } = document.querySelector("script[data-wasm]").dataset;
const { default: start } = await import(module);
await start({ module_or_path: wasm });
