"""What is odd about a document: each rule is a function that yields Oddities and does nothing else.

Nothing here is an error: whatever is reported, the document is played all the same, as the message says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import msgspec

from harness.contract.body import is_json, is_open
from harness.contract.contract import Contract, Operation
from harness.contract.deviate import deviations
from harness.contract.document import METHODS, Document
from harness.contract.grammar import Place, fields_of, walk
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import TYPES, Schemas
from harness.contract.slice import Tokens, unused
from harness.contract.tree import escaped
from harness.errors import did_you_mean
from harness.model.clock import Rng
from harness.model.message import WIRE_METHODS

_NOW_S = 1_800_000_000.0
_LONGEST = 160


class Oddity(msgspec.Struct, frozen=True, order=True):
    """One odd thing: where it stands, which rule it is of, and what the harness makes of it."""

    tokens: Tokens
    rule: str
    message: str


class Subject:
    """A document with what the rules ask of it, found once."""

    def __init__(self, contract: Contract, rng: Rng) -> None:
        self.contract, self.rng = contract, rng
        self.document: Document = contract.document
        self.swagger = self.document.version.startswith("2")
        self.modern = not self.swagger and not self.document.version.startswith("3.0")
        self.places = tuple(walk(self.document))
        self.inward = Schemas(self.document, "request")
        self.outward = Schemas(self.document, "response")
        self.operations: dict[str, tuple[Operation, Tokens]] = {}
        raw = {"/" + template.lstrip("/"): template for template in self.document.root.get("paths", {})}
        for operation in contract.operations.values():
            template = raw.get(operation.template, operation.template)
            key = operation.method.lower()
            method = (key,) if key in METHODS else ("additionalOperations", operation.method)
            self.operations[operation.id] = (operation, ("paths", template, *method))

    def of_kind(self, *kinds: str) -> Iterator[Place]:
        return (place for place in self.places if place.kind in kinds)

    def schemas_for(self, place: Place) -> tuple[Schemas, ...]:
        """The direction in which a part travels; both where it may travel in either."""
        known = {"request": (self.inward,), "response": (self.outward,)}
        return known.get(place.side, (self.inward, self.outward))


_Rule = Callable[[Subject], Iterator[tuple[Tokens, str]]]

RULES: dict[str, _Rule] = {}
"""Every rule by its name, in the order of this file."""


def _rule(name: str) -> Callable[[_Rule], _Rule]:
    def enter(function: _Rule) -> _Rule:
        RULES[name] = function
        return function

    return enter


def lint(
    contract: Contract, *, rng: Rng, begun: Callable[[str], None] = lambda rule: None
) -> tuple[Oddity, ...]:
    """Everything odd about the contract's document, in the order of its pointers. `begun` is told of each rule."""
    subject = Subject(contract, rng)
    found: set[Oddity] = set()
    for name, rule in RULES.items():
        begun(name)
        found.update(Oddity(at, name, message) for at, message in rule(subject))
    return tuple(sorted({_as_written(subject, oddity) for oddity in found}))


def _as_written(subject: Subject, oddity: Oddity) -> Oddity:
    """The oddity where it stands in the document's own dialect, as the warnings of loading do already."""
    if not subject.swagger or oddity.rule == "reading":
        return oddity
    origin = subject.document.origin("".join(f"/{escaped(token)}" for token in oddity.tokens))
    return msgspec.structs.replace(oddity, tokens=_tokens(origin))


def _tokens(pointer: str) -> Tokens:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def counted(rules: Iterable[str]) -> dict[str, int]:
    """How many findings of each rule, the most first."""
    return dict(Counter(rules).most_common())


