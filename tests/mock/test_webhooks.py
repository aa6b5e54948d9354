"""What a provider tells of: the event, and what has happened at the provider for it to be told."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.files import load_provider
from harness.contract.provider import Card, Provider
from harness.errors import UnknownName, UsageError
from harness.mock.state import State
from harness.mock.webhooks import Happening, Scene, apart, caused, known, scheme_of
from harness.model.webhook import Event
from tests.fakes import draw

NOW_S = 1_750_000_000.0
STRIPE = load_provider("stripe")
GITHUB = load_provider("github")

BODY = {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}}
SHOP = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "webhooks": {
        "order.paid": {"post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}}},
        "order.lost": {"put": {"parameters": [{"name": "X-Hub-Signature-256", "in": "header"}]}},
    },
}


def of_document(document: dict[str, Any]) -> Provider:
    """A provider of which only the document is known."""
    card = Card(name="shop", title="Shop", kind="document", docs="", document="shop.json")
    return Provider(card, Contract(parse(json.dumps(document).encode(), name="shop.json")))


def scene(provider: Provider, state: State | None = None, seed: int = 1) -> Scene:
    return Scene(
        provider.contract,
        provider.behaviour,
        State(draw) if state is None else state,
        rng=random.Random(seed),
        now_s=NOW_S,
        base_url="http://127.0.0.1:4010",
    )


def told(on: Scene, name: str, about: str | dict[str, object] | None = None) -> tuple[Event, Any]:
    """The event, and its body."""
    event = on.event(name, on.happen(name, about))
    return event, json.loads(event.body)


def header(event: Event, name: str) -> str:
    return dict(event.headers)[name]


# Every event that is known.


@pytest.mark.parametrize("name", known(STRIPE.contract, STRIPE.behaviour))
def test_every_event_of_stripe_fits_the_contract(name: str) -> None:
    event, body = told(scene(STRIPE), name)
    operation = STRIPE.contract.operation("GetEventsId")
    assert STRIPE.contract.fits(operation, 200, body)
    assert (body["id"], body["type"], body["created"]) == (event.id, name, int(NOW_S))
    assert body["data"]["object"]["id"]
    kind = STRIPE.behaviour.webhooks.events[name]  # type: ignore[union-attr]
    read = STRIPE.contract.operation(STRIPE.behaviour.resources[kind.about].read[0])
    assert STRIPE.contract.fits(read, 200, body["data"]["object"])


@pytest.mark.parametrize("name", known(GITHUB.contract, GITHUB.behaviour))
def test_every_event_of_github_fits_the_contract(name: str) -> None:
    event, body = told(scene(GITHUB), name)
    kind = GITHUB.behaviour.webhooks.events[name]  # type: ignore[union-attr]
    assert GITHUB.contract.outgoing.fits(kind.declared, body)
    assert (header(event, "x-github-event"), body["action"]) == tuple(name.split("."))
    assert header(event, "x-github-delivery") == event.id
    assert body["repository"]["name"] == "Hello-World"
    assert body["sender"]["login"] == "octocat"
    assert header(event, "x-github-hook-installation-target-id") == str(body["repository"]["id"])


def test_the_same_seed_tells_the_same() -> None:
    assert told(scene(STRIPE), "customer.created") == told(scene(STRIPE), "customer.created")


# What it is about.


def test_an_event_wraps_the_newest_resource_that_there_is() -> None:
    state = State(draw)
    _, first = told(scene(STRIPE, state), "customer.created", {"email": "ada@example.com"})
    _, second = told(scene(STRIPE, state), "customer.updated")
    assert second["data"]["object"] == first["data"]["object"]
    assert second["data"]["object"]["email"] == "ada@example.com"


def test_what_an_event_tells_of_can_be_read() -> None:
    state = State(draw)
    event, body = told(scene(STRIPE, state), "customer.created")
    kept = state.snapshot()["resources"]
    assert isinstance(kept, dict)
    assert kept["customers"] == [body["data"]["object"]]
    assert [each["id"] for each in kept["events"]] == [event.id]


def test_a_resource_is_told_of_by_its_id() -> None:
    state = State(draw)
    on = scene(STRIPE, state)
    ids = [told(on, "customer.created", {"name": name})[1]["data"]["object"]["id"] for name in ("a", "b")]
    assert told(on, "customer.updated", ids[0])[1]["data"]["object"]["name"] == "a"
    with pytest.raises(UnknownName, match=f"no customer 'cus_none'.*{ids[0]}"):
        on.happen("customer.updated", "cus_none")


def test_a_change_has_happened_when_it_is_told_of() -> None:
    state = State(draw)
    on = scene(STRIPE, state)
    _, made = told(on, "payment_intent.created", {"amount": 500})
    _, done = told(on, "payment_intent.succeeded")
    assert made["data"]["object"]["status"] == "requires_payment_method"
    assert (done["data"]["object"]["status"], done["data"]["object"]["amount_received"]) == ("succeeded", 500)
    (kept,) = state.resources["payment_intents"].values()
    assert kept.fields == done["data"]["object"]


def test_an_update_tells_what_was_before() -> None:
    on = scene(STRIPE)
    told(on, "customer.created", {"email": "ada@example.com"})
    _, body = told(on, "customer.updated", {"email": "grace@example.com"})
    assert body["data"]["object"]["email"] == "grace@example.com"
    assert body["data"]["previous_attributes"] == {"email": "ada@example.com"}


def test_what_was_deleted_is_told_as_it_was_and_is_gone() -> None:
    state = State(draw)
    on = scene(STRIPE, state)
    _, made = told(on, "customer.created")
    _, body = told(on, "customer.deleted")
    assert body["data"]["object"] == made["data"]["object"]
    assert not state.resources["customers"]


def test_a_comment_comes_with_the_issue_that_it_stands_below() -> None:
    on = scene(GITHUB)
    _, opened = told(on, "issues.opened", {"title": "It fails"})
    _, body = told(on, "issue_comment.created", {"body": "Here, too"})
    assert body["issue"] == opened["issue"]
    assert (body["issue"]["title"], body["comment"]["body"]) == ("It fails", "Here, too")


def test_any_type_may_be_told_with_a_resource_of_ones_own() -> None:
    _, body = told(scene(STRIPE), "checkout.session.completed", {"id": "cs_1", "object": "checkout.session"})
    assert body["type"] == "checkout.session.completed"
    assert body["data"]["object"] == {"id": "cs_1", "object": "checkout.session"}


def test_a_type_that_there_is_not_is_told_its_nearest() -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'customer\.created'"):
        scene(STRIPE).happen("customer.craeted", None)


def test_what_happens_apart_has_not_happened() -> None:
    state = State(draw)
    told(scene(STRIPE, state), "customer.created")
    before = state.snapshot()
    told(scene(STRIPE, apart(state)), "customer.deleted")
    told(scene(STRIPE, apart(state)), "customer.created", {"email": "mallory@example.com"})
    assert state.snapshot() == before


# Of a document alone.


def test_an_event_of_a_document_alone_fits_its_schema() -> None:
    shop = of_document(SHOP)
    assert known(shop.contract, shop.behaviour) == ("order.paid", "order.lost")
    event, body = told(scene(shop), "order.paid", {"total": 3})
    assert body["total"] == 3
    assert (event.method, header(event, "content-type")) == ("POST", "application/json")
    lost = scene(shop)
    assert lost.event("order.lost", lost.happen("order.lost", None)).method == "PUT"


def test_a_document_alone_remembers_no_resource() -> None:
    with pytest.raises(UsageError, match="tells of no resource"):
        scene(of_document(SHOP)).happen("order.paid", "ord_1")


@pytest.mark.parametrize(
    ("provider", "name", "scheme"),
    [
        (STRIPE, "customer.created", "stripe"),
        (GITHUB, "issues.opened", "github"),
        (of_document(SHOP), "order.lost", "github"),
        (of_document(SHOP), "order.paid", "standard"),
    ],
)
def test_the_scheme_is_the_providers_else_the_one_that_is_declared_else_the_norm(
    provider: Provider, name: str, scheme: str
) -> None:
    assert scheme_of(provider.contract, provider.behaviour, name).name == scheme


# What an operation causes.


def happening(provider: Provider, name: str, told: dict[str, object] | None = None) -> Happening:
    on = scene(provider)
    if name != "issues.opened":
        on.happen("issues.opened", None)
    return on.happen(name, told)


def test_an_operation_causes_all_its_events() -> None:
    on = scene(STRIPE)
    paid = on.happen("invoice.paid", None)
    assert caused(STRIPE.behaviour, "PostInvoicesInvoicePay", paid) == (
        "invoice.paid",
        "invoice.payment_succeeded",
    )


@pytest.mark.parametrize(
    ("name", "fields", "types"),
    [
        ("issues.closed", None, ("issues.closed",)),
        ("issues.edited", {"title": "Another"}, ("issues.edited",)),
        ("issues.edited", {"title": "Another", "state": "closed"}, ("issues.edited", "issues.closed")),
        ("issues.edited", None, ()),
    ],
)
def test_an_update_causes_the_events_of_what_it_changed(
    name: str, fields: dict[str, object] | None, types: tuple[str, ...]
) -> None:
    assert caused(GITHUB.behaviour, "issues/update", happening(GITHUB, name, fields)) == types


def test_an_effect_without_a_resource_causes_no_event_about_one() -> None:
    assert caused(STRIPE.behaviour, "PostCustomers", Happening()) == ()
    assert caused(STRIPE.behaviour, "GetCustomers", Happening()) == ()
