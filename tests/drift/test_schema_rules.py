"""Every rule of schemas, found in a pair of schemas made for it, wherever schemas stand and in both directions."""

from __future__ import annotations

from typing import Any

import pytest

from harness.drift.rules.catalogue import RULES
from harness.drift.rules.schemas import PREFIXES, SCHEMA_ROWS
from harness.model.change import Change
from tests.drift.build import Tree, answering, between, given, ok, query, taking, tree

JSON = "application/json"


def obj(required: tuple[str, ...] = (), *, more: Any = None, **members: Any) -> Tree:
    """An object with these members."""
    made: Tree = {"type": "object", "properties": members}
    made |= {"required": list(required)} if required else {}
    return made | ({"additionalProperties": more} if more is not None else {})


TEXT: Tree = {"type": "string"}
NUMBER: Tree = {"type": "integer"}
LIST: Tree = {"type": "array", "items": NUMBER}
ANY_OBJECT: Tree = {"type": "object"}
CAT, DOG = obj(("c",), c=TEXT), obj(("d",), d=TEXT)
TOLD: Tree = {"oneOf": [CAT, DOG]}


def bounds(name: str, keyword: str, of: Tree) -> dict[str, tuple[Tree, Tree]]:
    """The four changes of a bound."""
    low, high = {**of, keyword: 2}, {**of, keyword: 4}
    return {
        f"{name}.added": (of, low),
        f"{name}.removed": (low, of),
        f"{name}.increased": (low, high),
        f"{name}.decreased": (high, low),
    }


def keyword(name: str, word: str, of: Tree, one: Any, other: Any) -> dict[str, tuple[Tree, Tree]]:
    """The three changes of a keyword that is no bound."""
    first, second = {**of, word: one}, {**of, word: other}
    return {f"{name}.added": (of, first), f"{name}.removed": (first, of), f"{name}.changed": (first, second)}


def both(gone: str, come: str, old: Tree, new: Tree) -> dict[str, tuple[Tree, Tree]]:
    """A change and what undoes it."""
    return {gone: (old, new), come: (new, old)}


NEEDS_C: Tree = {"required": ["c"], "properties": {"c": TEXT}}
CHOICE: Tree = {**TOLD, "discriminator": {"propertyName": "kind"}}
MAPPED: Tree = {**TOLD, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}}
ITEMS: Tree = {"type": "array", "contains": {"type": "string"}}

FORMS: Tree = {"anyOf": [{"type": "integer"}, {"type": "number", "minimum": 0}]}

