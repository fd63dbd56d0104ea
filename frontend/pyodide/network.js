// Requests of programs in the page's CPython, made by the page: the frame that they run in reaches no network. Where a request
// may lead is decided here, by what the page knows and never by the program; an answer is data, as everything that comes or goes.
//
//     a program ─ask─▶ worker.js ─▶ frame.js ─port─▶ here ─▶ the simulated network, or an address that the scenario names
//               ◀─ shared memory ◀─        ◀─ port ─┘
import "../simulated.js";

// The name that nobody can own (RFC 6761), behind which the simulated network answers.
export const ANSWERS = "answers.test";

const [MOST_MS, MOST_BYTES] = [60_000, 16 << 20];
// What all requests of a run may have under way at once: their number, and the bytes of their answers.
export const MOST_AT_ONCE = 1_000;
const MOST_BYTES_AT_ONCE = 128 << 20;
// A program that is refused asks again at once, maybe for ever: the page has other things to do.
const REFUSED_AFTER_MS = 20;
// Larger bodies are made by the service worker, where there is one: the page must not stand still meanwhile.
const LARGE = 64 << 10;
// What a program may say in a request; and what libraries say of themselves, which is the browser's to say and is left out.
const MAY_SAY = new Set(["accept", "accept-language"]);
const LEFT_OUT = new Set(["user-agent", "accept-encoding", "connection", "host", "content-length", "cache-control", "pragma"]);
// Where a status has no body.
const EMPTY = new Set([204, 205, 304]);

const where = (named) =>
  `in the page, programs reach https://${ANSWERS}/ and the addresses that their scenario names${named.length > 0 ? "" : " (this one names none)"}`;

const limited = (text, name, most) => {
  const value = Number(text ?? 0);
  if (!Number.isFinite(value) || value < 0 || value > most) throw new RangeError(`${name} is a number from 0 to ${most}, not ${text}`);
  return value;
};

/**
 * Where a request leads: `{ simulated }`, what the simulated network is asked; `{ address, headers }`; or `{ refused }`, why
 * nowhere. `named` are the addresses that the scenario names, `own` is the page's origin.
 */
export function decide({ method, url, headers }, named, own) {
  let at;
  try {
    at = new URL(url);
  } catch {
    return { refused: `${String(url).slice(0, 200)} is not an address` };
  }
  const isWeb = at.protocol === "https:" || at.protocol === "http:";
  const isSimulated = isWeb && at.host === ANSWERS;
  at.hash = "";
  if (at.origin === own) return { refused: `${at.origin} is the page itself, which no program in it may ask; ${where(named)}` };
  if (!isWeb || (!isSimulated && !named.includes(at.href))) {
    return { refused: `${(isWeb ? at.origin : at.protocol).slice(0, 200)} cannot be reached; ${where(named)}` };
  }
  if (method !== "GET") return { refused: `a ${String(method).slice(0, 20)} request; programs in the page can GET alone` };
  const said = {};
  for (const [name, value] of Object.entries(headers)) {
    const known = name.toLowerCase();
    if (MAY_SAY.has(known)) said[known] = String(value).slice(0, 1000);
    else if (!LEFT_OUT.has(known)) {
      return { refused: `the header ${name.slice(0, 60)}; programs in the page may say ${[...MAY_SAY].join(" and ")}, and leave the rest to the browser` };
    }
  }
  if (!isSimulated) return { address: at.href, headers: said };
  try {
    const asked = at.searchParams;
    const status = Number(asked.get("status") ?? 200);
    if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError(`status is a number from 200 to 599, not ${asked.get("status")}`);
    const seed = Number(asked.get("seed") ?? 0);
    if (!Number.isInteger(seed)) throw new RangeError(`seed is a whole number, not ${asked.get("seed")}`);
    return { simulated: { ms: limited(asked.get("ms"), "ms", MOST_MS), bytes: limited(asked.get("bytes"), "bytes", MOST_BYTES) | 0, seed, status } };
  } catch (error) {
    return { refused: `${ANSWERS} answers ?ms=…&bytes=…&seed=…&status=…: ${error.message}` };
  }
}

/** The answer of the simulated network. */
async function simulate({ ms, bytes, seed, status }, signal) {
  const query = new URLSearchParams({ ms, bytes: EMPTY.has(status) ? 0 : bytes, seed, status: EMPTY.has(status) ? 200 : status });
  const isThere = Boolean(navigator.serviceWorker?.controller);
  const made = isThere && bytes > LARGE ? fetch(new URL(`../sim/?${query}`, import.meta.url), { signal }) : self.lanesSimulate(query);
  const answer = await made;
  return { status, reason: "", headers: { "content-type": "text/plain" }, body: answer.body, length: bytes };
}

