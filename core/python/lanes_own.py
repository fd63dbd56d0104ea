"""Runs a function of the user's own as part of a program of Lanes: where its file is found, its items, what its results
prove, and what is said of what went wrong.

It needs nothing but the standard library, and Python 3.9.
"""

import hashlib
import importlib.util
import os
import pickle
import re
import sys
import traceback

# The file, and the name of its module; nothing where the program calls no function of the user's own.
FILE = os.environ.get("LANES_OWN_FILE", "")
MODULE = os.environ.get("LANES_OWN_MODULE", "")
FUNCTION = os.environ.get("LANES_OWN_FUNCTION", "")
TASKS = int(os.environ.get("LANES_OWN_TASKS", "0"))
IS_ON = bool(FILE)

# Items whose answers are compared one by one.
MOST_ANSWERS = 100_000

ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
# How a failure is known that concerns the way of an item or a result, and not the function.
UNPICKLABLE = re.compile(r"pickle|serializ", re.IGNORECASE)


def load_file():
    """Imports the file under the name of its module, with what stands beside it to be found, as if it had been started by
    itself; but for `__name__`, so that what is for that alone is left out.
    """
    if MODULE in sys.modules:
        return
    sys.path.insert(0, os.path.dirname(FILE))
    sys.argv = [FILE]
    spec = importlib.util.spec_from_file_location(MODULE, FILE)
    module = sys.modules[MODULE] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SystemExit as error:
        raise ImportError("it calls sys.exit(%s) when it is imported" % ("" if error.code is None else error.code)) from error


def own_module():
    return sys.modules[MODULE]


def is_own(path):
    """Whether a file is the user's own, or one that stands with it."""
    if path.startswith("<"):
        return False
    path = os.path.abspath(path)
    return path.startswith(os.path.dirname(FILE) + os.sep) and "site-packages" not in path


def take_items(program):
    """The items of this run: as many as the scenario has tasks."""
    program.prepare()
    count = len(program.ITEMS)
    if count < TASKS:
        raise LookupError(
            "the scenario has %d tasks, and there are %d items now: run the file again instead of what was saved" % (TASKS, count)
        )
    del program.ITEMS[TASKS:]


def where(error):
    """`thumbs.py, line 12, in task: raise ValueError("no")`: the last line of the user's own, or of whoever raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_own(frame.filename)]
    if not own:
        return ""
    frame = own[-1]
    line = ": %s" % frame.line if frame.line else ""
    return "%s, line %s, in %s%s" % (os.path.basename(frame.filename), frame.lineno, frame.name, line)


def failed_at(error):
    """The line of the user's file at which it failed, and the exception without where that was, for whoever marks the line; or
    nothing.
    """
    file = os.path.abspath(FILE)
    if isinstance(error, SyntaxError) and error.lineno and os.path.abspath(error.filename or "") == file:
        return error.lineno, "%s: %s" % (type(error).__name__, error.msg)
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if os.path.abspath(frame.f_code.co_filename) == file]
    return (lines[-1], in_words(error)) if lines else None


def in_words(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


def reason(number, error):
    """Why an item failed, in one line."""
    if isinstance(error, SystemExit):
        return "item %d: it called sys.exit(%s), which ends a program: return, or raise an exception (%s)" % (
            number,
            "" if error.code is None else repr(error.code),
            where(error),
        )
    place = where(error)
    return "item %d: %s%s" % (number, in_words(error), " (%s)" % place if place else "")


def short(value, most=80):
    """A value as people write it, in one short line."""
    try:
        text = " ".join(repr(value).split())
    except Exception as error:
        text = "a %s whose repr() raises %s" % (type(value).__name__, type(error).__name__)
    return text if len(text) <= most else text[: most - 1] + "…"


def not_sent(number, item, error):
    """Why an item, or its result, did not get from one process to another."""
    try:
        pickle.dumps(item)
    except Exception as why:
        return (
            "item %d (%s) cannot be sent to a process: %s: %s; make items of plain data (numbers, texts, paths), and open or "
            "build the rest inside of %s()" % (number, short(item), type(why).__name__, why, FUNCTION)
        )
    text = str(error)
    cause = re.search(r"Reason: '(.*)'", text, re.DOTALL)
    return (
        "item %d: its result cannot be sent back from a process: %s; return plain data (numbers, texts, lists of them) instead"
        % (number, cause.group(1) if cause else text)
    )


def reasons_of(program, results):
    """Why items failed that never came to their function or whose result never arrived: by number."""
    failed = {}
    for number, (_, why) in enumerate(results):
        if why and UNPICKLABLE.search(why) and os.environ.get("LANES_MODEL") in ("processes", "interpreters"):
            failed[number] = not_sent(number, program.ITEMS[number], why.split(": ", 1)[-1])
    return failed


def canonical(value, depth=0):
    """A value as a text that is the same in each process: sets in order, arrays and images by their bytes."""
    kind = type(value)
    if depth > 50:
        return repr(value)
    if kind in (list, tuple):
        inner = ",".join(canonical(item, depth + 1) for item in value)
        return ("[%s]" if kind is list else "(%s)") % inner
    if kind in (set, frozenset):
        return "%s{%s}" % (kind.__name__, ",".join(sorted(canonical(item, depth + 1) for item in value)))
    if kind is dict:
        return "{%s}" % ",".join(
            "%s:%s" % (canonical(key, depth + 1), canonical(item, depth + 1)) for key, item in value.items()
        )
    if callable(getattr(value, "tobytes", None)) and kind is not memoryview:
        about = getattr(value, "shape", None) or getattr(value, "size", None)
        return "%s%r:%s" % (kind.__name__, about, hashlib.sha256(value.tobytes()).hexdigest())
    return repr(value)


def proofs(results):
    """What each result proves, as 64 bits, or nothing for one that failed; and what has to be said of that."""
    module = own_module()
    digest = getattr(module, "digest", None)
    if FUNCTION == "digest" or not callable(digest):
        digest = None
    values, notes = [], []
    for number, (result, why) in enumerate(results):
        if why:
            values.append(None)
            continue
        text = canonical(digest(result)) if digest else canonical(result)
        plain = ADDRESS.sub(" at 0x", text)
        if plain != text and not notes:
            notes.append(
                "the result of item %d is %s: the address in it is another one each time, so the rest of its text was "
                "compared; define digest(result) in %s to say what of a result counts"
                % (number, short(result), os.path.basename(FILE))
            )
        proof = hashlib.sha256(("%d:%s" % (number, plain)).encode("utf-8", "surrogatepass")).digest()
        values.append(int.from_bytes(proof[:8], "little"))
    return values, notes


def way_of_messages(error):
    """What to do where a whole chunk of items could not be sent; nothing where that is not what went wrong."""
    if os.environ.get("LANES_MODEL") not in ("processes", "interpreters") or not UNPICKLABLE.search(str(error)):
        return None
    return (
        "an item or a result cannot be sent between processes: %s: %s; make both of plain data (numbers, texts, paths, lists "
        "of them), and run with --chunk 1 to see which it is" % (type(error).__name__, error)
    )


def write_answers(folder, results, values):
    """What each item came to, for whoever compares the lanes: its proof, and how people read it."""
    if len(results) > MOST_ANSWERS:
        return
    with open(os.path.join(folder, "answers"), "w", encoding="utf-8", errors="replace") as file:
        for (result, _), value in zip(results, values):
            file.write("-\n" if value is None else "%016x\t%s\n" % (value, short(result, 60)))


def missing(error):
    """The name of the module whose absence an error is about."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.split(".")[0]
        error = error.__cause__ or error.__context__
    return None
