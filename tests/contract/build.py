"""Documents, contracts and requests in few words."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlsplit

from harness.contract.contract import Contract, Match, Miss
from harness.contract.document import Document, parse
from harness.contract.judge import Judged
from harness.contract.schema import Schemas
from harness.model.message import Request

NOW_S = 1_800_000_000.0


def document(
    paths: dict[str, Any] | None = None,
    *,
    version: str = "3.1.0",
    schemas: dict[str, Any] | None = None,
    **more: Any,
) -> Document:
    """A document of these paths and component schemas."""
    root = {
        "openapi": version,
        "info": {"title": "Shop", "version": "1"},
        "paths": paths or {},
        "components": {"schemas": schemas or {}},
        **more,
    }
    return parse(json.dumps(root).encode(), name="shop.json")


def contract(paths: dict[str, Any], **more: Any) -> Contract:
    """A contract of these paths."""
    return Contract(document(paths, **more))


def schemas_of(version: str = "3.1.0", direction: Any = "response", **named: Any) -> Schemas:
    """The schemas of a document with these component schemas, each used by a reference."""
    uses = {f"use{i}": {"$ref": f"#/components/schemas/{name}"} for i, name in enumerate(named)}
    return Schemas(document(version=version, schemas={**named, **uses}), direction)


def answering(
    schema: Any, *, status: str = "200", media: str = "application/json", **more: Any
) -> dict[str, Any]:
    """An operation whose answer has this schema."""
    return {"responses": {status: {"description": "", "content": {media: {"schema": schema}}}}, **more}


def asking(schema: Any, *, media: str = "application/json", required: bool = False) -> dict[str, Any]:
    """An operation whose request body has this schema."""
    return {
        "requestBody": {"required": required, "content": {media: {"schema": schema}}},
        "responses": {"200": {"description": ""}},
    }


def taking(*parameters: dict[str, Any]) -> dict[str, Any]:
    """An operation with these parameters."""
    return {"parameters": list(parameters), "responses": {"200": {"description": ""}}}


def judged(
    contract: Contract,
    method: str,
    target: str,
    *,
    body: bytes = b"",
    content_type: str | None = None,
    **headers: str,
) -> Judged:
    """A request judged by the contract. Header names have `_` for `-`."""
    parts = urlsplit(target)
    match = contract.match(method, parts.path)
    assert not isinstance(match, Miss), match
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if content_type is not None:
        pairs.append(("content-type", content_type))
    return contract.judge(match, Request(method, target, parts.path, parts.query, tuple(pairs), body))


def matched(contract: Contract, method: str, path: str) -> tuple[str, dict[str, str]]:
    """The id and path parameters of the operation that a path led to."""
    match = contract.match(method, path)
    assert isinstance(match, Match), match
    return match.operation.id, match.path_parameters


def said(found: Judged) -> list[tuple[str, str, str]]:
    """The deviations of a request without their messages."""
    return [(d.where, d.pointer, d.keyword) for d in found.deviations]


def luck(seed: int = 7) -> random.Random:
    """Luck that can be had again."""
    return random.Random(seed)
