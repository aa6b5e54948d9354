"""What a document's tree is made of: local references, pointers, the keys that mean something to whoever walks it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec

FILES = "x-harness-files"
"""Where the trees of referenced files are hung into the document's own."""

NAMED = frozenset(
    (
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "schemas",
        "responses",
        "parameters",
        "examples",
        "requestBodies",
        "headers",
        "securitySchemes",
        "securityDefinitions",
        "links",
        "callbacks",
        "pathItems",
        "mediaTypes",
        "paths",
        "webhooks",
        "additionalOperations",
        "content",
        "encoding",
        "variables",
        "mapping",
    )
)
"""Keys whose objects map names of the author's choice, so that a property called `example` is not an example."""

DATA = frozenset(("example", "default", "enum", "const", "value", "dataValue", "serializedValue"))
"""Keys that hold data, in which `$ref` is only a word."""


class Warning(msgspec.Struct, frozen=True):
    """An oddity of a document: an RFC 6901 pointer to it, and what the harness makes of it."""

    pointer: str
    message: str


def at(root: dict[str, Any], ref: str) -> Any:
    """The node that a local reference (`#/components/...`) names; None where it dangles."""
    if not ref.startswith("#/"):
        return root if ref in ("#", "#/") else None
    node: Any = root
    for part in ref[2:].split("/"):
        token = unquote(part) if "%" in part else part
        if "~" in token:
            token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(token)
        elif isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        else:
            return None
    return node


def escaped(key: str) -> str:
    """The key as a reference token of a pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "/" in key or "~" in key else key
