"""The lock: 8 tasks, on 4 threads.

Needs Python 3.9 or later. Written by Lanes.
"""

import ctypes
import hashlib
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

TASKS = 8
WORKERS = 4
SEED = 1

libc = ctypes.PyDLL(None)  # the C library; of Unix


def task(number):
    """Does one task and returns its digest."""
    body = fetch(number, 0.05)
    hashes = compute(number, 10, random_bits(number, 1), 0.3)
    return digest(number, zlib.crc32(body), hashes)


def fetch(number, seconds):
    """Waits as C code does that does not let go of the interpreter's lock."""
    sleep_holding(seconds)
    return BODIES[number]


def sleep_holding(seconds):
    """Sleeps in C and keeps the lock, which `ctypes.PyDLL` does not let go of."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        # A signal ends it early, and a second is the most that every system takes.
        libc.usleep(min(int(left * 1_000_000) + 1, 999_999))


def compute(number, blocks, seed, share):
    """Hashes blocks of 64 KiB that differ in their first 8 bytes, their number."""
    rest = random_bytes(seed, 8192)[8:]
    hashes = (hash_block(number, rest, share) for number in range(blocks))
    return sum(hashes) & MASK


def hash_block(number, rest, share):
    """Hashes a block; this share of them without letting go of the global lock."""
    block = number.to_bytes(8, "little") + rest
    holds = int((number + 1) * share) > int(number * share)
    # CPython lets go of it for more than 2047 bytes at a time.
    size = 2047 if holds else len(block)
    hashed = hashlib.sha256()
    for start in range(0, len(block), size):
        hashed.update(block[start : start + size])
    return int.from_bytes(hashed.digest()[:8], "little")


def run():
    """Does all tasks on a pool of threads; returns the checksum."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(task, range(TASKS))) & MASK


def main():
    prepare()
    start = time.perf_counter()
    checksum = run()
    wall = time.perf_counter() - start
    print(f"checksum {checksum:016x}")
    print(f"tasks {TASKS} done")
    print(f"wall {wall:.3f} s")


# Digests: what proves that the work was done.

MASK = 2**64 - 1


def digest(number, *steps):
    """What a task comes to, from what its steps came to."""
    value = mix(number + 1)
    for step in steps:
        value = (mix(value ^ step) + step) & MASK
    return value


def mix(x, mask=MASK):
    """Scrambles 64 bits, as SplitMix64 does; or many of them, in slots of 128."""
    x = ((x ^ x >> 30) & mask) * 0xBF58476D1CE4E5B9 & mask
    x = ((x ^ x >> 27) & mask) * 0x94D049BB133111EB & mask
    return (x ^ x >> 31) & mask


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


def random_bytes(seed, count):
    """The first values of a stream, 8 bytes each, all computed in one long integer.

    One by one they would cost more than what is done with them.
    """
    slots = struct.pack("<" + "Q8x" * count, *range(1, count + 1))
    indices = int.from_bytes(slots, "little")
    ones = int.from_bytes((b"\1" + bytes(15)) * count, "little")
    mask = ones * MASK
    values = mix((ones * seed + indices * GAMMA) & mask, mask)
    return memoryview(values.to_bytes(16 * count, "little")).cast("Q")[::2].tobytes()


# The simulated network.

BODIES = {}


def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    seeds = [random_bits(number, 0) >> 32 for number in range(TASKS)]
    BODIES.update(enumerate(make_texts(seeds, 2048)))


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
