"""In time: 60 tasks, on 4 threads.

Needs Python 3.9 or later. Written by Lanes.
"""

import math
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from itertools import groupby

GROUPS = (20, 20, 20)  # tasks of each
TASKS = sum(GROUPS)
STAGES = (0, 0, 1)  # of each group: a stage waits for the one before it
WORKERS = 4
SEED = 1


def task(number):
    """Does one task, of whichever group, and returns its digest."""
    group = GROUP[number]
    steps = (pages_task, asked_task, report_task)[group]
    return steps(number)


def pages_task(number):
    body = fetch(number, 0, 0.005)
    return digest(number, zlib.crc32(body))


def asked_task(number):
    primes = compute(number, 200_000)
    return digest(number, primes)


def report_task(number):
    primes = compute(number, 200_000)
    return digest(number, primes)


def fetch(number, step, seconds):
    """Waits as for an answer from the network, and returns it."""
    time.sleep(seconds)
    return BODIES[number, step]


def compute(number, below):
    """Counts the primes below a number, by trial division."""
    return (below > 2) + sum(map(is_odd_prime, range(3, below, 2)))


def is_odd_prime(n):
    for divisor in range(3, math.isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True


def run():
    """Does all tasks on a pool of threads; returns the checksum."""
    start = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        results = []
        for numbers in stages():
            results += pool.map(task, when_due(numbers, start))
        return sum(results) & MASK


def when_due(numbers, start):
    """The numbers of tasks, each when its task is due."""
    for number in numbers:
        wait = start + DUE[number] / 1e6 - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        yield number


def stages():
    """The numbers of the tasks, stage by stage: each waits for the one before it."""
    for _, numbers in groupby(range(TASKS), lambda number: ORDER[number][0]):
        yield list(numbers)


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


def heavy(number, step, mean):
    """Deals a task a value by Pareto's law, cut at ten times the mean."""
    return min(mean * 0.5 / math.sqrt(1 - fraction(number, step)), mean * 10)


def fraction(number, step):
    return (random_bits(number, step, 0) >> 11) / 2**53


# When the tasks are due, in microseconds.


def evenly(tasks, gap):
    """One task after another, a gap apart."""
    return [int(gap * number + 0.5) for number in range(tasks)]


def unevenly(group, tasks, gap, deal):
    """The same with gaps that are dealt around their mean."""
    gaps = (int(deal(2**32 + group, k, gap) + 0.5) for k in range(tasks - 1))
    return list(accumulate(gaps, initial=0))


DUE_BY_GROUP = (
    evenly(20, 12_500),
    unevenly(1, 20, 3333.3333333333335, heavy),
    [0] * 20,
)


# The order of the tasks: task k of a group of n comes at k / n of the way.

COMMON = math.lcm(*GROUPS)
# First of all, tasks stand in the order in which they may begin.
ORDER = sorted(
    (
        STAGES[group],
        DUE_BY_GROUP[group][k],
        k * COMMON // n,
        group,
        k,
    )
    for group, n in enumerate(GROUPS)
    for k in range(n)
)

GROUP = [group for *_, group, _ in ORDER]

DUE = [due for _, due, *_ in ORDER]


# The simulated network.

BODIES = {}


def prepare():
    """Makes the answers beforehand: their making is the network's work."""
    for group, step, length in [(0, 0, 2048)]:
        numbers = [number for number in range(TASKS) if GROUP[number] == group]
        seeds = [random_bits(number, step) >> 32 for number in numbers]
        for number, text in zip(numbers, make_texts(seeds, length)):
            BODIES[number, step] = text


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
