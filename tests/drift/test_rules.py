"""The catalogue: whole, symmetrical, and every rule of it is found in a pair of documents made for it."""

from __future__ import annotations

import ast
import csv
import os
from pathlib import Path
from typing import Any

import pytest

import harness.drift
from harness.cli.explain_drift import peers
from harness.drift.rules.catalogue import ALONE, RULES, family
from harness.drift.rules.schemas import NOT_BOTH, SCHEMA_ROWS
from tests.drift.build import Tree, answering, between, given, ok, query, taking, tree

JSON, XML, FORM = "application/json", "application/xml", "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
TEXT: Tree = {"type": "string"}
CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus"))
BEARER: Tree = {"type": "http", "scheme": "bearer"}
KEY: Tree = {"type": "apiKey", "in": "header", "name": "X-Key"}


def flow(*scopes: str, kind: str = "clientCredentials", url: str = "https://a.test/token") -> Tree:
    return {"type": "oauth2", "flows": {kind: {"tokenUrl": url, "scopes": dict.fromkeys(scopes, "")}}}


def secured(*needs: Tree, **schemes: Tree) -> Tree:
    """A document whose operation has these needs."""
    return tree({**ok(), "security": list(needs)}, components={"securitySchemes": schemes})


def hook(name: str = "paid", method: str = "post", **more: Any) -> Tree:
    return tree(ok(), webhooks={name: {method: {**ok(), **more}}})


def shown(*needs: Tree) -> Tree:
    """A document whose webhook shows these credentials."""
    schemes = {"a": BEARER, "k": KEY}
    return {**hook(security=list(needs)), "components": {"securitySchemes": schemes}}


def replying(header: Tree | None = None) -> Tree:
    """A document whose webhook is answered with that header."""
    return hook(**ok(headers={"X-A": header} if header else {}))


def calling(*addresses: str) -> Tree:
    """A document whose operation has a callback to these addresses."""
    return pet(callbacks={"paid": {address: {"post": ok()} for address in addresses}})


def headed(**headers: Any) -> Tree:
    return tree(answering(headers={name.replace("_", "-"): node for name, node in headers.items()}))


def body(required: bool) -> Tree:
    return tree(given({JSON: {"type": "object"}}, required=required))


def pet(**more: Any) -> Tree:
    return tree({**ok(), **more})


def encoded(style: str) -> Tree:
    node = given({FORM: {"type": "object", "properties": {"a": {"type": "array", "items": TEXT}}}})
    node["requestBody"]["content"][FORM]["encoding"] = {"a": {"style": style, "explode": False}}
    return tree(node)


def part(media: str, **encoding: Any) -> Tree:
    """A document whose operation takes a form, and says of its member `a` how it is written."""
    node = given({media: {"type": "object", "properties": {"a": TEXT}}})
    node["requestBody"]["content"][media]["encoding"] = {"a": encoding}
    return tree(node)


def linked(*names: str, operation: str = "x") -> Tree:
    return tree(answering(links={name: {"operationId": operation} for name in names}))


def called(name: str) -> Tree:
    """An object that must have a member which is called so in XML."""
    return {"type": "object", "required": ["size"], "properties": {"size": {**TEXT, "xml": {"name": name}}}}


def regional(**variable: Any) -> Tree:
    """A document whose server has a variable."""
    return tree(servers=[{"url": "https://{region}.a.test", "variables": {"region": variable}}])


def statuses(*wanted: str) -> Tree:
    return tree({"responses": {status: {"description": ""} for status in wanted}})


SIZED: Tree = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
NUMBERS: Tree = {"type": "array", "items": {"type": "integer"}}
SEEN: Tree = {"schema": TEXT}
REQUIRED: Tree = {**SEEN, "required": True}

DECLARED = [rule for rule in RULES.values() if not rule.id.startswith("seen.")]
"""What documents declare. What is seen has no opposite: that something never comes again, nobody sees."""

