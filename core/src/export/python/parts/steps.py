# aiohttp
# requests
import aiohttp
import asyncio
import os
import requests
import sys
import threading
import time
import urllib.request
import zlib


#? loop & sources
async def fetch(number, source, *what):
    """Makes one request: `source` says how."""
    return await source(number, *what)


#? !loop & sources
def fetch(number, source, *what):
    """Makes one request: `source` says how."""
    return source(number, *what)


#? loop
async def simulated(number, seconds):  #? !many
async def simulated(number, step, seconds):  #? many
    """Waits as for an answer from the network, and returns it."""
    await asyncio.sleep(seconds)
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? !loop
def simulated(number, seconds):  #? !many
def simulated(number, step, seconds):  #? many
    """Waits as for an answer from the network, and returns it."""
    time.sleep(seconds)
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


async def simulated_blocking(number, seconds):  #? !many
async def simulated_blocking(number, step, seconds):  #? many
    """Waits as a blocking call does: the whole event loop stands still."""
    time.sleep(seconds)
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? loop
async def download(number, url, seconds=$TIMEOUT):
    """Downloads an address; an answer that takes longer is a failure."""
    headers = HEADERS if url.startswith(SERVER) else None  #? server & urls
    async with session.get(
        url, timeout=aiohttp.ClientTimeout(total=seconds)  #? urls & !server
        url, headers=headers, timeout=aiohttp.ClientTimeout(total=seconds)  #? urls & server
        url, headers=HEADERS, timeout=aiohttp.ClientTimeout(total=seconds)  #? !urls
    ) as response:
        if response.status // 100 != 2:
            raise OSError(f"{url} answered {response.status}")
        return await response.read()


#? !loop & !interpreters
def download(number, url, seconds=$TIMEOUT):
    """Downloads an address; a silence that lasts longer is a failure."""
    headers = HEADERS if url.startswith(SERVER) else None  #? server & urls
    response = local.session.get(url, timeout=seconds)  #? threads & urls & !server
    response = local.session.get(url, headers=headers, timeout=seconds)  #? threads & urls & server
    response = local.session.get(url, headers=HEADERS, timeout=seconds)  #? threads & !urls
    response = web.get(url, timeout=seconds)  #? !threads & urls & !server
    response = web.get(url, headers=headers, timeout=seconds)  #? !threads & urls & server
    response = web.get(url, headers=HEADERS, timeout=seconds)  #? !threads & !urls
    if response.status_code // 100 != 2:
        raise OSError(f"{url} answered {response.status_code}")
    return response.content


#? interpreters
def download(number, url, seconds=$TIMEOUT):
    """Downloads an address; a silence that lasts longer is a failure."""
    # Not requests: some of what it imports cannot be loaded by several interpreters.
    request = urllib.request.Request(url)  #? urls & !server
    headers = HEADERS if url.startswith(SERVER) else {}  #? server & urls
    request = urllib.request.Request(url, headers=headers)  #? urls & server
    request = urllib.request.Request(url, headers=HEADERS)  #? !urls
    with urllib.request.urlopen(request, timeout=seconds) as response:
        return response.read()


async def download_blocking(number, url, seconds=$TIMEOUT):
    """Downloads by a blocking call: the whole event loop stands still."""
    headers = HEADERS if url.startswith(SERVER) else None  #? server & urls
    response = web.get(url, timeout=seconds)  #? urls & !server
    response = web.get(url, headers=headers, timeout=seconds)  #? urls & server
    response = web.get(url, headers=HEADERS, timeout=seconds)  #? !urls
    if response.status_code // 100 != 2:
        raise OSError(f"{url} answered {response.status_code}")
    return response.content


def open_session():
    local.session = requests.Session()


def body_url(ms, length, seed):
    """Where the server answers after so many milliseconds with so many bytes."""
    return f"{SERVER}api/body?ms={ms:.3f}&bytes={length}&seed={seed}"


#? !grouped
def read_share(number):
    """The part of the file that is this task's."""
    with open(sys.argv[1], "rb") as file:
        size = file.seek(0, os.SEEK_END)
        start, end = size * number // TASKS, size * (number + 1) // TASKS
        file.seek(start)
        return file.read(end - start)


#? grouped
def read_share(place, tasks):
    """The part of the file that belongs to the task at this place of its group."""
    with open(sys.argv[1], "rb") as file:
        size = file.seek(0, os.SEEK_END)
        start, end = size * place // tasks, size * (place + 1) // tasks
        file.seek(start)
        return file.read(end - start)


#? kernels
def compute(number, kernel, *what):
    """Does one step of computing: `kernel` says which."""
    return kernel(*what)


#? unguarded & !locked
def bump(number, times):
    """Increments the counter that all tasks share."""
    global counter
    for _ in range(times):
        # Read, add, write: nothing promises that no other thread comes in between.
        counter += 1


#? locked & !unguarded
def bump(number, times):
    """Increments the counter that all tasks share."""
    global counter
    for _ in range(times):
        with lock:
            counter += 1


#? locked & unguarded
def bump(number, times, is_guarded):
    """Increments the counter that all tasks share."""
    global counter
    for _ in range(times):
        if is_guarded:
            with lock:
                counter += 1
        else:
            # Nothing promises that no other thread comes in between.
            counter += 1


#== At the top


web = requests.Session()


local = threading.local()  # threads must not share a session


SERVER = os.environ.get("LANES_SERVER", "")
HEADERS = {"Authorization": f"Bearer {os.environ.get('LANES_TOKEN', '')}"}


counter = 0  # each process has its own  #? processes
counter = 0  # each interpreter has its own  #? interpreters
counter = 0  #? !processes & !interpreters


lock = threading.Lock()  #? !substitute
# Python has no atomic increment, and its global lock does not guard `+=`.  #? substitute
lock = threading.Lock()  #? substitute
