"""Calls task_async() of thumbs.py for each of its items, on one event loop.

Needs Python 3.9 or later, and thumbs.py beside it. Written by Lanes.
"""

import asyncio
import time

import thumbs

CONCURRENCY = 100  # items in flight at once
EXPRESSION = "sorted(range(9))"

ITEMS = []


async def task(number, item):
    """Does one item."""
    return await thumbs.task_async(item)


async def attempt(number, item):
    """What an item comes to: its result, or why there is none."""
    try:
        return await task(number, item), None
    except (Exception, SystemExit) as error:
        return None, f"item {number}: {error!r}"


async def run():
    """Does all items on one event loop; returns what they come to."""
    setup()
    slots = asyncio.Semaphore(CONCURRENCY)

    async def when_free(number, item):
        async with slots:
            return await attempt(number, item)

    return await asyncio.gather(*(when_free(*work) for work in enumerate(ITEMS)))


def setup():
    """Once in each worker, before its first item."""
    thumbs.setup()


def prepare():
    """Takes the items, before the clock starts."""
    ITEMS.extend(eval(EXPRESSION, vars(thumbs)))


def main():
    prepare()
    start = time.perf_counter()
    results = asyncio.run(run())
    wall = time.perf_counter() - start
    failed = [why for _, why in results if why]
    print(f"{len(results) - len(failed)} of {len(results)} items done")
    print(f"wall {wall:.3f} s")
    for why in failed[:5]:
        print(why)


if __name__ == "__main__":
    main()
