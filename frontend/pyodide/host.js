// The page's side of its CPython: brings the files, makes the sandboxed frame, and carries messages. Loaded when the first
// lane of this place is about to run, and not before.

import { Network } from "./network.js";

// What the frame runs by itself, to the letter as the page's policy names it by its digest: it takes a script and a port from
// the page, once, and from nobody else.
const BOOT = `onmessage=e=>{if(e.source!==parent)return;onmessage=null;const s=document.createElement("script");s.src=URL.createObjectURL(new Blob([e.data],{type:"text/javascript"}));s.onload=()=>lanesBegin(e.ports[0]);document.head.append(s)}`;
const BOOT_DIGEST = "sha256-XoZZ329GoVUa/2QZtp+8HyMzaKjikssd5HDtVWkxmxk=";

// No address can be reached from within, nothing is stored, and scripts are those that the page hands over.
const POLICY = `default-src 'none'; connect-src 'none'; worker-src blob:; script-src '${BOOT_DIGEST}' blob: 'wasm-unsafe-eval'`;

// What a frame may take to begin: compiling, and the first interpreter.
const BEGIN_MS = 90_000;

// Python modules of Lanes, beside this file.
const MODULES = [
  "lanes_trace.py",
  "lanes_steps.py",
  "lanes_loop.py",
  "lanes_own.py",
  "lanes_owntime.py",
  "lanes_policy.py",
  "lanes_pool.py",
  "lanes_run.py",
  "lanes_page.py",
  "lanes_pageloop.py",
  "lanes_network.py",
  "lanes_packages.py",
  "lanes_threads.py",
  "aiohttp.py",
  "multiprocessing/__init__.py",
  "multiprocessing/connection.py",
  "multiprocessing/pool.py",
  "multiprocessing/process.py",
  "multiprocessing/reduction.py",
  "requests/__init__.py",
  "requests/exceptions.py",
];

const at = (name) => new URL(name, import.meta.url);

/** Why it cannot be had here, in a sentence; nothing where it can. */
export function whyNot() {
  if (!globalThis.crossOriginIsolated) {
    return "CPython in the page needs memory that workers share, and this page is not isolated: reload it, or open it on https or localhost";
  }
  return "";
}

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function ask(address) {
  let answer;
  try {
    answer = await fetch(address);
  } catch (error) {
    throw new Error(`CPython for the page cannot be loaded: ${error.message}. Is the host there, and is nothing blocked? Run again then`);
  }
  if (answer.status === 404) {
    throw new Error("this page was built without CPython for the page; ./dev setup page brings it, and ./dev build puts it beside the page");
  }
  if (!answer.ok) throw new Error(`CPython for the page cannot be loaded: the host answers ${answer.status}`);
  return answer;
}

/** The bytes of a large file, which must be those that were listed; `tell` hears how many have come. */
async function download({ name, bytes, sha256 }, tell) {
  const answer = await ask(at(`${name}?v=${sha256.slice(0, 16)}`));
  const data = new Uint8Array(bytes);
  let length = 0;
  const reader = answer.body.getReader();
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      throw new Error(`the download of CPython broke off at ${length} of ${bytes} bytes of ${name} (${error.message}); run again`);
    }
    if (piece.done) break;
    if (length + piece.value.length > bytes) break;
    data.set(piece.value, length);
    length += piece.value.length;
    tell(piece.value.length);
  }
  if (length !== bytes || hex(await crypto.subtle.digest("SHA-256", data)) !== sha256) {
    await caches.delete("lanes-python").catch(() => {});
    throw new Error(`${name} of the page's CPython is not what was built (${length} of ${bytes} bytes came): reload the page and run again`);
  }
  return data.buffer;
}

/** Everything that interpreters are made of. */
async function bring(progress) {
  const list = await (await ask(at("files.json"))).json();
  const whole = list.files.reduce((sum, file) => sum + file.bytes, 0);
  let loaded = 0;
  const tell = (more) => progress((loaded += more), whole);
  const texts = async (names) => Promise.all(names.map(async (name) => (await ask(at(name))).text()));
  const [large, modules, [frame, worker]] = await Promise.all([
    Promise.all(list.files.map((file) => download(file, tell))),
    texts(MODULES),
    texts(["frame.js", "worker.js"]),
  ]);
  const named = Object.fromEntries(list.files.map(({ name }, index) => [name, large[index]]));
  const text = (name) => new TextDecoder().decode(named[name]);
  return {
    frame,
    files: {
      main: text("pyodide.mjs"),
      asm: text("pyodide.asm.mjs"),
      wasm: named["pyodide.asm.wasm"],
      library: named["library.zip"],
      info: list.info,
      worker,
      modules: Object.fromEntries(MODULES.map((name, index) => [name, modules[index]])),
    },
    python: list.python,
  };
}

/** A frame that runs a script of the page's and nothing else; and a port to it. */
export async function sandbox(script) {
  const frame = document.createElement("iframe");
  // Scripts, and nothing else: another origin than any, so no storage, no cookies, no page to be reached.
  frame.sandbox = "allow-scripts";
  frame.allow = "cross-origin-isolated *";
  frame.hidden = true;
  frame.title = "CPython in the page";
  frame.srcdoc = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><script>${BOOT}</script>`;
  const { port1: port, port2: theirs } = new MessageChannel();
  await new Promise((resolve) => {
    frame.onload = resolve;
    document.body.append(frame);
  });
  frame.onload = null;
  frame.contentWindow.postMessage(script, "*", [theirs]);
  return { frame, port };
}

/** A sandboxed frame with interpreters in it. `tell` hears what they say, in batches. */
export async function start(progress, tell) {
  const why = whyNot();
  if (why) throw new Error(why);
  const { frame: script, files, python } = await bring(progress);
  const { frame, port } = await sandbox(script);
  const ready = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("CPython in the page did not start within 90 s")), BEGIN_MS);
    port.onmessage = ({ data }) => {
      if (!data.ready && !data.broken) return;
      clearTimeout(late);
      if (data.ready) resolve(data.ready);
      else reject(new Error(`CPython in the page did not start: ${data.broken}`));
    };
    port.postMessage({ files }, [files.wasm]);
  }).catch((error) => {
    frame.remove();
    throw error;
  });
  const network = new Network((message, transfer) => port.postMessage(message, transfer));
  port.onmessage = ({ data }) => {
    if (data.ask) network.take(data.ask.number, data.ask.text);
    else if (data.drop) data.drop.forEach((number) => network.drop(number));
    else tell(data.messages ?? []);
  };
  let own = null;
  let named = [];
  return {
    python,
    stacks: ready.stacks === true,
    origin: Number(ready.origin),
    /** What is run next calls a function of the user's own. */
    calls: (module, name, text, tasks, threads) => {
      own = { module, function: name, text, tasks, threads };
    },
    /** What is run next may ask these addresses, which its scenario names; nobody else's code may. */
    names: (addresses) => {
      named = [...addresses];
    },
    run: (module, program, model, isWatched, room) => {
      const environment = { LANES_MODEL: model, LANES_TRACE: isWatched ? "steps" : "ends", LANES_TRACE_ROOM: String(room) };
      network.begin(own ? [] : named);
      port.postMessage({ run: { role: "program", module, program, cores: navigator.hardwareConcurrency || 1, environment, own } });
      own = null;
      named = [];
    },
    end: () => {
      network.end();
      port.postMessage({ end: true });
    },
    remove: () => {
      network.end();
      port.close();
      frame.remove();
    },
  };
}
