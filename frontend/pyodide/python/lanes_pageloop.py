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
    wait(seconds)


class Selector:
    """Finds nothing: no sockets reach a page. It waits until the loop's next timer, or until another thread has something."""

    def __init__(self):
        self.is_woken = False
        self.waiting = None

    def select(self, timeout=None):
        if not scheduler.is_on:
            if timeout is None or timeout > 0:
                wait(timeout)
            return []
        if timeout is not None and timeout <= 0 or self.is_woken:
            # As a system call does: it lets go of the lock, and others may take it.
            scheduler.pause()
        else:
            self.waiting = scheduler.current
            scheduler.wait(self, timeout)
            self.waiting = None
        self.is_woken = False
        return []

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
        pass

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
