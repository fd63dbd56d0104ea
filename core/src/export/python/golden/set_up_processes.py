"""Set up: 8 tasks, on 4 processes.

Needs Python 3.9 or later. Written by Lanes.
"""

import multiprocessing
import os
import struct
import time
import zlib

TASKS = 8
WORKERS = 4
SEED = 1


def task(number):
    """Does one task and returns its digest."""
    memory = hold(number, 1_572_864)  # until the task has ended
    body = fetch(number, 0.05)
    order = compute(number, sort_made_numbers, 10, random_bits(number, 1))
    return digest(number, zlib.crc32(body), order)


def fetch(number, seconds):
    """Waits as for an answer from the network, and returns it."""
    time.sleep(seconds)
    return BODIES[number]


def set_up():
    """What a worker does before its first task."""
    sort_made_numbers(2000, derive(SEED, MASK))


def compute(number, kernel, *what):
    """Does one step of computing: `kernel` says which."""
    return kernel(*what)


def hold(number, size):
    """Takes up memory and writes to all of it, so that it is there."""
    return b"1" * size


def run():
    """Does all tasks on a pool of processes; returns the checksum."""
    # The platform's own way to start a process, unless told otherwise.
    context = multiprocessing.get_context(os.environ.get("LANES_START_METHOD"))
    with context.Pool(WORKERS, take_over, [BODIES]) as pool:
        return sum(pool.map(task, range(TASKS))) & MASK


def main():
    prepare()
    start = time.perf_counter()
    checksum = run()
    wall = time.perf_counter() - start
    print(f"checksum {checksum:016x}")
    print(f"tasks {TASKS} done")
    print(f"wall {wall:.3f} s")


# The kernels.


def sort_made_numbers(count, seed):
    """Sorts 32-bit numbers made from a seed."""
    values = sorted([nth(seed, index) >> 32 for index in range(count)])
    return sum(map(nth, values, range(count))) & MASK


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


# The simulated network.

BODIES = {}


def take_over(bodies):
    """Gives a process the answers, which it has not inherited unless it was forked."""
    BODIES.update(bodies)
    set_up()


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
