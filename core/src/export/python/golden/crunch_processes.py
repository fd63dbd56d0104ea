"""Crunch: 48 tasks, on 2 processes.

Needs Python 3.9 or later. Written by Lanes.
"""

import math
import multiprocessing
import os
import time

TASKS = 48
WORKERS = 2


def task(number):
    """Does one task and returns its digest."""
    primes = compute(number, 100_000)
    return digest(number, primes)


def compute(number, below):
    """Counts the primes below a number, by trial division."""
    return (below > 2) + sum(map(is_odd_prime, range(3, below, 2)))


def is_odd_prime(n):
    for divisor in range(3, math.isqrt(n) + 1, 2):
        if n % divisor == 0:
            return False
    return True


def run():
    """Does all tasks on a pool of processes; returns the checksum."""
    # The platform's own way to start a process, unless told otherwise.
    context = multiprocessing.get_context(os.environ.get("LANES_START_METHOD"))
    with context.Pool(WORKERS) as pool:
        return sum(pool.map(task, range(TASKS))) & MASK


def main():
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


if __name__ == "__main__":
    main()
