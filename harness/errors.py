"""Mistakes in the question: what was asked cannot be done as asked. Bad answers are findings, not exceptions.

HarnessError          anything below; the command line prints it and exits 2
  FileError           a file that cannot be used: place, fault, nearest thing that would work
  UnknownName         no provider, fault, check, scenario or operation of that name
  UsageError          flags or settings that do not fit together
  DriverError         the client under test could not be started at all
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


class HarnessError(Exception):
    """Base of every error that a user can mend. `str()` is one or more plain lines, no traceback needed."""


class FileError(HarnessError):
    """A file that cannot be used. `line` is 1-based; None where the file has no such place."""

    def __init__(self, path: str, message: str, *, line: int | None = None) -> None:
        self.path, self.line, self.message = path, line, message
        place = f"{path}:{line}" if line else path
        super().__init__(f"{place}: {message}")


class UnknownName(HarnessError):
    """A name that nothing answers to. Says the nearest one, or all when they are few."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"no {kind} {name!r}; {did_you_mean(name, known)}")


class UsageError(HarnessError):
    """Flags or settings that do not fit together."""


class DriverError(HarnessError):
    """The client under test could not be started at all: no such module, function, program or URL."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest of `known` to `name`, or what there is to choose from."""
    names = sorted(set(known))
    if not names:
        return "there are none"
    folded = {candidate.casefold(): candidate for candidate in names}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near and SequenceMatcher(None, name.casefold(), near[0]).ratio() >= 0.75:
        return f"did you mean {folded[near[0]]!r}?"
    within = [candidate for candidate in names if len(name) > 2 and name.casefold() in candidate.casefold()]
    if within:
        return f"did you mean {' or '.join(map(repr, within[:3]))}?"
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    if len(names) <= 12:
        return "there are " + ", ".join(names)
    return f"there are {len(names)}, from {names[0]!r} to {names[-1]!r}"
