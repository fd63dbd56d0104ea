# aiohttp
# requests
import aiohttp
import asyncio
import ctypes
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


#? blocking_sources
def fetch_blocking(number, source, *what):
    """Makes one request by a call that blocks: `source` says how."""
    return source(number, *what)


#? loop & !limited
async def simulated(number, seconds):  #? !many & !late
async def simulated(number, step, seconds):  #? many & !late
async def simulated(number, seconds, timeout_ms):  #? !many & late
async def simulated(number, step, seconds, timeout_ms):  #? many & late
    """Waits as for an answer from the network, and returns it."""
    await asyncio.sleep(seconds)  #? !late
    await asyncio.sleep(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? !loop & !limited
def simulated(number, seconds):  #? !many & !late
def simulated(number, step, seconds):  #? many & !late
def simulated(number, seconds, timeout_ms):  #? !many & late
def simulated(number, step, seconds, timeout_ms):  #? many & late
    """Waits as for an answer from the network, and returns it."""
    time.sleep(seconds)  #? !late
    time.sleep(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? hybrid & !limited
def simulated_blocking(number, seconds):  #? !many & !late
def simulated_blocking(number, step, seconds):  #? many & !late
def simulated_blocking(number, seconds, timeout_ms):  #? !many & late
def simulated_blocking(number, step, seconds, timeout_ms):  #? many & late
    """Waits as a blocking call does: for a thread beside the event loop."""
    time.sleep(seconds)  #? !late
    time.sleep(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? !hybrid & !limited
async def simulated_blocking(number, seconds):  #? !many & !late
async def simulated_blocking(number, step, seconds):  #? many & !late
async def simulated_blocking(number, seconds, timeout_ms):  #? !many & late
async def simulated_blocking(number, step, seconds, timeout_ms):  #? many & late
    """Waits as a blocking call does: the whole event loop stands still."""
    time.sleep(seconds)  #? !late
    time.sleep(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? keeps & !loop
def simulated_holding(number, seconds):  #? !many & !late
def simulated_holding(number, step, seconds):  #? many & !late
def simulated_holding(number, seconds, timeout_ms):  #? !many & late
def simulated_holding(number, step, seconds, timeout_ms):  #? many & late
    """Waits as C code does that does not let go of the interpreter's lock."""
    sleep_holding(seconds)  #? !late
    sleep_holding(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? keeps & hybrid
def simulated_holding(number, seconds):  #? !many & !late
def simulated_holding(number, step, seconds):  #? many & !late
def simulated_holding(number, seconds, timeout_ms):  #? !many & late
def simulated_holding(number, step, seconds, timeout_ms):  #? many & late
    """Waits on a thread, and keeps the lock: the event loop cannot go on either."""
    sleep_holding(seconds)  #? !late
    sleep_holding(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


#? keeps & loop & !hybrid
async def simulated_holding(number, seconds):  #? !many & !late
async def simulated_holding(number, step, seconds):  #? many & !late
async def simulated_holding(number, seconds, timeout_ms):  #? !many & late
async def simulated_holding(number, step, seconds, timeout_ms):  #? many & late
    """Waits as a blocking call does: the whole event loop stands still."""
    sleep_holding(seconds)  #? !late
    sleep_holding(min(seconds, timeout_ms / 1000))  #? late
    check_in_time(seconds, timeout_ms)  #? late
    return BODIES[number]  #? !many
    return BODIES[number, step]  #? many


def sleep_holding(seconds):
    """Sleeps in C and keeps the lock, which `ctypes.PyDLL` does not let go of."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        # A signal ends it early, and a second is the most that every system takes.
        libc.usleep(min(int(left * 1_000_000) + 1, 999_999))


def check_in_time(seconds, timeout_ms):
    """An answer that takes longer is a failure."""
    if int(seconds * 1_000_000 + 0.5) > timeout_ms * 1000:
        raise TimeoutError(
            f"the simulated answer did not come within {timeout_ms} ms (timeout_ms); "
            "raise the limit or lower latency_ms"
        )


#? loop
async def download(number, url, seconds=$TIMEOUT):
    """Downloads an address; an answer that takes longer is a failure."""
    headers = SERVER_HEADERS if url.startswith(SERVER) else HEADERS  #? server & urls
    timeout = aiohttp.ClientTimeout(total=seconds)
    async with session.get(url, headers=$HEADERS, timeout=timeout) as response:
        if response.status in (429, 500, 502, 503, 504):  #? retries
            raise Refused(f"{url} answered {response.status}")  #? retries
        if response.status // 100 != 2:
            raise OSError(f"{url} answered {response.status}")
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > MOST_BYTES:
                raise OSError(f"{url} answered with more than {MOST_BYTES} bytes")
        return bytes(body)


#? !interpreters
def download(number, url, seconds=$TIMEOUT):  #? !loop
    """Downloads an address; an answer that takes longer is a failure."""  #? !loop
def download_blocking(number, url, seconds=$TIMEOUT):  #? hybrid
    """Downloads by a blocking call: for a thread beside the event loop."""  #? hybrid
async def download_blocking(number, url, seconds=$TIMEOUT):  #? loop & !hybrid
    """Downloads by a blocking call: the whole event loop stands still."""  #? loop & !hybrid
    headers = SERVER_HEADERS if url.startswith(SERVER) else HEADERS  #? server & urls
    end = time.monotonic() + seconds
    with $SESSION.get(url, headers=$HEADERS, timeout=seconds, stream=True) as reply:
        if reply.status_code in (429, 500, 502, 503, 504):  #? retries
            raise Refused(f"{url} answered {reply.status_code}")  #? retries
        if reply.status_code // 100 != 2:
            raise OSError(f"{url} answered {reply.status_code}")
        # urllib3 1 has no read1: with it, only silence ends a download in time.
        read = getattr(reply.raw, "read1", reply.raw.read)
        return receive(lambda: read(65_536, decode_content=True), url, end)


#? interpreters
def download(number, url, seconds=$TIMEOUT):
    """Downloads an address; an answer that takes longer is a failure."""
    # Not requests: some of what it imports cannot be loaded by several interpreters.
    headers = SERVER_HEADERS if url.startswith(SERVER) else HEADERS  #? server & urls
    request = urllib.request.Request(url, headers=$HEADERS)
    end = time.monotonic() + seconds
    with urllib.request.urlopen(request, timeout=seconds) as response:
        body = receive(lambda: response.read1(65_536), url, end)
        if response.headers.get("Content-Encoding") in ("gzip", "deflate"):
            # Compressed although nobody asked for it.
            body = zlib.decompressobj(47).decompress(body, MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise OSError(f"{url} answered with more than {MOST_BYTES} bytes")
        return body


def receive(read, url, end):
    """Takes an answer piece by piece: its length and its time are limited."""
    body = bytearray()
    while True:
        piece = read()
        if time.monotonic() > end:
            raise TimeoutError(f"{url} did not answer in time")
        if not piece:
            return bytes(body)
        body += piece
        if len(body) > MOST_BYTES:
            raise OSError(f"{url} answered with more than {MOST_BYTES} bytes")


def open_session():
    local.session = requests.Session()
    set_up()  #? setup


def set_up():
    """What a worker does before its first task."""
    $SETUP


def body_url(ms, length, seed):
    """Where the server answers after so many milliseconds with so many bytes."""
    return f"{SERVER}api/body?ms={ms:.3f}&bytes={length}&seed={seed}"  #? !restrained
    url = f"{SERVER}api/body?ms={ms:.3f}&bytes={length}&seed={seed}"  #? restrained
    return url + LIMITS + RUN  #? restrained


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


def hold(number, size):
    """Takes up memory and writes to all of it, so that it is there."""
    return b"1" * size


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


# The processes of a run inherit it, so that they meet one server.
RUN = os.environ.setdefault("LANES_RUN", f"{time.time_ns():x}")


# What is compressed would have to be decompressed.  #? !server | urls
HEADERS = {"Accept-Encoding": "identity"}  #? !server | urls
SERVER_HEADERS = {  #? server & urls
HEADERS = {  #? server & !urls
    "Accept-Encoding": "identity",  #? server
    "Authorization": f"Bearer {os.environ.get('LANES_TOKEN', '')}",  #? server
}  #? server


libc = ctypes.PyDLL(None)  # the C library; of Unix


counter = 0  # each process has its own  #? processes
counter = 0  # each interpreter has its own  #? interpreters
counter = 0  #? !processes & !interpreters


lock = threading.Lock()  #? !substitute
# Python has no atomic increment, and its global lock does not guard `+=`.  #? substitute
lock = threading.Lock()  #? substitute
