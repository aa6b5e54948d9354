"""What was seen of values of one kind: which places there were in them, and what stood there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import msgspec

MOST_VALUES = 64
"""So many different values of one place are told apart: more are no enumeration."""

EACH = "*"
"""For each item of a list, each name of a map."""


class Met(msgspec.Struct):
    """A place. `times`: how often it was there. `bare`: how often it was a list or an object with nothing in it.
    `values`: the JSON texts of what else stood there; None where there are too many to tell."""

    times: int = 0
    bare: int = 0
    values: set[str] | None = msgspec.field(default_factory=set)
    members: dict[str, Met] = msgspec.field(default_factory=dict)

    def see(self, value: object) -> None:
        """One more value. Bytes, which nobody reads here, are only there."""
        self.times += 1
        if isinstance(value, dict | list) and value:
            pairs = value.items() if isinstance(value, dict) else ((EACH, item) for item in value)
            for name, inner in pairs:
                self.members.setdefault(str(name), Met()).see(inner)
        elif isinstance(value, dict | list):
            self.bare += 1
        elif (value is None or isinstance(value, str | int | float)) and self.values is not None:
            self.values.add(json.dumps(value))
            if len(self.values) > MOST_VALUES:
                self.values = None


def found(met: Met, tokens: Sequence[str]) -> tuple[list[Met], bool]:
    """The places that these tokens lead to, and whether a list on the way was always empty, so that nobody can tell
    what its items are."""
    here, is_bare = [met], False
    for token in tokens:
        inner = [each for outer in here for each in _within(outer, token)]
        is_bare = token == EACH and not inner and any(outer.bare for outer in here)
        here = inner
        if not here:
            break
    return here, is_bare


def _within(met: Met, token: str) -> Iterator[Met]:
    if token == EACH:
        yield from met.members.values()
    elif token in met.members:
        yield met.members[token]


def tokens(pointer: str) -> tuple[str, ...]:
    """The tokens of an RFC 6901 pointer."""
    parts = pointer.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)
