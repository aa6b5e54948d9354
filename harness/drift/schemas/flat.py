"""Keywords of several schemas that all hold, as those of one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec

from harness.contract.schema import Schema
from harness.contract.tree import escaped

ANNOTATIONS = frozenset(
    (
        *("default", "example", "examples", "readOnly", "writeOnly", "xml", "discriminator", "deprecated"),
        *("x-extensible-enum", "contentSchema", "x-sunset"),
    )
)
"""Keywords that say nothing of what is valid."""

_NOTHING: dict[str, tuple[object, ...]] = {
    "minLength": (0,),
    "minItems": (0,),
    "minProperties": (0,),
    "uniqueItems": (False,),
    "additionalProperties": (True, {}),
    "unevaluatedProperties": (True, {}),
    "unevaluatedItems": (True, {}),
    "propertyNames": (True, {}, {"type": "string"}),
    "items": (True, {}),
    "pattern": ("", ".*", "^.*", "^"),
    "required": ([],),
    "dependentRequired": ({},),
    "dependentSchemas": ({},),
    "patternProperties": ({},),
    "readOnly": (False,),
    "writeOnly": (False,),
    "deprecated": (False,),
}
"""Keywords that say nothing with these values."""

_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")


class Flat:
    """Merged keywords. `at`: the pointer of the schema; `origins`: those of keywords and members from elsewhere."""

    __slots__ = ("at", "origins", "words")

    def __init__(self, words: Schema, at: str, origins: dict[str, str] | None = None) -> None:
        self.words, self.at, self.origins = words, at, origins or {}

    def origin(self, token: str) -> str:
        """The pointer of a keyword, or of a member (`properties/id`)."""
        return self.origins.get(token, f"{self.at}/{token}")

    def everything(self) -> dict[str, str]:
        """The pointers of all its keywords and members."""
        out = {word: self.origin(word) for word in self.words}
        for name in self.words.get("properties", ()):
            token = f"properties/{escaped(name)}"
            out[token] = self.origin(token)
        return out


def assertions(words: Schema) -> set[str]:
    """The keywords that say what is valid."""
    return {word for word in words if word not in ANNOTATIONS}


def as_schema(value: Any) -> Schema:
    """A schema that may be written as true or false."""
    if isinstance(value, dict):
        return value
    return {"not": {}} if value is False else {}


def evaluated(words: Schema) -> Schema:
    """What keywords say of members and items that nothing else tells of, they say of additional ones, where nothing
    but their own keywords tells of any."""
    if _UNEVALUATED.keys().isdisjoint(words) or not _MAY_NAME_MORE.isdisjoint(words):
        return words
    out = {word: value for word, value in words.items() if word not in _UNEVALUATED}
    for word, plain in _UNEVALUATED.items():
        if word in words:
            out.setdefault(plain, words[word])
    return out


_UNEVALUATED = {"unevaluatedProperties": "additionalProperties", "unevaluatedItems": "items"}
_MAY_NAME_MORE = frozenset(("anyOf", "oneOf", "allOf", "$ref", "if", "dependentSchemas", "contains"))


def intern_key(schema: Any) -> bytes:
    """The same for schemas that say the same."""
    return msgspec.json.encode(schema, order="sorted")


def tidied(words: Schema) -> Schema:
    """Without keywords that say nothing; `const` as the enumeration of one."""
    out: Schema = {}
    for word, value in words.items():
        if word in _NOTHING and _is_nothing(word, value):
            continue
        if word == "const":
            known = out.get("enum", words.get("enum"))
            out["enum"] = [value] if known is None or value in known else []
        elif word != "enum" or "const" not in words:
            out[word] = value
    return out


def _is_nothing(word: str, value: object) -> bool:
    return any(type(value) is type(other) and value == other for other in _NOTHING[word])


def combined(one: Flat, other: Flat, interned: Callable[[Any], Any]) -> Flat:
    """What both say. Where they only annotate, `one` wins; what cannot be said in one keyword is left in `allOf`."""
    out = dict(other.words)
    left: list[Schema] = list(out.get("allOf", ()))
    mine, theirs = one.words, other.words
    for word, value in mine.items():
        if word in ("properties", "additionalProperties"):
            continue
        known = theirs.get(word)
        if word == "allOf":
            left += [part for part in value if part not in left]
        elif word not in theirs or word in ANNOTATIONS or known == value:
            out[word] = value
        else:
            _both(out, left, word, value, known, interned)
    _members(out, mine, theirs, interned)
    if left:
        out["allOf"] = sorted(left, key=intern_key)
    return Flat(out, one.at, {**other.everything(), **one.everything()})


def _both(
    out: Schema, left: list[Schema], word: str, value: Any, known: Any, interned: Callable[[Any], Any]
) -> None:
    if word == "type":
        out[word] = _types(value, known)
    elif word == "enum":
        out[word] = [each for each in value if each in known]
    elif word == "required":
        out[word] = list(dict.fromkeys([*known, *value]))
    elif word in _LOWER:
        out[word] = max(value, known)
    elif word in _UPPER:
        out[word] = min(value, known)
    elif word == "uniqueItems":
        out[word] = True
    elif word == "multipleOf" and isinstance(value, int) and isinstance(known, int):
        out[word] = math.lcm(value, known)
    elif word in ("items", "propertyNames", "unevaluatedProperties"):
        out[word] = interned(_all(known, value))
    elif (
        word in ("dependentRequired", "dependentSchemas", "patternProperties")
        and not known.keys() & value.keys()
    ):
        out[word] = {**known, **value}
    else:
        # Whichever part says it: both say the same in either order.
        out[word], other = sorted((value, known), key=intern_key)
        left.append({word: other})


def _types(one: Any, other: Any) -> Any:
    mine = [one] if isinstance(one, str) else list(one)
    theirs = [other] if isinstance(other, str) else list(other)
    both = [kind for kind in mine if kind in theirs or (kind == "integer" and "number" in theirs)]
    both += [kind for kind in theirs if kind == "integer" and "number" in mine and kind not in both]
    return both


def _all(one: Any, other: Any) -> Any:
    if False in (one, other) and (one is False or other is False):
        return False
    parts = [part for part in (one, other) if part is not True and part != {}]
    if not parts:
        return True
    return parts[0] if parts[0] == parts[-1] else {"allOf": parts}


def _members(out: Schema, mine: Schema, theirs: Schema, interned: Callable[[Any], Any]) -> None:
    """The members of both: what one declares must fit what the other says of further ones, too."""
    ours, others = mine.get("properties", {}), theirs.get("properties", {})
    further = _all(theirs.get("additionalProperties", True), mine.get("additionalProperties", True))
    if ours or others:
        made: dict[str, Any] = {}
        for name in dict.fromkeys((*others, *ours)):
            said = _all(_said(theirs, name), _said(mine, name))
            # What may not be there is no member, where nothing else may be there either.
            if said is not False or further is not False or name in out.get("required", ()):
                made[name] = interned(said)
        out["properties"] = made
    if further is True or further == {}:
        out.pop("additionalProperties", None)
    else:
        out["additionalProperties"] = interned(further)


def _said(words: Schema, name: str) -> Any:
    declared = words.get("properties", {})
    if name in declared:
        return declared[name]
    return True if names_pattern(words, name) else words.get("additionalProperties", True)


def names_pattern(words: Schema, name: str) -> list[Schema | bool]:
    """What `patternProperties` say of a member of that name."""
    return [schema for pattern, schema in words.get("patternProperties", {}).items() if _found(pattern, name)]


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
