"""A pool of processes, in the page. Chunks, messages and their order are as in CPython's own pool.

CPython's has threads beside the program that hand tasks out and take results in; here the program itself does both while it
waits, for a result or for time to pass. A program that computes in its first process meanwhile keeps its pool waiting.
"""

import collections
import importlib
import itertools
import os
import time
import traceback

import lanes_host
import lanes_pageloop

from . import process

# Interpreters of one pool; each takes 50 MB.
MOST_PROCESSES = 16


class TimeoutError(Exception):
    """A result did not come in time."""


class MaybeEncodingError(Exception):
    """A result that cannot be pickled."""

    def __init__(self, error, value):
        super().__init__(repr(error), repr(value)[:200])

    def __str__(self):
        return "Error sending result: '%s'. Reason: '%s'" % (self.args[1], self.args[0])


class RemoteTraceback(Exception):
    """Where it happened, in the other process."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


def mapstar(args):
    return list(map(*args))


def starmapstar(args):
    return list(itertools.starmap(args[0], args[1]))


class PoolProcess(process.BaseProcess):
    """One of a pool's processes."""


def serve():
    """What a pool's process does: one task after another, until it is ended."""
    connection = process.take_over()
    initializer, arguments = process.current_process()._args
    if os.environ.get("LANES_PROGRAM"):
        # As spawn does, before the first task: the program is imported, and with it what times it.
        importlib.import_module(os.environ["LANES_PROGRAM"])
    if initializer is not None:
        initializer(*arguments)
    while (task := next_task(connection)) is not None:
        job, number, function, args, named = task
        try:
            result = True, function(*args, **named)
        except Exception as error:
            result = False, (error, "\n\"\"\"\n%s\"\"\"" % "".join(traceback.format_exception(error)))
        try:
            connection.send((job, number, result))
        except Exception as error:
            connection.send((job, number, (False, (MaybeEncodingError(error, result[1]), None))))


def next_task(connection):
    if not lanes_host.soon(connection.back, 5):
        # Nothing to do: time to hand over what was written.
        lanes_pageloop.before_wait()
    return connection.recv()


class AsyncResult:
    """A result that comes."""

    def __init__(self, pool, parts=1, callback=None, error_callback=None, join=None):
        self.pool = pool
        self.number = next(pool._jobs)
        self.parts = [None] * parts
        self.left = parts
        self.error = None
        self.callback, self.error_callback = callback, error_callback
        self.join = join or (lambda parts: parts[0])
        pool._results[self.number] = self

    def ready(self):
        return self.left == 0 or self.error is not None

    def successful(self):
        if not self.ready():
            raise ValueError("%r not ready" % self)
        return self.error is None

    def wait(self, timeout=None):
        self.pool._until(self.ready, timeout)

    def get(self, timeout=None):
        if not self.pool._until(self.ready, timeout):
            raise TimeoutError
        if self.error is not None:
            raise self.error
        return self.join(self.parts)

    def _set(self, number, result):
        is_well, value = result
        if is_well:
            self.parts[number] = value
            self.left -= 1
            if self.left == 0 and self.callback:
                self.callback(self.join(self.parts))
        elif self.error is None:
            error, text = value
            if text:
                error.__cause__ = RemoteTraceback(text)
            self.error = error
            if self.error_callback:
                self.error_callback(error)
        if self.ready():
            self.pool._results.pop(self.number, None)


class Iterated:
    """The results of imap, as they come in order, or as they come at all."""

    def __init__(self, pool, in_order):
        self.pool = pool
        self.number = next(pool._jobs)
        self.in_order = in_order
        self.results = {} if in_order else collections.deque()
        self.next_number = 0
        self.length = None
        pool._results[self.number] = self

    def __iter__(self):
        return self

    def _is_there(self):
        is_over = self.length is not None and self.next_number >= self.length
        return is_over or (self.next_number in self.results if self.in_order else bool(self.results))

    def next(self, timeout=None):
        if not self.pool._until(self._is_there, timeout):
            raise TimeoutError
        if self.length is not None and self.next_number >= self.length:
            self.pool._results.pop(self.number, None)
            raise StopIteration
        is_well, value = self.results.pop(self.next_number) if self.in_order else self.results.popleft()
        self.next_number += 1
        if is_well:
            return value
        error, text = value
        if text:
            error.__cause__ = RemoteTraceback(text)
        raise error

    __next__ = next

    def _set(self, number, result):
        if self.in_order:
            self.results[number] = result
        else:
            self.results.append(result)


