"""Pairs of whole documents, by the peer's names of rules; and where in a document a pair of schemas stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.drift.peer.schemas import CAT, OLD_STYLE, TEXT, WHOLE, Schema

Tree = dict[str, Any]
Case = tuple[str, Tree, Tree]

_PET: Schema = {
    "type": "object",
    "required": ["kind", "type"],
    "properties": {"kind": TEXT, "type": TEXT},
    "additionalProperties": False,
}
JSON = "application/json"
FINE: Tree = {"responses": {"200": {"description": "ok", "content": {JSON: {"schema": TEXT}}}}}
_SCHEMES: Tree = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "oauth": {
        "type": "oauth2",
        "flows": {"implicit": {"authorizationUrl": "https://p.test/a", "scopes": {"r": "", "w": ""}}},
    },
}


def document(operation: Tree, *, path: str = "/t", **top: Any) -> Tree:
    """A document of one POST."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1.0.0"},
        "servers": [{"url": "https://p.test"}],
        "paths": {path: {"post": operation}},
        **top,
    }


def member(schema: Schema) -> Schema:
    """An object with one member of that schema."""
    return {"type": "object", "properties": {"p": schema}}


def obj(*required: str, **members: Schema) -> Schema:
    """An object of these members."""
    return {"type": "object", "properties": members, **({"required": list(required)} if required else {})}


def taking(schema: Any, *, required: bool = False) -> Tree:
    """A document whose POST takes that."""
    return document({**FINE, "requestBody": {"required": required, "content": {JSON: {"schema": schema}}}})


def giving(schema: Any) -> Tree:
    """A document whose POST gives that."""
    return answers(_200=content(JSON, schema=schema))


def answers(**by_status: Tree) -> Tree:
    """A document whose POST has these answers."""
    return document({"responses": {status.strip("_"): answer for status, answer in by_status.items()}})


def content(*kinds: str, schema: Any = TEXT) -> Tree:
    """An answer in these media types."""
    return {"description": "d", "content": {kind: {"schema": schema} for kind in kinds}}


def header(*, required: bool | None) -> Tree:
    """An answer with a header; None: without."""
    made: Tree = {"description": "d"}
    return made if required is None else {**made, "headers": {"X-A": {"required": required, "schema": TEXT}}}


def parameters(*each: Tree, path: str = "/t") -> Tree:
    """A document whose POST has these parameters."""
    return document({**FINE, "parameters": list(each)}, path=path)


def parameter(name: str = "p", where: str = "query", schema: Schema = TEXT, **more: Any) -> Tree:
    """A parameter."""
    return {"name": name, "in": where, "schema": schema, **more}


def secured(alternatives: list[Tree], *, everywhere: bool = False) -> Tree:
    """A document that asks for one of these."""
    components = {"securitySchemes": _SCHEMES}
    if everywhere:
        return document(FINE, components=components, security=alternatives)
    return document({**FINE, "security": alternatives}, components=components)


def hooks(*names: str) -> Tree:
    """A document with these webhooks."""
    hook = {"post": {**FINE, "requestBody": {"content": {JSON: {"schema": TEXT}}}}}
    return document(FINE, webhooks=dict.fromkeys(names, hook))


def _answering(schema: Schema) -> Tree:
    return document({"responses": {"200": {"description": "d", "headers": {"X-A": {"schema": schema}}}}})


SCOPES: dict[str, Callable[[Schema], Tree]] = {
    "request-read-only-property": lambda schema: taking(member({**schema, "readOnly": True})),
    "response-write-only-property": lambda schema: giving(member({**schema, "writeOnly": True})),
    "request-parameter-property": lambda schema: parameters(parameter(schema=member(schema))),
    "request-header-property": lambda schema: parameters(parameter("h", "header", member(schema))),
    "request-body": taking,
    "request-property": lambda schema: taking(member(schema)),
    "request-parameter": lambda schema: parameters(parameter(schema=schema)),
    "response-body": giving,
    "response-property": lambda schema: giving(member(schema)),
    "response-header": _answering,
    "response-mediatype": giving,
}
"""The beginning of a rule's name: the document with a schema in that place."""


