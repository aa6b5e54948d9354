"""Pairs of documents in few words, and what is found between them."""

from __future__ import annotations

import json
from typing import Any

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.documents.compare import Comparison, compare
from harness.model.change import Change

Tree = dict[str, Any]


def tree(operation: Tree | None = None, *, path: str = "/pets", method: str = "post", **top: Any) -> Tree:
    """A document of one operation; `top`: what else stands at its top, `paths` to have others."""
    paths = {path: {method: operation or {}}}
    return {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths, **top}


def contract(root: Tree) -> Contract:
    """The contract of a document."""
    return Contract(parse(json.dumps(root).encode(), name="shop.json"))


def between(old: Tree, new: Tree) -> Comparison:
    """The comparison of two documents."""
    return compare(contract(old), contract(new))


def changes(old: Tree, new: Tree) -> list[tuple[str, str]]:
    """The rules and levels of all changes."""
    return [(change.rule, change.level) for change in between(old, new).changes]


def only(old: Tree, new: Tree) -> Change:
    """The one change that there is."""
    [change] = between(old, new).changes
    return change


def ok(**more: Any) -> Tree:
    """An operation that answers 200 without a body."""
    return {"responses": {"200": {"description": "", **more}}}


def answering(content: Tree | None = None, status: str = "200", **more: Any) -> Tree:
    """An operation that answers with these media types and schemas."""
    made = {kind: {"schema": schema} for kind, schema in (content or {}).items()}
    return {"responses": {status: {"description": "", **({"content": made} if made else {}), **more}}}


def taking(*parameters: Tree) -> Tree:
    """An operation with these parameters."""
    return {"parameters": list(parameters), **ok()}


def query(name: str, schema: Tree | None = None, **more: Any) -> Tree:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema or {"type": "string"}, **more}


def given(content: Tree, *, required: bool = False) -> Tree:
    """An operation whose request body has these media types and schemas."""
    made = {kind: {"schema": schema} for kind, schema in content.items()}
    return {"requestBody": {"required": required, "content": made}, **ok()}
