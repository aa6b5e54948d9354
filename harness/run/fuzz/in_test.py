"""A test function as a client: its calls are made in the thread of the test, and asked for from the event loop."""

from __future__ import annotations

import asyncio
import queue
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec

from harness.model.call import Outcome
from harness.run.drivers.driver import Given
from harness.run.drivers.worker import describe, jsonable

CUT = getattr(signal, "SIGUSR2", None)
"""By this signal a test that hangs is brought back. Where there is none, it hangs on, as any test does."""


class Cut(BaseException):
    """The call has lasted long enough."""


class Raised(msgspec.Struct, frozen=True):
    """What a test may raise: the types that it declares, and those that pass by, since they are no word on the client
    (a skip)."""

    declared: tuple[type[BaseException], ...] = ()
    passes: tuple[type[BaseException], ...] = ()

    def word(self, error: BaseException) -> str:
        """The error in words; one of a type that is derived from a declared one is told under that one's name."""
        told = describe(error)
        names = [kind.__name__ for kind in self.declared if isinstance(error, kind)]
        return told if not names or type(error).__name__ in names else f"{names[0]}: {told}"


class Asked(msgspec.Struct):
    """A call that the loop wants made."""

    given: Given
    answered: asyncio.Future[Outcome]


class InTest:
    """The driver of such a test. `calls`: where the thread of the test finds what it is to do."""

    keeps_state = True

    def __init__(self, calls: queue.SimpleQueue[Asked | None]) -> None:
        self._calls = calls
        self._given = Given(base_url="")
        self._is_going_on = False

    async def start(self, given: Given) -> None:
        """Remember what the test is to be told."""
        self._given = given

    async def call(self, name: str) -> Outcome:
        """Have the test made once."""
        answered: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._is_going_on = True
        try:
            self._calls.put(Asked(self._given, answered))
            return await answered
        finally:
            self._is_going_on = False

    async def cut(self) -> None:
        """Bring the test back from wherever it is."""
        main = threading.main_thread().ident
        if self._is_going_on and CUT is not None and main is not None:
            signal.pthread_kill(main, CUT)

    async def stop(self) -> None:
        """Nothing of a test outlives its calls."""


class Body:
    """The body of a test, made again and again in its own thread until nothing more is asked for."""

    def __init__(self, run: Callable[[Given], Any], raised: Raised) -> None:
        self.calls: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._run, self._raised = run, raised

    def serve(self) -> None:
        """Make the calls that are asked for, up to the None that ends them. Raises what is no word on the client."""
        before = None
        in_main = threading.current_thread() is threading.main_thread()
        if CUT is not None and in_main:
            before = signal.signal(CUT, _cut)
        try:
            while (asked := self.calls.get()) is not None:
                outcome = self._made(asked.given)
                asked.answered.get_loop().call_soon_threadsafe(_answer, asked.answered, outcome)
        finally:
            if CUT is not None and in_main:
                signal.signal(CUT, before)

    def _made(self, given: Given) -> Outcome:
        began_s = time.monotonic()
        try:
            value = self._run(given)
        except Cut:
            return Outcome(False, began_s, time.monotonic(), "cut", ending="cut")
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, *self._raised.passes)):
                raise
            return Outcome(False, began_s, time.monotonic(), self._raised.word(error))
        return Outcome(True, began_s, time.monotonic(), value=jsonable(value))


def _answer(answered: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answered.done():
        answered.set_result(outcome)


def _cut(number: int, frame: FrameType | None) -> None:
    raise Cut