def standing(scope: str, old: Schema, new: Schema) -> tuple[Tree, Tree]:
    """Two documents with these schemas in that place."""
    made = SCOPES[scope](old), SCOPES[scope](new)
    for tree in made:
        if OLD_STYLE.keys() <= old.keys():
            tree["openapi"] = "3.0.3"
        if CAT in str(tree):
            tree["components"] = {"schemas": {"Cat": _PET, "Dog": _PET}}
    return made


def cases() -> Iterator[Case]:
    """Pairs that are more than a pair of schemas."""
    a, b, c = ({name: TEXT} for name in "abc")
    both = obj(**a, **b)
    body = {JSON: {"schema": both}, "application/x-www-form-urlencoded": {"schema": both}}
    two_forms = document({**FINE, "requestBody": {"content": body}})
    closed_two = document({**FINE, "requestBody": {"content": {JSON: {}}}})
    yield "new-required-request-property", taking(both), taking(obj("c", **a, **b, **c))
    defaulted = {"c": {**TEXT, "default": "x"}}
    yield "new-required-request-property-with-default", taking(both), taking(obj("c", **a, **b, **defaulted))
    yield "new-optional-request-property", taking(both), taking(obj(**a, **b, **c))
    yield "request-property-removed", taking(both), taking(obj(**a))
    yield "request-property-became-required", taking(both), taking(obj("a", **a, **b))
    yield "request-property-became-optional", taking(obj("a", **a, **b)), taking(both)
    yield (
        "request-property-became-required-with-default",
        taking(obj(**defaulted)),
        taking(obj("c", **defaulted)),
    )
    yield "response-required-property-removed", giving(obj("a", **a, **b)), giving(obj(**b))
    yield "response-optional-property-removed", giving(both), giving(obj(**b))
    yield "response-required-property-added", giving(both), giving(obj("c", **a, **b, **c))
    yield "response-optional-property-added", giving(both), giving(obj(**a, **b, **c))
    yield "response-property-became-optional", giving(obj("a", **a)), giving(obj(**a))
    yield "response-property-became-required", giving(obj(**a)), giving(obj("a", **a))
    kept = {"a": {**TEXT, "writeOnly": True}}
    yield "response-write-only-property-became-optional", giving(obj("a", **kept)), giving(obj(**kept))
    yield "response-write-only-property-became-required", giving(obj(**kept)), giving(obj("a", **kept))
    yield "response-required-write-only-property-removed", giving(obj("a", **kept, **b)), giving(obj(**b))
    yield "response-required-write-only-property-added", giving(obj(**b)), giving(obj("a", **kept, **b))
    yield "response-optional-write-only-property-removed", giving(obj(**kept, **b)), giving(obj(**b))
    yield "response-optional-write-only-property-added", giving(obj(**b)), giving(obj(**kept, **b))
    for side, made in (("request", taking), ("response", giving)):
        for needed in ("required", "optional"):
            must = ("a",) if needed == "required" else ()
            for mark, word in (("read-only", "readOnly"), ("write-only", "writeOnly")):
                plain, marked = made(obj(*must, **a)), made(obj(*must, a={**TEXT, word: True}))
                yield f"{side}-{needed}-property-became-{mark}", plain, marked
                yield f"{side}-{needed}-property-became-not-{mark}", marked, plain
    yield "request-body-added-required", document(FINE), taking(both, required=True)
    yield "request-body-added-optional", document(FINE), taking(both)
    yield "request-body-removed", taking(both), document(FINE)
    yield "request-body-became-required", taking(both), taking(both, required=True)
    yield "request-body-became-optional", taking(both, required=True), taking(both)
    yield "request-body-media-type-added", taking(both), two_forms
    yield "request-body-media-type-removed", two_forms, taking(both)
    yield "request-body-media-type-schema-added", closed_two, taking(obj("a", **a))
    yield "request-body-media-type-schema-removed", taking(obj("a", **a)), closed_two
    bare = answers(_200={"description": "d", "content": {JSON: {}}})
    yield "response-body-media-type-schema-added", bare, giving(obj("a", **a))
    yield "response-body-media-type-schema-removed", giving(obj("a", **a)), bare
    one, two = answers(_200=content(JSON)), answers(_200=content(JSON, "text/csv"))
    yield "response-media-type-removed", two, one
    yield "response-media-type-added", one, two
    yield "response-media-type-name-generalized", one, answers(_200=content("application/*"))
    yield "response-media-type-name-specialized", one, answers(_200=content("application/problem+json"))
    created = answers(_200=content(JSON), _201=content(JSON))
    missing = answers(_200=content(JSON), _404=content(JSON))
    yield "response-success-status-removed", created, one
    yield "response-success-status-added", one, created
    yield "response-non-success-status-removed", missing, one
    yield "response-non-success-status-added", one, missing
    none, optional, needed_header = (answers(_200=header(required=each)) for each in (None, False, True))
    yield "response-header-added", none, optional
    yield "required-response-header-removed", needed_header, none
    yield "optional-response-header-removed", optional, none
    yield "response-header-became-optional", needed_header, optional
    yield "response-header-became-required", optional, needed_header
    yield from _parameters()
    yield from _operations()


