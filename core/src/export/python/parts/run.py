# aiohttp
# requests
import aiohttp
import asyncio
import http.client
import multiprocessing
import os
import requests
import sys
import time
import zlib
from concurrent.futures import InterpreterPoolExecutor
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby


#? sequential
def run():
    """Does all tasks, one after another; returns the checksum."""
    global counter  #? bumps
    counter = 0  #? bumps
    start = time.perf_counter()  #? timed
    set_up()  #? setup
    work = map(given, $NUMBERS)  #? takes
    return sum(map($WORK)) & MASK  #? !fails & !gives
    return sum(map(received, map($WORK))) & MASK  #? !fails & gives
    return checksum_of(map($WORK))  #? fails & !gives
    return checksum_of(map(settled, map($WORK)))  #? fails & gives


#? loop
async def run():
    """Does all tasks on one event loop; returns the checksum."""
    global counter  #? bumps
    global session  #? aiohttp
    counter = 0  #? bumps
    sys.setswitchinterval(SWITCH_INTERVAL)  #? pool & switch
    # What to_thread() uses; by default that would be a pool of cores + 4 threads.  #? pool
    loop = asyncio.get_running_loop()  #? pool
    loop.set_default_executor(ThreadPoolExecutor(WORKERS))  #? pool & !sessions & !setup
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, initializer=set_up))  #? pool & !sessions & setup
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, initializer=open_session))  #? pool & sessions
    set_up()  #? setup & !pool & !timed
    slots = asyncio.Semaphore(CONCURRENCY)

    async def when_free(number):
        async with slots:
            return await task($WHAT)  #? !fails & !gives
            return received(await task($WHAT))  #? !fails & gives
            return await attempt($WHAT)  #? fails & !gives
            return settled(await attempt($WHAT))  #? fails & gives

    # No limit here: the semaphore is the limit.  #? aiohttp
    connector = aiohttp.TCPConnector(limit=0)  #? aiohttp
    async with aiohttp.ClientSession(connector=connector) as session:  #? aiohttp
        results = await $RESULTS  #? aiohttp
    digests = await $RESULTS  #? !aiohttp & !fails
    results = await $RESULTS  #? !aiohttp & fails
    return sum(digests) & MASK  #? !fails
    return checksum_of(results)  #? fails


#? loop & timed & !by_stage
async def in_time(when_free):
    """Starts each task when it is due; returns what they come to."""
    start = time.perf_counter()
    set_up()  #? setup & !pool
    tasks = [
        asyncio.create_task(when_free(number))
        async for number in when_due(range(TASKS), start)
    ]
    return await asyncio.gather(*tasks)


#? loop & by_stage
async def in_time(when_free):
    """Does one stage after another; returns what the tasks come to."""
    start = time.perf_counter()  #? timed
    set_up()  #? setup & !pool & timed
    results = []
    for numbers in stages():
        #? if timed
        tasks = [
            asyncio.create_task(when_free(number))
            async for number in when_due(numbers, start)
        ]
        results += await asyncio.gather(*tasks)
        #? else
        results += await asyncio.gather(*map(when_free, numbers))
        #? end
    return results


#? threads
def run():
    """Does all tasks on a pool of threads; returns the checksum."""
    global counter  #? bumps
    counter = 0  #? bumps
    sys.setswitchinterval(SWITCH_INTERVAL)  #? switch
    start = time.perf_counter()  #? timed
    with ThreadPoolExecutor(WORKERS, initializer=open_session) as pool:  #? sessions
    with ThreadPoolExecutor(WORKERS, initializer=set_up) as pool:  #? !sessions & setup
    with ThreadPoolExecutor(WORKERS) as pool:  #? !sessions & !setup
        #? if by_stage
        results = []
        for numbers in stages():
            work = map(given, $NUMBERS)  #? takes
            results += pool.map($WORK)  #? !gives
            results += map($RECEIVE, pool.map($WORK))  #? gives
        return sum(results) & MASK  #? !fails
        return checksum_of(results)  #? fails
        #? else
        work = map(given, $NUMBERS)  #? takes
        return sum(pool.map($WORK)) & MASK  #? !fails & !gives
        return sum(map(received, pool.map($WORK))) & MASK  #? !fails & gives
        return checksum_of(pool.map($WORK))  #? fails & !gives
        return checksum_of(map(settled, pool.map($WORK)))  #? fails & gives
        #? end


#? processes
def run():
    """Does all tasks on a pool of processes; returns the checksum."""
    start = time.perf_counter()  #? timed
    # The platform's own way to start a process, unless told otherwise.
    context = multiprocessing.get_context(os.environ.get("LANES_START_METHOD"))  #? !starts
    context = multiprocessing.get_context("$START_METHOD")  #? starts
    # The one server that they all ask: its bucket, its link and its places.  #? limited
    server = context.Array("d", $SHARED)  #? limited
    with context.Pool(WORKERS, take_over, [BODIES, server]) as pool:  #? limited
    with context.Pool(WORKERS, take_over, [BODIES]) as pool:  #? simulated & !limited
    with context.Pool(WORKERS, set_up) as pool:  #? !simulated & setup
    with context.Pool(WORKERS) as pool:  #? !simulated & !setup
        #? if by_stage
        results = []
        for numbers in stages():
            work = map(given, $NUMBERS)  #? takes
            results += pool.$MAP($WORK$CHUNK)  #? !gives
            results += map($RECEIVE, pool.$MAP($WORK$CHUNK))  #? gives
        return sum(results) & MASK  #? !fails
        return checksum_of(results)  #? fails
        #? else
        work = map(given, $NUMBERS)  #? takes
        # Not map, which would wait for the last of them before it hands out the first.  #? timed
        # Not map, which would have all data in its hands at once.  #? takes & !timed | gives & !timed
        return sum(pool.$MAP($WORK$CHUNK)) & MASK  #? !fails & !gives
        return sum(map(received, pool.$MAP($WORK$CHUNK))) & MASK  #? !fails & gives
        return checksum_of(pool.$MAP($WORK$CHUNK))  #? fails & !gives
        return checksum_of(map(settled, pool.$MAP($WORK$CHUNK)))  #? fails & gives
        #? end


