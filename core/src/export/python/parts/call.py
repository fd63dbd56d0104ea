import asyncio
import multiprocessing
import os
import sys
import time
from concurrent.futures import InterpreterPoolExecutor
from concurrent.futures import ThreadPoolExecutor


#? awaits
async def task(number, item):
    """Does one item."""
    return await $MODULE.$COROUTINE(item)


#? !awaits
def task(number, item):
    """Does one item."""
    return $MODULE.$FUNCTION(item)  #? !only_coroutine
    return asyncio.run($MODULE.$FUNCTION(item))  #? only_coroutine


#? loop
async def attempt(number, item):
    """What an item comes to: its result, or why there is none."""
    try:
        return await task(number, item), None  #? awaits
        return await asyncio.to_thread(task, number, item), None  #? !awaits
    except (Exception, SystemExit) as error:
        return None, f"item {number}: {error!r}"


#? !loop
def attempt(work):
    """What an item comes to: its result, or why there is none."""
    number, item = work
    try:
        return task(number, item), None
    except (Exception, SystemExit) as error:
        return None, f"item {number}: {error!r}"


#? sequential
def run():
    """Does all items, one after another; returns what they come to."""
    setup()  #? setup
    return list(map(attempt, enumerate(ITEMS)))


#? loop
async def run():
    """Does all items on one event loop; returns what they come to."""
    setup()  #? setup & awaits
    sys.setswitchinterval(SWITCH_INTERVAL)  #? switch & !awaits
    # What to_thread() uses; by default that would be a pool of cores + 4 threads.  #? !awaits
    threads = ThreadPoolExecutor($AT_ONCE, initializer=setup)  #? !awaits & setup
    threads = ThreadPoolExecutor($AT_ONCE)  #? !awaits & !setup
    asyncio.get_running_loop().set_default_executor(threads)  #? !awaits
    slots = asyncio.Semaphore($AT_ONCE)

    async def when_free(number, item):
        async with slots:
            return await attempt(number, item)

    return await asyncio.gather(*(when_free(*work) for work in enumerate(ITEMS)))


#? threads
def run():
    """Does all items on a pool of threads; returns what they come to."""
    sys.setswitchinterval(SWITCH_INTERVAL)  #? switch
    with ThreadPoolExecutor(WORKERS, initializer=setup) as pool:  #? setup
    with ThreadPoolExecutor(WORKERS) as pool:  #? !setup
        return list(pool.map(attempt, enumerate(ITEMS)))


#? processes
def run():
    """Does all items on a pool of processes; returns what they come to."""
    # The platform's own way to start a process, unless told otherwise.  #? !starts
    context = multiprocessing.get_context(os.environ.get("LANES_START_METHOD"))  #? !starts
    context = multiprocessing.get_context("$START_METHOD")  #? starts
    with context.Pool(WORKERS, setup) as pool:  #? setup
    with context.Pool(WORKERS) as pool:  #? !setup
        return list(received(pool.imap(attempt, enumerate(ITEMS))))  #? !chunked
        return list(pool.imap(attempt, enumerate(ITEMS), CHUNK))  #? chunked


def received(answers):
    """The answers in order; of an item that cannot be sent, or its result, why."""
    for number in range(len(ITEMS)):
        try:
            yield next(answers)
        except Exception as error:
            yield None, f"item {number}: {error!r}"


#? interpreters
def run():
    """Does all items on threads with an interpreter each; returns what they come to."""
    with InterpreterPoolExecutor(WORKERS, initializer=setup) as pool:  #? setup
    with InterpreterPoolExecutor(WORKERS) as pool:  #? !setup
        return list(pool.map(attempt, enumerate(ITEMS)))


def setup():
    """Once in each worker, before its first item."""
    $MODULE.setup()


def prepare():
    """Takes the items, before the clock starts."""
    ITEMS.extend($ITEMS_OF)


def main():
    prepare()
    start = time.perf_counter()
    results = run()  #? !loop
    results = asyncio.run(run())  #? loop
    wall = time.perf_counter() - start
    failed = [why for _, why in results if why]
    print(f"{len(results) - len(failed)} of {len(results)} items done")
    print(f"wall {wall:.3f} s")
    for why in failed[:5]:
        print(why)


#== At the top


ITEMS = []
