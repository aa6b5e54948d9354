"""A live line on stderr while a battery is played; nothing where stderr is no terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from harness.run.runner import Event


class Progress:
    """Shows how many scenarios are judged, and the last that began."""

    def __init__(self, client: str) -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[news]}", style="dim"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(client or "verify", total=None, news="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, event: Event) -> None:
        """One more piece of news from the runner."""
        self._bar.update(self._task, completed=event.done, total=event.total)
        if event.what == "started":
            self._bar.update(self._task, news=f"{event.scenario} ({event.call})")

    def show(self, done: int, total: int, news: str) -> None:
        """So many of so many, and what goes on."""
        self._bar.update(self._task, completed=done, total=total, news=news)
