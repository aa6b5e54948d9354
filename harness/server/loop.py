"""The event loop under lanes: uvloop where the platform has it, since asyncio's own takes as long as an answer."""

from __future__ import annotations

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop, the fastest there is here."""
    try:
        import uvloop
    except ModuleNotFoundError:  # Windows, PyPy
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