@_rule("reading")
def read_with_reserve(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """What loading the document warned of: dangling references, unusable patterns, wrong defaults."""
    for warning in subject.document.warnings:
        yield _tokens(warning.pointer), warning.message


@_rule("dialect")
def said_elsewhere(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """What the document leaves to be known."""
    if subject.document.is_converted_from_aws and not subject.document.dialect:
        yield (
            ("info", "x-origin"),
            "aws2openapi made it, and SDKs of AWS rely on more than it says; taken at its word here, and played as "
            "they expect once `harness contract add` has taken it over",
        )


@_rule("keyword")
def stray_keywords(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Fields that mean nothing where they stand, and values that a field cannot have."""
    for place in subject.places:
        # The loader warns of strange keys at the top. Swagger 2.0 has other fields, but for schemas.
        old = subject.swagger and place.kind != "schema"
        known = fields_of(place, modern=subject.modern) if place.tokens and not old else {}
        for key in place.node:
            if known and key not in known and not key.startswith("x-"):
                yield (*place.tokens, key), _stray(key, place, list(known))
        if place.kind == "schema":
            yield from _odd_values(place)


def _stray(key: str, place: Place, known: list[str]) -> str:
    if "$ref" in place.node and place.kind != "path item":
        meant = key in ("nullable", "readOnly", "writeOnly") and place.node[key] is True
        what = "it is read as it was meant" if meant else "it is ignored"
        return f"{key!r} means nothing beside a $ref; {what}"
    if place.kind == "response" and key in ("schema", "examples"):
        return f"{key!r} is of Swagger 2.0 and ignored; OpenAPI 3 has it under content, by media type"
    hint = did_you_mean(key, known)
    hint = f"; {hint}" if hint.startswith("did you mean") else ""
    article = "an" if place.kind[0] in "aeio" else "a"
    return f"{key!r} is no field of {article} {place.kind} and ignored{hint}"


def _odd_values(place: Place) -> Iterator[tuple[Tokens, str]]:
    node = place.node
    kinds = node.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind is not None and kind not in TYPES:
            yield (
                (*place.tokens, "type"),
                f"no type {kind!r}, so it is not checked; {did_you_mean(str(kind), TYPES)}",
            )
    if isinstance(node.get("required"), bool):
        message = "'required' is a list of names in the object around it; this is ignored"
        yield (*place.tokens, "required"), message
    names, properties = node.get("required"), node.get("properties")
    if isinstance(names, list) and isinstance(properties, dict) and node.get("additionalProperties") is False:
        for index, name in enumerate(names):
            if isinstance(name, str) and name not in properties and "allOf" not in node:
                message = f"{name!r} is required and not allowed; {did_you_mean(name, properties)}"
                yield (*place.tokens, "required", str(index)), message
    if node.get("enum") == []:
        yield (*place.tokens, "enum"), "an empty enum admits nothing; it is ignored"


@_rule("example")
def examples_that_do_not_validate(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Examples that do not fit the schema beside them: they are never served."""
    for place in subject.of_kind("schema", "media type", "parameter", "header"):
        node = place.node
        if "example" not in node and not node.get("examples"):
            continue
        schema = node if place.kind == "schema" else node.get("schema")
        if not isinstance(schema, dict):
            continue
        if place.kind == "media type" and not _holds_json(place.tokens[-1]):
            continue
        judges = [(schemas, schemas.convert(schema)) for schemas in subject.schemas_for(place)]
        for at, value in _examples(subject, place):
            said = [deviations(schemas, converted, value, where="body") for schemas, converted in judges]
            if all(said):
                first = said[0][0]
                inner = f"{first.pointer}: " if first.pointer else ""
                more = f" (and {len(said[0]) - 1} more)" if len(said[0]) > 1 else ""
                yield (*place.tokens, *at), f"the example is not valid: {inner}{_cut(first.message)}{more}"


def _examples(subject: Subject, place: Place) -> Iterator[tuple[Tokens, object]]:
    if "example" in place.node:
        yield ("example",), place.node["example"]
    named = place.node.get("examples")
    if isinstance(named, list) and place.kind == "schema":
        yield from ((("examples", str(index)), value) for index, value in enumerate(named))
    elif isinstance(named, dict) and place.kind != "schema":
        for name, node in named.items():
            node = subject.document.follow(node)
            if "value" in node:
                yield ("examples", name), node["value"]


def _holds_json(media_type: str) -> bool:
    return is_json(media_type) or is_open(media_type)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


@_rule("operation-id")
def operation_ids_used_twice(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """One operationId for several operations: the first has it, the others go by method and path."""
    first: dict[str, Operation] = {}
    for operation, at in subject.operations.values():
        node = _node(subject, at)
        given = node.get("operationId")
        if not isinstance(given, str):
            continue
        known = first.setdefault(given, operation)
        if known is not operation:
            message = f"operationId {given!r} is that of {known.name}; this one goes by {operation.name!r}"
            yield (*at, "operationId"), message


def _node(subject: Subject, at: Tokens) -> dict[str, Any]:
    """The operation there, also where its path item is a reference."""
    node: Any = subject.document.follow(subject.document.root["paths"][at[1]])
    for token in at[2:]:
        node = node.get(token) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


@_rule("method")
def unsendable_methods(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Methods of one's own (OpenAPI 3.2), which no request can bring to us."""
    for operation, at in subject.operations.values():
        if operation.method not in WIRE_METHODS:
            yield at, f"requests with the method {operation.method!r} are not known here, and get a 501"


@_rule("path")
def ambiguous_paths(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Two paths that one request may be for."""
    templates: dict[str, set[str]] = {}
    for operation, _ in subject.operations.values():
        templates.setdefault(operation.template, set()).add(operation.method)
    raw = {operation.template: at[1] for operation, at in subject.operations.values()}
    routed: dict[str, str] = {}
    by_length: dict[int, list[tuple[str, list[str]]]] = {}
    for template, methods in templates.items():
        path = re.split(r"[#?]", template)[0]
        if path != template:
            message = f"a request has no {template[len(path)]!r} in its path: this is routed as {path}"
            yield ("paths", raw[template]), message
            continue
        shape = re.sub(r"\{[^}]*\}", "{}", path)
        known = routed.setdefault(shape, template)
        if known != template:
            both = methods & templates[known]
            what = f"; {known} answers {', '.join(sorted(both))}" if both else ""
            yield ("paths", raw[template]), f"the same path as {known} but for the names{what}"
            continue
        segments = shape.split("/")
        by_length.setdefault(len(segments), []).append((template, segments))
    for alike in by_length.values():
        for (one, first), (other, second) in combinations(alike, 2):
            if _cross(first, second) and templates[one] & templates[other]:
                yield (
                    ("paths", raw[other]),
                    f"a request may be for {one} too; the earlier literal segment wins",
                )


def _cross(one: list[str], other: list[str]) -> bool:
    """May one request fit both, while neither is the narrower one?"""
    narrower = wider = False
    for a, b in zip(one, other, strict=True):
        if "{" in a or "{" in b:
            if a != b and "{}" not in (a, b):
                return False  # partly literal: told apart by the text around the name
            narrower = narrower or "{" not in a
            wider = wider or "{" not in b
        elif a != b:
            return False
    return narrower and wider


@_rule("parameter")
def odd_parameters(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Parameters that are not in the path's template, and the other way round; and those that mean nothing."""
    for operation, at in subject.operations.values():
        node = _node(subject, at)
        item = subject.document.follow(subject.document.root["paths"][at[1]])
        declared: dict[tuple[object, object], Tokens] = {}
        for owner, around in ((item, at[:2]), (node, at)):
            nodes = owner.get("parameters")
            here: set[tuple[object, object]] = set()
            for index, parameter in enumerate(nodes if isinstance(nodes, list) else ()):
                parameter = subject.document.follow(parameter)
                key = (parameter.get("in"), parameter.get("name"))
                where = (*around, "parameters", str(index))
                if key in here and all(key):
                    yield where, f"{key[0]} parameter {key[1]!r} is declared twice here; the last one counts"
                here.add(key)
                declared[key] = where
        yield from _of_template(operation, at, declared)
    for place in subject.of_kind("parameter"):
        yield from _odd_parameter(place)


def _of_template(
    operation: Operation, at: Tokens, declared: dict[tuple[object, object], Tokens]
) -> Iterator[tuple[Tokens, str]]:
    wanted = [re.sub(r"^[+#./;?&]|\*$", "", name) for name in re.findall(r"\{([^}]*)\}", operation.template)]
    names = [str(name) for where, name in declared if where == "path"]
    for name in names:
        if name not in wanted:
            hint = f"; the path has {', '.join(wanted)}" if wanted else ""
            message = f"path parameter {name!r} is not in {operation.template}; it is ignored{hint}"
            yield declared["path", name], message
    for name in wanted:
        if name not in names:
            yield at, f"{{{name}}} of the path is not declared as a parameter; any text is accepted"


def _odd_parameter(place: Place) -> Iterator[tuple[Tokens, str]]:
    node = place.node
    if "$ref" in node:
        return
    where, name = node.get("in"), node.get("name")
    if not isinstance(name, str):
        yield place.tokens, "a parameter without a name is ignored"
    elif where not in ("path", "query", "header", "cookie", "querystring"):
        known = ("path", "query", "header", "cookie")
        yield place.tokens, f"parameter {name!r} in {where!r} is ignored; {did_you_mean(str(where), known)}"
    elif where == "header" and name.lower() in ("accept", "content-type", "authorization"):
        yield place.tokens, f"a header parameter called {name} is ignored, as OpenAPI says"
    elif where == "path" and node.get("required") is not True:
        yield place.tokens, f"path parameter {name!r} has no 'required: true'; it is required all the same"


@_rule("security")
def unknown_security(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Security requirements that name a scheme which is not declared."""
    schemes = subject.document.at("#/components/securitySchemes")
    known = schemes if isinstance(schemes, dict) else {}
    owners: list[tuple[Tokens, dict[str, Any]]] = [((), subject.document.root)]
    owners += [(at, _node(subject, at)) for _, at in subject.operations.values()]
    for at, owner in owners:
        needs = owner.get("security")
        for index, need in enumerate(needs if isinstance(needs, list) else ()):
            for name in need if isinstance(need, dict) else ():
                if name not in known:
                    message = f"no security scheme {name!r}; {did_you_mean(name, known)}"
                    yield (*at, "security", str(index), name), message


@_rule("success")
def no_success(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Operations without an answer for success."""
    for _, at in subject.operations.values():
        responses = _node(subject, at).get("responses")
        if isinstance(responses, dict) and not any(key[:1] == "2" or key == "default" for key in responses):
            known = ", ".join(responses) or "none"
            yield (*at, "responses"), f"no 2xx answer is declared (there is {known}); success is an empty 200"


@_rule("answer")
def answers_that_cannot_be_made(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Bodies of answers of which no valid one was found, and schemas that cannot be compiled at all."""
    sampler = Sampler(subject.outward)
    said: dict[bytes, str] = {}
    for place in subject.of_kind("media type"):
        raw = place.node.get("schema")
        if place.side not in ("request", "response") or not isinstance(raw, dict):
            continue
        # Hundreds of operations share one error body: it is tried once.
        key = place.side.encode() + msgspec.json.encode(raw)
        if key not in said:
            said[key] = _trouble(subject, sampler, place, raw)
        if said[key]:
            yield (*place.tokens, "schema"), said[key]


def _trouble(subject: Subject, sampler: Sampler, place: Place, raw: dict[str, Any]) -> str:
    schemas = subject.inward if place.side == "request" else subject.outward
    before = len(schemas.warnings)
    schema = schemas.convert(raw)
    if place.side == "request":
        schemas.validator(schema)
        valid, value = True, None
    else:
        value, valid = sampler.valid_value(schema, Luck(subject.rng, _NOW_S))
    if len(schemas.warnings) > before:
        return next(reversed(schemas.warnings.values())).message
    if valid:
        return ""
    wrong = deviations(schemas, schema, value, where="body")
    why = f": {wrong[0].pointer or 'the body'}: {_cut(wrong[0].message)}" if wrong else ""
    return f"no valid answer was found{why}"


@_rule("unused")
def unused_components(subject: Subject) -> Iterator[tuple[Tokens, str]]:
    """Components that nothing leads to."""
    for tokens in unused(subject.document):
        yield tokens, "no operation leads to it"
