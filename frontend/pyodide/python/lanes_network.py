"""Requests of programs in the page: nothing leads out of the frame, so the page makes them, and decides which (network.js).

Who asks blocks, as CPython does: a call blocks its thread alone, which is all of the interpreter where there is one thread; a
coroutine that awaits lets the others on its loop go on, and one that calls what blocks does not.
"""

import asyncio
import json
import time

import lanes_host
import lanes_pageloop
from lanes_threads import scheduler

TOO_MANY = "more than 1000 requests at once, which the page does not take"
# Requests that are under way, by their numbers.
requests = {}


class NotAnswered(Exception):
    """There is no answer, and why. `kind`: `refused` by the page, `failed` on its way, or `late`."""

    def __init__(self, why, kind):
        super().__init__(why)
        self.kind = kind


class Answer:
    """What came of a request."""

    __slots__ = ("url", "status", "reason", "headers", "body")

    def __init__(self, url, head, body):
        self.url = url
        self.status, self.reason, self.headers = head["status"], head["reason"] or phrase(head["status"]), head["headers"]
        self.body = body


def phrase(status):
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class Request:
    """One that is under way. `selector`: whose loop waits for it, if one does."""

    def __init__(self, method, url, headers, selector=None):
        self.url = url
        self.selector = selector
        self.stack = scheduler.current
        self.future = None
        self.has_come = False
        text = json.dumps({"method": method.upper(), "url": url, "headers": dict(headers or {})}, default=str)
        self.number = lanes_host.ask(text)
        if self.number == 0:
            self.has_come = True
            return
        requests[self.number] = self
        scheduler.requests += 1

    def arrive(self):
        """Its answer is there."""
        self.has_come = True
        if self.selector is not None:
            self.selector.add(self)
        elif scheduler.is_on:
            scheduler.wake(self.stack, self)

    def come(self):
        """The loop that waits for it has found it."""
        if not self.future.done():
            self.future.set_result(None)

    def forget(self):
        """Nobody waits for it any more."""
        if requests.pop(self.number, None) is not None:
            scheduler.requests -= 1
        lanes_host.forget(self.number)

    def answer(self):
        if self.number == 0:
            raise NotAnswered(TOO_MANY, "refused")
        data = lanes_host.answer(self.number).to_bytes()
        length = int.from_bytes(data[:4], "little")
        if length == 0:
            raise NotAnswered(TOO_MANY, "refused")
        head = json.loads(data[4 : 4 + length])
        if "why" in head:
            raise NotAnswered(head["why"], head["kind"])
        return Answer(self.url, head, data[4 + length :])


def look():
    """Tells those whose answers are there."""
    if not requests:
        return
    for number in lanes_host.arrived():
        request = requests.pop(number, None)
        if request is not None:
            scheduler.requests -= 1
            request.arrive()


scheduler.look = look


def ask(method, url, headers=None, timeout=None):
    """Makes a request and blocks until its answer is there, whole."""
    lanes_pageloop.before_block()
    request = Request(method, url, headers)
    if not wait(request, timeout):
        request.forget()
        raise NotAnswered("no answer came from %s within %g s (timeout)" % (short(url), timeout), "late")
    return request.answer()


def wait(request, timeout):
    if not scheduler.is_on:
        return lanes_pageloop.wait_until(lambda: request.has_come, timeout)
    end = None if timeout is None else time.perf_counter() + timeout
    while not request.has_come:
        left = None if end is None else end - time.perf_counter()
        if left is not None and left <= 0:
            return False
        scheduler.wait(request, left)
    return True


async def ask_on_loop(method, url, headers=None):
    """Makes a request; the loop does something else until its answer is there, whole."""
    loop = asyncio.get_running_loop()
    request = Request(method, url, headers, loop._selector)
    if request.has_come:
        return request.answer()
    request.future = loop.create_future()
    try:
        await request.future
    except BaseException:
        request.forget()
        raise
    return request.answer()


def short(url):
    return url if len(url) <= 100 else url[:99] + "…"


def with_params(url, params):
    """An address with further parameters."""
    if not params:
        return url
    from urllib.parse import urlencode

    pairs = [(key, value) for key, value in (params.items() if hasattr(params, "items") else params) if value is not None]
    address, sharp, fragment = url.partition("#")
    return address + ("&" if "?" in address else "?") + urlencode(pairs, doseq=True) + sharp + fragment


class Headers(dict):
    """Headers of an answer, whose names are the same in capitals."""

    def __init__(self, headers):
        super().__init__((name.title(), value) for name, value in headers.items())

    def __getitem__(self, name):
        return super().__getitem__(name.title())

    def __contains__(self, name):
        return super().__contains__(name.title())

    def get(self, name, default=None):
        return super().get(name.title(), default)


def charset(headers, default="utf-8"):
    """In which encoding an answer says that its text is."""
    for part in headers.get("content-type", "").split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.lower() == "charset":
            return value.strip("\"' ")
    return default
