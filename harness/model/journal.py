"""The append-only record of exchanges of one lane, bounded by bytes: the oldest large bodies go first, then the
oldest exchanges, and it says so."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import msgspec

from harness.model.exchange import Exchange
from harness.model.message import Headers

EXCHANGE_BYTES = 1536
"""What an exchange of usual headers takes in memory beside its bodies."""

AGAIN_BYTES = 256
"""What one takes that is known by an earlier one like it: little, until it is read."""

LARGE_BYTES = 4096
"""Bodies that together take more are large: it is worth while to drop them and keep the exchange."""

JOURNAL_BYTES = 128 * 1024 * 1024
"""What a journal keeps where nobody says otherwise."""

_BLOCK = 512


class Alike(msgspec.Struct, frozen=True, gc=False):
    """What many exchanges are like: an earlier one, already ended, but for their answers' headers."""

    exchange: Exchange
    response_headers: Headers


class _Block:
    """Some exchanges in a row. `at_s`, `connections`: of those that are known by what they are like."""

    __slots__ = ("at_s", "connections", "entries")

    def __init__(self) -> None:
        self.entries: Sequence[Exchange | Alike] = ()
        self.at_s = array("d")
        self.connections = array("Q")


class Journal:
    """Exchanges in order of arrival. Numbers start at 1 and never repeat.

    An exchange is entered when its request is complete and replaced once when its delivery ends. When what is kept
    exceeds `limit_bytes`, the oldest large bodies are dropped, and when there are none left, the oldest exchanges;
    `dropped_bodies` and `dropped_exchanges` count them. The newest exchange is always kept whole. `watch` is told the
    number of each exchange that is entered, `watch_end` each that is replaced, even where it was dropped meanwhile.
    """

    # hot: an exchange like an earlier one is 24 bytes until somebody reads it, weighed when its block is full, and
    # none is of any concern to the garbage collector: a walk through half a million would stop every answer.
    def __init__(self, *, limit_bytes: int = JOURNAL_BYTES) -> None:
        # In blocks of equal length but the newest, so that the oldest go without the others being moved. Full ones
        # hold tuples, at which the garbage collector does not look again.
        self._newest: list[Exchange | Alike] = []
        self._block = _Block()
        self._full: deque[_Block] = deque()
        self._limit_bytes = limit_bytes
        self._kept_bytes = 0
        self._large: deque[int] = deque()
        self._gone = 0
        self._before = 0  # how many came before those of the newest block
        self.watch: Callable[[int], None] | None = None
        self.watch_end: Callable[[Exchange], None] | None = None
        self.dropped_bodies = 0
        self.dropped_exchanges = 0

    def next_number(self) -> int:
        """The number that the next exchange must carry."""
        return self._before + len(self._newest) + 1

    def enter(self, exchange: Exchange) -> None:
        """Append an exchange whose number is `next_number()`."""
        assert exchange.number == self._before + len(self._newest) + 1, "numbers are given by next_number()"
        held = len(exchange.request_body) + len(exchange.response_body)
        if held > LARGE_BYTES:
            self._large.append(exchange.number)
        self._kept_bytes += EXCHANGE_BYTES + held
        if len(self._newest) >= _BLOCK:
            self._roll()
        self._newest.append(exchange)
        self._block.at_s.append(0.0)
        self._block.connections.append(0)
        if self.watch is not None:
            self.watch(len(self))
        if self._kept_bytes > self._limit_bytes:
            self._drop()

    def enter_again(self, like: Alike, connection: int, at_s: float) -> None:
        """Append an exchange that differs in number, connection and time only from what it is like. It ended as soon
        as it came."""
        newest = self._newest
        if len(newest) >= _BLOCK:
            self._roll()
        newest.append(like)
        block = self._block
        block.at_s.append(at_s)
        block.connections.append(connection)
        if self.watch is not None:
            self.watch(len(self))

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
        last = len(self) if most is None else min(first + most - 1, len(self))
        return tuple(self._whole(each) for each in range(first, last + 1))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.after())

    def __len__(self) -> int:
        """How many there were, those dropped included."""
        return self._before + len(self._newest)

    def _roll(self) -> None:
        """Begin a new block."""
        full, self._block = self._block, _Block()
        full.entries = tuple(self._newest)
        self._newest.clear()
        self._full.append(full)
        self._before += _BLOCK
        self._kept_bytes += AGAIN_BYTES * sum(type(each) is Alike for each in full.entries)
        self._drop()

    def _put(self, exchange: Exchange) -> None:
        place, index = divmod(exchange.number - self._gone - 1, _BLOCK)
        if place < len(self._full):
            block = self._full[place]
            block.entries = (*block.entries[:index], exchange, *block.entries[index + 1 :])
        else:
            self._newest[index] = exchange

    def _whole(self, number: int) -> Exchange:
        place, index = divmod(number - self._gone - 1, _BLOCK)
        full = place < len(self._full)
        block = self._full[place] if full else self._block
        entry = block.entries[index] if full else self._newest[index]
        if isinstance(entry, Exchange):
            return entry
        at_s = block.at_s[index]
        return msgspec.structs.replace(
            entry.exchange,
            number=number,
            connection=block.connections[index],
            at_s=at_s,
            received_s=at_s,
            ended_s=at_s,
            response_headers=entry.response_headers,
        )

    def _drop(self) -> None:
        # The newest exchange keeps its body: it is the one that somebody is looking at.
        while self._kept_bytes > self._limit_bytes and self._large and self._large[0] < len(self):
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
        for old in block.entries:
            if isinstance(old, Exchange):
                self._kept_bytes -= EXCHANGE_BYTES + _body_bytes(old)
            else:
                self._kept_bytes -= AGAIN_BYTES
        self._gone += _BLOCK
        self.dropped_exchanges += _BLOCK


def _body_bytes(exchange: Exchange) -> int:
    return len(exchange.request_body) + len(exchange.response_body)
