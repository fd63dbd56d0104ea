"""Processes, in the page: an interpreter of its own for each, in a worker of its own."""

import itertools
import json
import os

import lanes_host
import lanes_page

from .connection import Connection

# Of a channel, what travels at once, in bytes.
PIECE = 1 << 20

_numbers = itertools.count(lanes_host.number() * 100 + 1)


class BaseProcess:
    """A process that has been or will be begun."""

    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs or {})
        self.pid = None
        self.daemon = daemon
        self.exitcode = None
        self.name = name or "%s-%d" % (type(self).__name__, id(self) % 1000)
        self._connection = None

    def run(self):
        if self._target:
            self._target(*self._args, **self._kwargs)

    def start(self):
        self.pid = next(_numbers)
        order = dict(lanes_page.orders[0], role="child")
        at = lanes_host.spawn(self.pid, json.dumps(order), PIECE)
        self._connection = Connection(at, at + 1)
        self._connection.send(self)

    def terminate(self):
        lanes_host.dismiss(self.pid)
        self.exitcode = -15

    kill = terminate

    def is_alive(self):
        return self.pid is not None and self.exitcode is None

    @property
    def ident(self):
        return self.pid

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "_connection"}


class Process(BaseProcess):
    """A process of the program's own making: only pools are there."""

    def start(self):
        raise NotImplementedError(
            "multiprocessing.Process is not there in the page, only Pool and ProcessPoolExecutor; python/processes has it"
        )


class MainProcess(BaseProcess):
    """The one that the program itself runs in."""

    def __init__(self):
        super().__init__(name="MainProcess")
        self.pid = os.getpid()


_current = MainProcess()


def current_process():
    return _current


def parent_process():
    return None if isinstance(_current, MainProcess) else MainProcess()


def active_children():
    return []


def take_over():
    """In a new process: who it is, as its parent says."""
    global _current
    connection = Connection(1, 0)
    _current = connection.recv()
    return connection
