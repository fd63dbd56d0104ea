// One CPython, in a worker of the sandboxed frame. It may block: whoever wants it to end, ends the worker.
//
// A classic worker, because browsers start no module workers from blob: addresses in a sandbox; Pyodide refuses classic ones,
// which it knows by an importScripts that works.
"use strict";

self.importScripts = () => {
  throw new Error("there is nothing to be loaded here");
};

const post = self.postMessage.bind(self);
const wait = new Int32Array(new SharedArrayBuffer(4));
// What an interpreter may take; a browser lets it take 4 GiB.
const MOST_MEMORY = 512 << 20;
const MOST_OUTPUT = 1 << 20;
// Of a channel: whether there is a piece, its length, how much of the message is still to come after it.
const [FULL, LENGTH, REST] = [0, 1, 2];
const HEAD = 16;

let python;
let number = 1;
let printed = 0;
// Channels of this interpreter: those of its parent at 0 and 1 (to it, from it), then those of its children.
let channels = [];
// Rung by everybody who has sent this interpreter something.
let bell = new Int32Array(new SharedArrayBuffer(4));
let rung = 0;
// Requests under way, by their numbers: each has memory in which its answer will be. Of that: whether it is there (1) or wants
// more room (2), and its length.
let requests = new Map();
let lastRequest = 0;
const [STATE, SIZE] = [0, 1];
// Most answers fit.
const ROOM = 16 << 10;
// As many as the page takes.
const MOST_ASKED = 1_000;

function limitMemory() {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > MOST_MEMORY) {
      throw new RangeError("an interpreter in the page may take 512 MiB");
    }
    return grow.call(this, pages);
  };
}

/** All interpreters of a run, and the page, read one clock: that of the frame. */
function shareClock(origin) {
  const shift = performance.timeOrigin - origin;
  const own = performance.now.bind(performance);
  performance.now = () => own() + shift;
}

const channel = (size) => new SharedArrayBuffer(HEAD + size);
const view = (buffer, ring) => ({ head: new Int32Array(buffer, 0, 4), data: new Uint8Array(buffer, HEAD), ring });

function ringBell(ring) {
  Atomics.add(ring, 0, 1);
  Atomics.notify(ring, 0);
}

/** Sends bytes piece by piece; waits until the other end has taken each. A run whose other end is gone is ended. */
function send({ head, data, ring }, bytes) {
  let at = 0;
  do {
    while (Atomics.load(head, FULL) === 1) Atomics.wait(head, FULL, 1, 1000);
    const piece = bytes.subarray(at, at + data.length);
    data.set(piece);
    at += piece.length;
    head[LENGTH] = piece.length;
    head[REST] = bytes.length - at;
    Atomics.store(head, FULL, 1);
    Atomics.notify(head, FULL);
    ringBell(ring);
  } while (at < bytes.length);
}

/** A whole message, whose first piece is there or will be. */
function receive({ head, data }) {
  let all;
  let at = 0;
  for (;;) {
    while (Atomics.load(head, FULL) === 0) Atomics.wait(head, FULL, 0, 1000);
    const length = head[LENGTH];
    const rest = head[REST];
    all ??= new Uint8Array(length + rest);
    all.set(data.subarray(0, length), at);
    at += length;
    Atomics.store(head, FULL, 0);
    Atomics.notify(head, FULL);
    if (rest === 0) return all;
  }
}

