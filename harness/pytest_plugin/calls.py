"""Where a call of the client begins and ends, as the test tells it: `with stripe.call("checkout"):`."""

from __future__ import annotations

import asyncio
from types import TracebackType

from harness.run.told import ToldCall, ToldCalls
from harness.server.background import Background


class MarkedCall:
    """A context manager, `with` or `async with`, around one call of the client. An exception that leaves it is how
    the call failed. `output`: what the client printed, where the test has kept it."""

    def __init__(self, name: str, told: ToldCalls, background: Background) -> None:
        self.output: str | None = None
        self._name = name
        self._told = told
        self._background = background
        self._call: ToldCall | None = None
        self._error: str | None = None

    def failed(self, why: object) -> None:
        """The client told of a failure without an exception: by what it returned, or logged."""
        self._error = str(why) or "failed"

    def __enter__(self) -> MarkedCall:
        __tracebackhide__ = True
        self._call = self._background.do(lambda: self._told.begin(self._name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What the client did last is seen before its call has ended: a refused connection is heard of by the way.
        self._background.run(turns())
        call = self._call
        assert call is not None, "entered before"
        if error is not None:
            self._error = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        why = self._error
        self._background.do(lambda: self._told.end(call.id, ok=why is None, error=why, output=self.output))

    async def __aenter__(self) -> MarkedCall:
        __tracebackhide__ = True
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


async def turns() -> None:
    """Let the loop come round to what has arrived already."""
    for _ in range(2):
        await asyncio.sleep(0)
