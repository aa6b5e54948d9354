"""What stands where in an OpenAPI document, as a table, and the walk over a document that it guides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from harness.contract.document import FILES, Document
from harness.contract.slice import Tokens, tokens_of

Side = Literal["request", "response", "callback", ""]
"""Which way a part travels; in a callback or webhook the provider asks. Empty where it is not known."""


class Part(msgspec.Struct, frozen=True):
    """What a field holds: `one` object of a kind, a list (`many`) or a map (`named`) of them, or plain `data`."""

    shape: Literal["data", "one", "many", "named"] = "data"
    kind: str = ""


class Place(msgspec.Struct, frozen=True):
    """One object of a document, what kind of thing it is, and where it stands."""

    kind: str
    node: dict[str, Any]
    tokens: Tokens
    side: Side = ""


def _data(*names: str) -> dict[str, Part]:
    return dict.fromkeys(names, Part())


def _parts(shape: Literal["one", "many", "named"], **kinds: str) -> dict[str, Part]:
    return {name.rstrip("_"): Part(shape, kind) for name, kind in kinds.items()}


_DOCS = _parts("one", externalDocs="external docs")
_PARAMETER = {
    **_data("description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved"),
    **_data("example"),
    **_parts("one", schema="schema"),
    **_parts("named", examples="example", content="media type"),
}

GRAMMAR: dict[str, dict[str, Part]] = {
    "document": {
        **_data("openapi", "$self", "jsonSchemaDialect", "security"),
        **_parts("one", info="info", components="components"),
        **_parts("named", paths="path item", webhooks="path item"),
        **_parts("many", servers="server", tags="tag"),
        **_DOCS,
    },
    "info": {
        **_data("title", "summary", "description", "termsOfService", "version"),
        **_data("contact", "license"),
    },
    "server": _data("url", "name", "description", "variables"),
    "tag": {**_data("name", "summary", "description", "parent", "kind"), **_DOCS},
    "external docs": _data("description", "url"),
    "components": _parts(
        "named",
        schemas="schema",
        responses="response",
        parameters="parameter",
        examples="example",
        requestBodies="request body",
        headers="header",
        securitySchemes="security scheme",
        links="link",
        callbacks="callback",
        pathItems="path item",
        mediaTypes="media type",
    ),
    "path item": {
        **_data("$ref", "summary", "description"),
        **_parts("one", get="operation", put="operation", post="operation", delete="operation"),
        **_parts("one", options="operation", head="operation", patch="operation", trace="operation"),
        **_parts("one", query="operation"),
        **_parts("named", additionalOperations="operation"),
        **_parts("many", servers="server", parameters="parameter"),
    },
    "operation": {
        **_data("tags", "summary", "description", "operationId", "deprecated", "security"),
        **_parts("many", parameters="parameter", servers="server"),
        **_parts("one", requestBody="request body"),
        **_parts("named", responses="response", callbacks="callback"),
        **_DOCS,
    },
    "parameter": {**_data("name", "in"), **_PARAMETER},
    "header": _PARAMETER,
    "request body": {**_data("description", "required"), **_parts("named", content="media type")},
    "response": {
        **_data("description", "summary"),
        **_parts("named", headers="header", content="media type", links="link"),
    },
    "media type": {
        **_data("example"),
        **_parts("one", schema="schema", itemSchema="schema", itemEncoding="encoding"),
        **_parts("many", prefixEncoding="encoding"),
        **_parts("named", examples="example", encoding="encoding"),
    },
    "encoding": {
        **_data("contentType", "style", "explode", "allowReserved"),
        **_parts("one", itemEncoding="encoding"),
        **_parts("many", prefixEncoding="encoding"),
        **_parts("named", headers="header", encoding="encoding"),
    },
    "example": _data("summary", "description", "value", "externalValue", "dataValue", "serializedValue"),
    "link": {
        **_data("operationRef", "operationId", "parameters", "requestBody", "description"),
        **_parts("one", server="server"),
    },
    "security scheme": _data(
        *("type", "description", "name", "in", "scheme", "bearerFormat", "flows", "openIdConnectUrl"),
        *("oauth2MetadataUrl", "deprecated"),
    ),
    "schema": {
        **_data("title", "description", "type", "format", "enum", "const", "default", "example", "examples"),
        **_data("nullable", "readOnly", "writeOnly", "deprecated", "discriminator", "xml", "required"),
        **_data("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
        **_data("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems"),
        **_data("maxContains", "minContains", "maxProperties", "minProperties", "dependentRequired"),
        **_data("contentMediaType", "contentEncoding", "$schema", "$id", "$anchor", "$comment"),
        **_data("$dynamicRef", "$dynamicAnchor", "$vocabulary"),
        **_parts("many", allOf="schema", anyOf="schema", oneOf="schema", prefixItems="schema"),
        **_parts("one", not_="schema", if_="schema", then="schema", else_="schema", items="schema"),
        **_parts("one", contains="schema", additionalProperties="schema", propertyNames="schema"),
        **_parts("one", unevaluatedProperties="schema", unevaluatedItems="schema", contentSchema="schema"),
        **_parts("named", properties="schema", patternProperties="schema", dependentSchemas="schema"),
        **_parts("named", definitions="schema"),
        "$defs": Part("named", "schema"),
        **_DOCS,
    },
}
"""The fields of each kind of object in OpenAPI 3.0 to 3.2. Callbacks have none: they map names to path items."""

_REFERENCE = {"$ref": Part(), **_data("summary", "description")}

_SIDES: dict[str, Side] = {
    "request body": "request",
    "parameter": "request",
    "response": "response",
    "callback": "callback",
}


def fields_of(place: Place, *, modern: bool) -> dict[str, Part]:
    """The fields that mean something there. Beside a `$ref` 3.0 knows none at all, and 3.1 those of schemas."""
    if "$ref" in place.node and place.kind != "path item":
        schema = GRAMMAR["schema"] if modern and place.kind == "schema" else {}
        return {**_REFERENCE, **schema}
    return GRAMMAR[place.kind]


def walk(document: Document) -> Iterator[Place]:
    """Every object of the document once, in its order, and of referenced files what is referred to."""
    pending = [Place("document", document.root, ())]
    seen: set[int] = set()
    while pending:
        place = pending.pop()
        if id(place.node) in seen:
            continue  # a YAML alias, or a part of a file that several refer to
        seen.add(id(place.node))
        if place.kind != "callback":
            yield place
        pending += reversed(list(_within(document, place)))


def _within(document: Document, place: Place) -> Iterator[Place]:
    node = place.node
    ref = node.get("$ref")
    if isinstance(ref, str):
        tokens = tokens_of(ref)
        target = document.at(ref) if tokens and tokens[0] == FILES else None
        if tokens and isinstance(target, dict):
            yield Place(place.kind, target, tokens, place.side)
    if place.kind == "callback":
        fields = {name: Part("one", "path item") for name in node if name != "$ref"}
    else:
        fields = GRAMMAR[place.kind]
    for name, value in node.items():
        part = fields.get(name)
        if part is None or part.shape == "data" or name.startswith("x-"):
            continue
        side = place.side or ("callback" if name == "webhooks" else _SIDES.get(part.kind, ""))
        for tokens, child in _children(part, name, value):
            if isinstance(child, dict):
                yield Place(part.kind, child, (*place.tokens, *tokens), side)


def _children(part: Part, name: str, value: Any) -> Iterator[tuple[Tokens, Any]]:
    if isinstance(value, list):
        # `items` was once a list, and is read as prefixItems then.
        yield from (((name, str(index)), child) for index, child in enumerate(value))
    elif part.shape == "one":
        yield (name,), value
    elif part.shape == "named" and isinstance(value, dict):
        # A property or a header may well be called `x-`something; a path or a component may not.
        free = part.kind in ("schema", "header")
        yield from (((name, key), child) for key, child in value.items() if free or not key.startswith("x-"))
