"""Fetch and parse: 60 tasks, waiting on one event loop and computing on 4 threads.

Needs Python 3.9 or later. Written by Lanes.
"""

import asyncio
import math
import struct
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

TASKS = 60
WORKERS = 4
CONCURRENCY = 60  # tasks in flight at once
SEED = 1


async def task(number):
    """Does one task and returns its digest."""
    body = await fetch(number, uniform(number, 0, 0.04))
    words = await asyncio.to_thread(compute, number, count_words, body)
    below = int(uniform(number, 2, 60_000) + 0.5)
    primes = await asyncio.to_thread(compute, number, count_primes, below)
    return digest(number, zlib.crc32(body), words, primes)


async def fetch(number, seconds):
    """Waits as for an answer from the network, and returns it."""
    await asyncio.sleep(seconds)
    return BODIES[number]


def compute(number, kernel, *what):
    """Does one step of computing: `kernel` says which."""
    return kernel(*what)


async def run():
    """Does all tasks on one event loop; returns the checksum."""
    # What to_thread() uses; by default that would be a pool of cores + 4 threads.
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(WORKERS))
    slots = asyncio.Semaphore(CONCURRENCY)

    async def when_free(number):
        async with slots:
            return await task(number)

    digests = await asyncio.gather(*map(when_free, range(TASKS)))
    return sum(digests) & MASK


def main():
    prepare()
    start = time.perf_counter()
    checksum = asyncio.run(run())
    wall = time.perf_counter() - start
    print(f"checksum {checksum:016x}")
    print(f"tasks {TASKS} done")
    print(f"wall {wall:.3f} s")


# The kernels.


def count_primes(below):
    """Counts the primes below a number, by trial division."""
    return (below > 2) + sum(map(is_odd_prime, range(3, below, 2)))


def is_odd_prime(n):
    for divisor in range(3, math.isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True


def count_words(text):
    """Counts and hashes the words of a text."""
    times = Counter(text.lower().split())
    hashes = sum(fnv1a(word) * count for word, count in times.items())
    return nth(hashes & MASK, sum(times.values()))


def fnv1a(word):
    value = 0xCBF29CE484222325
    for byte in word:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


# Digests: what proves that the work was done.

MASK = 2**64 - 1


def digest(number, *steps):
    """What a task comes to, from what its steps came to."""
    value = mix(number + 1)
    for step in steps:
        value = (mix(value ^ step) + step) & MASK
    return value


def mix(x):
    """Scrambles 64 bits, as SplitMix64 does."""
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


# Chance: the same in every run.

GAMMA = 0x9E3779B97F4A7C15


def nth(seed, index):
    """The value at this index of the stream that starts at a seed."""
    return mix((seed + GAMMA * (index + 1)) & MASK)


def derive(seed, label):
    """The seed of another stream."""
    return nth(mix(seed), label)


def random_bits(number, step, index=1):
    """64 random bits for a step of a task."""
    return nth(derive(derive(SEED, number), step), index)


def uniform(number, step, mean):
    """Deals a task a value from half to one and a half times the mean."""
    return mean * (0.5 + fraction(number, step))


def fraction(number, step):
    return (random_bits(number, step, 0) >> 11) / 2**53


# The simulated network.

BODIES = {}


def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    seeds = [random_bits(number, 0) >> 32 for number in range(TASKS)]
    BODIES.update(enumerate(make_texts(seeds, 16_384)))


ALPHABET = b"eeeeeettttaaaooiiinnsshhrrddllcumwfgypbvk        \n  eationshrdlu"
LETTERS = bytes(ALPHABET[top >> 2] for top in range(256))


def make_texts(seeds, length):
    """A text from each seed, by 32-bit xorshift generators.

    They all run at once, side by side in one long integer, which is ten times as fast.
    """
    count = len(seeds)
    ones = int.from_bytes(b"\1\0\0\0" * count, "little")
    # What a shift pushes into the neighbour's slot is masked away.
    after_13, after_17, after_5 = 0xFFFFE000 * ones, 0x7FFF * ones, 0xFFFFFFE0 * ones
    slots = struct.pack(f"<{count}I", *(seed | 1 for seed in seeds))
    x = int.from_bytes(slots, "little")
    tops = bytearray()
    for _ in range(length):
        x ^= x << 13 & after_13
        x ^= x >> 17 & after_17
        x ^= x << 5 & after_5
        tops += x.to_bytes(4 * count, "little")[3::4]
    texts = bytes(tops).translate(LETTERS)
    return [texts[slot::count] for slot in range(count)]


if __name__ == "__main__":
    main()
