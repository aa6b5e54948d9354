"""Operations chosen by what a person types: an id, a glob, a method and a path; several with commas between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from harness.contract.contract import Contract, Match, Operation
from harness.errors import UnknownName


def knows(contract: Contract, name: str) -> bool:
    """Does `find` find it?"""
    try:
        find(contract, name)
    except UnknownName:
        return False
    return True


def find(contract: Contract, name: str) -> Operation:
    """An operation by id, by method and template, or by method and a path that it answers."""
    method, _, path = name.partition(" ")
    try:
        return contract.operation(f"{method.upper()} {path.strip()}" if path else name)
    except UnknownName:
        match = contract.match(method.upper(), path.strip()) if path else None
        if isinstance(match, Match):
            return match.operation
        raise


def chosen(contract: Contract, wanted: Iterable[str]) -> Iterator[Operation]:
    """The operations that are wanted, as they are asked for, some perhaps twice. UnknownName for none such."""
    for text in wanted:
        # A path may have commas of its own.
        parts = [text] if knows(contract, text) else [part.strip() for part in text.split(",")]
        for part in filter(None, parts):
            if any(letter in part for letter in "*?["):
                yield from _matching(contract, part)
            else:
                yield find(contract, part)


def _matching(contract: Contract, glob: str) -> list[Operation]:
    found = [
        operation
        for operation in contract.operations.values()
        if fnmatchcase(operation.id, glob) or fnmatchcase(operation.name, glob)
    ]
    if not found:
        bare = glob.replace("*", "").replace("?", "")
        raise UnknownName("operation like", glob, contract.operations if not bare else _near(contract, bare))
    return found


def _near(contract: Contract, text: str) -> list[str]:
    inside = [known for known in contract.operations if text.casefold() in known.casefold()]
    return inside or list(contract.operations)
