"""What the processes of a run write while it goes on: small pieces of columns, appended to files of its folder.

A process that is killed takes with it only what it had not yet handed on.
"""

from __future__ import annotations

import struct
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

ATTEMPTS = "attempts.bin"
SO_FAR = "so_far.bin"
CALLS = "calls.bin"
NEWS = "news.bin"
LIVE = "live.json"

Columns = dict[str, tuple[str, bytes]]
"""Name to type code of `array` and its bytes."""

_LENGTH = struct.Struct("<Q")


class Calls(msgspec.Struct, frozen=True):
    """Calls of one process of the generator, in the order in which they ended. Times are its monotonic clock's; add
    `offset_s` for the mock's. `who`: rows of the columns at, port, door, call: from then on, what comes from that
    port of `host` (or to that door of the mock's, where it is not 0) belongs to that call. `client`: the process in
    which the call was made; 0 is the generator's own. `names`, `errors`: all so far. `at_s`: when it
    was handed on. `last`: no more will come."""

    worker: int
    rows: Columns
    who: Columns
    names: tuple[str, ...]
    errors: tuple[str, ...]
    host: str = ""
    offset_s: float = 0.0
    last: bool = False
    at_s: float = 0.0


class Quota(msgspec.Struct, frozen=True):
    """What the provider grants; `scope`: to everybody together (`account`), or to each operation."""

    requests: int
    window_s: float
    scope: str
    name: str


class Attempts(msgspec.Struct, frozen=True):
    """All that the mock saw. Times are its monotonic clock's. `door`: its own port. `lost`: exchanges that are not
    among them. `token_operations`: those that give out tokens."""

    rows: Columns
    connections: Columns
    operations: tuple[str, ...]
    faults: tuple[str, ...]
    hosts: tuple[str, ...]
    door: int
    lost: int
    sees_refusals: bool
    ended_s: float
    quotas: tuple[Quota, ...] = ()
    token_operations: tuple[str, ...] = ()


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the run as a whole, as the conductor notes it. `what`: `zero` (the plan begins), `second` (users,
    the processor time of each process, and for which part of the second it waited for some), `process` (there is
    one), `gone` (one died), `end`, `note`, `facts`. A `process` of role `client` has its number within its worker as
    `text`."""

    what: str
    at_s: float
    users: int = 0
    cpu: dict[str, float] = {}
    waited: dict[str, float] = {}
    name: str = ""
    role: str = ""
    worker: int = -1
    text: str = ""
    facts: dict[str, Any] = {}


def packed(**columns: array[Any]) -> Columns:
    """Arrays as bytes that know their type."""
    return {name: (column.typecode, column.tobytes()) for name, column in columns.items()}


def append(path: Path, piece: msgspec.Struct) -> None:
    """Add one piece to a file, whole or not at all."""
    octets = msgspec.msgpack.encode(piece)
    with path.open("ab") as file:
        file.write(_LENGTH.pack(len(octets)) + octets)


def tell(folder: Path, what: str, *, at_s: float | None = None, **told: Any) -> None:
    """Add a piece of news to those of the run in this folder."""
    append(folder / NEWS, News(what=what, at_s=time.monotonic() if at_s is None else at_s, **told))


def replace(path: Path, piece: msgspec.Struct) -> None:
    """Let this be all that the file has; whoever reads it meanwhile finds the one or the other."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    append(new, piece)
    new.replace(path)


def pieces(path: Path, kind: type[msgspec.Struct]) -> Iterator[Any]:
    """What was added, in order. A piece that was cut short is left out, and so is a file that is not there."""
    if not path.exists():
        return
    decoder = msgspec.msgpack.Decoder(kind)
    with path.open("rb") as file:
        while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
            octets = file.read(_LENGTH.unpack(head)[0])
            if len(octets) < _LENGTH.unpack(head)[0]:
                return
            yield decoder.decode(octets)
