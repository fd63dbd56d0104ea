"""Calls task() of thumbs.py for each of its items, on 4 processes.

Needs Python 3.9 or later, and thumbs.py beside it. Written by Lanes.
"""

import multiprocessing
import time

import thumbs

WORKERS = 4

ITEMS = []


def task(number, item):
    """Does one item."""
    return thumbs.task(item)


def attempt(work):
    """What an item comes to: its result, or why there is none."""
    number, item = work
    try:
        return task(number, item), None
    except (Exception, SystemExit) as error:
        return None, f"item {number}: {error!r}"


def run():
    """Does all items on a pool of processes; returns what they come to."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(WORKERS, setup) as pool:
        return list(received(pool.imap(attempt, enumerate(ITEMS))))


def received(answers):
    """The answers in order; of an item that cannot be sent, or its result, why."""
    for number in range(len(ITEMS)):
        try:
            yield next(answers)
        except Exception as error:
            yield None, f"item {number}: {error!r}"


def setup():
    """Once in each worker, before its first item."""
    thumbs.setup()


def prepare():
    """Takes the items, before the clock starts."""
    ITEMS.extend(thumbs.ITEMS)


def main():
    prepare()
    start = time.perf_counter()
    results = run()
    wall = time.perf_counter() - start
    failed = [why for _, why in results if why]
    print(f"{len(results) - len(failed)} of {len(results)} items done")
    print(f"wall {wall:.3f} s")
    for why in failed[:5]:
        print(why)


if __name__ == "__main__":
    main()
