"""The plainest request for an operation, read from the document itself: what is required, and no more."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote, urlencode

from harness.contract.contract import Operation
from harness.model.message import Request

_TEXTS = {"integer": "1", "number": "1", "boolean": "true"}


def request_for(root: dict[str, Any], operation: Operation) -> Request:
    """The request that a client sends who reads the document as it is meant: what stands behind `?` or `#` of a path
    is a query, a header or a form."""
    item = followed(
        root, root["paths"].get(operation.template, root["paths"].get(operation.template[1:], {}))
    )
    node = item.get(operation.method.lower(), {})
    found = [followed(root, each) for owner in (item, node) for each in owner.get("parameters") or []]
    path, _, query = re.sub(r"#(?=.*/)", "%23", operation.template).partition("#")[0].partition("?")
    query = re.sub(r"\{[^}]*\}", "x1", query)
    needed = {each["name"]: each for each in found if each.get("required") is True and "name" in each}
    own = {name: _text(root, each) for name, each in needed.items() if each.get("in") == "query"}
    said = {unquote(part.partition("=")[0]) for part in query.split("&")}
    pairs = urlencode({name: text for name, text in own.items() if name not in said}, quote_via=quote)
    headers = [
        (name.lower(), _text(root, each)) for name, each in needed.items() if each.get("in") == "header"
    ]
    body, kind = _body(root, node, found)
    if kind:
        headers.append(("content-type", kind))
    path = re.sub(r"\{[^}]*\}", "x1", path)
    query = "&".join(filter(None, (query, pairs)))
    return Request(operation.method, f"{path}?{query}", path, query, tuple(headers), body)


def followed(root: dict[str, Any], node: Any) -> dict[str, Any]:
    """What a local reference leads to; `{}` where it leads nowhere."""
    for _ in range(16):
        ref = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(ref, str):
            break
        node = root
        for token in ref.removeprefix("#/").split("/"):
            token = unquote(token).replace("~1", "/").replace("~0", "~")
            node = node.get(token, {}) if isinstance(node, dict) else {}
    return node if isinstance(node, dict) else {}


def _text(root: dict[str, Any], parameter: dict[str, Any]) -> str:
    schema = followed(root, parameter.get("schema", parameter))
    if isinstance(parameter.get("example"), str):
        return str(parameter["example"])
    for key in ("const", "example", "default"):
        if isinstance(schema.get(key), str | int):
            return str(schema[key])
    if schema.get("enum"):
        return str(schema["enum"][0]).replace("True", "true")
    return _TEXTS.get(str(schema.get("type")), "x1")


def _body(root: dict[str, Any], node: dict[str, Any], found: list[dict[str, Any]]) -> tuple[bytes, str]:
    content = followed(root, node.get("requestBody")).get("content")
    if content:
        return b"{}", next(iter(content))
    if any(each.get("in") == "body" for each in found):
        return b"{}", (node.get("consumes") or root.get("consumes") or ["application/json"])[0]
    return b"", ""
