"""Takes down what a program of Lanes does: when each step of each task began and ended, on which thread.

The program is not changed: its functions `task`, `fetch`, `fetch_blocking`, `compute` and `bump` are replaced by ones
that read the clock before and after. Every thread writes to a memory-mapped file of its own, so nothing is shared,
nothing needs to be flushed, and what was written stays when the process is killed. The backend reads the files while
the program runs.

A file is a header of 128 bytes and records of 32 bytes, little-endian; `records.rs` reads them:

    header  0 count  8 dropped  16 tasks begun  24 begin of the last  32 its number (u32)  40 peak memory in bytes
            48, 56, 64 done, failed and checksum of the tasks that had no room  72 process  76 whether it is the main thread
    record  0 kind (u8)  1 flags (u8)  2 slot (u16)  4 task (u32)  8 start  16 end  24 digest, bytes or ns (u64)

It needs nothing but the standard library, and Python 3.9.
"""

import contextvars
import errno
import heapq
import json
import mmap
import os
import struct
import sys
import threading
import time

FOLDER = os.environ.get("LANES_TRACE_FOLDER", "")
ROOM = int(os.environ.get("LANES_TRACE_ROOM", "65536"))
IS_ON = os.environ.get("LANES_TRACE", "on") == "on"

NO_TASK = 0xFFFFFFFF
QUEUED, START_UP, COMPUTE, WAIT_IO, WAIT_LOCK, SERIALISE = 1, 2, 3, 4, 5, 6
DONE, FAILED, LAG = 100, 101, 102
HAS_RUN_DELAY, IS_BUMP = 1, 2

HEADER_BYTES = 128
RECORD = struct.Struct("<BBHIQQQ")
COUNT = struct.Struct("<Q")
BEGUN = struct.Struct("<QQI")
OVERFLOW = struct.Struct("<QQQ")
U64 = 0xFFFFFFFFFFFFFFFF

# Steps shorter than this are not asked how long the thread was kept from a processor: the question costs 2 µs.
WORTH_ASKING_NS = 1_000_000
PEAK_EVERY_NS = 100_000_000
MOST_FAILURES = 5
# Of address space, where strangers' servers send what they like.
MOST_MEMORY_BYTES = 4 << 30
# A sleep ends late by up to this much although nobody holds the lock: timers are no more exact.
LEAST_LATE_NS = 200_000

now = time.perf_counter_ns
cpu_now = time.thread_time_ns
_here = threading.local()
# How long the coroutine that fetches slept: each task of a loop has a value of its own.
_slept_ns = contextvars.ContextVar("slept_ns", default=0)
# Where the backend listens, in the process that it has started.
control = None
_failures = 0


