// Runs inside the sandboxed frame: keeps interpreters, each in a worker of its own, and carries messages between them and
// the page. It computes nothing, and believes nothing that a worker says: a program may say anything.
//
// From the page, by its port:   { files } once, then { run }, { end }, and { answer } to a request
// To the page, by its port:     { ready }, { messages: [...] }, { broken }, { ask } for a request, { drop } for what nobody wants
//
// The page is told what the workers said in batches, at most every EVERY_MS, so that no program can flood it.
"use strict";

const EVERY_MS = 40;
// What a program may say between two batches, in bytes; its logs take a tenth of it.
const MOST_BYTES = 24 << 20;
const MOST_MESSAGES = 20_000;
// A worker that does not start within this time never will.
const START_MS = 60_000;
// Of a channel between two interpreters: what travels at once, in bytes.
const PIECE = 1 << 16;
// Idle interpreters that are kept for the next run: each takes 50 MB.
const MOST_IDLE = 4;

// Writes a signal's number every millisecond, where the one before it has been taken.
const TICKER = `onmessage = ({ data }) => {
  const signal = new Uint8Array(data);
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    Atomics.wait(wait, 0, 0, 1);
    Atomics.compareExchange(signal, 0, 0, 2);
  }
};`;

let port;
let files;
// Workers that have started and have nothing to do.
let idle = [];
// Of the run that is under way: its interpreters, by their numbers; 1 is the program's own.
let running = new Map();
let queue = [];
let bytes = 0;
let timer = 0;
// Requests that the page has been asked for, by their numbers: whose they are, where the answer goes, who is to be woken.
let asked = new Map();
let requests = 0;
// Of an answer's memory: whether it is there (1) or wants room (2), and its length; then the answer.
const [STATE, LENGTH] = [0, 1];
const HEAD = 16;
// As many as the page takes at once; and the bytes of answers that wait for room.
const MOST_ASKED = 1_000;
const MOST_WAITING = 128 << 20;
let waiting = 0;

function tell(message, size = 200) {
  queue.push(message);
  bytes += size;
  if (bytes > MOST_BYTES || queue.length > MOST_MESSAGES) {
    queue = [{ kind: "flood" }];
    bytes = 0;
    endAll();
  }
  timer ||= setTimeout(flush, EVERY_MS);
}

function flush() {
  clearTimeout(timer);
  timer = 0;
  if (queue.length === 0) return;
  const messages = queue;
  queue = [];
  bytes = 0;
  port.postMessage({ messages });
}

/** An interpreter that is there, or a new one: a promise. */
function take() {
  return idle.length > 0 ? Promise.resolve(idle.pop()) : start();
}

function start() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(files.workerUrl);
    const late = setTimeout(() => fail("it did not start within a minute"), START_MS);
    const fail = (why) => {
      clearTimeout(late);
      worker.terminate();
      reject(new Error(why));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || "its worker could not be started");
    };
    worker.onmessage = ({ data }) => {
      if (data.kind === "started") {
        clearTimeout(late);
        worker.onmessage = null;
        resolve(worker);
      } else if (data.kind === "broken") fail(String(data.why));
    };
    worker.postMessage({
      kind: "start",
      main: files.mainUrl,
      asm: files.asmUrl,
      module: files.module,
      library: files.library,
      modules: files.modules,
      info: files.info,
      origin: performance.timeOrigin,
    });
  });
}

/** Gives interpreter `number` of this run something to do. */
async function begin(number, order) {
  const place = { worker: null };
  running.set(number, place);
  const run = running;
  let worker;
  try {
    worker = await take();
  } catch (error) {
    if (run === running) tell({ kind: "broken", number, why: String(error.message ?? error) });
    return;
  }
  if (run !== running || !running.has(number)) {
    // The run is over, or nobody wants this one any more.
    worker.terminate();
    return;
  }
  place.worker = worker;
  worker.onmessage = ({ data }) => heard(number, worker, data);
  worker.onerror = (event) => {
    event.preventDefault();
    lost(number, event.message || "for a reason that the browser does not tell");
  };
  worker.postMessage({ ...order, kind: "run", number });
}

function heard(number, worker, data) {
  switch (data?.kind) {
    case "spawn":
      begin(Number(data.number), { channels: data.channels, order: data.order, bell: data.bell });
      break;
    case "dismiss":
      // A pool that is done with its processes: they are ended, as the operating system would end them.
      dismiss(Number(data.number));
      break;
    case "tick":
      ticking(running.get(number), data.buffer);
      break;
    case "untick":
      running.get(number)?.ticker?.terminate();
      break;
    case "ask":
      ask(number, data);
      break;
    case "room":
      if (data.buffer instanceof SharedArrayBuffer && data.buffer.byteLength >= HEAD) room(number, data.id, data.buffer);
      break;
    case "forget":
      forget((request) => request.number === number && request.id === data.id);
      break;
    case "log":
      if (data.bytes instanceof Uint8Array) tell({ kind: "log", thread: `${number}-${data.thread}`, bytes: data.bytes }, data.bytes.length);
      break;
    case "event":
    case "output":
    case "failure": {
      const text = String(data.text);
      tell({ kind: data.kind, number, text }, text.length);
      break;
    }
    case "idle":
      // Its last word: it can be used again.
      forget((request) => request.number === number);
      running.get(number)?.ticker?.terminate();
      running.delete(number);
      worker.onmessage = worker.onerror = null;
      if (idle.length < MOST_IDLE && data.clean === true) idle.push(worker);
      else worker.terminate();
      over();
      break;
    case "fatal":
      lost(number, String(data.why));
      break;
  }
}