class Pool:
    """A pool of processes."""

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        count = processes or os.cpu_count() or 1
        if count < 1:
            raise ValueError("Number of processes must be at least 1")
        if count > MOST_PROCESSES:
            raise ValueError("in the page a pool may have %d processes: each is an interpreter of 50 MB" % MOST_PROCESSES)
        self._jobs = itertools.count()
        self._results = {}
        self._tasks = collections.deque()
        self._is_handing_out = False
        self._is_closed = False
        self._processes = count
        self._pool = [PoolProcess(args=(initializer, tuple(initargs)), daemon=True) for _ in range(count)]
        for worker in self._pool:
            worker.start()
        self._idle = collections.deque(self._pool)
        lanes_pageloop.pumps.insert(0, self._pump)

    # What is asked for.

    def apply(self, func, args=(), kwds={}):
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        result = AsyncResult(self._open(), 1, callback, error_callback)
        return self._add(result, iter([(result.number, 0, func, tuple(args), dict(kwds))]))

    def map(self, func, iterable, chunksize=None):
        return self.map_async(func, iterable, chunksize).get()

    def starmap(self, func, iterable, chunksize=None):
        return self.starmap_async(func, iterable, chunksize).get()

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._map(func, iterable, mapstar, chunksize, callback, error_callback)

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return self._map(func, iterable, starmapstar, chunksize, callback, error_callback)

    def _map(self, func, iterable, star, chunksize, callback, error_callback):
        self._open()
        items = list(iterable)
        if chunksize is None:
            chunksize, extra = divmod(len(items), self._processes * 4)
            chunksize += bool(extra)
        chunksize = max(chunksize, 1)
        chunks = [tuple(items[at : at + chunksize]) for at in range(0, len(items), chunksize)]
        joined = lambda parts: list(itertools.chain.from_iterable(parts))  # noqa: E731 - a name would say no more
        result = AsyncResult(self, len(chunks), callback, error_callback, joined)
        return self._add(result, ((result.number, at, star, ((func, chunk),), {}) for at, chunk in enumerate(chunks)))

    def imap(self, func, iterable, chunksize=1):
        return self._imap(func, iterable, chunksize, True)

    def imap_unordered(self, func, iterable, chunksize=1):
        return self._imap(func, iterable, chunksize, False)

    def _imap(self, func, iterable, chunksize, in_order):
        result = Iterated(self._open(), in_order)

        def tasks():
            if chunksize == 1:
                number = -1
                for number, item in enumerate(iterable):
                    yield result.number, number, func, (item,), {}
                result.length = number + 1
                return
            items = iter(iterable)
            number = 0
            while chunk := tuple(itertools.islice(items, chunksize)):
                yield result.number, number, mapstar, ((func, chunk),), {}
                number += 1
            result.length = number

        self._add(result, tasks())
        return result if chunksize == 1 else (value for chunk in result for value in chunk)

    def _add(self, result, tasks):
        self._tasks.append(tasks)
        self._hand_out()
        return result

    def _open(self):
        if self._is_closed:
            raise ValueError("Pool not running")
        return self

    # What happens meanwhile.

    def _hand_out(self):
        """Gives every process that has nothing to do the next task. Asking for one may take its time, when it is not due."""
        if self._is_handing_out:
            return
        self._is_handing_out = True
        try:
            while self._idle and self._tasks:
                task = next(self._tasks[0], None)
                if task is None:
                    self._tasks.popleft()
                    continue
                job, number = task[:2]
                worker = self._idle.popleft()
                try:
                    worker._connection.send(task)
                except Exception as error:
                    self._idle.appendleft(worker)
                    if job in self._results:
                        self._results[job]._set(number, (False, (error, None)))
        finally:
            self._is_handing_out = False

    def _pump(self, ms):
        """Waits so long for messages, and takes in what has come."""
        lanes_host.listen(ms)
        self._take_in()
        self._hand_out()

    def _take_in(self):
        for worker in self._pool:
            while worker._connection.poll():
                job, number, result = worker._connection.recv()
                self._idle.append(worker)
                if job in self._results:
                    self._results[job]._set(number, result)

    def _until(self, is_done, timeout):
        """Waits until something is so; whether it is."""
        end = None if timeout is None else time.perf_counter() + timeout
        self._hand_out()
        while not is_done():
            left = -1 if end is None else (end - time.perf_counter()) * 1000
            if end is not None and left <= 0:
                return False
            self._pump(left)
        return True

    # Its end.

    def close(self):
        self._is_closed = True

    def terminate(self):
        self._is_closed = True
        if self._pump in lanes_pageloop.pumps:
            lanes_pageloop.pumps.remove(self._pump)
        for worker in self._pool:
            if worker in self._idle:
                # It hands over what it has written, and its interpreter is kept.
                worker._connection.send(None)
                worker.exitcode = 0
            elif worker.is_alive():
                worker.terminate()
        self._idle.clear()

    def join(self):
        if not self._is_closed:
            raise ValueError("Pool is still running")
        self._until(lambda: not self._results and not self._tasks, None)
        self.terminate()

    def __enter__(self):
        return self._open()

    def __exit__(self, *_):
        self.terminate()

    def __reduce__(self):
        raise NotImplementedError("pool objects cannot be passed between processes or pickled")
