"""Which packages there are in the page: requests and aiohttp of our own, a urllib that asks the page; and of all others, a
sentence that says so.
"""

import importlib.abc
import importlib.machinery
import io
import sys

HERE = "the page's CPython has its standard library, and what a GET needs of aiohttp and requests"


class Absent(importlib.abc.MetaPathFinder):
    """The last to be asked for a module."""

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        # What begins so belongs to other modules, which know what to do without.
        if top.startswith("_") or sys._getframe(2).f_globals.get("__name__") == "importlib.util":
            return None
        if top in sys.builtin_module_names or (top in sys.stdlib_module_names and "." in name):
            return None
        raise ModuleNotFoundError("No module named %r: %s; lanes of python/… run with what you have installed" % (name, HERE), name=name)


class Asking(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds urllib.request, and lets it ask the page once it has been loaded."""

    def find_spec(self, name, path=None, target=None):
        if name != "urllib.request":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        # That of the whole library, so not changed itself.
        self.loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        let_ask(module)


def let_ask(module):
    """urlopen() and all that stands on it, by a request of the page's."""
    import email.message
    from urllib.error import URLError
    from urllib.response import addinfourl

    def do_open(self, http_class, request, **_):
        import lanes_network

        headers = {name: value for name, value in request.header_items() if name.lower() != "connection"}
        timeout = request.timeout if isinstance(request.timeout, (int, float)) else None
        try:
            answer = lanes_network.ask(request.get_method(), request.full_url, headers, timeout)
        except lanes_network.NotAnswered as error:
            raise URLError(TimeoutError(str(error)) if error.kind == "late" else str(error)) from None
        said = email.message.Message()
        for name, value in answer.headers.items():
            said[name] = value
        response = addinfourl(io.BytesIO(answer.body), said, request.full_url, answer.status)
        response.msg = response.reason = answer.reason
        return response

    handler = module.HTTPHandler
    handler.do_open = do_open
    handler.https_open, handler.https_request = handler.http_open, handler.http_request


def install():
    """Once for an interpreter."""
    sys.meta_path.insert(0, Asking())
    sys.meta_path.append(Absent())
