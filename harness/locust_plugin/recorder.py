"""What one process of the generator notes of its calls: columns, handed on every few seconds."""

from __future__ import annotations

import math
import time
from array import array

from harness.run.load import raw

NOBODY = -1

MOST_ERRORS = 500
"""Different errors that are told apart; others are only known by their type."""


class Recorder:
    """Calls of one process, numbered from 0. `at_work`: the call that a greenlet, by its id, is making.

    `host`: the address by which the mock sees this process.
    """

    # hot: a call costs `begin` and `end`.
    def __init__(self, worker: int, names: tuple[str, ...]) -> None:
        self._worker, self._names = worker, names
        self._errors: dict[str, int] = {}
        self._next = 0
        self.open: dict[int, tuple[float, float, int, int, int]] = {}
        self.at_work: dict[int, int] = {}
        self.host = "127.0.0.1"
        self.offset_s = 0.0
        self._clear()

    def begin(self, intended_s: float, began_s: float, name: int, user: int, client: int) -> int:
        """A call has begun. Its number."""
        number = self._next
        self._next = number + 1
        self.open[number] = (intended_s, began_s, name, user, client)
        return number

    def end(self, number: int, ended_s: float, ok: bool, fallback: bool, error: str | None) -> None:
        """It has ended."""
        intended_s, began_s, name, user, client = self.open.pop(number)
        self._number.append(number)
        self._intended.append(intended_s)
        self._began.append(began_s)
        self._ended.append(ended_s)
        self._ok.append(ok)
        self._fallback.append(fallback)
        self._name.append(name)
        self._error.append(NOBODY if error is None else self._index(error))
        self._user.append(user)
        self._client.append(client)

    def own(self, at_s: float, port: int, call: int, *, door: int = 0) -> None:
        """From now on, what comes from this port, or to that door, belongs to this call."""
        self._who_at.append(at_s)
        self._who_port.append(port)
        self._who_door.append(door)
        self._who_call.append(call)

    def take(self, *, last: bool = False) -> raw.Calls:
        """What has come since the last time. `last`: calls that go on are told, too, as they are."""
        if last:
            for number in tuple(self.open):
                self.end(number, math.nan, False, False, None)
        rows = raw.packed(
            number=self._number,
            intended=self._intended,
            began=self._began,
            ended=self._ended,
            ok=self._ok,
            fallback=self._fallback,
            name=self._name,
            error=self._error,
            user=self._user,
            client=self._client,
        )
        who = raw.packed(at=self._who_at, port=self._who_port, door=self._who_door, call=self._who_call)
        self._clear()
        return raw.Calls(
            self._worker,
            rows,
            who,
            self._names,
            tuple(self._errors),
            self.host,
            self.offset_s,
            last,
            time.monotonic(),
        )

    def _index(self, error: str) -> int:
        known = self._errors
        found = known.get(error)
        if found is not None:
            return found
        if len(known) >= MOST_ERRORS:
            error = error.partition(":")[0][:80] + ": and others"
        return known.setdefault(error, len(known))

    def _clear(self) -> None:
        self._number, self._user = array("q"), array("i")
        self._intended, self._began, self._ended = array("d"), array("d"), array("d")
        self._ok, self._fallback = array("b"), array("b")
        self._name, self._error, self._client = array("i"), array("i"), array("i")
        self._who_at = array("d")
        self._who_port, self._who_door = array("i"), array("i")
        self._who_call = array("q")
