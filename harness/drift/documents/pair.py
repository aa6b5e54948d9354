"""Which operation of the new document is which of the old: by method and path, whatever their parameters are called.

A path is the one that is asked for: `/v1/pets` below `https://api.example.com` is `/pets` below
`https://api.example.com/v1`. The second is only tried where nothing has the very same template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from harness.contract.contract import Contract, Operation
from harness.contract.document import METHODS, operations_of
from harness.contract.match import bases, unnamed
from harness.contract.operation import Compiled
from harness.contract.yaml import pointer


class Side(msgspec.Struct, frozen=True):
    """One operation of one document. `item` is its path item, `node` its own; `at` leads to `node` as it is written,
    `above` to the path item, both as RFC 6901 pointers."""

    contract: Contract
    operation: Operation
    item: dict[str, Any]
    node: dict[str, Any]
    at: str
    above: str

    @property
    def compiled(self) -> Compiled:
        """In the form in which its requests and answers are judged."""
        return self.contract.compiled(self.operation)


class Pair(msgspec.Struct, frozen=True):
    """The same operation in both documents."""

    old: Side
    new: Side


class Pairing(msgspec.Struct, frozen=True):
    """All operations of two documents, each list in its document's order."""

    both: tuple[Pair, ...]
    removed: tuple[Side, ...]
    added: tuple[Side, ...]


def pairing(old: Contract, new: Contract) -> Pairing:
    """The operations of both documents, the same ones side by side."""
    ours, theirs = list(sides(old)), list(sides(new))
    found: dict[int, Side] = {}
    left = dict(enumerate(theirs))
    for key in (_as_named, _as_written, _as_asked, _without_slash):
        known: dict[tuple[str, str], list[int]] = {}
        for number, side in left.items():
            for name in key(side):
                known.setdefault(name, []).append(number)
        for index, side in enumerate(ours):
            if index in found:
                continue
            same = next((n for name in key(side) for n in known.get(name, ()) if n in left), None)
            if same is not None:
                found[index] = left.pop(same)
    return Pairing(
        tuple(Pair(side, found[index]) for index, side in enumerate(ours) if index in found),
        tuple(side for index, side in enumerate(ours) if index not in found),
        tuple(left.values()),
    )


def sides(contract: Contract) -> Iterator[Side]:
    """The operations of a document, in its order."""
    document = contract.document
    for template, raw in document.root.get("paths", {}).items():
        if template.startswith("x-"):
            continue
        item = document.follow(raw)
        name = "/" + template.lstrip("/")
        above = pointer(["paths", template])
        if isinstance(raw, dict) and isinstance(raw.get("$ref"), str) and raw["$ref"].startswith("#/"):
            above = raw["$ref"][1:]
        for method, node in operations_of(item):
            key = method.lower()
            own = [key] if key in METHODS and key in item else ["additionalOperations", method]
            operation = contract.operation(f"{method} {name}")
            yield Side(contract, operation, item, node, above + pointer(list(own)), above)


def at_body(side: Side) -> str:
    """Where a request body is written; empty where there is none."""
    raw = side.node.get("requestBody")
    if not isinstance(raw, dict):
        return ""
    ref = raw.get("$ref")
    return ref[1:] if isinstance(ref, str) else f"{side.at}/requestBody"


Key = Callable[[Side], Iterator[tuple[str, str]]]


def _as_named(side: Side) -> Iterator[tuple[str, str]]:
    yield side.operation.method, side.operation.template


def _as_written(side: Side) -> Iterator[tuple[str, str]]:
    yield side.operation.method, unnamed(side.operation.template)


def _as_asked(side: Side) -> Iterator[tuple[str, str]]:
    path = unnamed(side.operation.template)
    for base in ("", *bases(side.contract.server_urls)):
        yield side.operation.method, base + path


def _without_slash(side: Side) -> Iterator[tuple[str, str]]:
    for method, path in _as_asked(side):
        yield method, path.rstrip("/")