/** The answer of an address. */
async function ask({ address, headers }, signal) {
  // No cookies, no referrer, no redirect: it could lead to where the program may not ask.
  const answer = await fetch(address, { headers, signal, credentials: "omit", redirect: "manual", referrerPolicy: "no-referrer", cache: "no-store" });
  if (answer.type === "opaqueredirect") throw new RangeError(`${address} redirects to another address, which requests of programs in the page do not follow`);
  return { status: answer.status, reason: answer.statusText, headers: Object.fromEntries(answer.headers), body: answer.body };
}

/** The requests of one frame. */
export class Network {
  #named = [];
  #tell;
  // Those under way, by the frame's numbers.
  #requests = new Map();
  #bytes = 0;

  /** `tell(message, transfer)` says something to the frame. */
  constructor(tell) {
    this.#tell = tell;
  }

  /** A run begins, whose scenario names these addresses; what was under way is nobody's any more. */
  begin(named) {
    this.end();
    this.#named = named.flatMap((address) => {
      try {
        const at = new URL(address);
        at.hash = "";
        return [at.href];
      } catch {
        return [];
      }
    });
  }

  end() {
    for (const number of [...this.#requests.keys()]) this.drop(number);
  }

  drop(number) {
    const request = this.#requests.get(number);
    if (!request) return;
    this.#requests.delete(number);
    this.#bytes -= request.bytes;
    clearTimeout(request.late);
    request.stop.abort();
  }

  /** Makes a request, whose text may be anything. */
  async take(number, text) {
    if (this.#requests.size >= MOST_AT_ONCE) {
      setTimeout(() => this.#say(number, { why: `more than ${MOST_AT_ONCE} requests at once`, kind: "refused" }), REFUSED_AFTER_MS);
      return;
    }
    const request = { stop: new AbortController(), bytes: 0, late: 0 };
    this.#requests.set(number, request);
    const isOver = () => this.#requests.get(number) !== request;
    const answer = (head, body) => {
      if (isOver()) return;
      this.drop(number);
      this.#say(number, head, body);
    };
    const refuse = (why) => setTimeout(() => answer({ why, kind: "refused" }), REFUSED_AFTER_MS);
    let way;
    try {
      const asked = JSON.parse(text);
      way = decide({ method: String(asked.method), url: String(asked.url), headers: asked.headers ?? {} }, this.#named, location.origin);
    } catch {
      way = { refused: "it is no request" };
    }
    if (way.refused) {
      refuse(way.refused);
      return;
    }
    request.late = setTimeout(() => answer({ why: `there was no whole answer within ${MOST_MS / 1000} s`, kind: "late" }), MOST_MS + 1000);
    try {
      const { status, reason, headers, body } = await (way.simulated ? simulate(way.simulated, request.stop.signal) : ask(way, request.stop.signal));
      const whole = body && !isOver() ? await this.#receive(body, request, isOver) : new Uint8Array();
      answer({ status, reason, headers }, whole);
    } catch (error) {
      if (way.simulated || error instanceof RangeError) answer({ why: error.message, kind: "failed" });
      else answer({ why: `${way.address} cannot be asked: ${error.message}; is it there, and does it allow other sites' pages (CORS)?`, kind: "failed" });
    }
  }

  /** A body piece by piece, as long as it may be. */
  async #receive(body, request, isOver) {
    const pieces = [];
    let length = 0;
    for (const reader = body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (isOver()) {
        reader.cancel().catch(() => {});
        break;
      }
      if (done) break;
      pieces.push(value);
      length += value.length;
      request.bytes += value.length;
      this.#bytes += value.length;
      const most = length > MOST_BYTES ? "an answer of more than 16 MiB" : this.#bytes > MOST_BYTES_AT_ONCE ? "answers of more than 128 MiB at once" : "";
      if (most) {
        reader.cancel().catch(() => {});
        throw new RangeError(`${most}, which programs in the page cannot be given`);
      }
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** An answer, as the interpreter reads it: the length of its head, its head, its body. */
  #say(number, head, body = new Uint8Array()) {
    const text = new TextEncoder().encode(JSON.stringify(head));
    const answer = new Uint8Array(4 + text.length + body.length);
    new DataView(answer.buffer).setUint32(0, text.length, true);
    answer.set(text, 4);
    answer.set(body, 4 + text.length);
    this.#tell({ answer: { number, bytes: answer } }, [answer.buffer]);
  }
}
