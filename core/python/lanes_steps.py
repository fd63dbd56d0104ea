"""Times the steps of a program of Lanes: when each step of each task began and ended, on which thread.

The program is not changed: its functions `task`, `fetch`, `fetch_blocking`, `read_share`, `compute` and `bump` are replaced by
ones that read the clock before and after. What they find goes to the thread logs of lanes_trace.py.

It needs nothing but the standard library, and Python 3.9.
"""

import contextvars
import os
import sys
import threading
import time

import lanes_loop
import lanes_own
import lanes_owntime
import lanes_pool
from lanes_policy import keep_to_public
from lanes_trace import (
    COMPUTE,
    HAS_RUN_DELAY,
    IS_BUMP,
    IS_ON,
    MET,
    LEAST_LATE_NS,
    NO_TASK,
    QUEUED,
    START_UP,
    WAIT_IO,
    WAIT_LOCK,
    cpu_now,
    error_text,
    is_async,
    named_like,
    now,
    run_delay_ns,
    thread_writer,
)

MODEL = os.environ.get("LANES_MODEL")
# Elsewhere a thread does one step at a time, and needs no slots to keep them apart.
HAS_LOOP = MODEL in ("async", "hybrid")
# Steps shorter than this are not asked how long the thread was kept from a processor: the question costs 2 µs.
WORTH_ASKING_NS = 1_000_000

_here = threading.local()
# What the coroutine, or the call on another thread that it waits for, belongs to; each task of a loop has its own.
_task = contextvars.ContextVar("task", default=NO_TASK)
# Until when the coroutine that fetches has asked to sleep last; nothing yet is below 0.
_due_ns = contextvars.ContextVar("due_ns", default=-1)
# What the fetch under way has met: attempts that were refused, and that the server failed at.
_met = contextvars.ContextVar("met", default=None)


def timed_task(function, notes_task=False, received=None):
    """`notes_task`: whether steps have to be told which task they belong to, because they are not called with it.
    `received`: what the program makes the digest with of a task that gives back more than that.
    """

    def task(number, *rest, **named):
        mine = thread_writer()
        start = now()
        mine.begin(number, start)
        if notes_task:
            _task.set(number)
        try:
            digest = function(number, *rest, **named)
        except Exception as error:
            mine.fail(number, start, now(), error_text(error))
            raise
        mine.end(number, start, received(digest) if received else digest)
        return digest

    async def task_on_loop(number, *rest, **named):
        mine = thread_writer()
        start = now()
        mine.begin(number, start)
        _task.set(number)
        try:
            digest = await function(number, *rest, **named)
        except Exception as error:
            mine.fail(number, start, now(), error_text(error))
            raise
        mine.end(number, start, received(digest) if received else digest)
        return digest

    return named_like(function, task_on_loop if is_async(function) else task)


def timed_fetch(function, adds_between=False):
    def fetch(number, *rest, **named):
        mine = thread_writer()
        slot = mine.take_slot() if HAS_LOOP else 0
        _here.asleep_ns = _here.sleeps = 0
        met = [0, 0]
        _met.set(met)
        delay = run_delay_ns(mine.schedule)
        start = now()
        if adds_between:
            mine.begin_step(start, cpu_now())
        size = 0
        has_failed = True
        try:
            body = function(number, *rest, **named)
            size = length(body)
            has_failed = False
            return body
        finally:
            end = now()
            late = 0
            if _here.asleep_ns:
                # Awake and not going on, and not for want of a processor: it waited for the interpreter's lock.
                late = end - start - _here.asleep_ns - (run_delay_ns(mine.schedule) - delay)
                late = late if late > LEAST_LATE_NS * _here.sleeps else 0
            write_met(mine, number, start, met, has_failed, named)
            mine.write(WAIT_IO, 0, slot, number, start, end - late, size)
            if late:
                mine.write(WAIT_LOCK, 0, slot, number, end - late, end, 0)
            if HAS_LOOP:
                mine.leave_slot(slot)
            if adds_between:
                mine.last_ns, mine.last_cpu_ns = end, cpu_now()

    async def fetch_on_loop(number, *rest, **named):
        mine = thread_writer()
        slot = mine.take_slot()
        start = now()
        begun = lanes_loop.watched and lanes_loop.watched.rounds
        size = 0
        _due_ns.set(-1)
        met = [0, 0]
        _met.set(met)
        has_failed = True
        try:
            body = await function(number, *rest, **named)
            size = length(body)
            has_failed = False
            return body
        finally:
            end = now()
            write_met(mine, number, start, met, has_failed, named)
            due = _due_ns.get()
            if due < 0:
                due = lanes_loop.watched.answered_ns(begun, end) if lanes_loop.watched is not None else end
            # It did not begin before the request did, however the loop was timed.
            due = max(due, start)
            if end - due > LEAST_LATE_NS:
                # The answer was there, and something else had the loop.
                mine.write(WAIT_IO, 0, slot, number, start, due, size)
                mine.write(QUEUED, 0, slot, number, due, end, 0)
            else:
                mine.write(WAIT_IO, 0, slot, number, start, end, size)
            mine.leave_slot(slot)

    return named_like(function, fetch_on_loop if is_async(function) else fetch)


