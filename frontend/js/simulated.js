// The simulated network of the page: answers with a latency and a body that are known beforehand. For the service worker, and
// for the requests of programs in the page's CPython; a plain script, because one loads it as such and the other imports it.
"use strict";

{
  // What bodies are made of; the same 64 characters as in core's `body.rs`.
  const ALPHABET = new TextEncoder().encode(
    "eeeeeettttaaaooiiinnsshhrrddllcumwfgypbvk        \n  eationshrdlu",
  );

  /** The body of core's `body::fill`: xorshift32, one step a byte. */
  const body = (seed, length) => {
    const bytes = new Uint8Array(length);
    let x = seed | 1;
    for (let i = 0; i < length; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      bytes[i] = ALPHABET[x >>> 26];
    }
    return bytes;
  };

  /** An answer made here: `ms` of latency, then `bytes` bytes made from `seed`, with `status` (200 if not given). */
  self.lanesSimulate = async (query) => {
    const ms = Number(query.get("ms") ?? 0);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    return new Response(body(Number(query.get("seed") ?? 0), Number(query.get("bytes") ?? 0)), {
      status: Number(query.get("status") ?? 200),
      headers: {
        "Content-Type": "text/plain",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
      },
    });
  };
}
