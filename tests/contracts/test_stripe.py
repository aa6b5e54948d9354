"""Stripe as data: the document is valid, every fact has its source, and the life of each resource can be lived."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import yaml
from openapi_spec_validator import validate

from harness.contract.behaviour import Behaviour, Fact
from harness.contract.provider import Card
from harness.contract.yaml import convert

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "contracts" / "stripe"
CORPUS = Path(os.environ.get("HARNESS_CORPUS", ROOT / ".." / "shared" / "corpus")) / "documents"
METHODS = ("get", "post", "delete")
CORE = {
    *("GetCustomers", "PostCustomers", "GetCustomersCustomer", "PostCustomersCustomer"),
    *("DeleteCustomersCustomer", "GetPaymentIntents", "PostPaymentIntents", "GetPaymentIntentsIntent"),
    *("PostPaymentIntentsIntent", "PostPaymentIntentsIntentConfirm", "PostPaymentIntentsIntentCapture"),
    *("PostPaymentIntentsIntentCancel", "GetCharges", "PostCharges", "GetChargesCharge", "PostChargesCharge"),
    *("PostChargesChargeCapture", "GetRefunds", "PostRefunds", "GetRefundsRefund", "PostRefundsRefundCancel"),
    *("GetSubscriptions", "PostSubscriptions", "DeleteSubscriptionsSubscriptionExposedId", "GetInvoices"),
    *("PostInvoices", "DeleteInvoicesInvoice", "PostInvoicesInvoiceFinalize", "PostInvoicesInvoicePay"),
    *("PostInvoicesInvoiceVoid", "PostInvoicesInvoiceSend", "GetBalance", "GetEvents"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded = yaml.safe_load((FOLDER / "openapi.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def behaviour() -> Behaviour:
    path = FOLDER / "behaviour.yaml"
    return convert(path.read_text(), Behaviour, path=str(path))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].split("/")[1:]:
            target = target[part]
        node = target
    return node


def form(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The form of a request's body with its properties, {} where there is no body."""
    body = resolved(document, operation.get("requestBody", {}))
    content: dict[str, Any] = body.get("content", {}).get("application/x-www-form-urlencoded", {})
    return content


def request_parameters(document: dict[str, Any], path: str, operation: dict[str, Any]) -> set[str]:
    """Every name that a request may carry in its query or body."""
    listed = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    named = [resolved(document, parameter) for parameter in listed]
    schema = resolved(document, form(document, operation).get("schema", {}))
    return {p["name"] for p in named if p["in"] == "query"} | set(schema.get("properties", {}))


def facts(node: object) -> Iterator[Fact]:
    if isinstance(node, Fact):
        yield node
    if isinstance(node, dict):
        for each in node.values():
            yield from facts(each)
    elif isinstance(node, tuple):
        for each in node:
            yield from facts(each)
    elif hasattr(node, "__struct_fields__"):
        for name in node.__struct_fields__:
            yield from facts(getattr(node, name))


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_the_operations_that_integrations_use_are_there_under_stripes_own_names(
    document: dict[str, Any],
) -> None:
    assert {operation["operationId"] for _, _, operation in operations(document)} >= CORE


def test_every_request_body_is_closed_so_that_a_misspelt_parameter_is_found(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        if content := form(document, operation):
            assert resolved(document, content["schema"])["additionalProperties"] is False, path


def test_every_nested_parameter_is_sent_as_stripe_takes_it(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for name, encoding in form(document, operation).get("encoding", {}).items():
            assert encoding == {"style": "deepObject", "explode": True}, (path, name)


def test_answers_are_open(document: dict[str, Any]) -> None:
    for name in ("Customer", "PaymentIntent", "Charge", "Refund", "Subscription", "Invoice", "ErrorBody"):
        assert "additionalProperties" not in document["components"]["schemas"][name]


def test_every_list_pages_by_cursor_in_stripes_envelope(document: dict[str, Any]) -> None:
    pages = 0
    for method, path, operation in operations(document):
        answer = resolved(document, operation["responses"]["200"])["content"]["application/json"]["schema"]
        if method != "get" or not answer["$ref"].endswith("List"):
            continue
        pages += 1
        assert {"limit", "starting_after", "ending_before"} <= request_parameters(document, path, operation)
        assert set(resolved(document, answer)["required"]) == {"object", "url", "has_more", "data"}
    assert pages == 8


def test_the_card_names_the_folder() -> None:
    path = FOLDER / "provider.yaml"
    card = convert(path.read_text(), Card, path=str(path))
    assert (card.name, card.kind) == (FOLDER.name, "payment")


def test_every_fact_has_an_https_source_of_stripe(behaviour: Behaviour) -> None:
    found = list(facts(behaviour))
    assert len(found) > 15
    for fact in found:
        url = urlparse(fact.source)
        assert (url.scheme, url.hostname) == ("https", "docs.stripe.com"), fact


def test_every_operation_of_the_behaviour_exists(document: dict[str, Any], behaviour: Behaviour) -> None:
    known = {operation["operationId"] for _, _, operation in operations(document)}
    for name, resource in behaviour.resources.items():
        used = {*resource.create, *resource.read, *resource.list, *resource.change, *resource.delete}
        used |= set(resource.transitions)
        assert used <= known, name


def test_what_a_resource_accepts_filters_and_starts_with_is_in_the_document(
    document: dict[str, Any], behaviour: Behaviour
) -> None:
    schemas = document["components"]["schemas"]
    named = {
        "customers": "Customer",
        "payment_intents": "PaymentIntent",
        "charges": "Charge",
        "refunds": "Refund",
        "subscriptions": "Subscription",
        "subscription_items": "SubscriptionItem",
        "invoices": "Invoice",
        "events": "Event",
    }
    for name, resource in behaviour.resources.items():
        fields = set(schemas[named[name]]["properties"])
        accepted = set(resource.accept) - {"*"}
        set_by_transitions = {field for fields_set in resource.transitions.values() for field in fields_set}
        used = accepted | set(resource.filters.values()) | set(resource.defaults) | set_by_transitions
        assert used <= fields, name


def test_a_rate_limit_promises_no_wait_that_stripe_does_not_document(behaviour: Behaviour) -> None:
    assert behaviour.rate_limit is not None
    assert behaviour.rate_limit.reset_header is None
    usual = behaviour.rate_limit.exceeded[0]
    assert (usual.status, dict(usual.headers)) == (429, {"stripe-rate-limited-reason": "global-rate"})


@pytest.mark.parametrize("name", ["stripe.2025-10.apisguru.json", "stripe.spec3.2022-04-12.json"])
def test_no_parameter_that_stripe_itself_knows_is_taken_for_a_mistake(
    document: dict[str, Any], name: str
) -> None:
    if not (CORPUS / name).exists():
        pytest.skip(f"no corpus at {CORPUS}")
    published = json.loads((CORPUS / name).read_bytes())
    theirs = {o["operationId"]: (p, o) for _, p, o in operations(published)}
    for _, path, operation in operations(document):
        their_path, their_operation = theirs[operation["operationId"]]
        missing = request_parameters(published, their_path, their_operation) - request_parameters(
            document, path, operation
        )
        assert not missing, operation["operationId"]