#? interpreters
def run():
    """Does all tasks on threads with an interpreter each; returns the checksum."""
    start = time.perf_counter()  #? timed
    with InterpreterPoolExecutor(WORKERS, initializer=set_up) as pool:  #? !simulated & !file & setup
    with InterpreterPoolExecutor(WORKERS) as pool:  #? !simulated & !file & !setup
    with InterpreterPoolExecutor(  #? simulated | file
        WORKERS, initializer=take_over, initargs=(sys.argv, BODIES)  #? file & simulated
        WORKERS, initializer=take_over, initargs=(sys.argv,)  #? file & !simulated
        WORKERS, initializer=take_over, initargs=(BODIES,)  #? !file & simulated
    ) as pool:  #? simulated | file
        #? if by_stage
        results = []
        for numbers in stages():
            work = map(given, $NUMBERS)  #? takes
            results += pool.map($WORK)  #? !gives
            results += map($RECEIVE, pool.map($WORK))  #? gives
        return sum(results) & MASK  #? !fails
        return checksum_of(results)  #? fails
        #? else
        work = map(given, $NUMBERS)  #? takes
        return sum(pool.map($WORK)) & MASK  #? !fails & !gives
        return sum(map(received, pool.map($WORK))) & MASK  #? !fails & gives
        return checksum_of(pool.map($WORK))  #? fails & !gives
        return checksum_of(map(settled, pool.map($WORK)))  #? fails & gives
        #? end


#? !loop
def when_due(numbers, start):
    """The numbers of tasks, each when its task is due."""
    for number in numbers:
        wait = start + DUE[number] / 1e6 - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        yield number


#? loop
async def when_due(numbers, start):
    """The numbers of tasks, each when its task is due."""
    for number in numbers:
        wait = start + DUE[number] / 1e6 - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        yield number


def stages():
    """The numbers of the tasks, stage by stage: each waits for the one before it."""
    for _, numbers in groupby(range(TASKS), lambda number: ORDER[number][0]):
        yield list(numbers)


#? takes
def do(work):
    """Does a task whose number and data came together."""
    return task(*work)  #? !fails
    return attempt(*work)  #? fails


#? gives
def received(result):
    """The digest of a task, and the proof that what it gives back is here."""
    digest, output = result  #? !several
    return digest + stamp(output)  #? !several
    digest, outputs = result  #? several
    return digest + sum(map(stamp, outputs))  #? several


#? fails & gives
def settled(ended):
    """The same of a task that may have failed, and why it has."""
    result, reason = ended
    return received(result), reason


#? !loop
def attempt(number):  #? !takes
def attempt(number, data):  #? takes
    """The digest of a task, or why it has none."""
    try:
        return task(number), None  #? !takes
        return task(number, data), None  #? takes
    except OSError as error:  #? !interpreters & !requests
    except (OSError, requests.exceptions.BaseHTTPError) as error:  #? requests
    except (OSError, http.client.HTTPException, zlib.error) as error:  #? interpreters
        return $NOTHING, f"task {number}: {error!r}"


#? loop
async def attempt(number):  #? !takes
async def attempt(number, data):  #? takes
    """The digest of a task, or why it has none."""
    try:
        return await task(number), None  #? !takes
        return await task(number, data), None  #? takes
    #? if aiohttp & requests
    except (
        aiohttp.ClientError,
        asyncio.TimeoutError,
        OSError,
        requests.exceptions.BaseHTTPError,
    ) as error:
    #? end
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:  #? aiohttp & !requests
    except (OSError, requests.exceptions.BaseHTTPError) as error:  #? !aiohttp & requests
    except OSError as error:  #? !aiohttp & !requests
        return $NOTHING, f"task {number}: {error!r}"


def checksum_of(results):
    """The checksum over the tasks that did not fail; takes down why the others did."""
    digests, reasons = zip(*results)
    failures[:] = filter(None, reasons)
    return sum(digests) & MASK


def main():
    if len(sys.argv) != 2:  #? file
        sys.exit(f"usage: {sys.argv[0]} FILE")  #? file
    if not SERVER:  #? server
        sys.exit(  #? server
            "Set LANES_SERVER to the address of a Lanes server, such as "  #? server
            "http://127.0.0.1:8080/, and LANES_TOKEN to its token."  #? server
        )  #? server
    prepare()  #? simulated | takes
    start = time.perf_counter()
    checksum = run()  #? !loop
    checksum = asyncio.run(run())  #? loop
    wall = time.perf_counter() - start
    failed = f", {len(failures)} failed" if failures else ""  #? fails
    print(f"checksum {checksum:016x}")
    print(f"tasks {TASKS} done")  #? !fails
    print(f"tasks {TASKS - len(failures)} done{failed}")  #? fails
    print(f"wall {wall:.3f} s")
    print(f"counter {counter} of {BUMPS}")  #? bumps
    for reason in failures[:5]:  #? fails
        print(reason)  #? fails


#== At the top


failures = []