// What Python imports as `lanes_host`.
const host = {
  sleep: (ms) => {
    if (ms > 0) Atomics.wait(wait, 0, 0, ms);
  },
  number: () => number,
  /** A thread begins, on a stack of its own, once the one that asks for it is suspended or has ended. */
  begin: (function_) => {
    const begin = function_.copy();
    queueMicrotask(() => {
      begin
        .callPromising()
        .catch((error) => post({ kind: "fatal", why: String(error?.message ?? error) }))
        .finally(() => begin.destroy());
    });
  },
  tick: () => {
    const buffer = new Uint8Array(new SharedArrayBuffer(1));
    python.setInterruptBuffer(buffer);
    post({ kind: "tick", buffer: buffer.buffer });
  },
  untick: () => {
    python.setInterruptBuffer(undefined);
    post({ kind: "untick" });
  },
  event: (text) => post({ kind: "event", text }),
  failure: (text) => post({ kind: "failure", text }),
  log: (thread, bytes) => {
    const copy = bytes.slice();
    post({ kind: "log", thread, bytes: copy }, [copy.buffer]);
  },
  spawn: (child, order, size) => {
    const [to, from, ring] = [channel(size), channel(size), new SharedArrayBuffer(4)];
    channels.push(view(to, new Int32Array(ring)), view(from, null));
    post({ kind: "spawn", number: child, order: JSON.parse(order), channels: [to, from], bell: [ring, bell.buffer] });
    return channels.length - 2;
  },
  dismiss: (child) => post({ kind: "dismiss", number: child }),
  send: (at, bytes) => send(channels[at], bytes),
  receive: (at) => receive(channels[at]),
  /** The length of the message that comes next. */
  size: (at) => {
    const { head } = channels[at];
    while (Atomics.load(head, FULL) === 0) Atomics.wait(head, FULL, 0, 1000);
    return head[LENGTH] + head[REST];
  },
  /** Whether a message comes within so long. */
  soon: (at, ms) => {
    const { head } = channels[at];
    if (Atomics.load(head, FULL) === 0) Atomics.wait(head, FULL, 0, ms);
    return Atomics.load(head, FULL) === 1;
  },
  memory: () => python._module.HEAPU8.length,
  has: (at) => Atomics.load(channels[at].head, FULL) === 1,
  /** Asks the page for a request; its number, or 0 where there are too many. */
  ask: (text) => {
    if (requests.size >= MOST_ASKED) return 0;
    lastRequest += 1;
    const buffer = channel(ROOM);
    requests.set(lastRequest, new Int32Array(buffer, 0, 4));
    post({ kind: "ask", id: lastRequest, text, buffer, bell: bell.buffer });
    return lastRequest;
  },
  /** The numbers of those requests whose answers are there. */
  arrived: () => {
    const there = [];
    for (const [id, head] of requests) {
      const state = Atomics.load(head, STATE);
      if (state === 1) there.push(id);
      if (state !== 2) continue;
      const buffer = channel(Math.min(head[SIZE], MOST_MEMORY));
      requests.set(id, new Int32Array(buffer, 0, 4));
      post({ kind: "room", id, buffer });
    }
    return there;
  },
  /** An answer that is there: the length of its head, its head, its body. */
  answer: (id) => {
    const head = requests.get(id);
    requests.delete(id);
    return new Uint8Array(head.buffer, HEAD, head[SIZE]).slice();
  },
  /** Nobody waits for it any more. */
  forget: (id) => {
    if (requests.delete(id)) post({ kind: "forget", id });
  },
  /** Waits until somebody has sent something since the last time, or for so long. */
  listen: (ms) => {
    if (Atomics.load(bell, 0) === rung) Atomics.wait(bell, 0, rung, ms < 0 ? undefined : ms);
    rung = Atomics.load(bell, 0);
  },
};

function output(text) {
  if (printed > MOST_OUTPUT) return;
  printed += text.length;
  post({ kind: "output", text: printed > MOST_OUTPUT ? `${text}\n(and more than 1 MiB, which is not kept)\n` : text });
}

async function start({ main, asm, module, library, modules, info, origin }) {
  limitMemory();
  shareClock(origin);
  const { loadPyodide } = await import(main);
  const { default: createPyodideModule } = await import(asm);
  // It asks for its files by addresses; they are here already.
  const { fetch, WebAssembly: { instantiateStreaming } } = self;
  self.fetch = async (address) => new Response(String(address).endsWith(".wasm") ? "" : library);
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module,
    instance: await WebAssembly.instantiate(module, imports),
  });
  python = await loadPyodide({
    indexURL: "https://files.invalid/",
    stdLibURL: "https://files.invalid/library.zip",
    createPyodideModule,
    // No packages: nothing can be loaded from anywhere.
    lockFileContents: { info, packages: {} },
    packageBaseUrl: "https://files.invalid/",
    env: { HOME: "/home/lanes", PYTHONDONTWRITEBYTECODE: "1" },
    stdin: () => null,
  });
  self.fetch = fetch;
  WebAssembly.instantiateStreaming = instantiateStreaming;
  const decoder = new TextDecoder();
  const write = (bytes) => (output(decoder.decode(bytes)), bytes.length);
  python.setStdout({ write });
  python.setStderr({ write });
  python.setStdin({ stdin: () => null });
  for (const [name, text] of Object.entries(modules)) {
    python.FS.mkdirTree(`/lanes/${name}`.replace(/\/[^/]*$/, ""));
    python.FS.writeFile(`/lanes/${name}`, text);
  }
  python.registerJsModule("lanes_host", host);
  python.runPython("import sys; sys.path.insert(0, '/lanes'); import lanes_page");
}

async function run(data) {
  number = data.number;
  printed = 0;
  channels = [];
  requests = new Map();
  rung = 0;
  if (data.channels) {
    const [to, from] = data.channels;
    const [own, parents] = data.bell;
    bell = new Int32Array(own);
    channels = [view(to, null), view(from, new Int32Array(parents))];
  } else bell = new Int32Array(new SharedArrayBuffer(4));
  const order = JSON.stringify(data.order);
  const program = python.globals.get("lanes_page").run;
  const hasThreads = ["threads", "hybrid"].includes(data.order.environment.LANES_MODEL) || data.order.own?.threads === true;
  const isClean = hasThreads ? await program.callPromising(order) : program(order);
  post({ kind: "idle", clean: isClean === true });
}

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === "start") {
      await start(data);
      post({ kind: "started" });
    } else if (data.kind === "run") await run(data);
  } catch (error) {
    const why = String(error?.message ?? error).trim().split("\n").pop();
    post({ kind: data.kind === "start" ? "broken" : "fatal", why });
  }
};
