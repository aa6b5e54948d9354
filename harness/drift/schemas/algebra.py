"""What jsonschema-rs's schema algebra says of two small schemas: does one take all that the other takes?"""

from __future__ import annotations

from typing import Any, Literal

import jsonschema_rs
import msgspec
from jsonschema_rs import canonical

from harness.contract.schema import Schema
from harness.drift.schemas.flat import ANNOTATIONS

Answer = Literal["yes", "no", "unknown"]

MOST_BYTES = 20_000
"""Larger schemas are left to rules: canonical forms can grow with the product of what is in them."""

_NOT_ASSERTED = frozenset(("contentMediaType", "contentEncoding"))


class Algebra:
    """Answers, each found once."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], Answer] = {}
        self._canonical: dict[bytes, Any] = {}

    def covers(self, wide: Schema, narrow: Schema) -> Answer:
        """Does `wide` take every value that `narrow` takes? Schemas with references are unknown."""
        left, right = _text(wide), _text(narrow)
        if left == right:
            return "yes"
        if len(left) + len(right) > MOST_BYTES or b'"$ref"' in left or b'"$ref"' in right:
            return "unknown"
        known = self._known.get((left, right))
        if known is None:
            known = self._known[left, right] = self._asked(left, right)
        return known

    def _asked(self, wide: bytes, narrow: bytes) -> Answer:
        try:
            found = str(self._form(wide).covers(self._form(narrow)))
        except (ValueError, canonical.CanonicalizationError):
            return "unknown"
        return "yes" if found == "yes" else "no" if found == "no" else "unknown"

    def _form(self, text: bytes) -> Any:
        known = self._canonical.get(text)
        if known is None:
            made = jsonschema_rs.canonicalize(msgspec.json.decode(text), validate_formats=True)
            known = self._canonical[text] = made
        return known


def _text(schema: Schema) -> bytes:
    return msgspec.json.encode(_without_notes(schema), order="sorted")


def _without_notes(node: Any) -> Any:
    """Without what says nothing of validity; members that bear such names are kept."""
    if not isinstance(node, dict):
        return node
    out: dict[str, Any] = {}
    for word, value in node.items():
        if word in ANNOTATIONS or word in _NOT_ASSERTED:
            continue
        if word in ("properties", "patternProperties", "dependentSchemas") and isinstance(value, dict):
            out[word] = {name: _without_notes(member) for name, member in value.items()}
        elif word in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
            out[word] = [_without_notes(part) for part in value]
        else:
            out[word] = value if word in ("enum", "const") else _without_notes(value)
    return out
