"""The rules of schemas: one row for bodies, parameters and headers, and for both directions.

A request's schema says what is taken, an answer's what may come. So what narrows one is what breaks a client in
requests, and what widens it is what breaks a client in answers.
"""

from __future__ import annotations

import msgspec

from harness.model.change import Level

Judged = tuple[Level, str]
"""A level, and why."""

PREFIXES: dict[str, tuple[str, str]] = {
    "request.": ("schema", "body"),
    "request.parameter.": ("parameters", "parameter"),
    "response.": ("schema", "body"),
    "response.header.": ("headers", "header"),
}
"""What stands before a row's name, the area that it makes, and what `areas` calls it."""


class SchemaRow(msgspec.Struct, frozen=True):
    """One way in which a schema can change. `request`, `response`: the usual level there and why, None where there is
    no such change. `areas`: the only ones that have it; empty for all."""

    name: str
    kind: str
    action: str
    request: Judged | None
    response: Judged | None
    message: str
    areas: frozenset[str] = frozenset()


SCHEMA_ROWS: tuple[SchemaRow, ...] = ()
