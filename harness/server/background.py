"""An event loop in a thread of its own: lanes for code that is not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from harness.server.loop import new_loop

T = TypeVar("T")


class Background:
    """A thread that runs an event loop from `__init__` to `stop`. Lanes that are opened in it belong to its loop:
    whatever touches them goes through `run` or `do`, from any other thread."""

    def __init__(self, *, name: str = "harness") -> None:
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for what it gives or raises."""
        return self.submit(work).result()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine on the loop, and do not wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def do(self, work: Callable[[], T]) -> T:
        """Call a function on the loop, between two of its turns, and wait for what it gives or raises."""
        done: Future[T] = Future()

        def call() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        return done.result()

    def stop(self) -> None:
        """End what is going on, and the thread. May be called more than once."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        going_on = asyncio.all_tasks(self._loop)
        for task in going_on:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*going_on, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
