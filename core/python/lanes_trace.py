"""Writes the thread logs of a program of Lanes: what each of its threads did, and when.

Every thread writes to a memory-mapped file of its own, so nothing is shared, nothing needs to be flushed, and what was
written stays when the process is killed. The backend reads the files while the program runs. What is worth writing is
decided in lanes_steps.py.

A file is a header of 128 bytes and records of 32 bytes, little-endian; `thread_log.rs` reads them:

    header  0 count  8 dropped  16 tasks begun  24 begin of the last  32 its number (u32)  40 peak memory in bytes
            48, 56, 64 done, failed and checksum of the tasks that had no room  72 process  76 whether it is the main thread
            80, 88 time between steps, and processor time between steps; of a function of the user's own, its processor time
    record  0 kind (u8)  1 flags (u8)  2 slot (u16)  4 task (u32)  8 start  16 end  24 digest, bytes or ns (u64)
            of what a fetch met, 24: refusals (u16), errors (u16), retries (u16)

It needs nothing but the standard library, and Python 3.9.
"""

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
# Whether steps are timed; else the program runs as it is, and only its begin and end are told.
IS_ON = os.environ.get("LANES_TRACE", "steps") == "steps"

NO_TASK = 0xFFFFFFFF
QUEUED, START_UP, COMPUTE, WAIT_IO, WAIT_LOCK, SERIALISE, TRANSFER = 1, 2, 3, 4, 5, 6, 7
DONE, FAILED, LAG, MET = 100, 101, 102, 103
HAS_RUN_DELAY, IS_BUMP, IS_OWN, TAKES_BACK = 1, 2, 4, 8

HEADER_BYTES = 128
RECORD = struct.Struct("<BBHIQQQ")
COUNT = struct.Struct("<Q")
BEGUN = struct.Struct("<QQI")
OVERFLOW = struct.Struct("<QQQ")
BETWEEN = struct.Struct("<QQ")
U64 = 0xFFFFFFFFFFFFFFFF

PEAK_EVERY_NS = 100_000_000
MOST_FAILURES = 5

# A sleep ends late by up to this much although nobody holds the lock: timers are no more exact.
LEAST_LATE_NS = 200_000

now = time.perf_counter_ns
cpu_now = time.thread_time_ns
_here = threading.local()
# The pipe to the backend, in the process that it has started.
control = None


class ThreadWriter:
    """Writes the log of one thread."""

    def __init__(self):
        pid = os.getpid()
        self.map = self.file(pid)
        self.room = ROOM
        self.count = self.begun = self.dropped = self.failures = 0
        self.overflow = [0, 0, 0]
        self.free = []
        self.slots = 0
        self.peak_ns = 0
        self.asks = True
        self.schedule = schedule_of_this_thread()
        # What is read of it goes there.
        self.buffer = None
        self.between_ns = self.between_cpu_ns = 0
        # When the last step ended, and the thread's processor time then; 0 before the first.
        self.last_ns = self.last_cpu_ns = self.last_delay_ns = 0
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

    def fail(self, task, start, end, why, flags=0, at=None):
        # The reason first: whoever reads the record looks for it. Of each thread the first ones, because a thread's totals
        # keep its own first ones.
        self.failures += 1
        if self.failures <= MOST_FAILURES:
            with open(os.path.join(FOLDER, "%d.failures" % os.getpid()), "a", encoding="utf-8") as file:
                file.write(failure_line(task, why, at) + "\n")
        self.write(FAILED, flags, 0, task, start, end, 0)

    def begin_step(self, start, cpu):
        """Adds up what passed since the last step of this thread: its time, and its processor time."""
        if self.last_ns:
            self.between_ns += start - self.last_ns
            self.between_cpu_ns += cpu - self.last_cpu_ns
            BETWEEN.pack_into(self.map, 80, self.between_ns, self.between_cpu_ns)

    def add_cpu(self, ns):
        """Adds up the processor time of a function of the user's own."""
        self.between_cpu_ns += ns
        BETWEEN.pack_into(self.map, 80, 0, self.between_cpu_ns)

    def take_slot(self):
        """The lowest row that is free: what runs at the same time on one thread must not overlap in the picture."""
        if self.free:
            return heapq.heappop(self.free)
        self.slots += 1
        return min(self.slots - 1, 0xFFFF)

    def leave_slot(self, slot):
        heapq.heappush(self.free, slot)


def thread_writer():
    """That of this thread."""
    try:
        return _here.writer
    except AttributeError:
        _here.writer = mine = ThreadWriter()
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
    """How long the thread whose file this is was ready to run and had no processor."""
    if schedule is None:
        return 0
    try:
        return int(os.pread(schedule, 80, 0).split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def is_async(function):
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & 0x180)


def named_like(function, wrapper):
    """Lets the wrapper travel between processes under the function's name."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(wrapper, name, getattr(function, name, None))
    wrapper.__wrapped__ = function
    return wrapper


def error_text(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


def one_line(text, most):
    return " ".join(str(text).split())[:most]


def failure_line(task, why, at=None):
    """Why a task failed, as `core/src/collector/told.rs` reads it: its number, the line of the user's file and the exception there
    (0 and nothing where there is none), the reason.
    """
    line, error = at or (0, "")
    return "%d\t%d\t%s\t%s" % (task, line, one_line(error, 200), one_line(why, 300))


def told_at(at):
    """The same line of a program that broke, for `tell`."""
    return {"line": at[0], "error": one_line(at[1], 200)} if at else {}


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
    global _here
    _here = threading.local()


def tell(event, **about):
    """Tells the backend something, in one line that cannot be torn."""
    if control is not None:
        about["lanes"] = event
        os.write(control, (json.dumps(about) + "\n").encode())


if IS_ON and hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=start_afresh)
