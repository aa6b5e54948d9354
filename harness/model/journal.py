"""The append-only record of exchanges of one lane, bounded by bytes: the oldest bodies go first, then the oldest
exchanges, and it says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import msgspec

from harness.model.exchange import Exchange
from harness.model.message import Headers

EXCHANGE_BYTES = 1536
"""What an exchange of usual headers takes in memory beside its bodies."""

AGAIN_BYTES = 256
"""What one takes that is known by an earlier one like it."""

_Again = tuple[Exchange, int, float, float, Headers]
_FEW = 1024


class Journal:
    """Exchanges in order of arrival. Numbers start at 1 and never repeat.

    An exchange is entered when its request is complete and replaced once when its delivery ends. When what is kept
    exceeds `limit_bytes`, the oldest bodies are dropped, and when there are none left, the oldest exchanges;
    `dropped_bodies` and `dropped_exchanges` count them. The newest exchange is always kept whole.
    """

    # hot: an exchange like an earlier one is a tuple until somebody reads it.
    def __init__(self, *, limit_bytes: int = 128 * 1024 * 1024) -> None:
        self._entries: list[Exchange | _Again] = []
        self._limit_bytes = limit_bytes
        self._kept_bytes = 0
        self._oldest_with_body = 0
        self._gone = 0
        self.dropped_bodies = 0
        self.dropped_exchanges = 0

    def next_number(self) -> int:
        """The number that the next exchange must carry."""
        return self._gone + len(self._entries) + 1

    def enter(self, exchange: Exchange) -> None:
        """Append an exchange whose number is `next_number()`."""
        assert exchange.number == self._gone + len(self._entries) + 1, "numbers are given by next_number()"
        self._entries.append(exchange)
        self._kept_bytes += EXCHANGE_BYTES + _body_bytes(exchange)
        if self._kept_bytes > self._limit_bytes:
            self._drop()

    def enter_again(
        self, like: Exchange, *, connection: int, at_s: float, ended_s: float, response_headers: Headers
    ) -> None:
        """Append an exchange that differs from an earlier one, already ended, in number, connection, times and
        answer headers only. It shares the earlier one's bodies."""
        self._entries.append((like, connection, at_s, ended_s, response_headers))
        self._kept_bytes += AGAIN_BYTES
        if self._kept_bytes > self._limit_bytes:
            self._drop()

    def replace(self, exchange: Exchange) -> None:
        """Put the finished form of an exchange in the place of its open form."""
        index = exchange.number - self._gone - 1
        if index < 0:  # it was dropped while it was going on
            return
        before = self._whole(index)
        self._entries[index] = exchange
        self._kept_bytes += _body_bytes(exchange) - _body_bytes(before)

    def after(self, number: int = 0, most: int | None = None) -> tuple[Exchange, ...]:
        """The exchanges kept whose number is greater than `number`, in order of arrival; not more than `most`."""
        start = max(number - self._gone, 0)
        end = len(self._entries) if most is None else min(start + most, len(self._entries))
        return tuple(self._whole(index) for index in range(start, end))

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.after())

    def __len__(self) -> int:
        """How many there were, those dropped included."""
        return self._gone + len(self._entries)

    def _whole(self, index: int) -> Exchange:
        entry = self._entries[index]
        if isinstance(entry, Exchange):
            return entry
        like, connection, at_s, ended_s, response_headers = entry
        return msgspec.structs.replace(
            like,
            number=self._gone + index + 1,
            connection=connection,
            at_s=at_s,
            received_s=at_s,
            ended_s=ended_s,
            response_headers=response_headers,
        )

    def _drop(self) -> None:
        # The newest exchange keeps its body: it is the one that somebody is looking at.
        while self._kept_bytes > self._limit_bytes and self._oldest_with_body < len(self._entries) - 1:
            self._drop_body(self._oldest_with_body)
            self._oldest_with_body += 1
        if self._kept_bytes > self._limit_bytes:
            self._drop_exchanges()

    def _drop_body(self, index: int) -> None:
        old = self._entries[index]
        if not isinstance(old, Exchange) or old.ended_s is None:
            return
        held = _body_bytes(old)
        if held:
            self._entries[index] = msgspec.structs.replace(old, request_body=b"", response_body=b"")
            self._kept_bytes -= held
            self.dropped_bodies += 1

    def _drop_exchanges(self) -> None:
        # Many at a time: taking one from the front of a list moves all the others.
        count = min(max(len(self._entries) // 8, _FEW), len(self._entries) - 1)
        for old in islice(self._entries, count):
            if isinstance(old, Exchange):
                self._kept_bytes -= EXCHANGE_BYTES + _body_bytes(old)
            else:
                self._kept_bytes -= AGAIN_BYTES
        del self._entries[:count]
        self._gone += count
        self._oldest_with_body = max(self._oldest_with_body - count, 0)
        self.dropped_exchanges += count


def _body_bytes(exchange: Exchange) -> int:
    return len(exchange.request_body) + len(exchange.response_body)