PAIRS: list[tuple[str, Tree, Tree, str]] = [
    ("operation.removed", tree(paths={"/a": {"get": ok()}, "/b": {"get": ok()}}),
     tree(paths={"/a": {"get": ok()}}), "GET /b"),
    ("operation.added", tree(paths={"/a": {"get": ok()}}),
     tree(paths={"/a": {"get": ok()}, "/b": {"get": ok()}}), "GET /b"),
    ("operation.path.slash-changed", tree(ok(), path="/a"), tree(ok(), path="/a/"), "POST /a"),
    ("operation.id.changed", pet(operationId="a"), pet(operationId="b"), ""),
    ("operation.deprecated", pet(), pet(deprecated=True), ""),
    ("operation.reactivated", pet(deprecated=True), pet(), ""),
    ("operation.sunset.set", pet(), pet(**{"x-sunset": "2030-01-01"}), ""),
    ("operation.sunset.earlier", pet(**{"x-sunset": "2030-01-01"}), pet(**{"x-sunset": "2029-01-01"}), ""),
    ("operation.sunset.later", pet(**{"x-sunset": "2029-01-01"}), pet(**{"x-sunset": "2030-01-01"}), ""),
    ("operation.sunset.removed", pet(**{"x-sunset": "2029-01-01"}), pet(), ""),
    ("operation.stability.decreased", pet(**{"x-stability-level": "stable"}),
     pet(**{"x-stability-level": "beta"}), ""),
    ("operation.stability.increased", pet(**{"x-stability-level": "beta"}),
     pet(**{"x-stability-level": "stable"}), ""),
    ("operation.limit.added", pet(), pet(**{"x-ratelimit-limit": 60}), ""),
    ("operation.limit.removed", pet(**{"x-ratelimit-limit": 60}), pet(), ""),
    ("operation.limit.changed", pet(**{"x-ratelimit-limit": 60}), pet(**{"x-ratelimit-limit": 6}), ""),
    ("operation.hidden", pet(), pet(**{"x-internal": True}), ""),
    ("operation.published", pet(**{"x-internal": True}), pet(), ""),
    ("request.parameter.added", tree(taking()), tree(taking(query("a"))), "query parameter a"),
    ("request.parameter.added-required", tree(taking()), tree(taking(query("a", required=True))),
     "query parameter a"),
    ("request.parameter.removed", tree(taking(query("a"))), tree(taking()), "query parameter a"),
    ("request.parameter.moved", tree(taking(query("a"))),
     tree(taking({**query("a", required=True), "in": "header"})), "query parameter a"),
    ("request.parameter.became-required", tree(taking(query("a"))), tree(taking(query("a", required=True))),
     "query parameter a"),
    ("request.parameter.became-optional", tree(taking(query("a", required=True))), tree(taking(query("a"))),
     "query parameter a"),
    ("request.parameter.serialization.changed", tree(taking(query("a", NUMBERS, explode=False))),
     tree(taking(query("a", NUMBERS))),
     "query parameter a"),
    ("request.parameter.empty.refused", tree(taking(query("a", allowEmptyValue=True))),
     tree(taking(query("a"))), "query parameter a"),
    ("request.parameter.empty.allowed", tree(taking(query("a"))),
     tree(taking(query("a", allowEmptyValue=True))), "query parameter a"),
    ("request.parameter.reserved.refused", tree(taking(query("a", allowReserved=True))),
     tree(taking(query("a"))), "query parameter a"),
    ("request.parameter.reserved.allowed", tree(taking(query("a"))),
     tree(taking(query("a", allowReserved=True))), "query parameter a"),
    ("request.parameter.deprecated", tree(taking(query("a"))), tree(taking(query("a", deprecated=True))),
     "query parameter a"),
    ("request.parameter.reactivated", tree(taking(query("a", deprecated=True))), tree(taking(query("a"))),
     "query parameter a"),
    ("request.body.added", tree(ok()), body(required=False), "request body"),
    ("request.body.added-required", tree(ok()), body(required=True), "request body"),
    ("request.body.removed", body(required=False), tree(ok()), "request body"),
    ("request.body.became-required", body(required=False), body(required=True), "request body"),
    ("request.body.became-optional", body(required=True), body(required=False), "request body"),
    ("request.media-type.removed", tree(given({JSON: TEXT, XML: TEXT})), tree(given({JSON: TEXT})),
     "request body application/xml"),
    ("request.media-type.added", tree(given({JSON: TEXT})), tree(given({JSON: TEXT, XML: TEXT})),
     "request body application/xml"),
    ("request.media-type.renamed", tree(given({"application/hal+json": TEXT})), tree(given({JSON: TEXT})),
     "request body application/hal+json"),
    ("request.encoding.changed", encoded("form"), encoded("pipeDelimited"), f"request body {FORM}"),
    ("request.encoding.reserved.refused", part(FORM, allowReserved=True), part(FORM), f"request body {FORM}"),
    ("request.encoding.reserved.allowed", part(FORM), part(FORM, allowReserved=True), f"request body {FORM}"),
    ("request.encoding.header.added", part(PARTS), part(PARTS, headers={"X-A": SEEN}), f"request body {PARTS}"),
    ("request.encoding.header.added-required", part(PARTS), part(PARTS, headers={"X-A": REQUIRED}),
     f"request body {PARTS}"),
    ("request.encoding.header.removed", part(PARTS, headers={"X-A": SEEN}), part(PARTS), f"request body {PARTS}"),
    ("request.encoding.header.became-required", part(PARTS, headers={"X-A": SEEN}),
     part(PARTS, headers={"X-A": REQUIRED}), f"request body {PARTS}"),
    ("request.encoding.header.became-optional", part(PARTS, headers={"X-A": REQUIRED}),
     part(PARTS, headers={"X-A": SEEN}), f"request body {PARTS}"),
    ("request.encoding.header.changed", part(PARTS, headers={"X-A": SEEN}),
     part(PARTS, headers={"X-A": {"schema": {"type": "integer"}}}), f"request body {PARTS}"),
    ("response.status.removed", statuses("200"), statuses("201"), "response 200"),
    ("response.status.added", statuses("200"), statuses("200", "202"), "response 202"),
    ("response.error-status.removed", statuses("200", "409"), statuses("200"), "response 409"),
    ("response.error-status.added", statuses("200"), statuses("200", "409"), "response 409"),
    ("response.media-type.removed", tree(answering({JSON: TEXT})), tree(answering({"text/csv": TEXT})),
     "response 200 application/json"),
    ("response.media-type.added", tree(answering({JSON: TEXT})), tree(answering({JSON: TEXT, XML: TEXT})),
     "response 200 application/xml"),
    ("response.media-type.specialized", tree(answering({JSON: TEXT}, "400")),
     tree(answering({"application/problem+json": TEXT}, "400")), "response 400 application/json"),
    ("response.media-type.generalized", tree(answering({JSON: TEXT})), tree(answering({"application/*": TEXT})),
     "response 200 application/json"),
    ("response.media-type.renamed", tree(answering({"application/hal+json": TEXT})),
     tree(answering({JSON: TEXT})), "response 200 application/hal+json"),
    *(
        (f"{side}.media-type.parameter.{action}", tree(make({old: TEXT})), tree(make({new: TEXT})), f"{part} {old}")
        for side, make, part in (("request", given, "request body"), ("response", answering, "response 200"))
        for action, old, new in (
            ("added", "text/csv", "text/csv; header=present"),
            ("removed", "text/csv; header=present", "text/csv"),
            ("changed", "text/csv; header=present", "text/csv; header=absent"),
        )
    ),
    ("response.header.removed", headed(X_A=REQUIRED), headed(), "response 200 header x-a"),
    ("response.header.removed-optional", headed(X_A=SEEN), headed(), "response 200 header x-a"),
    ("response.header.added", headed(), headed(X_A=SEEN), "response 200 header x-a"),
    ("response.header.became-optional", headed(X_A=REQUIRED), headed(X_A=SEEN), "response 200 header x-a"),
    ("response.header.became-required", headed(X_A=SEEN), headed(X_A=REQUIRED), "response 200 header x-a"),
    ("response.header.deprecated", headed(X_A=SEEN), headed(X_A={**SEEN, "deprecated": True}),
     "response 200 header x-a"),
    ("response.header.reactivated", headed(X_A={**SEEN, "deprecated": True}), headed(X_A=SEEN),
     "response 200 header x-a"),
    ("response.link.removed", linked("next"), linked(), "response 200"),
    ("response.link.changed", linked("next"), linked("next", operation="b"), "response 200"),
    ("response.xml.changed", tree(answering({XML: called("width")})), tree(answering({XML: called("length")})),
     f"response 200 {XML}"),
    ("request.xml.changed", tree(given({XML: called("width")})), tree(given({XML: called("length")})),
     f"request body {XML}"),
    ("response.header.serialization.changed", headed(X_A={"schema": SIZED}),
     headed(X_A={"schema": SIZED, "explode": True}), "response 200 header x-a"),
    ("response.link.added", linked(), linked("next"), "response 200"),
    ("security.added", secured(a=BEARER), secured({"a": []}, a=BEARER), "security"),
    ("security.removed", secured({"a": []}, a=BEARER), secured(a=BEARER), "security"),
    ("security.alternative.removed", secured({"a": []}, {"k": []}, a=BEARER, k=KEY),
     secured({"k": []}, a=BEARER, k=KEY), "security"),
    ("security.alternative.added", secured({"a": []}, a=BEARER, k=KEY),
     secured({"a": []}, {"k": []}, a=BEARER, k=KEY), "security"),
    ("security.scope.added", secured({"o": ["r"]}, o=flow("r", "w")),
     secured({"o": ["r", "w"]}, o=flow("r", "w")), "security"),
    ("security.scope.removed", secured({"o": ["r", "w"]}, o=flow("r", "w")),
     secured({"o": ["r"]}, o=flow("r", "w")), "security"),
    ("security.scheme.added", secured(), secured(a=BEARER), "security"),
    ("security.scheme.removed", secured(a=BEARER), secured(), "security"),
    ("security.scheme.changed", secured(a=BEARER), secured(a=KEY), "security"),
    ("security.scheme.deprecated", secured(a=BEARER), secured(a={**BEARER, "deprecated": True}), "security"),
    ("security.scheme.reactivated", secured(a={**BEARER, "deprecated": True}), secured(a=BEARER), "security"),
    ("security.bearer-format.changed", secured(a=BEARER), secured(a={**BEARER, "bearerFormat": "JWT"}),
     "security"),
    ("security.flow.added", secured(o=flow("r")),
     secured(o={"type": "oauth2", "flows": {**flow("r")["flows"], **flow("r", kind="password")["flows"]}}),
     "security"),
    ("security.flow.removed",
     secured(o={"type": "oauth2", "flows": {**flow("r")["flows"], **flow("r", kind="password")["flows"]}}),
     secured(o=flow("r")), "security"),
    ("security.url.changed", secured(o=flow()), secured(o=flow(url="https://b.test/token")), "security"),
    ("security.offered-scope.removed", secured(o=flow("r", "w")), secured(o=flow("r")), "security"),
    ("security.offered-scope.added", secured(o=flow("r")), secured(o=flow("r", "w")), "security"),
    ("server.removed", tree(servers=[{"url": "https://a.test"}, {"url": "https://b.test"}]),
     tree(servers=[{"url": "https://a.test"}]), "servers"),
    ("server.replaced", tree(servers=[{"url": "https://a.test"}]), tree(servers=[{"url": "https://b.test"}]),
     "servers"),
    ("server.added", tree(servers=[{"url": "https://a.test"}]),
     tree(servers=[{"url": "https://a.test"}, {"url": "https://b.test"}]), "servers"),
    ("server.scheme.removed", tree(servers=[{"url": "http://a.test"}]), tree(servers=[{"url": "https://a.test"}]),
     "servers"),
    ("server.scheme.added", tree(servers=[{"url": "https://a.test"}]),
     tree(servers=[{"url": "https://a.test"}, {"url": "http://a.test"}]), "servers"),
    ("server.variable.default.changed", regional(default="eu"), regional(default="us"), "servers"),
    ("webhook.removed", hook(), tree(ok()), "webhook paid"),
    ("webhook.added", tree(ok()), hook(), "webhook paid"),
    ("webhook.body.added", hook(), hook(**given({JSON: TEXT})), "webhook paid"),
    ("webhook.body.became-optional", hook(**given({JSON: TEXT}, required=True)), hook(**given({JSON: TEXT})),
     "webhook paid"),
    ("webhook.body.became-required", hook(**given({JSON: TEXT})), hook(**given({JSON: TEXT}, required=True)),
     "webhook paid"),
    ("webhook.address.changed", calling("{$request.body#/a}"), calling("{$request.body#/b}"), "callback paid"),
    ("webhook.method.changed", hook(), hook(method="put"), "webhook paid"),
    ("webhook.body.removed", hook(**given({JSON: TEXT}, required=True)), hook(), "webhook paid"),
    ("webhook.media-type.added", hook(**given({JSON: TEXT})), hook(**given({JSON: TEXT, "text/csv": TEXT})),
     "request body text/csv"),
    ("webhook.credential.added", shown(), shown({"a": []}), "security"),
    ("webhook.credential.removed", shown({"a": []}), shown({}), "security"),
    ("webhook.credential.alternative.added", shown({"a": []}), shown({"a": []}, {"k": []}), "security"),
    ("webhook.credential.alternative.removed", shown({"a": []}, {"k": []}), shown({"a": []}), "security"),
    ("webhook.parameter.added", hook(), hook(**taking(query("a"))), "query parameter a"),
    ("webhook.parameter.removed", hook(**taking(query("a", required=True))), hook(), "query parameter a"),
    ("webhook.parameter.removed-optional", hook(**taking(query("a"))), hook(), "query parameter a"),
    ("webhook.parameter.became-optional", hook(**taking(query("a", required=True))),
     hook(**taking(query("a"))), "query parameter a"),
    ("webhook.parameter.became-required", hook(**taking(query("a"))),
     hook(**taking(query("a", required=True))), "query parameter a"),
    ("webhook.parameter.serialization.changed", hook(**taking(query("a", NUMBERS))),
     hook(**taking(query("a", NUMBERS, explode=False))), "query parameter a"),
    ("webhook.parameter.deprecated", hook(**taking(query("a"))),
     hook(**taking(query("a", deprecated=True))), "query parameter a"),
    ("webhook.parameter.reactivated", hook(**taking(query("a", deprecated=True))),
     hook(**taking(query("a"))), "query parameter a"),
    ("webhook.answer.body.added", hook(), hook(**answering({JSON: TEXT})), "answer 200"),
    ("webhook.answer.body.removed", hook(**answering({JSON: TEXT})), hook(), "answer 200"),
    ("webhook.answer.media-type.added", hook(**answering({JSON: TEXT})),
     hook(**answering({JSON: TEXT, XML: TEXT})), "answer 200 application/xml"),
    ("webhook.answer.media-type.removed", hook(**answering({JSON: TEXT, XML: TEXT})),
     hook(**answering({JSON: TEXT})), "answer 200 application/xml"),
    ("webhook.answer.header.added", replying(), replying(SEEN), "answer 200 header x-a"),
    ("webhook.answer.header.added-required", replying(), replying(REQUIRED), "answer 200 header x-a"),
    ("webhook.answer.header.removed", replying(SEEN), replying(), "answer 200 header x-a"),
    ("webhook.answer.header.became-required", replying(SEEN), replying(REQUIRED), "answer 200 header x-a"),
    ("webhook.answer.header.became-optional", replying(REQUIRED), replying(SEEN), "answer 200 header x-a"),
    ("webhook.answer.removed", hook(responses={"200": {"description": ""}, "202": {"description": ""}}),
     hook(responses={"202": {"description": ""}}), "webhook paid"),
    ("webhook.answer.added", hook(responses={"202": {"description": ""}}),
     hook(responses={"200": {"description": ""}, "202": {"description": ""}}), "webhook paid"),
]  # fmt: skip
"""A rule; a pair of documents of which it is the one change; the part, or the operation, that it is of."""


