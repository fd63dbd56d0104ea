"""Times a function of the user's own from its begin to its end, and what of that is seen from outside: processor time, time
without a processor, and the rest, in which it was blocked. Of a coroutine each step is timed.

Who reads the logs says what the rest was: waiting for data, or for the lock (`collector.rs`).

It needs nothing but the standard library, and Python 3.9.
"""

import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time

import lanes_loop
import lanes_own
from lanes_trace import (
    COMPUTE,
    FOLDER,
    HAS_RUN_DELAY,
    IS_ON,
    IS_OWN,
    LEAST_LATE_NS,
    NO_TASK,
    QUEUED,
    START_UP,
    WAIT_IO,
    WAIT_LOCK,
    cpu_now,
    is_async,
    named_like,
    now,
    thread_writer,
)

# A step of a coroutine that blocks for so long, on no processor, keeps everything else on its loop from going on.
BLOCKS_NS = 20_000_000
# What is shorter is the time that the clocks take to be read.
LEAST_WAIT_NS = 20_000
# How often it is looked where a step is that does not end.
LOOK_EVERY_S = 0.01


try:
    # A call that does not let go of the interpreter's lock: one that did would hand it to another thread at the begin and
    # at the end of each item, and wait for it.
    _pread = ctypes.PyDLL(None).pread
    _pread.argtypes = ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_longlong
    _pread.restype = ctypes.c_ssize_t
except (OSError, AttributeError):
    _pread = None


def delay_ns(mine):
    """How long the thread was ready to run and had no processor."""
    if mine.schedule is None or _pread is None:
        return 0
    buffer = mine.buffer
    if buffer is None:
        buffer = mine.buffer = ctypes.create_string_buffer(80)
    length = _pread(mine.schedule, buffer, 79, 0)
    try:
        return int(buffer.raw[:length].split()[1]) if length > 0 else 0
    except (ValueError, IndexError):
        return 0


def watch_faults():
    """Lets a fatal signal, or whoever asks by SIGUSR1, have the stacks of all threads printed as errors."""
    # A descriptor of its own, whatever the file does to sys.stderr.
    faulthandler.enable(file=2, all_threads=False)
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)


def wrap(module):
    """Times the functions of a program that calls one of the user's own."""
    if "setup" in module:
        module["setup"] = timed_setup(module["setup"])
    plain, coroutine = (timed_task, timed_coroutine) if IS_ON else (noted_task, noted_coroutine)
    module["task"] = (coroutine if is_async(module["task"]) else plain)(module["task"])
    module["attempt"] = told(module["attempt"])


def told(attempt):
    """An attempt whose reason says where it was, as the program's own does not."""

    def plain(work):
        number, item = work
        result, why = attempt(work)
        return result, last_reason(number) if why else None

    async def on_loop(number, item):
        result, why = await attempt(number, item)
        return result, last_reason(number) if why else None

    return named_like(attempt, on_loop if is_async(attempt) else plain)


_reasons = {}


def last_reason(number):
    return _reasons.pop(number, "item %d failed" % number)


def timed_setup(setup):
    def timed():
        begin = now()
        try:
            setup()
        except BaseException as error:
            # A pool would start another worker, and that one another: so that the backend ends it, it is told.
            text = "%s: %s (%s)" % (type(error).__name__, error, lanes_own.where(error))
            with open(os.path.join(FOLDER, "setup.failed"), "a", encoding="utf-8") as file:
                file.write(" ".join(text.split())[:2000] + "\n")
            raise
        if IS_ON:
            thread_writer().write(START_UP, 0, 0, NO_TASK, begin, now(), 0)

    return named_like(setup, timed)


def noted_task(function):
    """A task that is not timed, whose failures are noted all the same."""

    def task(number, item):
        try:
            return function(number, item)
        except (Exception, SystemExit) as error:
            _reasons[number] = lanes_own.reason(number, error)
            raise

    return named_like(function, task)


def noted_coroutine(function):
    async def task(number, item):
        try:
            return await function(number, item)
        except (Exception, SystemExit) as error:
            _reasons[number] = lanes_own.reason(number, error)
            raise

    return named_like(function, task)


def timed_task(function):
    waits_between = os.environ.get("LANES_MODEL") == "threads" and getattr(sys, "_is_gil_enabled", lambda: True)()

    def task(number, item):
        mine = thread_writer()
        delay = delay_ns(mine)
        cpu = cpu_now()
        start = now()
        if waits_between and mine.last_ns:
            between_span(mine, start, cpu, delay)
        mine.begin(number, start)
        try:
            result = function(number, item)
        except (Exception, SystemExit) as error:
            compute_span(mine, 0, number, start, cpu, delay)
            _reasons[number] = why = lanes_own.reason(number, error)
            mine.fail(number, start, now(), why, at=lanes_own.failed_at(error))
            raise
        else:
            compute_span(mine, 0, number, start, cpu, delay)
            mine.end(number, start, 0)
            return result
        finally:
            mine.last_ns, mine.last_cpu_ns, mine.last_delay_ns = now(), cpu_now(), delay_ns(mine)

    return named_like(function, task)