class Pen:
    """What one thread writes with."""

    def __init__(self):
        pid = os.getpid()
        self.map = self.file(pid)
        self.room = ROOM
        self.count = self.begun = self.dropped = 0
        self.overflow = [0, 0, 0]
        self.free = []
        self.slots = 0
        self.peak_ns = 0
        self.asks = True
        self.schedule = schedule_of_this_thread()
        is_main = threading.current_thread() is threading.main_thread()
        struct.pack_into("<II", self.map, 72, pid, is_main)

    def file(self, pid):
        for number in range(1 << 30):
            path = os.path.join(FOLDER, "%d-%d-%d.spans" % (pid, threading.get_native_id(), number))
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            try:
                # Sparse: what is not written takes no room.
                os.ftruncate(descriptor, HEADER_BYTES + ROOM * RECORD.size)
                return mmap.mmap(descriptor, 0)
            finally:
                os.close(descriptor)

    def write(self, kind, flags, slot, task, start, end, extra):
        count = self.count
        if count >= self.room:
            self.drop(kind, extra)
            return
        RECORD.pack_into(self.map, HEADER_BYTES + count * 32, kind, flags, slot, task, start, end, extra)
        self.count = count + 1
        # After the record: who reads the count finds what it counts.
        COUNT.pack_into(self.map, 0, count + 1)

    def drop(self, kind, extra):
        """No room: the picture loses it, the totals do not."""
        if kind in (DONE, FAILED):
            self.overflow[kind - DONE] += 1
            if kind == DONE:
                self.overflow[2] = self.overflow[2] + extra & U64
            OVERFLOW.pack_into(self.map, 48, *self.overflow)
        self.dropped += 1
        COUNT.pack_into(self.map, 8, self.dropped)

    def begin(self, task, start):
        self.begun += 1
        BEGUN.pack_into(self.map, 16, self.begun, start, task)

    def end(self, task, start, digest):
        end = now()
        if isinstance(digest, int):
            self.write(DONE, 0, 0, task, start, end, digest & U64)
        else:
            self.fail(task, start, end, "its task gave back no digest")
        if end - self.peak_ns > PEAK_EVERY_NS:
            self.peak_ns = end
            COUNT.pack_into(self.map, 40, peak_bytes())

    def fail(self, task, start, end, why):
        global _failures
        self.write(FAILED, 0, 0, task, start, end, 0)
        _failures += 1
        if _failures <= MOST_FAILURES:
            text = " ".join(str(why).split())[:300]
            with open(os.path.join(FOLDER, "%d.failures" % os.getpid()), "a", encoding="utf-8") as file:
                file.write("%d\t%s\n" % (task, text))

    def take_slot(self):
        """The lowest row that is free: what runs at the same time on one thread must not overlap in the picture."""
        if self.free:
            return heapq.heappop(self.free)
        self.slots += 1
        return min(self.slots - 1, 0xFFFF)

    def leave_slot(self, slot):
        heapq.heappush(self.free, slot)


def pen():
    try:
        return _here.pen
    except AttributeError:
        _here.pen = mine = Pen()
        created = created_ns()
        if created:
            mine.write(START_UP, 0, 0, NO_TASK, created, now(), 0)
        return mine


def created_ns():
    """When the parent asked for this process, if that has not been told yet; 0 in the parent and in later threads."""
    process = getattr(sys.modules.get("multiprocessing.process"), "current_process", lambda: None)()
    return getattr(process, "__dict__", {}).pop("_lanes_created_ns", 0)


def schedule_of_this_thread():
    """Where Linux says how long this thread was ready to run and had no processor."""
    try:
        return os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def run_delay_ns(schedule):
    if schedule is None:
        return 0
    try:
        return int(os.pread(schedule, 80, 0).split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def peak_bytes():
    """The most memory that this process held resident, in bytes."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    except ImportError:
        return 0


def start_afresh():
    """Forgets what was written; in a new process, because it is the parent's."""
    global _here, _failures
    _here = threading.local()
    _failures = 0


def is_async(function):
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x180)


