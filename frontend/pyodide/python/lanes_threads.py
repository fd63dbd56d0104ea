"""Threads, in the page: each is a stack of its own in one interpreter, and this decides who runs.

A thread gives way where CPython's lets go of the interpreter's lock: when it blocks (to sleep, for a lock, for a queue, for
another thread's end), and when somebody else has waited for a whole switch interval. So never two compute at once, and those who
wait come in turn. Python's own `threading`, `queue` and `concurrent.futures` stand on this, unchanged.

A stack is suspended by the browser (JSPI). Where that cannot be, starting a thread is an error, as it is without all this.
"""

import _thread
import gc
import heapq
import signal
import sys
import threading
import time
from collections import deque

import lanes_host
from pyodide.ffi import run_sync

now = time.perf_counter_ns
# As CPython's own, in nanoseconds.
INTERVAL_NS = 5_000_000
RUNNING, READY, WAITING = range(3)
# Where the lock is taken away from a thread: in files of the program's and of the user's own. Taken away inside what carries
# threads (its books here, queues, what times steps, whatever calls the page) the interpreter has ended now and then; a thread
# in there goes on until it is back.
PREEMPTED = "/lanes/run/"


class Turn:
    """What a suspended stack waits for. To Pyodide it is a future, and one that needs no event loop."""

    _asyncio_future_blocking = False

    def __init__(self):
        self.callback = None
        # Whether it came before anybody could be told.
        self.has_come = False

    def add_done_callback(self, callback, *, context=None):
        self.callback = callback
        if self.has_come:
            self.come()

    def come(self):
        callback, self.callback = self.callback, None
        self.has_come = callback is None
        if callback is not None:
            callback(self)

    def result(self):
        return None

    def __await__(self):
        yield self


class Stack:
    """A thread, as it is scheduled."""

    __slots__ = ("ident", "begin", "state", "since", "cpu_ns", "key", "round", "is_woken", "is_done", "turn", "lock_ns")

    def __init__(self, ident, begin=None):
        self.ident = ident
        # What it does, until it has begun.
        self.begin = begin
        self.state = RUNNING
        # Since when it could go on, and somebody else has the lock.
        self.since = 0
        self.cpu_ns = 0
        # How long it could have gone on and was not let, in all.
        self.lock_ns = 0
        # What it waits for, and the how many-eth of its waits that is: a timer of an earlier one wakes nobody.
        self.key = None
        self.round = 0
        self.is_woken = False
        self.is_done = False
        self.turn = Turn()


