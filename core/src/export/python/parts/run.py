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


#? sequential
def run():
    """Does all tasks, one after another; returns the checksum."""
    global counter  #? bumps
    counter = 0  #? bumps
    return sum(map(task, range(TASKS))) & MASK  #? !fails
    return checksum_of(map(attempt, range(TASKS)))  #? fails


#? loop
async def run():
    """Does all tasks on one event loop; returns the checksum."""
    global counter  #? bumps
    global session  #? aiohttp
    counter = 0  #? bumps
    sys.setswitchinterval(SWITCH_INTERVAL)  #? pool & switch
    # What to_thread() uses; by default that would be a pool of cores + 4 threads.  #? pool
    loop = asyncio.get_running_loop()  #? pool
    loop.set_default_executor(ThreadPoolExecutor(WORKERS))  #? pool & !sessions
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, initializer=open_session))  #? pool & sessions
    slots = asyncio.Semaphore(CONCURRENCY)

    async def when_free(number):
        async with slots:
            return await task(number)  #? !fails
            return await attempt(number)  #? fails

    # No limit here: the semaphore is the limit.  #? aiohttp
    connector = aiohttp.TCPConnector(limit=0)  #? aiohttp
    async with aiohttp.ClientSession(connector=connector) as session:  #? aiohttp
        results = await asyncio.gather(*map(when_free, range(TASKS)))  #? aiohttp
    digests = await asyncio.gather(*map(when_free, range(TASKS)))  #? !aiohttp & !fails
    results = await asyncio.gather(*map(when_free, range(TASKS)))  #? !aiohttp & fails
    return sum(digests) & MASK  #? !fails
    return checksum_of(results)  #? fails


#? threads
def run():
    """Does all tasks on a pool of threads; returns the checksum."""
    global counter  #? bumps
    counter = 0  #? bumps
    sys.setswitchinterval(SWITCH_INTERVAL)  #? switch
    with ThreadPoolExecutor(WORKERS, initializer=open_session) as pool:  #? sessions
    with ThreadPoolExecutor(WORKERS) as pool:  #? !sessions
        return sum(pool.map(task, range(TASKS))) & MASK  #? !fails
        return checksum_of(pool.map(attempt, range(TASKS)))  #? fails


#? processes
def run():
    """Does all tasks on a pool of processes; returns the checksum."""
    # The platform's own way to start a process, unless told otherwise.
    context = multiprocessing.get_context(os.environ.get("LANES_START_METHOD"))
    with context.Pool(WORKERS, take_over, [BODIES]) as pool:  #? simulated
    with context.Pool(WORKERS) as pool:  #? !simulated
        return sum(pool.map(task, range(TASKS))) & MASK  #? !fails & !chunked
        return sum(pool.map(task, range(TASKS), CHUNK)) & MASK  #? !fails & chunked
        return checksum_of(pool.map(attempt, range(TASKS)))  #? fails & !chunked
        return checksum_of(pool.map(attempt, range(TASKS), CHUNK))  #? fails & chunked


#? interpreters
def run():
    """Does all tasks on threads with an interpreter each; returns the checksum."""
    with InterpreterPoolExecutor(WORKERS) as pool:  #? !simulated & !file
    with InterpreterPoolExecutor(  #? simulated | file
        WORKERS, initializer=take_over, initargs=(sys.argv, BODIES)  #? file & simulated
        WORKERS, initializer=take_over, initargs=(sys.argv,)  #? file & !simulated
        WORKERS, initializer=take_over, initargs=(BODIES,)  #? !file & simulated
    ) as pool:  #? simulated | file
        return sum(pool.map(task, range(TASKS))) & MASK  #? !fails
        return checksum_of(pool.map(attempt, range(TASKS)))  #? fails


#? !loop
def attempt(number):
    """The digest of a task, or why it has none."""
    try:
        return task(number), None
    except OSError as error:  #? !interpreters & !requests
    except (OSError, requests.exceptions.BaseHTTPError) as error:  #? requests
    except (OSError, http.client.HTTPException, zlib.error) as error:  #? interpreters
        return 0, f"task {number}: {error!r}"


#? loop
async def attempt(number):
    """The digest of a task, or why it has none."""
    try:
        return await task(number), None
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
        return 0, f"task {number}: {error!r}"


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
    prepare()  #? simulated
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