def dress(wrapper, function):
    """Lets the wrapper travel between processes under the function's name."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(function, name, None))
    wrapper.__wrapped__ = function
    return wrapper


def timed_task(function):
    def task(number, *rest, **named):
        mine = pen()
        start = now()
        mine.begin(number, start)
        try:
            digest = function(number, *rest, **named)
        except Exception as error:
            mine.fail(number, start, now(), error_text(error))
            raise
        mine.end(number, start, digest)
        return digest

    async def task_on_loop(number, *rest, **named):
        mine = pen()
        start = now()
        mine.begin(number, start)
        try:
            digest = await function(number, *rest, **named)
        except Exception as error:
            mine.fail(number, start, now(), error_text(error))
            raise
        mine.end(number, start, digest)
        return digest

    return dress(task_on_loop if is_async(function) else task, function)


def timed_fetch(function):
    def fetch(number, *rest, **named):
        mine = pen()
        slot = mine.take_slot()
        _here.asleep_ns = 0
        delay = run_delay_ns(mine.schedule)
        start = now()
        size = 0
        try:
            body = function(number, *rest, **named)
            size = length(body)
            return body
        finally:
            end = now()
            late = 0
            if _here.asleep_ns:
                # Awake and not going on, and not for want of a processor: it waited for the interpreter's lock.
                late = end - start - _here.asleep_ns - (run_delay_ns(mine.schedule) - delay)
                late = late if late > LEAST_LATE_NS else 0
            mine.write(WAIT_IO, 0, slot, number, start, end - late, size)
            if late:
                mine.write(WAIT_LOCK, 0, slot, number, end - late, end, 0)
            mine.leave_slot(slot)

    async def fetch_on_loop(number, *rest, **named):
        mine = pen()
        slot = mine.take_slot()
        start = now()
        size = 0
        _slept_ns.set(0)
        try:
            body = await function(number, *rest, **named)
            size = length(body)
            return body
        finally:
            end = now()
            due = start + _slept_ns.get()
            if due > start and end - due > LEAST_LATE_NS:
                # The answer was there, and something else had the loop.
                mine.write(WAIT_IO, 0, slot, number, start, due, size)
                mine.write(QUEUED, 0, slot, number, due, end, 0)
            else:
                mine.write(WAIT_IO, 0, slot, number, start, end, size)
            mine.leave_slot(slot)

    return dress(fetch_on_loop if is_async(function) else fetch, function)


def timed_compute(function, flags=0):
    def compute(number, *rest, **named):
        mine = pen()
        slot = mine.take_slot()
        asks = mine.asks and mine.schedule is not None
        delay = run_delay_ns(mine.schedule) if asks else 0
        cpu = cpu_now()
        start = now()
        try:
            return function(number, *rest, **named)
        finally:
            end = now()
            # Not on a processor and not waiting for one: blocked. What blocks a kernel is the interpreter's lock.
            blocked = (end - start) - (cpu_now() - cpu)
            if asks:
                blocked -= run_delay_ns(mine.schedule) - delay
            mine.asks = end - start > WORTH_ASKING_NS
            mine.write(COMPUTE, flags | (HAS_RUN_DELAY if asks else 0), slot, number, start, end, max(blocked, 0))
            mine.leave_slot(slot)

    async def compute_on_loop(number, *rest, **named):
        # It hands the work on and waits: who does the work takes it down.
        return await function(number, *rest, **named)

    return dress(compute_on_loop if is_async(function) else compute, function)


def length(body):
    try:
        return len(body)
    except TypeError:
        return 0


def error_text(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


def watch_sleep():
    """Takes down how long threads ask to sleep: what simulated answers are late by, they waited for the lock."""
    sleep = time.sleep

    def noted_sleep(seconds):
        _here.asleep_ns = int(seconds * 1e9)
        sleep(seconds)

    time.sleep = noted_sleep


def watch_loop_sleep():
    """Takes down how long coroutines ask to sleep: from then on a simulated answer is there."""
    import asyncio

    sleep = asyncio.sleep

    async def noted_sleep(seconds, *rest, **named):
        _slept_ns.set(int(seconds * 1e9))
        return await sleep(seconds, *rest, **named)

    asyncio.sleep = noted_sleep


def is_public(ip):
    """Whether an address is on the public internet; `engine/net/policy.rs` says the same."""
    if ip.version == 6:
        if ip.ipv4_mapped:
            return is_public(ip.ipv4_mapped)
        a, b = int(ip) >> 112, int(ip) >> 96 & 0xFFFF
        hidden = a in (0x2002, 0x3FFF) or a == 0x2001 and (b < 0x200 or b == 0xDB8)
        return 0x2000 <= a < 0x4000 and not hidden
    protocol = int(ip) >> 8 == 0xC00000
    return ip.is_global and not ip.is_multicast and not protocol


def keep_to_public():
    """Refuses connections to what is not on the public internet, except the server of Lanes.

    Asked at every connection, so names that are rebound and redirects change nothing. What is downloaded without end
    meets the limit of memory.
    """
    import ipaddress
    import socket
    import urllib.parse

    server = urllib.parse.urlsplit(os.environ.get("LANES_SERVER", ""))
    own = set()
    if server.hostname:
        port = server.port or 80
        own = {info[4][:2] for info in socket.getaddrinfo(server.hostname, port, type=socket.SOCK_STREAM)}

    def check(event, arguments):
        if event != "socket.connect" or not isinstance(arguments[1], tuple) or arguments[1][:2] in own:
            return
        host = arguments[1][0]
        try:
            ip = ipaddress.ip_address(host.split("%")[0])
        except ValueError:
            raise PermissionError(errno.EACCES, "%s is a name, where an address was expected" % host) from None
        if not is_public(ip):
            raise PermissionError(
                errno.EACCES,
                "%s is not on the public internet: a scenario may come from a stranger's link, so such addresses are "
                "asked only with --allow-private" % ip,
            )

    sys.addaudithook(check)
    try:
        import resource

        most = MOST_MEMORY_BYTES
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    except (ImportError, OSError, ValueError):
        pass


def load(module):
    """Runs the program's text in the module that stands for it, and wraps its steps.

    Whoever imports the module gets it wrapped: a worker process, however it is started, and another interpreter.
    """
    path = os.environ["LANES_PROGRAM_PATH"]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    module["__file__"] = path
    if os.environ.get("LANES_PUBLIC_ONLY"):
        keep_to_public()
    exec(compile(text, path, "exec"), module)
    if not IS_ON:
        return
    for name, timed in (
        ("task", timed_task),
        ("fetch", timed_fetch),
        ("fetch_blocking", timed_fetch),
        ("compute", timed_compute),
    ):
        if callable(module.get(name)):
            module[name] = timed(module[name])
    if callable(module.get("bump")):
        module["bump"] = timed_compute(module["bump"], IS_BUMP)
    if "multiprocessing" in sys.modules:
        watch_messages()
    if os.environ.get("LANES_MODEL") == "threads" and getattr(sys, "_is_gil_enabled", lambda: True)():
        watch_sleep()
    if os.environ.get("LANES_MODEL") in ("async", "hybrid"):
        watch_loop_sleep()


def watch_messages():
    """Takes down how long it takes to turn messages between processes into bytes and back, and who dies."""
    from multiprocessing import pool, process, reduction

    pickler = reduction.ForkingPickler
    if getattr(pickler, "_lanes_is_timed", False):
        return
    pickler._lanes_is_timed = True
    dumps, loads, start = pickler.dumps, pickler.loads, process.BaseProcess.start

    def timed_dumps(message, protocol=None):
        mine = pen()
        begin = now()
        data = dumps(message, protocol)
        mine.write(SERIALISE, 0, 0, NO_TASK, begin, now(), memoryview(data).nbytes)
        return data

    def timed_loads(data, **named):
        mine = pen()
        begin = now()
        message = loads(data, **named)
        mine.write(SERIALISE, 0, 0, NO_TASK, begin, now(), memoryview(data).nbytes)
        return message

    def noted_start(self):
        # Goes along to the new process, by whichever way it is started.
        self._lanes_created_ns = now()
        start(self)
        self.__dict__.pop("_lanes_created_ns", None)

    pickler.dumps = staticmethod(timed_dumps)
    pickler.loads = staticmethod(timed_loads)
    process.BaseProcess.start = noted_start
    join = getattr(pool.Pool, "_join_exited_workers", None)
    if join is not None:

        def watched_join(workers):
            before = list(workers)
            joined = join(workers)
            # Asked afterwards: a process can be found to have ended by `join` alone.
            for worker in before:
                if worker not in workers and worker.exitcode:
                    tell("lost", process=worker.pid, code=worker.exitcode)
            return joined

        pool.Pool._join_exited_workers = staticmethod(watched_join)


def tell(event, **about):
    """Tells the backend something, in one line that cannot be torn."""
    if control is not None:
        about["lanes"] = event
        os.write(control, (json.dumps(about) + "\n").encode())


if IS_ON and hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=start_afresh)
