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