@pytest.mark.parametrize(("rule", "old", "new", "where"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_a_rule_is_found_alone_with_its_level_and_place(rule: str, old: Tree, new: Tree, where: str) -> None:
    found = between(old, new).changes
    change = next(change for change in found if change.rule == rule)
    assert {other.rule for other in found} - {rule} == BESIDE.get(rule, set())
    assert change.level == RULES[rule].level
    assert where in ("", change.place.part, change.place.operation)
    if change.level == "breaking":
        proven = change.witness is not None
        assert proven != ("(no example: " in change.message)
        assert proven != (rule in UNPROVEN)


BESIDE = {
    "response.status.removed": {"response.status.added"},
    "response.media-type.removed": {"response.media-type.added"},
}
"""What cannot change without something else."""

UNPROVEN = {
    "request.body.removed": "nothing in the new document refuses a body",
    "security.scope.added": "which scopes a token has, no request shows",
    "request.media-type.parameter.changed": "validators look at the type alone",
    "response.media-type.parameter.changed": "validators look at the type alone",
    "response.media-type.parameter.removed": "validators look at the type alone",
    "server.replaced": "an address is not in a message",
    "webhook.removed": "that nothing is sent, no message shows",
    "webhook.method.changed": "nobody judges whether a webhook is expected",
}


def test_every_rule_beside_those_of_schemas_has_such_a_pair() -> None:
    assert {rule.id for rule in DECLARED if not rule.row} == {pair[0] for pair in PAIRS}


OPPOSITE = {"add": "remove", "increase": "decrease", "generalize": "specialize"}
OPPOSITE |= {after: before for before, after in OPPOSITE.items()}
OTHERS = {
    "request": "response",
    "response": "request",
    "parameters": "headers",
    "headers": "parameters",
    "requestbody": "responses",
    "responses": "requestbody",
}


def test_what_can_be_added_can_be_removed_or_says_why_not() -> None:
    """A change of the action `change` is its own opposite."""
    known = {(rule.direction, rule.area, rule.kind, rule.action) for rule in RULES.values()}
    lonely = {
        rule.id
        for rule in DECLARED
        if (rule.direction, rule.area, rule.kind, OPPOSITE.get(rule.action, rule.action)) not in known
    }
    assert {rule_id for rule_id in lonely if rule_id not in ALONE} == set()


def test_what_is_of_requests_is_of_answers_or_says_why_not() -> None:
    known = {(rule.direction, rule.area, rule.kind, rule.action) for rule in DECLARED if not rule.row}
    lonely = {
        rule.id
        for rule in DECLARED
        if not rule.row
        and rule.direction != "none"
        and (OTHERS[rule.direction], OTHERS[rule.area], rule.kind, rule.action) not in known
    }
    assert lonely - ALONE.keys() == set()
    assert {row.name for row in SCHEMA_ROWS if row.request is None or row.response is None} == NOT_BOTH.keys()


def test_every_reason_is_of_a_rule() -> None:
    assert ALONE.keys() <= RULES.keys()
    assert NOT_BOTH.keys() <= {rule.row for rule in RULES.values()}


def test_every_rule_that_the_code_names_is_in_the_catalogue() -> None:
    named = set()
    for path in Path(harness.drift.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "found":
                named |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    assert len(named) > 40
    assert named <= RULES.keys()


def test_every_rule_says_what_it_is_and_why_it_has_its_level() -> None:
    for rule in RULES.values():
        assert rule.message, rule.id
        assert rule.why.endswith("."), rule.id


def test_a_family_is_what_begins_with_its_words() -> None:
    assert {rule.id for rule in family("response.header")} <= {rule.id for rule in family("response")}
    assert len(family("drift")) == len(RULES)
    assert family("respons") == ()


def test_every_rule_of_the_peer_is_one_of_ours_or_says_why_not() -> None:
    for peer in peers().values():
        assert set(peer.ours) <= RULES.keys(), peer
        assert peer.ours or len(peer.reason) > 20, peer


@pytest.mark.skipif(not (CORPUS / "oasdiff_rules.tsv").is_file(), reason="needs $HARNESS_CORPUS")
def test_no_rule_of_the_peer_is_left_out() -> None:
    with (CORPUS / "oasdiff_rules.tsv").open() as file:
        listed = [row["id"] for row in csv.DictReader(file, delimiter="\t")]
    assert len(listed) == 509
    assert set(listed) == peers().keys()