/** Hands a request on. An interpreter cannot be told anything while it waits: the answer comes through memory that it shares. */
function ask(number, { id, text, buffer, bell }) {
  const isMemory = (given, least) => given instanceof SharedArrayBuffer && given.byteLength >= least && given.byteLength % 4 === 0;
  if (!isMemory(buffer, HEAD) || !isMemory(bell, 4) || typeof text !== "string") return;
  const request = { number, id, memory: buffer, bell: new Int32Array(bell), bytes: null };
  if (asked.size >= MOST_ASKED) {
    put(request, new TextEncoder().encode(`\0\0\0\0`));
    return;
  }
  requests += 1;
  asked.set(requests, request);
  port.postMessage({ ask: { number: requests, text: text.slice(0, 10_000) } });
}

/** An answer has come. */
function answered(at, bytes) {
  const request = asked.get(at);
  if (!request) return;
  if (put(request, bytes)) {
    asked.delete(at);
  } else if ((waiting += bytes.length) > MOST_WAITING) {
    // The interpreter lets them lie.
    lost(request.number, "it did not take the answers that it had asked for");
  } else request.bytes = bytes;
}

/** Writes an answer to where it is waited for, if there is room; or says how much it takes. Whether it is there. */
function put({ memory, bell }, bytes) {
  const head = new Int32Array(memory, 0, 4);
  const hasRoom = bytes.length <= memory.byteLength - HEAD;
  if (hasRoom) new Uint8Array(memory, HEAD).set(bytes);
  head[LENGTH] = bytes.length;
  Atomics.store(head, STATE, hasRoom ? 1 : 2);
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
  return hasRoom;
}

/** Here is room for an answer that wanted more. */
function room(number, id, buffer) {
  for (const [at, request] of asked) {
    if (request.number !== number || request.id !== id || !request.bytes) continue;
    request.memory = buffer;
    if (!put(request, request.bytes)) continue;
    waiting -= request.bytes.length;
    asked.delete(at);
  }
}

/** Nobody waits for these any more. */
function forget(isOne) {
  const drop = [];
  for (const [at, request] of asked) {
    if (!isOne(request)) continue;
    waiting -= request.bytes?.length ?? 0;
    asked.delete(at);
    drop.push(at);
  }
  if (drop.length > 0) port.postMessage({ drop });
}

/** Interrupts an interpreter every millisecond, as long as it is at work: its threads take turns. */
function ticking(place, buffer) {
  if (!place || place.ticker || !(buffer instanceof SharedArrayBuffer)) return;
  place.ticker = new Worker(files.tickerUrl);
  place.ticker.postMessage(buffer);
}

function dismiss(number) {
  forget((request) => request.number === number);
  const place = running.get(number);
  place?.ticker?.terminate();
  running.delete(number);
  place?.worker?.terminate();
  if (place) over();
}

/** Says that no interpreter is at work any more. */
function over() {
  if (running.size > 0) return;
  tell({ kind: "over" });
  flush();
}

function lost(number, why) {
  tell({ kind: "lost", number, why });
  dismiss(number);
}

function endAll() {
  for (const { worker, ticker } of running.values()) {
    worker?.terminate();
    ticker?.terminate();
  }
  running = new Map();
  forget(() => true);
}

async function prepare(data) {
  const url = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  files = {
    mainUrl: url(data.main),
    asmUrl: url(data.asm),
    workerUrl: url(data.worker),
    tickerUrl: url(TICKER),
    module: await WebAssembly.compile(data.wasm),
    library: data.library,
    modules: data.modules,
    info: data.info,
  };
  // An interpreter is started while the page does the rest.
  idle.push(await start());
}

self.lanesBegin = (given) => {
  port = given;
  port.onmessage = ({ data }) => {
    if (data.files) {
      prepare(data.files).then(
        () => port.postMessage({ ready: { origin: performance.timeOrigin, stacks: "Suspending" in WebAssembly } }),
        (error) => port.postMessage({ broken: String(error.message ?? error) }),
      );
    } else if (data.run) {
      endAll();
      queue = [];
      begin(1, { order: data.run });
    } else if (data.answer) {
      answered(data.answer.number, data.answer.bytes);
    } else if (data.end) {
      endAll();
      tell({ kind: "ended" });
      flush();
      // So that the next run need not wait for one.
      if (idle.length === 0) start().then((worker) => idle.push(worker), () => {});
    }
  };
};