def _parameters() -> Iterator[Case]:
    none, optional = parameters(), parameters(parameter())
    for where in ("query", "header", "cookie"):
        yield "new-required-request-parameter", none, parameters(parameter(where=where, required=True))
    yield "new-optional-request-parameter", none, optional
    yield "request-parameter-removed", optional, none
    yield "request-parameter-removed", parameters(parameter(required=True)), none
    yield "request-parameter-became-required", optional, parameters(parameter(required=True))
    yield "request-parameter-became-optional", parameters(parameter(required=True)), optional
    yield "request-parameter-deprecated", optional, parameters(parameter(deprecated=True))
    yield "request-parameter-reactivated", parameters(parameter(deprecated=True)), optional
    named = parameters(parameter("p", "path", required=True), path="/t/{p}")
    yield "new-request-path-parameter", parameters(path="/t/{p}"), named


def _operations() -> Iterator[Case]:
    one = document(FINE)
    yield "api-removed-without-deprecation", {**one, "paths": {"/t": {"post": FINE, "get": FINE}}}, one
    yield "api-path-removed-without-deprecation", {**one, "paths": {**one["paths"], "/u": {"get": FINE}}}, one
    yield "endpoint-added", one, {**one, "paths": {"/t": {"post": FINE, "get": FINE}}}
    yield "endpoint-deprecated", one, document({**FINE, "deprecated": True})
    yield "endpoint-reactivated", document({**FINE, "deprecated": True}), one
    yield (
        "api-operation-id-removed",
        document({**FINE, "operationId": "a"}),
        document({**FINE, "operationId": "b"}),
    )
    yield "api-operation-id-added", one, document({**FINE, "operationId": "b"})
    yield "api-tag-added", one, document({**FINE, "tags": ["a"]})
    yield "api-tag-removed", document({**FINE, "tags": ["a"]}), one
    yield "api-schema-removed", document(FINE, components={"schemas": {"A": WHOLE}}), one
    key: Tree = {"key": []}
    read, write = {"oauth": ["r"]}, {"oauth": ["r", "w"]}
    for name, everywhere in (("api-security", False), ("api-global-security", True)):
        lone, either, more = (secured(each, everywhere=everywhere) for each in ([read], [key, read], [write]))
        yield f"{name}-removed", either, lone
        yield f"{name}-added", lone, either
        yield f"{name}-scope-added", lone, more
        yield f"{name}-scope-removed", more, lone
    yield "webhook-removed", hooks("a", "b"), hooks("a")
    yield "webhook-added", hooks("a"), hooks("a", "b")
