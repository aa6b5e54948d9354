"""Webhooks and callbacks: the provider sends them, so what may come in them is judged as answers are."""

from __future__ import annotations

from typing import Any

import pytest

from harness.model.change import Change
from tests.drift.build import Tree, between, changes, ok, only, tree

JSON = "application/json"


def event(**members: Any) -> Tree:
    return {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **members}}


def sent(schema: Tree, media: str = JSON) -> Tree:
    return {"post": {"requestBody": {"content": {media: {"schema": schema}}}, **ok()}}


def hooked(schema: Tree, *, key: str = "webhooks", media: str = JSON) -> Tree:
    return {**tree(ok()), key: {"invoice.paid": sent(schema, media)}}


def called(schema: Tree, name: str = "onEvent") -> Tree:
    return tree({**ok(), "operationId": "watch", "callbacks": {name: {"{$request.body#/url}": sent(schema)}}})


PAID: Tree = {"status": {"type": "string", "enum": ["paid"]}}
VOID: Tree = {"status": {"type": "string", "enum": ["paid", "void"]}}


@pytest.mark.parametrize("key", ["webhooks", "x-webhooks"])
def test_a_webhook_that_says_something_new_breaks_who_gets_it(key: str) -> None:
    change = only(hooked(event(**PAID), key=key), hooked(event(**VOID), key=key))
    assert (change.rule, change.level) == ("response.enum.added", "breaking")
    assert (change.place.operation, change.place.part) == (
        "webhook invoice.paid",
        "request body application/json",
    )
    assert change.place.value == "/status"
    assert change.place.new == f"/{key}/invoice.paid/post/requestBody/content/application~1json/schema" + (
        "/properties/status/enum"
    )
    shows(change, '"status":"void"')


def test_a_webhook_that_may_be_sent_more_to_is_no_change_for_who_gets_it() -> None:
    assert changes(hooked(event(**VOID)), hooked(event(**PAID))) == [("response.enum.removed", "info")]


def test_a_callback_is_of_its_operation() -> None:
    change = only(called(event(**PAID)), called(event(**VOID)))
    assert (change.rule, change.place.operation, change.place.operation_id) == (
        *("response.enum.added", "POST /pets"),
        "watch",
    )
    assert change.place.part == "callback onEvent request body application/json"
    shows(change, "POST /your-receiver HTTP/1.1")


def test_a_callback_that_is_gone_is_missed() -> None:
    old, new = called(event()), tree({**ok(), "operationId": "watch"})
    assert changes(old, new) == [("webhook.removed", "breaking")]
    assert changes(new, old) == [("webhook.added", "info")]


def test_a_webhook_in_another_media_type_is_shown_in_it() -> None:
    change = only(hooked(event()), hooked(event(), media="application/x-www-form-urlencoded"))
    assert (change.rule, change.level) == ("response.media-type.removed", "breaking")
    shows(change, "application/x-www-form-urlencoded")


def test_a_webhook_that_is_shared_with_answers_is_told_with_them() -> None:
    def both(members: Tree) -> Tree:
        ref = {"$ref": "#/components/schemas/Event"}
        answer = {"responses": {"200": {"description": "", "content": {JSON: {"schema": ref}}}}}
        components = {"schemas": {"Event": event(**members)}}
        return tree(answer, webhooks={"invoice.paid": sent(ref)}, components=components)

    change = only(both(PAID), both(VOID))
    assert [place.operation for place in change.places] == ["POST /pets", "webhook invoice.paid"]


def test_headers_that_a_webhook_always_had_are_missed() -> None:
    def signed(*parameters: Tree) -> Tree:
        root = hooked(event())
        root["webhooks"]["invoice.paid"]["post"]["parameters"] = list(parameters)
        return root

    header = {"name": "X-Signature", "in": "header", "schema": {"type": "string"}}
    required = {**header, "required": True}
    assert changes(signed(required), signed()) == [("response.header.removed", "breaking")]
    assert changes(signed(required), signed(header)) == [("response.header.became-optional", "breaking")]
    assert changes(signed(header), signed()) == [("response.header.removed-optional", "risky")]
    assert changes(signed(), signed(header)) == [("response.header.added", "info")]


