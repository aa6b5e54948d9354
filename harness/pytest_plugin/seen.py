"""The journal as tests read it: exchanges with their bodies understood, and a line each to look at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from harness.model.exchange import Exchange


class Seen(Exchange, frozen=True):
    """An exchange. Header names are lower case; `request_header("idempotency-key")` gives one."""

    @property
    def request_json(self) -> Any:
        """The body of the request, read as JSON. ValueError where it is none."""
        return msgspec.json.decode(self.request_body)

    @property
    def request_form(self) -> dict[str, list[str]]:
        """The fields of the request's body, read as a form: each with its values, in order."""
        return parse_qs(self.request_body.decode(), keep_blank_values=True)

    @property
    def request_query(self) -> dict[str, list[str]]:
        """The query's parameters, each with its values, in order."""
        return parse_qs(self.query, keep_blank_values=True)

    @property
    def response_json(self) -> Any:
        """The body of the answer, read as JSON. ValueError where it is none."""
        return msgspec.json.decode(self.response_body)

    def __repr__(self) -> str:
        asked = f"{self.method} {self.path}" if self.method else self.stage
        got = self.status or f"no answer ({self.outcome})"
        return f"<{self.number}: {asked} -> {got}{f' ({self.fault})' if self.fault else ''}>"


def seen(exchanges: Iterable[Exchange]) -> tuple[Seen, ...]:
    """The exchanges, for tests to read."""
    return tuple(Seen(*msgspec.structs.astuple(exchange)) for exchange in exchanges)
