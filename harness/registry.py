"""One mechanism for faults, checks and reporters: a function, registered under the place where it lives.

`harness/checks/retry.py::honours_retry_after` is `retry.honours_retry_after`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from harness.errors import UnknownName

F = TypeVar("F", bound=Callable[..., Any])


class Entry(msgspec.Struct, frozen=True):
    """A registered function. `facts` are what the decorator was given (source, title, ...)."""

    id: str
    function: Callable[..., Any]
    facts: dict[str, str]

    @property
    def promise(self) -> str:
        """The first paragraph of the docstring."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n\n")[0].replace("\n", " ")

    @property
    def expected(self) -> str:
        """The promise as the end of a sentence: `each call ends in time`."""
        text = re.split(r"\.(?: |$)", self.promise)[0]
        return text if text[1:2].isupper() else text[:1].lower() + text[1:]

    @property
    def description(self) -> str:
        """The whole docstring."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The keyword-only parameters: those that a plan or an expectation may set."""
        signature = inspect.signature(self.function, eval_str=True)
        return {n: p for n, p in signature.parameters.items() if p.kind is inspect.Parameter.KEYWORD_ONLY}


class Registry(Generic[F]):
    """Named functions of one kind (`fault`, `check`, `reporter`)."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def register(self, function: F, **facts: str) -> F:
        """Enter `function` under the last part of its module's name and its own name."""
        place = function.__module__.rsplit(".", 1)[-1]
        self.enter(f"{place}.{function.__name__}", function, **facts)
        return function

    def enter(self, entry_id: str, function: Callable[..., Any], **facts: str) -> None:
        """Enter a function under a given id: what third parties' entry points do."""
        known = self._entries.get(entry_id)
        assert known is None or known.function.__qualname__ == function.__qualname__, (
            f"two {self.kind}s {entry_id}"
        )
        self._entries[entry_id] = Entry(entry_id, function, facts)

    def __getitem__(self, entry_id: str) -> Entry:
        try:
            return self._entries[entry_id]
        except KeyError:
            raise UnknownName(self.kind, entry_id, self._entries) from None

    def __contains__(self, entry_id: object) -> bool:
        return entry_id in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.id))

    def ids(self) -> tuple[str, ...]:
        """Every id, sorted."""
        return tuple(sorted(self._entries))
