"""A connection between two interpreters: whole messages, piece by piece through memory that their workers share."""

import lanes_host
from pyodide.ffi import to_js

from . import reduction


class Connection:
    """One end: `to` and `back` are the numbers of its channels."""

    def __init__(self, to, back):
        self.to = to
        self.back = back

    def send(self, message):
        lanes_host.send(self.to, to_js(reduction.ForkingPickler.dumps(message)))

    def poll(self):
        return lanes_host.has(self.back)

    def recv(self):
        return reduction.ForkingPickler.loads(self._recv(lanes_host.size(self.back)))

    def _recv(self, size):
        return lanes_host.receive(self.back).to_bytes()