def between_span(mine, start, cpu, delay):
    """Writes for how long a thread did not get from one item to the next. All items are there from the beginning, so what
    blocks it is the interpreter's lock: a short item is done before anybody has asked for that.
    """
    spent, waited = cpu - mine.last_cpu_ns, delay - mine.last_delay_ns
    blocked = start - mine.last_ns - spent - waited
    if blocked > LEAST_WAIT_NS:
        mine.write(WAIT_LOCK, 0, 0, NO_TASK, mine.last_ns, mine.last_ns + blocked, 0)


def compute_span(mine, slot, number, start, cpu, delay):
    """Writes what a stretch of the user's own code came to; returns how long it was blocked."""
    end = now()
    spent = cpu_now() - cpu
    blocked = max(end - start - spent - (delay_ns(mine) - delay), 0)
    mine.add_cpu(spent)
    flags = IS_OWN | (HAS_RUN_DELAY if mine.schedule is not None and _pread is not None else 0)
    mine.write(COMPUTE, flags, slot, number, start, end, blocked)
    return blocked


def timed_coroutine(function):
    async def task(number, item):
        mine = thread_writer()
        slot = mine.take_slot()
        start = now()
        mine.begin(number, start)
        try:
            result = await Steps(function(number, item), mine, slot, number)
        except (Exception, SystemExit) as error:
            _reasons[number] = why = lanes_own.reason(number, error)
            mine.fail(number, start, now(), why, at=lanes_own.failed_at(error))
            raise
        finally:
            mine.leave_slot(slot)
        mine.end(number, start, 0)
        return result

    return named_like(function, task)


class Steps:
    """Awaits a coroutine step by step: on the loop it computes, in between it waits."""

    def __init__(self, coroutine, mine, slot, number):
        self.coroutine = coroutine
        self.mine = mine
        self.slot = slot
        self.number = number

    def __await__(self):
        coroutine, mine = self.coroutine, self.mine
        value = error = None
        while True:
            delay = delay_ns(mine)
            cpu = cpu_now()
            begin = blocking.begin()
            try:
                wanted = coroutine.send(value) if error is None else coroutine.throw(error)
            except StopIteration as stop:
                return stop.value
            finally:
                blocking.end(compute_span(mine, self.slot, self.number, begin, cpu, delay))
            waits = now()
            rounds = lanes_loop.watched and lanes_loop.watched.rounds
            value = error = None
            try:
                value = yield wanted
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as thrown:
                error = thrown
            self.waited(waits, rounds)

    def waited(self, start, rounds):
        end = now()
        loop = lanes_loop.watched
        due = max(loop.answered_ns(rounds, end) if loop is not None else end, start)
        if end - due <= LEAST_LATE_NS:
            due = end
        self.mine.write(WAIT_IO, 0, self.slot, self.number, start, due, 0)
        if due < end:
            # The answer was there, and something else had the loop.
            self.mine.write(QUEUED, 0, self.slot, self.number, due, end, 0)


class Blocking:
    """Finds the lines that keep an event loop from going on: another thread looks where a step is that does not end."""

    def __init__(self):
        self.begun = 0
        self.seen = None
        self.lines = {}
        self.thread = None

    def begin(self):
        if self.thread is None:
            self.thread = threading.get_ident()
            try:
                threading.Thread(target=self.look, name="lanes-look", daemon=True).start()
            except RuntimeError:
                # An interpreter that has one thread, as in the page: nobody can look.
                pass
        self.seen = None
        self.begun = now()
        return self.begun

    def end(self, blocked_ns):
        self.begun = 0
        if self.seen and blocked_ns > BLOCKS_NS:
            times, spent = self.lines.get(self.seen, (0, 0))
            self.lines[self.seen] = times + 1, spent + blocked_ns

    def look(self):
        while True:
            time.sleep(LOOK_EVERY_S)
            begun = self.begun
            if begun and now() - begun > BLOCKS_NS // 2 and self.seen is None:
                place = own_line(sys._current_frames().get(self.thread))
                if self.begun == begun:
                    self.seen = place

    def notes(self):
        """A sentence for each line that blocked, the worst first."""
        worst = sorted(self.lines.items(), key=lambda line: -line[1][1])[:3]
        return [
            "a call in %s blocks the event loop: %d times, %.3g s in all, in which nothing else on the loop went on; await "
            "something else there, or hand it to asyncio.to_thread" % (place, times, spent / 1e9)
            for place, (times, spent) in worst
        ]


blocking = Blocking()


def own_line(frame):
    """`thumbs.py, line 7, in task_async`: the innermost of the user's own."""
    while frame is not None:
        path = frame.f_code.co_filename
        if lanes_own.is_own(path):
            return "%s, line %d, in %s" % (os.path.basename(path), frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return None
