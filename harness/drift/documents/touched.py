"""What of two documents may differ at all: equal parts that lead to nothing unequal are not looked at.

The cost of a comparison grows with what changed, since equality of two trees is decided without a step of Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.document import Document


class Touched:
    """The references of two documents whose targets differ, or lead to some that do."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new
        # The same text means something else: by 3.0 nothing holds that stands beside a reference.
        self._apart = old.is_modern != new.is_modern
        self._none = not self._apart and old.root.get("components") == new.root.get("components")
        self._differ: dict[str, bool] = {}

    def may_differ(self, old: Any, new: Any) -> bool:
        """May two nodes mean something else, by themselves or by what they refer to?"""
        if self._apart or old != new:
            return True
        return any(self._is_touched(ref) for ref in references(old))

    def _is_touched(self, ref: str) -> bool:
        known = self._differ.get(ref)
        if known is None:
            self._explore(ref)
            known = self._differ[ref]
        return known

    def _explore(self, start: str) -> None:
        """Decide on a reference and on all that it leads to."""
        leads: dict[str, tuple[str, ...]] = {}
        users: dict[str, list[str]] = {}
        touched: list[str] = []
        todo = [start]
        while todo:
            ref = todo.pop()
            if ref in leads:
                continue
            if self._differ.get(ref) is not None:
                leads[ref] = ()
                if self._differ[ref]:
                    touched.append(ref)
                continue
            here = self._old.at(ref)
            same = (self._none and ref.startswith("#/components/")) or here == self._new.at(ref)
            leads[ref] = tuple(references(here)) if same else ()
            if not same:
                touched.append(ref)
            for target in leads[ref]:
                users.setdefault(target, []).append(ref)
                todo.append(target)
        self._differ.update(dict.fromkeys(leads, False))
        while touched:
            ref = touched.pop()
            self._differ[ref] = True
            touched += (user for user in users.get(ref, ()) if not self._differ[user])


def references(node: Any) -> Iterator[str]:
    """The references in a tree, and what its discriminators' mappings name; what they lead to is not looked into."""
    todo = [node]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            ref = here.get("$ref")
            if isinstance(ref, str):
                yield ref
            mapping = here.get("mapping")
            if isinstance(mapping, dict) and "propertyName" in here:
                for target in mapping.values():
                    if isinstance(target, str):
                        yield target if "#" in target else f"#/components/schemas/{target}"
            todo += (value for value in here.values() if isinstance(value, dict | list))
        elif isinstance(here, list):
            todo += (value for value in here if isinstance(value, dict | list))