class Scheduler:
    """Who runs, who could, and who waits for what."""

    def __init__(self):
        self.interval_ns = INTERVAL_NS
        self.is_on = False
        # Requests to the page that are under way, and who looks which of them have been answered.
        self.requests = 0
        self.look = lambda: None
        self.reset()

    def reset(self):
        self.current = Stack(_thread_get_ident())
        self.ready = deque()
        self.sleeping = []
        # Threads that have been started and have not ended.
        self.others = 0
        self.last = self.current.ident
        self.order = 0
        self.slice_ns = now()
        # From when another thread's turn has come until it goes on: what runs in between is nobody's.
        self.is_switching = False

    def start(self, function):
        """Another thread, which begins when it is its turn."""
        if not self.is_on:
            raise RuntimeError(
                "can't start new thread: this lane of the page's CPython has one alone; those of threads and hybrid have more"
            )
        self.last += 8
        self.others += 1
        stack = Stack(self.last, function)
        self.add(stack, now())
        return stack

    def wait(self, key=None, seconds=None):
        """The current thread waits for something, or for so long; whether somebody woke it."""
        me = self.current
        me.state = WAITING
        me.key = key
        me.round += 1
        me.is_woken = False
        if seconds is not None:
            self.order += 1
            heapq.heappush(self.sleeping, (now() + int(seconds * 1e9), self.order, me.round, me))
        self.switch()
        return me.is_woken

    def wake(self, stack, key):
        """A thread can go on, if that is what it waits for."""
        if stack.state == WAITING and stack.key is key:
            stack.is_woken = True
            self.add(stack, now())

    def pause(self):
        """Lets go of the lock and takes it again: those go first who have waited for it."""
        self.rouse()
        if self.ready:
            self.add(self.current, now())
            self.switch()

    def end(self, stack):
        """The last thing that a thread does."""
        stack.is_done = True
        self.others -= 1
        self.take_turn(self.next())

    def tick(self, _, frame):
        """Called between two bytecodes, every millisecond: whether somebody has waited for a whole interval."""
        if not self.is_on or self.is_switching or frame is None or not frame.f_code.co_filename.startswith(PREEMPTED):
            return
        self.rouse()
        at = now()
        if self.ready and at - max(self.slice_ns, self.ready[0].since) >= self.interval_ns:
            self.add(self.current, at)
            self.switch()

    def add(self, stack, since):
        stack.state = READY
        stack.since = since
        self.ready.append(stack)

    def rouse(self):
        """Those whose time has come can go on, and those whose answers have."""
        if self.requests:
            self.look()
        at = now()
        while self.sleeping and self.sleeping[0][0] <= at:
            due, _, number, stack = heapq.heappop(self.sleeping)
            if stack.state == WAITING and stack.round == number:
                self.add(stack, due)

    def next(self):
        """Who runs next; nobody else could meanwhile, so the whole worker waits for the first whose time comes."""
        while True:
            self.rouse()
            if self.ready:
                return self.ready.popleft()
            while self.sleeping and (self.sleeping[0][3].state != WAITING or self.sleeping[0][3].round != self.sleeping[0][2]):
                heapq.heappop(self.sleeping)
            if not self.sleeping and not self.requests:
                return None
            left = max((self.sleeping[0][0] - now()) / 1e6, 0) if self.sleeping else -1
            if self.requests:
                lanes_host.listen(left)
            else:
                lanes_host.sleep(left)

    def switch(self):
        """Somebody else goes on, and the current thread when it is its turn again."""
        me = self.current
        me.cpu_ns += now() - self.slice_ns
        other = self.next()
        if other is None:
            me.state = RUNNING
            raise RuntimeError("every thread waits for another one: nothing would ever go on")
        if other is me:
            self.take_turn(me)
            return
        self.take_turn(other)
        run_sync(me.turn)
        self.is_switching = False

    def take_turn(self, stack):
        """It goes on once the stack that runs now is suspended, or has ended."""
        me, self.current = self.current, stack
        stack.state = RUNNING
        self.slice_ns = now()
        stack.lock_ns += self.slice_ns - stack.since
        if stack is me:
            return
        self.is_switching = True
        if stack.begin is None:
            stack.turn.come()
        else:
            begin, stack.begin = stack.begin, None
            lanes_host.begin(begin)

    def thread_time_ns(self):
        """How long the current thread has had the lock."""
        return self.current.cpu_ns + now() - self.slice_ns


_thread_get_ident = _thread.get_ident
scheduler = Scheduler()


class Lock:
    """A lock of threading's."""

    def __init__(self):
        self._is_locked = False
        self._waiters = deque()

    def acquire(self, blocking=True, timeout=-1):
        if not self._is_locked:
            self._is_locked = True
            return True
        if not blocking:
            if timeout != -1:
                raise ValueError("can't specify a timeout for a non-blocking call")
            return False
        end = None if timeout < 0 else now() + int(timeout * 1e9)
        me = scheduler.current
        while self._is_locked:
            left = None if end is None else (end - now()) / 1e9
            if left is not None and left <= 0:
                return False
            self._waiters.append(me)
            try:
                scheduler.wait(self, left)
            finally:
                if me in self._waiters:
                    self._waiters.remove(me)
        self._is_locked = True
        return True

    def release(self):
        if not self._is_locked:
            raise RuntimeError("release unlocked lock")
        self._is_locked = False
        if self._waiters:
            scheduler.wake(self._waiters.popleft(), self)

    def locked(self):
        return self._is_locked

    def _at_fork_reinit(self):
        self.__init__()

    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *_):
        self.release()


