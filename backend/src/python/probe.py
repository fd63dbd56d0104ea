# What an interpreter is; in words that Python 2 understands too.
import json
import os
import platform
import sys


def module(name):
    try:
        __import__(name)
    except BaseException as error:
        if type(error).__name__ in ("ImportError", "ModuleNotFoundError") and getattr(error, "name", name) == name:
            return {"state": "missing"}
        return {"state": "broken", "why": ("%s: %s" % (type(error).__name__, error))[:300]}
    return {"state": "there", "version": str(getattr(sys.modules[name], "__version__", ""))[:40]}


def variable(name):
    try:
        import sysconfig

        return sysconfig.get_config_var(name)
    except BaseException:
        return None


def is_managed():
    # In a virtual environment pip may do what it likes.
    if sys.prefix != getattr(sys, "base_prefix", sys.prefix):
        return False
    try:
        import sysconfig

        return os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED"))
    except BaseException:
        return False


def has_interpreters():
    if sys.version_info < (3, 14):
        return False
    try:
        from concurrent.futures import InterpreterPoolExecutor

        return InterpreterPoolExecutor is not None
    except BaseException:
        return False


modern = sys.version_info >= (3, 9)
print(
    "lanes-python "
    + json.dumps(
        {
            "version": list(sys.version_info[:3]),
            "implementation": platform.python_implementation(),
            "executable": os.path.realpath(sys.executable or ""),
            "prefix": sys.prefix,
            "free_threaded": bool(variable("Py_GIL_DISABLED")),
            "gil": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
            "interpreters": has_interpreters(),
            "managed": is_managed(),
            "aiohttp": module("aiohttp") if modern else {"state": "missing"},
            "requests": module("requests") if modern else {"state": "missing"},
        }
    )
)
