"""Pointers into converted schemas as pointers into the document that they were written in."""

from __future__ import annotations

from typing import Any

from harness.contract.document import Document

_WRAPPERS = ("anyOf", "oneOf", "allOf")


def standing(document: Document, pointer: str) -> str:
    """The pointer to what stands in the document where a pointer of a converted schema leads.

    Conversion wraps schemas (what may be null, what stands beside a reference): such steps are left out; what is not
    there ends the pointer.
    """
    if not pointer:
        return ""
    node: Any = document.root
    kept: list[str] = []
    tokens = pointer[1:].split("/")
    index = 0
    while index < len(tokens):
        token = tokens[index]
        step = _step(node, token)
        if step is None:
            if token in _WRAPPERS and index + 1 < len(tokens) and tokens[index + 1].isdigit():
                index += 2
                continue
            break
        node = step[0]
        kept.append(token)
        index += 1
    return document.origin("".join(f"/{token}" for token in kept))


def _step(node: Any, token: str) -> tuple[Any] | None:
    name = token.replace("~1", "/").replace("~0", "~")
    if isinstance(node, dict) and name in node:
        return (node[name],)
    if isinstance(node, list) and token.isdigit() and int(token) < len(node):
        return (node[int(token)],)
    return None
