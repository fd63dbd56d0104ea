"""An event loop that is watched: when it has nothing to do, and since when it has had its last events.

It needs nothing but the standard library, and Python 3.9.
"""

from lanes_trace import now

# The event loop, while it is watched.
watched = None


class WatchedLoop:
    """An event loop whose selector is timed: when it has nothing to do, and since when it has had its last events."""

    def __init__(self, loop):
        # Every loop of asyncio's own on a Unix has one.
        self.selector = loop._selector
        self.select = self.selector.select
        self.rounds = 0
        self.idle_ns = 0
        self.had_events_ns = self.had_events_before_ns = now()
        self.selector.select = self.timed_select

    def timed_select(self, timeout=None):
        begin = now()
        events = self.select(timeout)
        end = now()
        self.idle_ns += end - begin
        self.rounds += 1
        self.had_events_before_ns, self.had_events_ns = self.had_events_ns, end
        return events

    def answered_ns(self, begun, end):
        """Since when, at the latest, the answer has been there on which a coroutine goes on now.

        What makes it go on was read in the round before this one, when the selector had found it; it may have come
        earlier, while the loop did something else. A coroutine that has waited for fewer than two rounds has waited for
        nothing from outside, and goes on now, at the `end`.
        """
        return self.had_events_before_ns if self.rounds >= begun + 2 else end

    def end(self):
        self.selector.select = self.select


def watch_loop(loop):
    """Watches this loop from now on, if it can be watched."""
    global watched
    try:
        watched = WatchedLoop(loop)
    except AttributeError:
        watched = None
    return watched
