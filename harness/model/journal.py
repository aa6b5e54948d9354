"""The append-only record of exchanges of one lane, bounded by bytes: the oldest bodies go first, and it says so."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.model.exchange import Exchange


class Journal:
    """Exchanges in order of arrival. Numbers start at 1 and never repeat.

    An exchange is entered when its request is complete and replaced once when its delivery ends. When the
    kept bodies exceed `limit_bytes`, the oldest bodies are dropped (never the exchanges) and `dropped_bodies`
    counts them.
    """

    def __init__(self, *, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self._entries: list[Exchange] = []
        self._limit_bytes = limit_bytes
        self._kept_bytes = 0
        self._oldest_with_body = 0
        self.dropped_bodies = 0

    def next_number(self) -> int:
        """The number that the next exchange must carry."""
        return len(self._entries) + 1

    def enter(self, exchange: Exchange) -> None:
        """Append an exchange whose number is `next_number()`."""
        assert exchange.number == len(self._entries) + 1, "numbers are given by next_number()"
        self._entries.append(exchange)
        self._kept_bytes += len(exchange.request_body) + len(exchange.response_body)
        if self._kept_bytes > self._limit_bytes:
            self._drop_oldest_bodies()

    def replace(self, exchange: Exchange) -> None:
        """Put the finished form of an exchange in the place of its open form."""
        index = exchange.number - 1
        before = self._entries[index]
        self._entries[index] = exchange
        self._kept_bytes += len(exchange.request_body) + len(exchange.response_body)
        self._kept_bytes -= len(before.request_body) + len(before.response_body)

    def after(self, number: int = 0, most: int | None = None) -> tuple[Exchange, ...]:
        """The exchanges whose number is greater than `number`, in order of arrival; not more than `most`."""
        start = max(number, 0)
        return tuple(self._entries[start : None if most is None else start + most])

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def _drop_oldest_bodies(self) -> None:
        # The newest exchange keeps its body: it is the one that somebody is looking at.
        while self._kept_bytes > self._limit_bytes and self._oldest_with_body < len(self._entries) - 1:
            old = self._entries[self._oldest_with_body]
            self._oldest_with_body += 1
            held = len(old.request_body) + len(old.response_body)
            if held and old.ended_s is not None:
                self._entries[old.number - 1] = msgspec.structs.replace(
                    old, request_body=b"", response_body=b""
                )
                self._kept_bytes -= held
                self.dropped_bodies += 1
