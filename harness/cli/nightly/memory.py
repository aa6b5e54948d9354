"""What earlier nights left of one question, in a file that several questions share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.cli.loading import read_text
from harness.cli.nightly.asked import Asked
from harness.cli.nightly.sides import Ours
from harness.cli.settings import Settings
from harness.cli.writing import alone, require_writable, write_text
from harness.drift.nights.state import Remembered, State, parse_state, written


class Memory:
    """The file, read. `before`: of this question, None where nothing is known; `keeps`: is there a file at all?"""

    def __init__(self, path: Path | None, question: str) -> None:
        self._path, self._question = path, question
        if path is not None:
            require_writable(path)
        self.before = self._read().questions.get(question)

    @property
    def keeps(self) -> bool:
        """Are nights remembered?"""
        return self._path is not None

    def keep(self, told: Callable[[Remembered | None], Remembered]) -> None:
        """Write what is to be remembered, made of what is there now: another run may have written meanwhile."""
        if self._path is None:
            return
        with alone(self._path):
            questions = self._read().questions
            now = told(questions.get(self._question))
            write_text(self._path, written(State(questions={**questions, self._question: now})))

    def _read(self) -> State:
        if self._path is None or not self._path.exists():
            return State()
        return parse_state(read_text(self._path), path=str(self._path))


def memory_of(asked: Asked, our: Ours, settings: Settings) -> Memory:
    """What is remembered of that question. FileError where the file is none of ours, or cannot be written."""
    named = asked.state or settings.drift.state
    whose = f"{our.provider.name}, as {our.client} uses it" if our.client else our.provider.name
    against = "live" if asked.is_live else "a document"
    return Memory(Path(named) if named else None, f"{whose}, against {against}")
