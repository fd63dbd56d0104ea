"""What programs of the page's CPython find under the name of requests: its functions, sessions, answers and exceptions as far as
a GET goes, over the page's own requests (lanes_network.py). It is not the package of that name, whose sockets do not reach a page.
"""

import datetime
import io
import json as json_module
import time

import lanes_network

from . import exceptions
from .exceptions import (  # noqa: F401 - they are found here, too
    ConnectionError,
    ConnectTimeout,
    HTTPError,
    JSONDecodeError,
    ReadTimeout,
    RequestException,
    Timeout,
    TooManyRedirects,
    URLRequired,
)

# Arguments of a request that mean nothing here, and those that would change what is asked.
WITHOUT_MEANING = {"allow_redirects", "stream", "verify", "proxies", "cert", "hooks"}


class _Raw(io.BytesIO):
    def read(self, amt=-1, decode_content=None):
        return super().read(-1 if amt is None else amt)

    def read1(self, amt=-1, decode_content=None):
        return self.read(amt)


class Response:
    """An answer, which is there as a whole."""

    def __init__(self, answer, elapsed):
        self.status_code, self.reason, self.url = answer.status, answer.reason, answer.url
        self.headers = lanes_network.Headers(answer.headers)
        self.content = answer.body
        self.encoding = lanes_network.charset(self.headers, "utf-8")
        self.elapsed = elapsed
        self.raw = _Raw(answer.body)
        self.history = []

    @property
    def ok(self):
        return self.status_code < 400

    @property
    def text(self):
        try:
            return self.content.decode(self.encoding or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    @property
    def apparent_encoding(self):
        return "utf-8"

    def json(self, **named):
        try:
            return json_module.loads(self.content, **named)
        except json_module.JSONDecodeError as error:
            raise JSONDecodeError(error.msg, error.doc, error.pos) from None

    def raise_for_status(self):
        if self.status_code >= 400:
            whose = "Client" if self.status_code < 500 else "Server"
            why = "%d %s Error: %s for url: %s" % (self.status_code, whose, self.reason, self.url)
            raise HTTPError(why, response=self)

    def iter_content(self, chunk_size=1, decode_unicode=False):
        size = chunk_size or max(len(self.content), 1)
        for at in range(0, len(self.content), size):
            piece = self.content[at : at + size]
            yield piece.decode(self.encoding, "replace") if decode_unicode else piece

    def iter_lines(self, chunk_size=512, decode_unicode=False):
        yield from (self.text if decode_unicode else self.content).splitlines()

    def close(self):
        pass

    def __bool__(self):
        return self.ok

    def __iter__(self):
        return self.iter_content(128)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __repr__(self):
        return "<Response [%d]>" % self.status_code


class Session:
    """Requests with headers and parameters in common."""

    def __init__(self):
        self.headers = {}
        self.params = {}

    def request(self, method, url, params=None, headers=None, timeout=None, **others):
        unknown = {name for name, value in others.items() if value is not None} - WITHOUT_MEANING
        if unknown:
            raise NotImplementedError("requests in the page has no %s=: programs there can GET alone" % sorted(unknown)[0])
        if not url.partition(":")[0].isalpha():
            raise exceptions.MissingSchema("Invalid URL %r: No scheme supplied. Perhaps you meant https://%s?" % (url, url))
        headers = {name: value for name, value in {**self.headers, **(headers or {})}.items() if value is not None}
        params = dict(self.params, **(params if hasattr(params, "items") else dict(params or ())))
        if isinstance(timeout, tuple):
            timeout = timeout[1]
        begin = time.perf_counter()
        try:
            answer = lanes_network.ask(method, lanes_network.with_params(url, params), headers, timeout)
        except lanes_network.NotAnswered as error:
            raise (ReadTimeout if error.kind == "late" else ConnectionError)(str(error)) from None
        return Response(answer, datetime.timedelta(seconds=time.perf_counter() - begin))

    def get(self, url, **named):
        return self.request("GET", url, **named)

    def post(self, url, data=None, json=None, **named):
        return self.request("POST", url, data=data, json=json, **named)

    def put(self, url, data=None, **named):
        return self.request("PUT", url, data=data, **named)

    def delete(self, url, **named):
        return self.request("DELETE", url, **named)

    def head(self, url, **named):
        return self.request("HEAD", url, **named)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def session():
    return Session()


def request(method, url, **named):
    return Session().request(method, url, **named)


def get(url, params=None, **named):
    return Session().get(url, params=params, **named)


def post(url, data=None, json=None, **named):
    return Session().post(url, data, json, **named)


def put(url, data=None, **named):
    return Session().put(url, data, **named)


def delete(url, **named):
    return Session().delete(url, **named)


def head(url, **named):
    return Session().head(url, **named)


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        "requests in the page has no %s: it is what a GET needs; lanes of python/… run with the package itself" % name
    )
