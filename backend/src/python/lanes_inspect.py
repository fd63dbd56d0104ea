"""Looks at a file of the user's own before it is run: which of its functions is meant, and how many items it has; or calls
the function once, for the first item, and says how long that takes.

What is asked comes by the environment, and the answer goes to a file; a line on standard output says that it is there. It
needs nothing but the standard library, and Python 3.9.
"""

import importlib.util
import inspect
import json
import keyword
import os
import sys
import time

import lanes_lifeline
import lanes_own

MARK = b"lanes-own answered\n"
ASKED = json.loads(os.environ["LANES_INSPECT"])
MOST_ITEMS = 1_000_000


class Problem(Exception):
    """What is wrong with the file, as the backend names it."""

    def __init__(self, kind, **about):
        super().__init__(kind)
        self.about = dict(about, problem=kind)


def module_name(name):
    """The name of the module, unless another one has it that the file may want to import, or it is a word of Python's."""
    if keyword.iskeyword(name):
        return name + "_own"
    spec = None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        pass
    return name + "_own" if spec is not None or name in sys.modules else name


def load():
    try:
        lanes_own.load_file()
    except BaseException as error:
        place = lanes_own.where(error)
        text = "%s: %s" % (type(error).__name__, error)
        raise Problem("import", why="%s (%s)" % (text, place) if place else text, missing=lanes_own.missing(error))
    return lanes_own.own_module()


def own_functions(module):
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]


def find_function(module):
    """The name of the function, and of the coroutine function for event loops."""
    name = ASKED["function"]
    if not name:
        name = "task" if hasattr(module, "task") else "task_async" if hasattr(module, "task_async") else "task"
    function = getattr(module, name, None)
    if not callable(function):
        raise Problem("function", name=name, functions=own_functions(module))
    if inspect.iscoroutinefunction(function):
        return name, name
    beside = name + "_async"
    return name, beside if inspect.iscoroutinefunction(getattr(module, beside, None)) else ""


def items_of(module):
    """The expression for the items, and the items."""
    expression = ASKED["items"]
    if ASKED["items_from"]:
        expression = repr(read_items(ASKED["items_from"]))
    elif not expression:
        if hasattr(module, "ITEMS"):
            expression = "ITEMS"
        elif callable(getattr(module, "items", None)):
            expression = "items()"
        else:
            raise Problem("no_items")
    items = []
    try:
        for item in eval(expression, vars(module)):
            items.append(item)
            if len(items) > MOST_ITEMS:
                raise Problem("too_many", most=MOST_ITEMS)
    except Problem:
        raise
    except BaseException as error:
        place = lanes_own.where(error)
        text = "%s: %s" % (type(error).__name__, error)
        raise Problem("items", what=expression[:80], why="%s (%s)" % (text, place) if place else text)
    if not items:
        raise Problem("empty", what=expression[:80])
    return "" if expression == "ITEMS" else expression, items


def read_items(path):
    """A JSON value in each line of a file; else each line as it is."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        return lines


def look(module):
    function, coroutine = find_function(module)
    expression, items = items_of(module)
    return {
        "module": module.__name__,
        "function": function,
        "coroutine": coroutine,
        "items": expression,
        "count": len(items),
        "first": lanes_own.short(items[0]),
    }


def try_out(module):
    """Calls the function once, for the first item."""
    function, _ = find_function(module)
    item = items_of(module)[1][0]
    call = getattr(module, function)
    if inspect.iscoroutinefunction(call):
        import asyncio

        coroutine = call
        call = lambda item: asyncio.run(coroutine(item))  # noqa: E731 - it stands for the other one
    setup = getattr(module, "setup", None)
    begin = time.perf_counter_ns()
    failed = None
    start, cpu = begin, time.process_time_ns()
    try:
        if callable(setup):
            setup()
        start, cpu = time.perf_counter_ns(), time.process_time_ns()
        call(item)
    except BaseException as error:
        failed = lanes_own.reason(0, error)
    end, cpu_end = time.perf_counter_ns(), time.process_time_ns()
    return {"setup_ns": start - begin, "wall_ns": end - start, "cpu_ns": cpu_end - cpu, "failed": failed}


def main():
    lanes_lifeline.die_with_parent()
    told = os.dup(1)
    os.dup2(2, 1)
    lanes_own.MODULE = module_name(lanes_own.MODULE)
    lanes_own.FUNCTION = ASKED["function"] or "task"
    try:
        module = load()
        found = (try_out if ASKED["try"] else look)(module)
    except Problem as problem:
        found = problem.about
    with open(os.environ["LANES_INSPECT_ANSWER"], "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.write(told, MARK)
    # Whatever threads the file has started are not waited for.
    os._exit(0)


main()