def test_a_path_item_that_webhooks_refer_to_is_followed() -> None:
    def referring(members: Tree) -> Tree:
        hook = {"$ref": "#/components/pathItems/Paid"}
        return tree(ok(), webhooks={"paid": hook}, components={"pathItems": {"Paid": sent(event(**members))}})

    change = only(referring(PAID), referring(VOID))
    assert change.place.old.startswith("/components/pathItems/Paid/post")
    assert between(referring(PAID), referring(PAID)).changes == ()


def shows(change: Change, words: str) -> None:
    """The change has a witness with these words."""
    assert change.witness is not None, change.message
    assert (change.witness.kind, change.witness.fits_old, change.witness.fits_new) == ("answer", False, True)
    assert words in change.witness.text


def test_a_callback_that_goes_to_one_more_address_still_goes_to_the_first() -> None:
    def called(*addresses: str) -> Tree:
        items = {address: sent({"type": "object"}) for address in addresses}
        return tree({**ok(), "callbacks": {"onEvent": items}})

    first, second = "{$request.body#/url}", "{$request.body#/spare}"
    assert changes(called(first), called(first, second)) == [("webhook.added", "info")]
    assert changes(called(first, second), called(first)) == [("webhook.removed", "breaking")]
    assert changes(called(first), called(second)) == [("webhook.address.changed", "risky")]


def test_a_webhook_whose_body_may_be_of_any_media_type_may_be_unreadable() -> None:
    def hook(media: str) -> Tree:
        return tree(ok(), webhooks={"paid": sent({"type": "object"}, media)})

    change = only(hook(JSON), hook("*/*"))
    assert (change.rule, change.level) == ("response.media-type.generalized", "breaking")
    assert change.witness is not None
    assert changes(hook("application/hal+json"), hook(JSON)) == [("response.media-type.renamed", "risky")]


def hook(**more: Any) -> Tree:
    return tree(ok(), webhooks={"paid": {"post": {**ok(), **more}}})


def test_a_webhook_is_told_of_as_operations_are() -> None:
    assert changes(hook(), hook(deprecated=True)) == [("operation.deprecated", "info")]
    assert changes(hook(), hook(**{"x-sunset": "2030-01-01"})) == [("operation.sunset.set", "risky")]
    assert only(hook(), hook(deprecated=True)).place.operation == "webhook paid"


@pytest.mark.parametrize("where", ["query", "cookie"])
def test_parameters_of_a_webhook_are_what_may_come(where: str) -> None:
    def with_one(**more: Any) -> Tree:
        return hook(parameters=[{"name": "try", "in": where, "schema": {"type": "string"}, **more}])

    required, few = with_one(required=True), with_one(schema={"enum": ["a"]})
    change = only(required, hook())
    assert (change.rule, change.level) == ("webhook.parameter.removed", "breaking")
    shows(change, "POST /your-receiver")
    change = only(few, with_one(schema={"enum": ["a", "b"]}))
    assert (change.rule, change.level) == ("webhook.parameter.enum.added", "breaking")
    shows(change, "try=b")
    assert changes(with_one(), required) == [("webhook.parameter.became-required", "info")]
    assert changes(hook(), required) == [("webhook.parameter.added", "info")]


def test_parameters_of_the_path_item_are_those_of_its_webhook() -> None:
    def shared(**more: Any) -> Tree:
        header = {"name": "X-Try", "in": "header", "schema": {"type": "string"}, **more}
        return tree(ok(), webhooks={"paid": {"parameters": [header], "post": ok()}})

    change = only(shared(required=True), shared())
    assert change.rule == "response.header.became-optional"
    shows(change, "POST /your-receiver HTTP/1.1")


def showing(*needs: Tree, a: str = "bearer", said: bool = True) -> Tree:
    schemes = {"a": {"type": "http", "scheme": a}, "o": {"type": "oauth2", "flows": {}}}
    return {**hook(**({"security": list(needs)} if said else {})), "components": {"securitySchemes": schemes}}


