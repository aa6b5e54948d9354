"""The append-only record of exchanges of one lane, bounded by bytes: the oldest large bodies go first, then the
oldest exchanges, and it says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from harness.model.exchange import Exchange
from harness.model.message import Headers

EXCHANGE_BYTES = 1536
"""What an exchange of usual headers takes in memory beside its bodies."""

AGAIN_BYTES = 256
"""What one takes that is known by an earlier one like it."""

LARGE_BYTES = 4096
"""Bodies that together take more are large: it is worth while to drop them and keep the exchange."""

JOURNAL_BYTES = 128 * 1024 * 1024
"""What a journal keeps where nobody says otherwise."""

_BLOCK = 512


class _Again(msgspec.Struct, frozen=True, gc=False):
    """An exchange that differs in this from an earlier one."""

    like: Exchange
    connection: int
    at_s: float
    ended_s: float
    response_headers: Headers


_Entry = Exchange | _Again


class Journal:
    """Exchanges in order of arrival. Numbers start at 1 and never repeat.

    An exchange is entered when its request is complete and replaced once when its delivery ends. When what is kept
    exceeds `limit_bytes`, the oldest large bodies are dropped, and when there are none left, the oldest exchanges;
    `dropped_bodies` and `dropped_exchanges` count them. The newest exchange is always kept whole. `watch` is told the
    number of each exchange that is entered, `watch_end` each that is replaced, even where it was dropped meanwhile.
    """

    # hot: an exchange like an earlier one is five fields until somebody reads it, and none of all these is of any
    # concern to the garbage collector: a walk through half a million of them would stop every answer.
    def __init__(self, *, limit_bytes: int = JOURNAL_BYTES) -> None:
        # In blocks of equal length but the newest, so that the oldest go without the others being moved. Full ones
        # are tuples, at which the garbage collector does not look again.
        self._newest: list[_Entry] = []
        self._full: deque[tuple[_Entry, ...]] = deque()
        self._limit_bytes = limit_bytes
        self._kept_bytes = 0
        self._large: deque[int] = deque()
        self._gone = 0
        self._count = 0
        self.watch: Callable[[int], None] | None = None
        self.watch_end: Callable[[Exchange], None] | None = None
        self.dropped_bodies = 0
        self.dropped_exchanges = 0

    def next_number(self) -> int:
        """The number that the next exchange must carry."""
        return self._count + 1

    def enter(self, exchange: Exchange) -> None:
        """Append an exchange whose number is `next_number()`."""
        assert exchange.number == self._count + 1, "numbers are given by next_number()"
        held = len(exchange.request_body) + len(exchange.response_body)
        if held > LARGE_BYTES:
            self._large.append(exchange.number)
        self._append(exchange, EXCHANGE_BYTES + held)

    def enter_again(
        self, like: Exchange, *, connection: int, at_s: float, ended_s: float, response_headers: Headers
    ) -> None:
        """Append an exchange that differs from an earlier one, already ended, in number, connection, times and
        answer headers only. It shares the earlier one's bodies."""
        self._append(_Again(like, connection, at_s, ended_s, response_headers), AGAIN_BYTES)

    def replace(self, exchange: Exchange) -> None:
        """Put the finished form of an exchange in the place of its open form."""
        if self.watch_end is not None:
            self.watch_end(exchange)
        if exchange.number <= self._gone:  # it was dropped while it was going on
            return
        before = self._whole(exchange.number)
        self._put(exchange)
        self._kept_bytes += _body_bytes(exchange) - _body_bytes(before)
        if _body_bytes(exchange) > LARGE_BYTES:
            self._large.append(exchange.number)

    def after(self, number: int = 0, most: int | None = None) -> tuple[Exchange, ...]:
        """The exchanges kept whose number is greater than `number`, in order of arrival; not more than `most`."""
        first = max(number, self._gone) + 1
        last = self._count if most is None else min(first + most - 1, self._count)
        return tuple(self._whole(each) for each in range(first, last + 1))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.after())

    def __len__(self) -> int:
        """How many there were, those dropped included."""
        return self._count

    def _append(self, entry: _Entry, weight: int) -> None:
        if len(self._newest) == _BLOCK:
            self._full.append(tuple(self._newest))
            self._newest.clear()
        self._newest.append(entry)
        self._count += 1
        if self.watch is not None:
            self.watch(self._count)
        self._kept_bytes += weight
        if self._kept_bytes > self._limit_bytes:
            self._drop()

    def _entry(self, number: int) -> _Entry:
        block, index = divmod(number - self._gone - 1, _BLOCK)
        return self._full[block][index] if block < len(self._full) else self._newest[index]

    def _put(self, exchange: Exchange) -> None:
        block, index = divmod(exchange.number - self._gone - 1, _BLOCK)
        if block < len(self._full):
            full = self._full[block]
            self._full[block] = (*full[:index], exchange, *full[index + 1 :])
        else:
            self._newest[index] = exchange

    def _whole(self, number: int) -> Exchange:
        entry = self._entry(number)
        if isinstance(entry, Exchange):
            return entry
        return msgspec.structs.replace(
            entry.like,
            number=number,
            connection=entry.connection,
            at_s=entry.at_s,
            received_s=entry.at_s,
            ended_s=entry.ended_s,
            response_headers=entry.response_headers,
        )

    def _drop(self) -> None:
        # The newest exchange keeps its body: it is the one that somebody is looking at.
        while self._kept_bytes > self._limit_bytes and self._large and self._large[0] < self._count:
            self._drop_body(self._large.popleft())
        if self._kept_bytes > self._limit_bytes and self._full:
            self._drop_block()

    def _drop_body(self, number: int) -> None:
        # One that is going on is entered again when it ends.
        old = self._whole(number) if number > self._gone else None
        if old is not None and old.ended_s is not None and _body_bytes(old) > LARGE_BYTES:
            self._put(msgspec.structs.replace(old, request_body=b"", response_body=b""))
            self._kept_bytes -= _body_bytes(old)
            self.dropped_bodies += 1

    def _drop_block(self) -> None:
        block = self._full.popleft()
        for old in block:
            if isinstance(old, Exchange):
                self._kept_bytes -= EXCHANGE_BYTES + _body_bytes(old)
            else:
                self._kept_bytes -= AGAIN_BYTES
        self._gone += len(block)
        self.dropped_exchanges += len(block)


def _body_bytes(exchange: Exchange) -> int:
    return len(exchange.request_body) + len(exchange.response_body)
