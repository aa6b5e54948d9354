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
    """One request that the provider sends, in one document, and what it takes for an answer. `at` leads to it as it
    is written; `item` is its path item."""

    contract: Contract
    method: str
    item: dict[str, Any]
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
    item = contract.document.follow(raw)
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    above = ref[1:] if isinstance(ref, str) else at
    # The direction is turned round: its requests come to the client, and the answers are the client's.
    coming, going = contract.schemas("response"), contract.schemas("request")
    return {
        method: Sent(
            *(contract, method, item, node),
            compiled=Compiled(contract.document, item, node, coming, going),
            at=f"{above}/{method.lower()}",
        )
        for method, node in operations_of(item)
    }


def parameter_node(sent: Sent, where: str, name: str) -> dict[str, Any]:
    """A parameter as it is written; the request's own overrides its path item's."""
    known = {(node.get("in"), str(node.get("name"))): node for node in sent.compiled.parameter_nodes}
    return next((node for key, node in known.items() if _key(*key) == (where, name)), {})


def _key(where: Any, name: str) -> tuple[Any, str]:
    return where, name.lower() if where == "header" else name


def parameter_at(sent: Sent, where: str, name: str) -> str:
    """Where a parameter is written; of one that the path item declares, the request itself."""
    nodes = sent.node.get("parameters")
    for index, raw in enumerate(nodes if isinstance(nodes, list) else ()):
        node = sent.contract.document.follow(raw)
        if _key(node.get("in"), str(node.get("name"))) == (where, name):
            ref = raw.get("$ref")
            return ref[1:] if isinstance(ref, str) else sent.at + pointer(["parameters", str(index)])
    return f"{sent.at}/{name}"


def schema_at(sent: Sent, media: Media) -> str:
    """Where the schema of a body is written."""
    raw = sent.node.get("requestBody")
    ref = raw.get("$ref") if isinstance(raw, dict) else None
    above = ref[1:] if isinstance(ref, str) else f"{sent.at}/requestBody"
    return above + pointer(["content", media.type, "schema"])


def bare(sent: Sent, target: str = "/your-receiver") -> str:
    """The first line of such a request."""
    return f"{sent.method} {target} HTTP/1.1"
