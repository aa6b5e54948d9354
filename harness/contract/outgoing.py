"""What a document says of the requests that the provider sends: webhooks and callbacks.

A webhook goes by its name (`webhooks` of OpenAPI 3.1, `x-webhooks` before), a callback by the id of its operation
and its own (`createSubscription.onEvent`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from harness.contract.body import Media, is_json
from harness.contract.document import Document, operations_of
from harness.contract.encode import content_type
from harness.contract.make import Maker
from harness.contract.operation import Compiled
from harness.contract.realistic import Luck
from harness.contract.schema import Schemas
from harness.errors import UnknownName
from harness.model.clock import Rng
from harness.model.message import Headers


class Outgoing:
    """The webhooks and callbacks of one document. The provider writes them, so their schemas are read as those of
    its answers are: what is `readOnly` is sent."""

    def __init__(self, document: Document, schemas: Schemas, maker: Maker) -> None:
        self._document, self._schemas, self._maker = document, schemas, maker

    @cached_property
    def names(self) -> dict[str, str]:
        """The method, in upper case, by name, in the document's order; of several methods the first."""
        return {name: method for name, (method, _, _) in self._nodes.items()}

    def method(self, name: str) -> str:
        """The method by which that one is sent. UnknownName where there is none."""
        return self._of(name)[0]

    def media_type(self, name: str) -> str | None:
        """The content type of its body: JSON where it has several; None without one."""
        media = self._media(name)
        return None if media is None else content_type(media.type)

    def value(self, name: str, *, rng: Rng, now_s: float) -> object:
        """A fresh valid JSON value for its body; None where it has no JSON body."""
        media = self._media(name)
        if media is None or not is_json(content_type(media.type)):
            return None
        return self._maker.value(f"webhook {name}", media, Luck(rng, now_s))

    def body(self, name: str, *, rng: Rng, now_s: float) -> bytes:
        """A fresh body as bytes, in whatever media type it is declared; empty without one."""
        media = self._media(name)
        return b"" if media is None else self._maker.body(f"webhook {name}", media, Luck(rng, now_s))

    def fits(self, name: str, value: object) -> bool:
        """Does that JSON value fit the schema of its body?"""
        media = self._media(name)
        return media is None or media.schema is None or self._schemas.valid(media.schema, value)

    def headers(self, name: str, *, rng: Rng, now_s: float) -> Headers:
        """The declared header parameters that are required, in the document's order: an example, else a sampled
        value."""
        found = []
        for node in self._compiled(name).parameter_nodes:
            if node.get("in") != "header" or node.get("required") is not True:
                continue
            field = str(node.get("name")).lower()
            schema = self._schemas.convert(node.get("schema")) or {"type": "string"}
            value = node.get("example", schema.get("example"))
            if value is None:
                value, _ = self._maker.sampler.valid_value(schema, Luck(rng, now_s), name=field)
            found.append((field, value if isinstance(value, str) else msgspec.json.encode(value).decode()))
        return tuple(found)

    def header_names(self, name: str) -> frozenset[str]:
        """The lower case names of the declared header parameters."""
        return self._compiled(name).header_names

    def _of(self, name: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
        try:
            return self._nodes[name]
        except KeyError:
            raise UnknownName("webhook", name, self._nodes) from None

    def _compiled(self, name: str) -> Compiled:
        if name not in self._made:
            _, item, node = self._of(name)
            self._made[name] = Compiled(self._document, item, node, self._schemas, self._schemas)
        return self._made[name]

    def _media(self, name: str) -> Media | None:
        body = self._compiled(name).body
        return next((media for media in body if is_json(media.type)), body[0] if body else None)

    @cached_property
    def _made(self) -> dict[str, Compiled]:
        return {}

    @cached_property
    def _nodes(self) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
        found: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {}
        for name, item in (*self._webhooks(), *self._callbacks()):
            for method, node in operations_of(item):
                found.setdefault(name, (method, item, node))
        return found

    def _webhooks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for key in ("webhooks", "x-webhooks"):
            items = self._document.root.get(key)
            for name, item in (items if isinstance(items, dict) else {}).items():
                if isinstance(item, dict):
                    yield str(name), self._document.follow(item)

    def _callbacks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for template, item in self._document.root.get("paths", {}).items():
            item = self._document.follow(item)
            for method, node in operations_of(item):
                callbacks = node.get("callbacks")
                for name, callback in (callbacks if isinstance(callbacks, dict) else {}).items():
                    owner = node.get("operationId") or f"{method} {template}"
                    # By the expression that says where it is sent: the first one is taken.
                    for expression, target in self._document.follow(callback).items():
                        if not str(expression).startswith("x-") and isinstance(target, dict):
                            yield f"{owner}.{name}", self._document.follow(target)