def write_met(mine, number, start, met, has_failed, named):
    """Writes what a fetch met of the server: attempts refused and failed, further attempts, and the waits before them."""
    refusals, errors = met
    if refusals or errors:
        retries = refusals + errors - has_failed
        waited_ns = int(named.get("backoff", 0) * 1e9) * (2**retries - 1)
        mine.write(MET, 0, 0, number, start, start + waited_ns, refusals | errors << 16 | retries << 32)


def noted_refusal(refused):
    """The program's own error for a server that refuses or fails, made so that it is counted."""

    class Refused(refused):
        def __init__(self, *what):
            super().__init__(*what)
            met = _met.get()
            if met is not None:
                is_error = str(self).split()[-1] not in ("429", "503")
                met[is_error] += 1

    return Refused


def timed_read(function, adds_between=False):
    def read_share(*what):
        mine = thread_writer()
        slot = mine.take_slot() if HAS_LOOP else 0
        start = now()
        if adds_between:
            mine.begin_step(start, cpu_now())
        try:
            return function(*what)
        finally:
            end = now()
            # As bytes that were fetched it does not count.
            mine.write(WAIT_IO, 0, slot, _task.get(), start, end, 0)
            if HAS_LOOP:
                mine.leave_slot(slot)
            if adds_between:
                mine.last_ns, mine.last_cpu_ns = end, cpu_now()

    return named_like(function, read_share)


def timed_compute(function, flags=0, adds_between=False):
    def compute(number, *rest, **named):
        mine = thread_writer()
        slot = mine.take_slot() if HAS_LOOP else 0
        asks = mine.asks and mine.schedule is not None
        delay = run_delay_ns(mine.schedule) if asks else 0
        cpu = cpu_now()
        start = now()
        if adds_between:
            mine.begin_step(start, cpu)
        try:
            return function(number, *rest, **named)
        finally:
            end = now()
            cpu_end = cpu_now()
            # Not on a processor and not waiting for one: blocked. What blocks a kernel is the interpreter's lock.
            blocked = (end - start) - (cpu_end - cpu)
            if asks:
                blocked -= run_delay_ns(mine.schedule) - delay
            mine.asks = end - start > WORTH_ASKING_NS
            mine.write(COMPUTE, flags | (HAS_RUN_DELAY if asks else 0), slot, number, start, end, max(blocked, 0))
            if HAS_LOOP:
                mine.leave_slot(slot)
            if adds_between:
                mine.last_ns, mine.last_cpu_ns = end, cpu_end

    async def compute_on_loop(number, *rest, **named):
        # It offloads the work and waits: the thread that does the work records it.
        return await function(number, *rest, **named)

    return named_like(function, compute_on_loop if is_async(function) else compute)


def timed_set_up(function):
    def set_up():
        mine = thread_writer()
        delay, cpu, start = run_delay_ns(mine.schedule), cpu_now(), now()
        try:
            function()
        finally:
            end = now()
            # As with a step that computes; one that sleeps is blocked as well, and the backend knows which it is.
            blocked = (end - start) - (cpu_now() - cpu) - (run_delay_ns(mine.schedule) - delay)
            mine.write(START_UP, 0, 0, NO_TASK, start, end, max(blocked, 0))

    return named_like(function, set_up)