SCHEMAS: dict[str, tuple[Tree, Tree]] = {
    **both("property.removed", "property.added", obj(a=TEXT, b=TEXT), obj(a=TEXT)),
    **both("required-property.removed", "required-property.added", obj(("b",), a=TEXT, b=TEXT), obj(a=TEXT)),
    "property.added-to-closed": (obj(a=TEXT, more=False), obj(a=TEXT, b=TEXT, more=False)),
    "property.refused": (obj(a=TEXT, b=TEXT, more=False), obj(a=TEXT, more=False)),
    **both("property.became-required", "property.became-optional", obj(a=TEXT), obj(("a",), a=TEXT)),
    **both(
        *("property.became-read-only", "property.became-not-read-only"),
        *(obj(a=TEXT), obj(a={**TEXT, "readOnly": True})),
    ),
    **both(
        *("property.became-write-only", "property.became-not-write-only"),
        *(obj(a=TEXT), obj(a={**TEXT, "writeOnly": True})),
    ),
    **both("nullable.added", "nullable.removed", TEXT, {"type": ["string", "null"]}),
    **both("type.widened", "type.narrowed", NUMBER, {"type": "number"}),
    "type.changed": (NUMBER, {"type": "boolean"}),
    **both("enum.added", "enum.removed", {**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["a", "b"]}),
    **both("enum.introduced", "enum.dropped", TEXT, {**TEXT, "enum": ["a"]}),
    **both(
        *("known-value.added", "known-value.removed"),
        *({**TEXT, "x-extensible-enum": ["a"]}, {**TEXT, "x-extensible-enum": ["a", "b"]}),
    ),
    **both("any-of.added", "any-of.removed", {"anyOf": [CAT]}, {"anyOf": [CAT, DOG]}),
    **both("one-of.added", "one-of.removed", {"oneOf": [CAT]}, {"oneOf": [CAT, DOG]}),
    **both("one-of.overlapping", "one-of.parted", FORMS, {"oneOf": FORMS["anyOf"]}),
    **both(
        *("additional-properties.closed", "additional-properties.opened"),
        *(ANY_OBJECT, obj(more=False)),
    ),
    "additional-properties.changed": (obj(a=TEXT), obj(a=TEXT, more={"type": "string"})),
    **keyword("default", "default", TEXT, "a", "b"),
    **both("deprecated", "reactivated", obj(a=TEXT), obj(a={**TEXT, "deprecated": True})),
    **both("discriminator.added", "discriminator.removed", TOLD, CHOICE),
    "discriminator.changed": (CHOICE, {**TOLD, "discriminator": {"propertyName": "sort"}}),
    "discriminator.mapping.changed": (
        MAPPED,
        {**TOLD, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Dog"}}},
    ),
    **both("discriminator.mapping.added", "discriminator.mapping.removed", CHOICE, MAPPED),
    **bounds("min-length", "minLength", TEXT),
    **bounds("max-length", "maxLength", TEXT),
    **bounds("minimum", "minimum", NUMBER),
    **bounds("maximum", "maximum", NUMBER),
    **bounds("exclusive-minimum", "exclusiveMinimum", {"type": "number"}),
    **bounds("exclusive-maximum", "exclusiveMaximum", {"type": "number"}),
    **bounds("min-items", "minItems", LIST),
    **bounds("max-items", "maxItems", LIST),
    **bounds("min-properties", "minProperties", ANY_OBJECT),
    **bounds("max-properties", "maxProperties", ANY_OBJECT),
    **bounds("min-contains", "minContains", ITEMS),
    **bounds("max-contains", "maxContains", ITEMS),
    **keyword("multiple-of", "multipleOf", NUMBER, 3, 5),
    **keyword("pattern", "pattern", TEXT, "^a+$", "^b+$"),
    **keyword("format", "format", TEXT, "date", "date-time"),
    **keyword("contains", "contains", {"type": "array"}, {"const": 1}, {"const": 2}),
    **keyword("property-names", "propertyNames", ANY_OBJECT, {"maxLength": 3}, {"minLength": 5}),
    **keyword("pattern-properties", "patternProperties", ANY_OBJECT, {"^x": TEXT}, {"^x": NUMBER}),
    **keyword("dependent-required", "dependentRequired", ANY_OBJECT, {"a": ["b"]}, {"a": ["c"]}),
    **keyword(
        "dependent-schemas", "dependentSchemas", ANY_OBJECT, {"a": NEEDS_C}, {"a": {"required": ["d"]}}
    ),
    **keyword("unevaluated-properties", "unevaluatedProperties", {**ANY_OBJECT, "if": NEEDS_C}, TEXT, NUMBER),
    **keyword(
        "unevaluated-items", "unevaluatedItems", {"type": "array", "if": {"minItems": 2}}, TEXT, NUMBER
    ),
    **keyword("not", "not", TEXT, {"const": "a"}, {"const": "b"}),
    **keyword("if", "if", {**NUMBER, "then": {"minimum": 5}}, {"minimum": 2}, {"minimum": 1}),
    **keyword("then", "then", {**NUMBER, "if": {"minimum": 2}}, {"multipleOf": 2}, {"multipleOf": 3}),
    **keyword("else", "else", {**NUMBER, "if": {"minimum": 2}}, {"const": 0}, {"const": 1}),
    **keyword(
        *("all-of", "allOf", {"type": "string", "not": {"const": "a"}}),
        *([{"not": {"const": "b"}}], [{"not": {"const": "c"}}]),
    ),
    **both("unique-items.added", "unique-items.removed", LIST, {**LIST, "uniqueItems": True}),
    **keyword("content-media-type", "contentMediaType", TEXT, "text/csv", "text/html"),
    **keyword("content-schema", "contentSchema", TEXT, TEXT, NUMBER),
    **keyword("content-encoding", "contentEncoding", TEXT, "base64", "base32"),
}
"""By the name of a row, a pair of schemas of which it is the one change."""

OF_ANSWERS = {name: SCHEMAS[name][::-1] for name in ("additional-properties.changed", "if.changed")}
"""What breaks nobody in answers unless it goes the other way round."""

UNDECIDED = {
    *("pattern-properties.changed", "property-names.changed"),
    *("unevaluated-properties.changed", "unevaluated-items.changed"),
}
"""What is risky where no value is found on which the two sides differ: the keywords may be tighter or looser."""


def asked(prefix: str, schema: Tree) -> Tree:
    """A document with that schema in that place."""
    whole = {JSON: {"schema": schema}}
    match prefix:
        case "request.":
            return tree(given({JSON: schema}, required=True))
        case "request.parameter.":
            return tree(taking({**query("a", required=True, content=whole)} | {"schema": None}))
        case "webhook.parameter.":
            return tree(
                ok(),
                webhooks={"paid": {"post": asked("request.parameter.", schema)["paths"]["/pets"]["post"]}},
            )
        case "response.":
            return tree(answering({JSON: schema}))
        case _:
            return tree(answering(headers={"X-A": {"required": True, "content": whole}}))


def found(prefix: str, name: str) -> list[Change]:
    old, new = OF_ANSWERS.get(name, SCHEMAS[name]) if not prefix.startswith("request") else SCHEMAS[name]
    return list(between(asked(prefix, old), asked(prefix, new)).changes)


CASES = [
    (prefix, row.name)
    for prefix in PREFIXES
    for row in SCHEMA_ROWS
    if (row.request if prefix.startswith("request") else row.response) is not None
]


@pytest.mark.parametrize(("prefix", "name"), CASES, ids=[prefix + name for prefix, name in CASES])
def test_a_rule_of_schemas_is_found_with_its_level(prefix: str, name: str) -> None:
    changes = found(prefix, name)
    [change] = [change for change in changes if change.rule == prefix + name]
    assert change.level in {RULES[prefix + name].level, *(("risky",) if name in UNDECIDED else ())}
    assert {other.rule for other in changes if other.level != "info"} <= {change.rule}
    if change.level == "breaking":
        assert (change.witness is None) == ("(no example: " in change.message)


def test_every_row_has_a_pair() -> None:
    assert SCHEMAS.keys() == {row.name for row in SCHEMA_ROWS}
