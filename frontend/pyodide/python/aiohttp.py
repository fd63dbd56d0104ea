"""What programs of the page's CPython find under the name of aiohttp: its client as far as a GET goes, over the page's own
requests (lanes_network.py). It is not the package of that name, whose sockets do not reach a page; it has no server.
"""

import asyncio
import contextlib
import json

import lanes_network


class ClientError(Exception):
    """Whatever goes wrong."""


class ClientResponseError(ClientError):
    def __init__(self, request_info=None, history=(), *, status=0, message="", headers=None):
        super().__init__(request_info, history)
        self.request_info, self.history = request_info, history
        self.status, self.message, self.headers = status, message, headers

    def __str__(self):
        return "%s, message=%r, url=%r" % (self.status, self.message, str(self.request_info))


class ContentTypeError(ClientResponseError):
    pass


class ClientPayloadError(ClientError):
    pass


class ClientConnectionError(ClientError):
    pass


class ClientOSError(ClientConnectionError, OSError):
    pass


class ClientConnectorError(ClientOSError):
    pass


class ServerConnectionError(ClientConnectionError):
    pass


class ServerDisconnectedError(ServerConnectionError):
    pass


class ServerTimeoutError(ServerConnectionError, asyncio.TimeoutError):
    pass


class ConnectionTimeoutError(ServerTimeoutError):
    pass


class SocketTimeoutError(ServerTimeoutError):
    pass


class InvalidURL(ClientError, ValueError):
    pass


class ClientTimeout:
    """How long a request may take; as long as five minutes."""

    def __init__(self, total=300, connect=None, sock_read=None, sock_connect=None, ceil_threshold=5):
        self.total, self.connect, self.sock_read, self.sock_connect = total, connect, sock_read, sock_connect


class TCPConnector:
    """How many requests of a session are under way at once; the rest waits. What else it may be told means nothing here."""

    def __init__(self, limit=100, limit_per_host=0, **_):
        self.limit, self.limit_per_host = limit, limit_per_host
        most = min(filter(None, (limit, limit_per_host)), default=0)
        self._slots = asyncio.Semaphore(most) if most else contextlib.nullcontext()

    async def close(self):
        pass


class StreamReader:
    """A body, piece by piece: it is there as a whole."""

    def __init__(self, body):
        self._body = body
        self._at = 0

    async def read(self, n=-1):
        begin, self._at = self._at, len(self._body) if n < 0 else min(self._at + n, len(self._body))
        return self._body[begin : self._at]

    async def readany(self):
        return await self.read()

    async def readline(self):
        end = self._body.find(b"\n", self._at)
        return await self.read(len(self._body) - self._at if end < 0 else end + 1 - self._at)

    def at_eof(self):
        return self._at >= len(self._body)

    async def iter_any(self):
        if piece := await self.read():
            yield piece

    async def iter_chunked(self, n):
        while piece := await self.read(n):
            yield piece

    async def __aiter__(self):
        while line := await self.readline():
            yield line


class ClientResponse:
    """An answer, which is there as a whole."""

    def __init__(self, method, answer):
        self.method = method
        self.status, self.reason, self.url = answer.status, answer.reason, answer.url
        self.headers = lanes_network.Headers(answer.headers)
        self.content = StreamReader(answer.body)
        self.history = ()
        self._body = answer.body

    @property
    def ok(self):
        return self.status < 400

    @property
    def content_type(self):
        return self.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()

    @property
    def charset(self):
        return lanes_network.charset(self.headers, None)

    def get_encoding(self):
        return self.charset or "utf-8"

    async def read(self):
        return self._body

    async def text(self, encoding=None, errors="strict"):
        return self._body.decode(encoding or self.get_encoding(), errors)

    async def json(self, *, encoding=None, loads=json.loads, content_type="application/json"):
        if content_type and self.content_type != content_type and not self.content_type.endswith("+json"):
            message = "Attempt to decode JSON with unexpected mimetype: %s" % self.content_type
            raise ContentTypeError(self.url, status=self.status, message=message, headers=self.headers)
        return loads(await self.text(encoding))

    def raise_for_status(self):
        if not self.ok:
            raise ClientResponseError(self.url, status=self.status, message=self.reason, headers=self.headers)

    def release(self):
        pass

    def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    def __repr__(self):
        return "<ClientResponse(%s) [%d %s]>" % (self.url, self.status, self.reason)


class _Asked:
    """A request that is made when it is awaited, or entered."""

    def __init__(self, coroutine, session=None):
        self._coroutine = coroutine
        self._session = session

    def __await__(self):
        return self._coroutine.__await__()

    async def __aenter__(self):
        return await self._coroutine

    async def __aexit__(self, *_):
        if self._session is not None:
            await self._session.close()


class ClientSession:
    """Requests with headers, a time limit and a connector in common."""

    def __init__(self, base_url=None, *, connector=None, headers=None, timeout=None, raise_for_status=False, **others):
        _without_meaning(others)
        self._base = str(base_url or "")
        self._headers = dict(headers or {})
        self._timeout = timeout or ClientTimeout()
        self._raises = raise_for_status
        self.connector = connector or TCPConnector()
        self.closed = False

    def request(self, method, url, **named):
        return _Asked(self._request(method, url, **named))

    def get(self, url, **named):
        return self.request("GET", url, **named)

    def post(self, url, **named):
        return self.request("POST", url, **named)

    def put(self, url, **named):
        return self.request("PUT", url, **named)

    def delete(self, url, **named):
        return self.request("DELETE", url, **named)

    def head(self, url, **named):
        return self.request("HEAD", url, **named)

    async def _request(self, method, url, *, params=None, headers=None, timeout=None, raise_for_status=None, **others):
        if self.closed:
            raise RuntimeError("Session is closed")
        _without_meaning(others)
        url = str(url)
        if self._base and "://" not in url:
            url = self._base.rstrip("/") + "/" + url.lstrip("/")
        if "://" not in url:
            raise InvalidURL(url)
        url = lanes_network.with_params(url, params)
        limit = self._timeout if timeout is None else timeout
        seconds = getattr(limit, "total", limit)
        try:
            async with asyncio.timeout(seconds or None), self.connector._slots:
                answer = await lanes_network.ask_on_loop(method, url, {**self._headers, **(headers or {})})
        except lanes_network.NotAnswered as error:
            if error.kind == "late":
                raise ServerTimeoutError(str(error)) from None
            raise ClientConnectorError(str(error)) from None
        response = ClientResponse(method.upper(), answer)
        if self._raises if raise_for_status is None else raise_for_status:
            response.raise_for_status()
        return response

    async def close(self):
        self.closed = True

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.close()


def request(method, url, **named):
    session = ClientSession()
    return _Asked(session._request(method, url, **named), session)


# Arguments that mean nothing here; others would change what is asked.
WITHOUT_MEANING = {
    *("allow_redirects", "auto_decompress", "compress", "connector_owner", "loop", "max_redirects", "proxy", "ssl", "trust_env"),
    *("verify_ssl", "read_bufsize", "chunked", "json_serialize"),
}


def _without_meaning(others):
    unknown = {name for name, value in others.items() if value is not None} - WITHOUT_MEANING
    if unknown:
        raise NotImplementedError("aiohttp in the page has no %s=: programs there can GET alone" % sorted(unknown)[0])


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        "aiohttp in the page has no %s: it is the client's part that a GET needs; lanes of python/… run with the package itself" % name
    )
