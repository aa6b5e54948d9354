"""What one document says that the provider sends by itself: the requests of its webhooks and callbacks."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from harness.contract.body import Media
from harness.contract.contract import Contract
from harness.contract.document import operations_of
from harness.contract.operation import Compiled
from harness.contract.yaml import pointer


class Sent(msgspec.Struct, frozen=True):
    """One request that the provider sends, in one document. `at` leads to it as it is written."""

    contract: Contract
    method: str
    node: dict[str, Any]
    compiled: Compiled
    at: str


Callback: TypeAlias = "dict[str, dict[str, Sent]]"
"""Its requests by the expression that says where they go, and by their methods."""


def webhooks_of(contract: Contract) -> dict[str, dict[str, Sent]]:
    """The requests of a document's webhooks, by name and by method."""
    out: dict[str, dict[str, Sent]] = {}
    for key in ("webhooks", "x-webhooks"):
        items = contract.document.root.get(key)
        for name, raw in (items if isinstance(items, dict) else {}).items():
            out.setdefault(str(name), _sent(contract, raw, pointer([key, str(name)])))
    return out


def callbacks_of(contract: Contract, node: dict[str, Any], at: str) -> dict[str, Callback]:
    """The callbacks of an operation that stands at that pointer, by name."""
    out: dict[str, Callback] = {}
    declared = node.get("callbacks")
    for name, raw in (declared if isinstance(declared, dict) else {}).items():
        callback = contract.document.follow(raw)
        ref = raw.get("$ref") if isinstance(raw, dict) else None
        above = ref[1:] if isinstance(ref, str) else at + pointer(["callbacks", name])
        targets = {str(key): item for key, item in callback.items() if not str(key).startswith("x-")}
        out[name] = {
            expression: _sent(contract, item, above + pointer([expression]))
            for expression, item in targets.items()
        }
    return out


def _sent(contract: Contract, raw: Any, at: str) -> dict[str, Sent]:
    document, outward = contract.document, contract.schemas("response")
    item = document.follow(raw)
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    above = ref[1:] if isinstance(ref, str) else at
    return {
        method: Sent(
            *(contract, method, node),
            compiled=Compiled(document, item, node, outward, outward),
            at=f"{above}/{method.lower()}",
        )
        for method, node in operations_of(item)
    }


def header_at(sent: Sent, name: str) -> str:
    """Where a header is written; of one that the path item declares, the request itself."""
    nodes = sent.node.get("parameters")
    for index, raw in enumerate(nodes if isinstance(nodes, list) else ()):
        node = sent.contract.document.follow(raw)
        if node.get("in") == "header" and str(node.get("name")).lower() == name:
            ref = raw.get("$ref")
            return ref[1:] if isinstance(ref, str) else sent.at + pointer(["parameters", str(index)])
    return f"{sent.at}/{name}"


def schema_at(sent: Sent, media: Media) -> str:
    """Where the schema of a body is written."""
    raw = sent.node.get("requestBody")
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    above = ref[1:] if isinstance(ref, str) else f"{sent.at}/requestBody"
    return above + pointer(["content", media.type, "schema"])
