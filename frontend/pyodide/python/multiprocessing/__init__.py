"""multiprocessing, in the page: processes are interpreters in workers of their own, begun by *spawn*, which talk by messages.

A stand-in for the parts that pools need; the rest of the module says in which lane it is to be had.
"""

import os

from . import process
from .pool import Pool as _Pool, TimeoutError
from .process import Process, active_children, current_process, parent_process

__all__ = ["Pool", "Process", "active_children", "cpu_count", "current_process", "get_context", "parent_process"]

def cpu_count():
    return os.cpu_count()


def freeze_support():
    pass


def Pool(processes=None, initializer=None, initargs=(), maxtasksperchild=None):
    return _Pool(processes, initializer, initargs, maxtasksperchild)


def get_all_start_methods():
    return ["spawn"]


def get_start_method(allow_none=False):
    return "spawn"


def set_start_method(method, force=False):
    if method not in (None, "spawn"):
        raise ValueError("cannot find context for %r: in the page processes are begun by spawn" % method)


class SpawnContext:
    """What get_context gives back."""

    Process = Process
    TimeoutError = TimeoutError
    Pool = staticmethod(Pool)
    cpu_count = staticmethod(cpu_count)
    current_process = staticmethod(current_process)

    def get_context(self, method=None):
        return get_context(method)

    def get_start_method(self, allow_none=False):
        return "spawn"

    def __getattr__(self, name):
        return missing(name)


def get_context(method=None):
    set_start_method(method)
    return SpawnContext()


ELSEWHERE = {
    "Array", "BoundedSemaphore", "Barrier", "Condition", "Event", "JoinableQueue", "Lock", "Manager", "Pipe", "Queue", "RLock",
    "RawArray", "RawValue", "Semaphore", "SimpleQueue", "Value",
}


def missing(name):
    if name in ELSEWHERE:
        raise NotImplementedError(
            "multiprocessing.%s is not there in the page: its interpreters share no memory that both could lock; "
            "python/processes has it" % name
        )
    raise AttributeError("module 'multiprocessing' has no attribute %r" % name)


def __getattr__(name):
    return missing(name)
