"""Runs a program of Lanes, with its steps timed or as it is, and tells whoever follows it when it begins and what it comes to.

A worker process that is started anew imports its parent's main module, which is this one, and with it the program.
What is timed, and how, is in lanes_steps.py.
"""

import importlib
import os
import sys
import time

import lanes_loop
import lanes_own
import lanes_owntime
import lanes_steps
import lanes_trace
from lanes_trace import (
    FOLDER,
    IS_ON,
    LAG,
    NO_TASK,
    TAKES_BACK,
    U64,
    error_text,
    is_async,
    now,
    peak_bytes,
    tell,
    thread_writer,
)

PROGRAM = os.environ["LANES_PROGRAM"]
LAG_EVERY_S = 0.01


async def with_lag(run):
    """Runs a coroutine, and records beside it how late the loop comes back to a timer that is due."""
    import asyncio

    async def lag():
        mine = thread_writer()
        while True:
            due = now() + int(LAG_EVERY_S * 1e9)
            await asyncio.sleep(LAG_EVERY_S)
            mine.write(LAG, 0, 0, NO_TASK, due, max(now(), due), 0)

    watched = lanes_loop.watch_loop(asyncio.get_running_loop())
    sampler = asyncio.ensure_future(lag())
    try:
        return await run()
    finally:
        sampler.cancel()
        if watched is not None:
            watched.end()


def main():
    import lanes_lifeline

    lanes_lifeline.die_with_parent()
    if os.environ.get("LANES_MODEL") == "processes":
        import multiprocessing.pool  # noqa: F401 - before the clock starts, watched or not
    # The backend's line is private; what the program prints goes with its errors.
    lanes_trace.control = os.dup(1)
    os.dup2(2, 1)
    run_program()


def run_program():
    """Runs the program, and tells when it begins and what it comes to. In the page there is nothing to be done around it."""
    try:
        program = importlib.import_module(PROGRAM)
        if lanes_own.IS_ON:
            lanes_own.take_items(program)
        elif hasattr(program, "prepare"):
            program.prepare()
        run = program.run
        begin = run_async if is_async(run) else call
        cost = {"cost_ns": cost_of_a_task()} if IS_ON else {}
        tell("begins", perf_ns=now(), monotonic_ns=monotonic_ns(), **cost)
        before = processor_ns()
        came_to = begin(run)
        end = now()
        processor = processor_ns() - before
        about = own_outcome(program, came_to, end) if lanes_own.IS_ON else outcome(program, came_to)
    except BaseException as error:
        at = lanes_trace.told_at(lanes_own.failed_at(error) if lanes_own.IS_ON else None)
        tell("broke", why=why_broken(error)[:2000], missing=lanes_own.missing(error), **at)
        raise
    tell(
        "done",
        end_ns=end,
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        memory=peak_bytes(),
        processor_ns=processor,
        loop_idle_ns=getattr(lanes_loop.watched, "idle_ns", None),
        **about,
    )


def outcome(program, checksum):
    return {
        "checksum": "%016x" % (checksum & U64),
        "counter": getattr(program, "counter", None),
        "failed": len(getattr(program, "failures", ())),
    }


def own_outcome(program, results, end):
    """What the results of a function of the user's own come to. The clock stands still: none of it is the job's."""
    for number, why in lanes_own.reasons_of(program, results).items():
        results[number] = None, why
        if IS_ON:
            thread_writer().fail(number, end, end, why, TAKES_BACK)
    proofs, notes = lanes_own.proofs(results)
    lanes_own.write_answers(FOLDER, results, proofs)
    return {
        "checksum": "%016x" % (sum(filter(None, proofs)) & U64),
        "failed": sum(1 for _, why in results if why),
        "why": next((why for _, why in results if why), None),
        "notes": notes + lanes_owntime.blocking.notes(),
    }


def why_broken(error):
    if not lanes_own.IS_ON:
        return error_text(error)
    text = lanes_own.way_of_messages(error) or error_text(error)
    place = lanes_own.where(error)
    return "%s (%s)" % (text, place) if place else text


def nothing(number):
    return 0


def cost_of_a_task():
    """What timing a task of one computation costs, in nanoseconds: tried with one that does nothing."""
    rounds = 15
    step = lanes_steps.timed_compute(nothing, adds_between=lanes_steps.shares_lock())
    plain_step = nothing
    timed = lanes_steps.timed_task(lambda number: step(number))
    if lanes_own.IS_ON:
        own = lanes_owntime.timed_task(lambda number, item: plain_step(number))
        timed = lambda number: own(number, None)  # noqa: E731 - it stands for the other one
    plain = lambda number: plain_step(number)  # noqa: E731 - as the line above
    for function in (timed, plain):
        function(0)
    times = {timed: [], plain: []}
    for _ in range(rounds):
        for function in (timed, plain):
            begin = now()
            for number in range(20):
                function(number)
            times[function].append(now() - begin)
    for name in os.listdir(FOLDER):
        os.unlink(os.path.join(FOLDER, name))
    lanes_trace.start_afresh()
    # The best of each: somebody else may have had the processor in between.
    return max(min(times[timed]) - min(times[plain]), 0) // 20


def call(run):
    return run()


def run_async(run):
    import asyncio

    return asyncio.run(with_lag(run) if IS_ON else run())


def processor_ns():
    """The processor time of this process, and of those that it has started and waited for."""
    children = os.times()
    return time.process_time_ns() + int((children.children_user + children.children_system) * 1e9)


def monotonic_ns():
    """Now, on the clock that the backend reads."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


if __name__ == "__main__":
    if not lanes_own.IS_ON:
        sys.argv[0] = os.environ["LANES_PROGRAM_PATH"]
    main()
elif __name__ == "__mp_main__":
    importlib.import_module(PROGRAM)
