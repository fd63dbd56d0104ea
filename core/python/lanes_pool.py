"""What is done to the process pools of a program: their messages are timed, their deaths told, and they end.

It needs nothing but the standard library, and Python 3.9.
"""

from lanes_trace import NO_TASK, SERIALISE, TRANSFER, named_like, now, tell, thread_writer

# How long a message is under way is seen from this length on, in bytes.
LONG_MESSAGE = 1 << 16
# A worker that writes a result has let go of its lock by then, or never will.
LET_GO_S = 10


def watch_messages():
    """Times how long it takes to turn messages between processes into bytes and back."""
    from multiprocessing import connection, process, reduction

    pickler = reduction.ForkingPickler
    if getattr(pickler, "_lanes_is_timed", False):
        return
    pickler._lanes_is_timed = True
    dumps, loads, start = pickler.dumps, pickler.loads, process.BaseProcess.start

    def timed_dumps(message, protocol=None):
        mine = thread_writer()
        begin = now()
        data = dumps(message, protocol)
        mine.write(SERIALISE, 0, 0, NO_TASK, begin, now(), memoryview(data).nbytes)
        return data

    def timed_loads(data, **named):
        mine = thread_writer()
        begin = now()
        message = loads(data, **named)
        mine.write(SERIALISE, 0, 0, NO_TASK, begin, now(), memoryview(data).nbytes)
        return message

    receive = connection.Connection._recv

    def timed_receive(self, size, *rest):
        # Of a short message nobody could tell how long it was under way: its reader waits for it to be written at all.
        if size < LONG_MESSAGE:
            return receive(self, size, *rest)
        # Its length has arrived, and it behind it: from here on it is under way.
        mine = thread_writer()
        begin = now()
        data = receive(self, size, *rest)
        mine.write(TRANSFER, 0, 0, NO_TASK, begin, now(), size)
        return data

    connection.Connection._recv = timed_receive

    def noted_start(self):
        # Goes along to the new process, by whichever way it is started.
        self._lanes_created_ns = now()
        start(self)
        self.__dict__.pop("_lanes_created_ns", None)

    pickler.dumps = staticmethod(timed_dumps)
    pickler.loads = staticmethod(timed_loads)
    process.BaseProcess.start = noted_start


def watch_deaths():
    """Notes who of a pool's processes dies."""
    from multiprocessing import pool

    if getattr(pool.Pool, "_lanes_is_watched", False):
        return
    pool.Pool._lanes_is_watched = True
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


def end_safely():
    """Lets a pool that ends its workers wait until none of them is writing a result.

    Python ends them wherever they are. One that has the lock of the pipe for results then takes it along, and the pool's own
    thread, which has a last message to write there, waits for ever: a `with` of a pool does not end, the likelier the busier
    the machine. `terminate` is the same otherwise.
    """
    from multiprocessing import pool

    if getattr(pool.Pool, "_lanes_ends_safely", False):
        return
    pool.Pool._lanes_ends_safely = True
    terminate = getattr(pool.Pool, "terminate", None)
    if terminate is None:
        return

    def terminate_safely(self):
        results = getattr(self, "_outqueue", None)
        lock = getattr(results, "_wlock", None)
        if lock is not None and self._state != pool.TERMINATE:
            lock.acquire(timeout=LET_GO_S)
            # Nobody gets the old one any more; what this process has to write there it writes with one of its own.
            results._wlock = self._ctx.Lock()
        terminate(self)

    pool.Pool.terminate = named_like(terminate, terminate_safely)
