"""Runs a program of Lanes in the page's interpreter, and puts the interpreter back afterwards.

The program, what times its steps and what starts it are the same as on the machine (lanes_run.py, lanes_steps.py); here is
what an operating system would do for them: processes, waiting, and a place for their thread logs.
"""

import asyncio
import gc
import importlib
import json
import os
import sys
import time
import traceback

import lanes_host
import lanes_packages
import lanes_pageloop
import lanes_threads
from pyodide.ffi import to_js

FOLDER = "/lanes/run"
# The module that stands for the program: whoever imports it, gets the program with its steps timed. As on the machine.
STAND_IN = "import lanes_steps\n\nlanes_steps.load(globals())\n"
# A thread's log is handed over when it is so full, or has not been for so long.
RECORDS = 2_048
EVERY_NS = 40_000_000

# Pyodide has none. The time of a thread is that in which it does not wait, and has the lock.
time.thread_time_ns = lanes_pageloop.thread_time_ns
lanes_threads.install()
# Nothing forks here, and what is registered for it would be kept for ever: with it the module, and the logs of a whole run.
os.register_at_fork = lambda **functions: None
lanes_packages.install()

# What programs and those that time them put in place of what was there.
REPLACED = [(asyncio, name) for name in ("sleep", "to_thread", "run")] + [
    (time, name) for name in ("sleep", "thread_time_ns")
]


def tell(event, **about):
    about["lanes"] = event
    lanes_host.event(json.dumps(about))


def run(text):
    """Does what the page orders; whether the interpreter can be used again."""
    order = json.loads(text)
    known = set(sys.modules)
    replaced = [(module, name, getattr(module, name)) for module, name in REPLACED]
    environment, path, arguments = dict(os.environ), list(sys.path), list(sys.argv)
    has_threads = order["environment"]["LANES_MODEL"] in ("threads", "hybrid") or bool(order.get("own") and order["own"]["threads"])
    is_clean = True
    try:
        if has_threads:
            lanes_threads.begin()
            time.thread_time_ns = lanes_threads.scheduler.thread_time_ns
        prepare(order)
        if order["role"] == "program":
            importlib.import_module("lanes_run").run_program()
        else:
            importlib.import_module("multiprocessing.pool").serve()
    except SystemExit:
        pass
    except BaseException as error:
        traceback.print_exception(error)
        # Where the program had begun, this has been told already, and better.
        own, trace = sys.modules.get("lanes_own"), sys.modules.get("lanes_trace")
        at = trace.told_at(own.failed_at(error)) if own and trace and own.IS_ON else {}
        tell("broke", why="%s: %s" % (type(error).__name__, error), **at)
    finally:
        if has_threads:
            is_clean = lanes_threads.end()
        flush_all()
        sys.stdout.flush()
        sys.stderr.flush()
    for name in set(sys.modules) - known:
        if is_of_run(name):
            del sys.modules[name]
    for module, name, value in replaced:
        setattr(module, name, value)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:], sys.argv[:] = path, arguments
    lanes_pageloop.pumps.clear()
    lanes_threads.scheduler.requests, lanes_threads.scheduler.look = 0, lambda: None
    lanes_pageloop.before_block = lambda: None
    if is_clean:
        gc.collect()
    return is_clean


def is_of_run(name):
    """Whether a module belongs to a run, and not to the interpreter: the next one imports it anew."""
    file = getattr(sys.modules[name], "__file__", None) or ""
    return file.startswith("/lanes/") and name not in ("lanes_page", "lanes_packages", "lanes_pageloop", "lanes_threads")


def prepare(order):
    os.environ.update(order["environment"])
    os.environ["LANES_TRACE_FOLDER"] = FOLDER + "/logs"
    os.environ["LANES_PROGRAM_PATH"] = path = "%s/program/%s.py" % (FOLDER, order["module"])
    os.environ["LANES_PROGRAM"] = order["module"]
    files = [("%s/%s.py" % (FOLDER, order["module"]), STAND_IN), (path, order["program"])]
    if order.get("own"):
        own = order["own"]
        os.environ["LANES_OWN_FILE"] = file = "%s/own/%s.py" % (FOLDER, own["module"])
        os.environ["LANES_OWN_MODULE"], os.environ["LANES_OWN_FUNCTION"] = own["module"], own["function"]
        os.environ["LANES_OWN_TASKS"] = str(own["tasks"])
        files.append((file, own["text"]))
    orders[:] = [order]
    for name, text in files:
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    os.makedirs(FOLDER + "/logs", exist_ok=True)
    sys.path.insert(0, FOLDER)
    importlib.invalidate_caches()
    sys.argv[:] = [path]
    number = lanes_host.number()
    os.getpid = lambda: number
    os.cpu_count = os.process_cpu_count = lambda: order["cores"]
    lanes_pageloop.install()
    lanes_pageloop.before_wait = flush_late
    watch(order)