class Handle:
    """What threading knows of a thread that it has started."""

    def __init__(self, ident=None):
        self.ident = ident
        self._stack = None
        self._is_done = False

    def is_done(self):
        return self._is_done

    def _set_done(self):
        self._is_done = True
        self._wake()

    def _wake(self):
        for stack in self.__dict__.pop("_joining", ()):
            scheduler.wake(stack, self)

    def join(self, timeout=None):
        if self._stack is scheduler.current:
            raise RuntimeError("Cannot join current thread")
        end = None if timeout is None or timeout < 0 else now() + int(timeout * 1e9)
        while not self._is_done:
            left = None if end is None else (end - now()) / 1e9
            if left is not None and left <= 0:
                return
            self.__dict__.setdefault("_joining", []).append(scheduler.current)
            scheduler.wait(self, left)


def start_joinable_thread(function, handle=None, daemon=True):
    handle = handle if handle is not None else Handle()

    def begin():
        nonlocal function, handle
        scheduler.is_switching = False
        try:
            function()
        finally:
            handle._is_done = True
            handle._wake()
            stack = handle._stack
            # Freed here, on a thread's own stack, and not by the page once that is gone: what is freed may run Python.
            function = handle = None
            scheduler.end(stack)

    started = handle
    started._stack = scheduler.start(begin)
    started.ident = started._stack.ident
    return started


def start_new_thread(function, args, kwargs={}):
    return start_joinable_thread(lambda: function(*args, **kwargs)).ident


def get_ident():
    return scheduler.current.ident


class local:
    """threading.local: each thread has attributes of its own."""

    def __new__(cls, *args, **named):
        self = object.__new__(cls)
        object.__setattr__(self, "_lanes", ({}, args, named))
        return self

    def __getattribute__(self, name):
        own = attributes_of(self)
        if name == "__dict__":
            return own
        try:
            return own[name]
        except KeyError:
            return object.__getattribute__(self, name)

    def __setattr__(self, name, value):
        attributes_of(self)[name] = value

    def __delattr__(self, name):
        try:
            del attributes_of(self)[name]
        except KeyError:
            raise AttributeError(name) from None


def attributes_of(place):
    threads, args, named = object.__getattribute__(place, "_lanes")
    ident = scheduler.current.ident
    own = threads.get(ident)
    if own is None:
        own = threads[ident] = {}
        if type(place).__init__ is not object.__init__:
            type(place).__init__(place, *args, **named)
    return own


def set_switch_interval(seconds):
    if seconds <= 0:
        raise ValueError("switch interval must be strictly positive")
    scheduler.interval_ns = int(seconds * 1e9)


def install():
    """Once for an interpreter, before anything is imported that makes locks of its own."""
    threading._start_joinable_thread = start_joinable_thread
    threading._ThreadHandle = Handle
    threading._allocate_lock = threading.Lock = Lock
    threading._CRLock = None
    threading.get_ident = get_ident
    _thread.start_new_thread, _thread.start_joinable_thread = start_new_thread, start_joinable_thread
    _thread.allocate_lock, _thread.get_ident = Lock, get_ident
    sys.setswitchinterval = set_switch_interval
    sys.getswitchinterval = lambda: scheduler.interval_ns / 1e9

    import queue

    # That of C blocks in C.
    queue.SimpleQueue = queue._PySimpleQueue


def collect(generation=2):
    """gc.collect: nothing, while there are stacks that are suspended.

    The collector walks the frames of every thread, and those of a suspended stack lie in memory that another one is using: it
    would end the interpreter. So while threads run, what is held in circles stays.
    """
    return _collect(generation) if scheduler.others == 0 else 0


def current_frames():
    """sys._current_frames: for the same reason, of the thread that asks alone."""
    return {get_ident(): sys._getframe(1)}


_collect, _enable = gc.collect, gc.enable
_frames = sys._current_frames


def begin():
    """For a program that may start threads."""
    scheduler.reset()
    scheduler.interval_ns = INTERVAL_NS
    scheduler.is_on = True
    gc.disable()
    gc.collect, gc.enable, sys._current_frames = collect, gc.disable, current_frames
    threading.local = local
    signal.signal(signal.SIGINT, scheduler.tick)
    lanes_host.tick()


def end():
    """Whether all threads have ended, so that the interpreter can be used again."""
    scheduler.is_on = False
    lanes_host.untick()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.local = _thread._local
    gc.collect, gc.enable, sys._current_frames = _collect, _enable, _frames
    if scheduler.others:
        return False
    gc.enable()
    return True
