"""Ctrl-C, SIGTERM and the end of the terminal stop a command in order, at any moment: nothing that it started
outlives it, and no file of it is half written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def stop_by_signals() -> None:
    """From here on SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does."""
    for number in _heeded():
        signal.signal(number, signal.default_int_handler)


def run(
    work: Coroutine[Any, Any, T], *, new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> T:
    """Run `work` to its end, on a loop that `new_loop` makes, else asyncio's own.

    A signal cancels it, once: who asks twice does not hurry what ends the processes.
    Raises KeyboardInterrupt when it was cancelled so.
    """
    import asyncio  # here, since what only reads files has no loop

    async def main() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in _heeded():
            loop.add_signal_handler(number, _cancel_once(task))
        return await task

    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(main())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        # The loop gave them back to the system's default, which ends a process in the middle of a file.
        stop_by_signals()


def _heeded() -> Iterator[signal.Signals]:
    """All that mean stop, but those that whoever started us wants ignored (nohup)."""
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    return (number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN)


class _cancel_once:
    def __init__(self, task: asyncio.Future[Any]) -> None:
        self._task, self._asked = task, False

    def __call__(self) -> None:
        if not self._asked:
            self._asked = True
            self._task.cancel()