def test_a_credential_that_no_longer_comes_is_missed() -> None:
    shown, plain, unsaid = showing({"a": []}), showing(), showing(said=False)
    change = only(shown, plain)
    assert (change.rule, change.level) == ("webhook.credential.removed", "breaking")
    shows(change, "POST /your-receiver HTTP/1.1")
    assert changes(shown, unsaid) == [("webhook.credential.removed", "risky")]
    assert changes(plain, shown) == [("webhook.credential.added", "info")]
    assert changes(unsaid, plain) == []


def test_another_credential_of_a_webhook_is_strange_to_who_looks_for_the_first() -> None:
    change = next(iter(between(showing({"a": []}, a="basic"), showing({"a": []})).changes))
    assert (change.rule, change.level) == ("webhook.credential.alternative.added", "breaking")
    shows(change, "authorization: Bearer made-up")
    same = between(showing({"a": []}), showing({"o": []})).changes
    assert [change.level for change in same] == ["risky", "info"]


def test_what_holds_of_all_operations_says_nothing_of_webhooks() -> None:
    old, new = showing(said=False), {**showing(said=False), "security": [{"a": []}]}
    assert {place.operation for change in between(old, new).changes for place in change.places} == {
        "POST /pets"
    }


def test_one_of_several_media_types_that_comes_no_more_breaks_nobody() -> None:
    def of(*kinds: str) -> Tree:
        return hook(requestBody={"content": {kind: {"schema": {"type": "string"}} for kind in kinds}})

    assert changes(of(JSON, "text/plain"), of(JSON)) == [("response.media-type.removed", "info")]
    assert changes(of(JSON), of(JSON, "text/plain")) == [("webhook.media-type.added", "risky")]
    change = only(of(JSON), of("text/plain"))
    assert (change.rule, change.level) == ("response.media-type.removed", "breaking")
    shows(change, "content-type: text/plain")


def test_a_body_that_need_not_come_is_a_risk_when_it_is_gone() -> None:
    body = {"content": {JSON: {"schema": {"type": "string"}}}}
    assert changes(hook(requestBody=body), hook()) == [("webhook.body.removed", "risky")]
    assert changes(hook(requestBody={**body, "required": True}), hook()) == [
        ("webhook.body.removed", "breaking")
    ]


def test_how_a_webhook_is_written_in_xml_is_read_by_names() -> None:
    def named(name: str) -> Tree:
        size = {"type": "string", "xml": {"name": name}}
        body = {"type": "object", "required": ["size"], "properties": {"size": size}}
        return hook(requestBody={"content": {"application/xml": {"schema": body}}})

    change = only(named("width"), named("length"))
    assert (change.rule, change.level) == ("response.xml.changed", "breaking")
    shows(change, "<length>")


def test_what_is_answered_to_a_webhook_is_the_clients_own() -> None:
    def answered(schema: Tree | None) -> Tree:
        content = {"content": {JSON: {"schema": schema}}} if schema else {}
        return hook(responses={"200": {"description": "", **content}})

    change = only(answered({"type": "string"}), answered({"type": "integer"}))
    assert (change.rule, change.level) == ("request.type.changed", "breaking")
    assert change.place.part == "answer 200 application/json"
    assert change.witness is not None
    assert (change.witness.fits_old, change.witness.fits_new) == (True, False)
    assert change.witness.text.startswith("HTTP/1.1 200")
    few, many = {"enum": ["a"]}, {"enum": ["a", "b"]}
    assert changes(answered(few), answered(many)) == [("request.enum.added", "info")]
    assert changes(answered(many), answered(few)) == [("request.enum.removed", "breaking")]
    assert changes(answered(None), answered(few)) == [("webhook.answer.body.added", "risky")]


def test_a_header_of_an_answer_to_a_webhook_is_the_clients_own() -> None:
    def replying(schema: Tree) -> Tree:
        return hook(responses={"200": {"description": "", "headers": {"X-Seen": {"schema": schema}}}})

    few, many = {"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["a", "b"]}
    change = only(replying(many), replying(few))
    assert (change.rule, change.level) == ("request.parameter.enum.removed", "breaking")
    assert change.witness is not None
    assert change.witness.text == "HTTP/1.1 200\nx-seen: b"
    assert changes(replying(few), replying(many)) == [("request.parameter.enum.added", "info")]
