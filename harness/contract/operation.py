"""One operation compiled: its parameters, bodies, answers and security, each read on first use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from harness.contract import negotiate
from harness.contract.body import Media, is_json, is_open
from harness.contract.document import Document
from harness.contract.parameters import PLACES, Parameter, compile_parameter
from harness.contract.schema import Schema, Schemas
from harness.contract.security import Guard, guard

REDIRECTS = frozenset((301, 302, 303, 307, 308))
"""The statuses that send a client elsewhere: RFC 9110 section 15.4."""


class Header(msgspec.Struct, frozen=True):
    """One declared answer header. `example`: its own or its schema's, or the default; None where there is none."""

    required: bool
    schema: Schema
    example: object = None


class Answers(msgspec.Struct, frozen=True, dict=True):
    """One declared answer: its media types in order, and its headers by lower case name."""

    media: tuple[Media, ...]
    headers: dict[str, Header]

    @cached_property
    def json(self) -> Media | None:
        """The first media type that is JSON, else the first range that JSON falls under, if any."""
        named = next((media for media in self.media if is_json(media.type)), None)
        return named or next((media for media in self.media if is_open(media.type)), None)

    @property
    def usual(self) -> Media | None:
        """What is sent to whoever asks for nothing in particular: JSON, else what is declared first."""
        return self.json or (self.media[0] if self.media else None)

    def asked(self, accept: str) -> Media | None:
        """The media type that an Accept header asks for; None where it accepts none of those declared."""
        usual = self.usual
        if usual is None or accept in negotiate.ANYTHING:
            return usual
        ordered = {media.type: media for media in (usual, *self.media)}
        return ordered.get(negotiate.best(tuple(ordered), accept) or "")


class Compiled:
    """What the document says of one operation, in the form in which requests and answers are read."""

    def __init__(
        self,
        document: Document,
        path_item: dict[str, Any],
        node: dict[str, Any],
        inward: Schemas,
        outward: Schemas,
    ) -> None:
        self.document, self.node = document, node
        self._path_item, self._inward, self._outward = path_item, inward, outward
        self._answers: dict[int, Answers | None] = {}
        self._answer_headers: dict[int, tuple[Parameter, ...]] = {}

    @property
    def parameter_nodes(self) -> Iterator[dict[str, Any]]:
        """The parameters as the document has them, those of the path before the operation's own."""
        for owner in (self._path_item, self.node):
            nodes = owner.get("parameters")
            yield from (self.document.follow(node) for node in (nodes if isinstance(nodes, list) else ()))

    @cached_property
    def parameters(self) -> dict[str, tuple[Parameter, ...]]:
        """Parameters by where they stand; the operation's own override the path's."""
        found: dict[tuple[str, str], Parameter] = {}
        for node in self.parameter_nodes:
            parameter = compile_parameter(self._inward, node)
            if parameter is not None:
                found[parameter.where, parameter.name] = parameter
        return {where: tuple(p for p in found.values() if p.where == where) for where in PLACES}

    @cached_property
    def header_names(self) -> frozenset[str]:
        """The lower case names of the declared header parameters, found without compiling them."""
        return frozenset(
            str(node.get("name")).lower() for node in self.parameter_nodes if node.get("in") == "header"
        )

    @cached_property
    def guard(self) -> Guard:
        """What it wants to see of whoever asks."""
        return guard(self.document, self.node)

    @cached_property
    def body(self) -> tuple[Media, ...]:
        """The media types of the request body, in the document's order; none where it takes no body."""
        return _media(self.document, self.document.follow(self.node.get("requestBody")), self._inward)

    @cached_property
    def body_required(self) -> bool:
        """Must there be a body?"""
        return self.document.follow(self.node.get("requestBody")).get("required") is True

    @property
    def responses(self) -> dict[str, Any]:
        """The declared answers by status, as the document has them."""
        found = self.node.get("responses")
        return found if isinstance(found, dict) else {}

    @cached_property
    def success(self) -> int:
        """The lowest declared 2xx status; where nothing but a redirect is declared to go well, that; else 200."""
        known = self.responses
        found = [int(status) for status in known if re.fullmatch(r"2\d\d", status)]
        if not found and "2XX" not in known and "2xx" not in known:
            found = [int(status) for status in known if status.isdecimal() and int(status) in REDIRECTS]
        return min(found, default=200)

    def answer(self, status: int) -> Answers | None:
        """The answer declared for a status: its own, that of its range (`4XX`), or the default; else None."""
        if status not in self._answers:
            self._answers[status] = self._answer(status)
        return self._answers[status]

    def answer_headers(self, status: int) -> tuple[Parameter, ...]:
        """The headers that are declared of the answer for a status, as they are read; its content type aside."""
        if status not in self._answer_headers:
            nodes = (
                {**self.document.follow(header), "name": name, "in": "header"}
                for name, header in _named(self._response(status), "headers")
                if name.lower() != "content-type"
            )
            compiled = (compile_parameter(self._outward, node) for node in nodes)
            self._answer_headers[status] = tuple(p for p in compiled if p is not None)
        return self._answer_headers[status]

    def _answer(self, status: int) -> Answers | None:
        node = self._response(status)
        if node is None:
            return None
        headers = _named(node, "headers")
        return Answers(
            _media(self.document, node, self._outward),
            {name.lower(): self._header(header) for name, header in headers},
        )

    def _response(self, status: int) -> dict[str, Any] | None:
        responses = self.responses
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in responses:
                return self.document.follow(responses[key])
        return None

    def _header(self, node: dict[str, Any]) -> Header:
        node = self.document.follow(node)
        schema = self._outward.convert(node.get("schema")) or {"type": "string"}
        example = node.get("example", schema.get("example", schema.get("default")))
        return Header(node.get("required") is True, schema, example)


def _named(node: dict[str, Any] | None, key: str) -> Iterable[tuple[str, Any]]:
    named = node.get(key) if node is not None else None
    return named.items() if isinstance(named, dict) else ()


def _media(document: Document, node: dict[str, Any], schemas: Schemas) -> tuple[Media, ...]:
    content = node.get("content")
    if not isinstance(content, dict):
        return ()
    found = []
    for kind, media in content.items():
        media = document.follow(media)
        schema = schemas.convert(media["schema"]) if "schema" in media else None
        if "itemSchema" in media:
            of_each = {"type": "array", "items": schemas.convert(media["itemSchema"])}
            schema = {"allOf": [schema, of_each]} if schema else of_each
        found.append(Media(kind, schema, media))
    return tuple(found)
