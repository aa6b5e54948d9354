"""Looks at sockets that do not wait, as pools of connections take them before each request, cost one system call.

gevent's own `poll` lets all others have their turn even then. A pool does it with its lock held, once for each idle
connection, and would be blamed for what it waits for.
"""

from __future__ import annotations

import select
from typing import Any

from gevent.monkey import get_original


def glance() -> None:
    """From now on, in this process, where `select.poll` is gevent's."""
    module: Any = select
    yielding: Any = getattr(select, "poll", None)
    if yielding is None or yielding.__module__ != "gevent.select":
        return
    at_once: Any = get_original("select", "poll")

    class Poll(yielding):  # type: ignore[misc]
        def poll(self, timeout: float | None = None) -> Any:
            if timeout != 0:
                return super().poll(timeout)
            look = at_once()
            for number, events in self.fds.items():
                look.register(number, events)
            return look.poll(0)

    module.poll = Poll