def length(body):
    try:
        return len(body)
    except TypeError:
        return 0


def watch_sleep():
    """Notes how long threads ask to sleep: what simulated answers are late by, they waited for the lock."""
    sleep = time.sleep

    def noted_sleep(seconds):
        _here.asleep_ns = getattr(_here, "asleep_ns", 0) + int(seconds * 1e9)
        _here.sleeps = getattr(_here, "sleeps", 0) + 1
        sleep(seconds)

    time.sleep = noted_sleep


def watch_holding(sleep):
    """The same of threads that sleep and keep the lock: one that is late had let go of it, and waited to get it back."""

    def noted_sleep(seconds):
        _here.asleep_ns = int(seconds * 1e9)
        sleep(seconds)

    return noted_sleep


def watch_loop_sleep():
    """Notes how long coroutines ask to sleep: from then on a simulated answer is there."""
    import asyncio

    sleep = asyncio.sleep

    async def noted_sleep(seconds, *rest, **named):
        _due_ns.set(now() + int(seconds * 1e9))
        return await sleep(seconds, *rest, **named)

    asyncio.sleep = noted_sleep


def watch_offload():
    """Times how long what a coroutine offloads waits for a thread, and the coroutine for the loop once it is done."""
    import asyncio

    to_thread = asyncio.to_thread

    async def timed_to_thread(function, *rest, **named):
        mine = thread_writer()
        slot = mine.take_slot()
        times = []

        def noted(*rest, **named):
            times.append(now())
            try:
                return function(*rest, **named)
            finally:
                times.append(now())

        offloaded = now()
        try:
            return await to_thread(noted, *rest, **named)
        finally:
            end = now()
            if len(times) == 2:
                begun, done = times
                mine.write(QUEUED, 0, slot, _task.get(), offloaded, begun, 0)
                if end - done > LEAST_LATE_NS:
                    mine.write(QUEUED, 0, slot, _task.get(), done, end, 0)
            mine.leave_slot(slot)

    asyncio.to_thread = timed_to_thread


def shares_lock():
    """Whether the threads of this lane share an interpreter's lock, so that what passes between their steps matters."""
    return MODEL == "threads" and getattr(sys, "_is_gil_enabled", lambda: True)()


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
    if lanes_own.IS_ON:
        lanes_owntime.watch_faults()
        lanes_own.load_file()
    exec(compile(text, path, "exec"), module)
    has_pools = "multiprocessing" in sys.modules
    if has_pools:
        lanes_pool.end_safely()
    if lanes_own.IS_ON:
        lanes_owntime.wrap(module)
        if has_pools:
            lanes_pool.watch_deaths()
            if IS_ON:
                lanes_pool.watch_messages()
        return
    if not IS_ON:
        return
    is_sharing = shares_lock()
    for name, timed, options in (
        ("task", timed_task, {"notes_task": "read_share" in module, "received": module.get("received")}),
        ("set_up", timed_set_up, {}),
        ("fetch", timed_fetch, {"adds_between": is_sharing}),
        ("fetch_blocking", timed_fetch, {"adds_between": is_sharing}),
        ("read_share", timed_read, {"adds_between": is_sharing}),
        ("compute", timed_compute, {"adds_between": is_sharing}),
        ("hold", timed_compute, {"adds_between": is_sharing}),
        ("make_output", timed_compute, {"adds_between": is_sharing}),
        ("bump", timed_compute, {"adds_between": is_sharing, "flags": IS_BUMP}),
    ):
        if callable(module.get(name)):
            module[name] = timed(module[name], **options)
    if "Refused" in module:
        module["Refused"] = noted_refusal(module["Refused"])
    if has_pools:
        lanes_pool.watch_messages()
        lanes_pool.watch_deaths()
    if is_sharing:
        watch_sleep()
        if "sleep_holding" in module:
            module["sleep_holding"] = watch_holding(module["sleep_holding"])
    if HAS_LOOP:
        watch_loop_sleep()
    if MODEL == "hybrid":
        watch_offload()