def watch(order):
    """Lets what times the program write into messages to the page instead of files."""
    import lanes_trace

    class PageWriter(lanes_trace.ThreadWriter):
        """The log of a thread: its header, and the records since it was handed over last."""

        def file(self, pid):
            self.number = len(writers)
            self.filled = 0
            self.flushed_ns = lanes_trace.now()
            writers.append(self)
            return bytearray(lanes_trace.HEADER_BYTES + RECORDS * lanes_trace.RECORD.size)

        def write(self, kind, flags, slot, task, start, end, extra):
            if self.count >= self.room:
                self.drop(kind, extra)
                return
            at = lanes_trace.HEADER_BYTES + self.filled * 32
            lanes_trace.RECORD.pack_into(self.map, at, kind, flags, slot, task, start, end, extra)
            self.count += 1
            self.filled += 1
            if self.filled == RECORDS or end - self.flushed_ns > EVERY_NS:
                self.flush()

        def fail(self, task, start, end, why, flags=0, at=None):
            self.failures += 1
            if self.failures <= lanes_trace.MOST_FAILURES:
                lanes_host.failure(lanes_trace.failure_line(task, why, at))
            self.write(lanes_trace.FAILED, flags, 0, task, start, end, 0)

        def flush_late(self):
            if self.filled and lanes_trace.now() - self.flushed_ns > EVERY_NS:
                self.flush()

        def flush(self):
            lanes_trace.COUNT.pack_into(self.map, 0, self.count)
            if begun:
                whole = memoryview(self.map)[: lanes_trace.HEADER_BYTES + self.filled * 32]
                lanes_host.log(self.number, to_js(whole))
            self.filled = 0
            self.flushed_ns = lanes_trace.now()

    if order.get("own"):
        watch_own(lanes_trace)
    # What is written before the program begins is a trial of what timing costs.
    begun = order["role"] != "program"
    writers.clear()

    def tell_begin(event, **about):
        nonlocal begun
        if event == "begins":
            begun = True
            writers.clear()
        tell(event, **about)

    lanes_trace.ThreadWriter = PageWriter
    lanes_trace.tell = tell_begin
    lanes_trace.peak_bytes = lanes_host.memory


writers = []
# What is being done now.
orders = []


def watch_own(lanes_trace):
    """Lets what times a function of the user's own say exactly for what it was blocked: whoever decides who runs knows."""
    import lanes_owntime

    def lock_ns(mine):
        # In the place of the time that a system keeps a thread from a processor, which nobody tells here.
        return lanes_threads.scheduler.current.lock_ns

    def between_span(mine, start, cpu, before):
        locked = before - mine.last_delay_ns
        if locked > lanes_owntime.LEAST_WAIT_NS:
            mine.write(lanes_trace.WAIT_LOCK, 0, 0, lanes_trace.NO_TASK, mine.last_ns, mine.last_ns + locked, 0)

    def compute_span(mine, slot, number, start, cpu, before):
        end = lanes_trace.now()
        spent = lanes_trace.cpu_now() - cpu
        blocked = max(end - start - spent, 0)
        locked = min(lock_ns(mine) - before, blocked)
        mine.add_cpu(spent)
        mine.write(lanes_trace.WAIT_LOCK, 0, slot, number, start, start + locked, 0)
        mine.write(lanes_trace.COMPUTE, lanes_trace.IS_OWN, slot, number, start + locked, end, blocked - locked)
        return blocked

    def note_line():
        # Nobody need look from outside at what keeps a loop from going on: it is known where it begins.
        blocking = lanes_owntime.blocking
        if blocking.begun and blocking.thread == lanes_threads.get_ident():
            blocking.seen = lanes_owntime.own_line(sys._getframe(2))

    lanes_pageloop.before_block = note_line
    # Nobody can look at the frames of a suspended stack.
    lanes_owntime.Blocking.look = lambda self: None
    lanes_owntime.delay_ns, lanes_owntime.between_span = lock_ns, between_span
    lanes_owntime.compute_span = compute_span


def flush_all():
    for writer in writers:
        writer.flush()


def flush_late():
    """Hands over what has been waiting for that."""
    for writer in writers:
        writer.flush_late()
