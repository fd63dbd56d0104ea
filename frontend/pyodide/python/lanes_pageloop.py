"""Waiting, in the page: what blocks here blocks the interpreter's worker, as it blocks a process elsewhere; and an event loop
that waits in the same way.

Pyodide's own event loop gives way to the browser's while it waits, in places where CPython's would stand still. Here
everything else of asyncio is CPython's own.
"""

import asyncio
import time
import warnings
from asyncio import base_events, events

import lanes_host
from lanes_threads import scheduler
from pyodide import webloop

# What is worth something else being done first.
LONG_S = 0.02

# What wants to be done while somebody waits: pools, whose processes send messages. Called with the time that is left, in
# milliseconds, below 0 for ever; each waits for as long at the most.
pumps = []

# How long this interpreter has waited so far, in nanoseconds: the rest of its time it has computed.
waited_ns = 0


def thread_time_ns():
    """time.thread_time_ns, where there is one thread."""
    return time.perf_counter_ns() - waited_ns


def before_wait():
    """Called before something waits for long: time to hand over what was written. Whoever runs a program replaces it."""


def before_block():
    """Called before a call blocks, on a loop or elsewhere. Whoever runs a program replaces it."""


def wait_until(is_done, seconds=None):
    """Waits, where there is one thread, until an answer has come, or for so long; whether it has."""
    global waited_ns
    before_wait()
    begin = time.perf_counter_ns()
    end = None if seconds is None else time.perf_counter() + seconds
    scheduler.look()
    while not (done := is_done()):
        left = -1 if end is None else (end - time.perf_counter()) * 1000
        if end is not None and left <= 0:
            break
        (pumps[0] if pumps else lanes_host.listen)(left)
        scheduler.look()
    waited_ns += time.perf_counter_ns() - begin
    return done


def wait(seconds):
    """Waits for so long; for ever with nothing, if there is anything to wait for."""
    if seconds is None or seconds > LONG_S:
        before_wait()
    if scheduler.is_on:
        scheduler.wait(None, seconds)
        return
    global waited_ns
    begin = time.perf_counter_ns()
    try:
        wait_alone(seconds)
    finally:
        waited_ns += time.perf_counter_ns() - begin


def wait_alone(seconds):
    if not pumps:
        if seconds is None:
            raise RuntimeError(
                "the event loop has nothing left to wait for: no timer, no process; in a page this would stand still for ever"
            )
        lanes_host.sleep(seconds * 1000)
        return
    if seconds is None:
        pumps[0](-1)
        return
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        pumps[0](left * 1000)


def sleep(seconds):
    """time.sleep."""
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    before_block()
    wait(seconds)


class Selector:
    """Finds no sockets, which do not reach a page, but the answers to requests. It waits until one is there, until the loop's
    next timer, or until another thread has something."""

    def __init__(self):
        self.is_woken = False
        self.waiting = None
        # Requests that have been answered.
        self.answered = []

    def select(self, timeout=None):
        if scheduler.is_on:
            self.select_among_threads(timeout)
        elif scheduler.requests:
            wait_until(lambda: self.answered, timeout)
        elif timeout is None or timeout > 0:
            wait(timeout)
        answered, self.answered = self.answered, []
        return answered

    def select_among_threads(self, timeout):
        if timeout is not None and timeout <= 0 or self.is_woken or self.answered:
            # As a system call does: it lets go of the lock, and others may take it.
            scheduler.pause()
        else:
            self.waiting = scheduler.current
            scheduler.wait(self, timeout)
            self.waiting = None
        self.is_woken = False

    def add(self, request):
        """A request has been answered."""
        self.answered.append(request)
        self.wake()

    def wake(self):
        self.is_woken = True
        if self.waiting is not None:
            scheduler.wake(self.waiting, self)

    def close(self):
        pass


class PageLoop(base_events.BaseEventLoop):
    """asyncio's own loop, which blocks its worker while it has nothing to do."""

    def __init__(self):
        super().__init__()
        self._selector = Selector()

    def _process_events(self, event_list):
        for request in event_list:
            request.come()

    def _write_to_self(self):
        self._selector.wake()

    def close(self):
        super().close()
        self._selector.close()

    async def shutdown_default_executor(self, timeout=None):
        executor = self._default_executor
        self._executor_shutdown_called = True
        if executor is not None:
            executor.shutdown(wait=True)


class Policy(events._BaseDefaultEventLoopPolicy):
    """Whoever asks for a loop gets one of these."""

    _loop_factory = PageLoop


def install():
    """Puts CPython's own in place of what Pyodide has changed."""
    time.sleep = sleep
    asyncio.run = webloop._orig_run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(Policy())
    events._set_running_loop(None)
