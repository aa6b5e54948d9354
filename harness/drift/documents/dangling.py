"""What cannot be compared since one document refers there to nothing: it says neither what was nor what is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from harness.contract.document import Document
from harness.contract.tree import at
from harness.drift.documents.finding import Found
from harness.drift.documents.touched import references
from harness.drift.documents.within import Finding
from harness.drift.schemas.compare import SchemaChange


class Dangling:
    """Sorts out findings at references to nothing. `told`: what was not compared for each, and where."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = _Loose(old), _Loose(new)
        self._met: dict[str, dict[str, None]] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._sound: dict[int, tuple[tuple[SchemaChange, ...], bool]] = {}

    def sorted_out(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The findings that both documents have something to say of."""
        for finding in findings:
            if isinstance(finding, Found):
                yield from self._kept(finding)
            elif self._are_sound(finding.changes):
                yield finding
            else:
                for each in finding.each():
                    yield from self._kept(each)

    def _are_sound(self, changes: tuple[SchemaChange, ...]) -> bool:
        """Have both documents something to say of all these changes?"""
        known = self._sound.get(id(changes))
        if known is None:
            sound = not any(self._why(change.old, change.new) for change in changes)
            known = self._sound[id(changes)] = (changes, sound)
        return known[1]

    def _kept(self, finding: Found) -> Iterator[Found]:
        place = finding.change.place
        why = self._why(place.old, place.new)
        if why:
            self._met.setdefault(why, {})[place.operation or "the whole document"] = None
        else:
            yield finding

    def _why(self, old: str, new: str) -> str:
        known = self._known.get((old, new))
        if known is None:
            sides = ("old", self._old.met(old)), ("new", self._new.met(new))
            said = (f"$ref {ref!r} leads to nothing in the {side} document" for side, ref in sides if ref)
            known = self._known[old, new] = next(said, "")
        return known

    @property
    def told(self) -> tuple[str, ...]:
        """A sentence for each reference."""
        return tuple(
            f"{why}: not compared in {', '.join([*operations][:3])}"
            + (f" and {len(operations) - 3} more" if len(operations) > 3 else "")
            for why, operations in self._met.items()
        )


class _Loose:
    """The references of a document, as it is written, that lead to nothing."""

    def __init__(self, document: Document) -> None:
        self._root = document.written or document.root

    def met(self, pointer: str) -> str:
        """The one that a pointer ends at, or would lead through; empty where there is none."""
        if not pointer:
            return ""
        node = at(self._root, f"#{pointer}")
        if node is None:
            return next((ref for ref in self._all if f"#{pointer}/".startswith(f"{ref}/")), "")
        ref = node.get("$ref") if isinstance(node, dict) else None
        return ref if isinstance(ref, str) and at(self._root, ref) is None else ""

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(ref for ref in set(references(self._root)) if at(self._root, ref) is None)
