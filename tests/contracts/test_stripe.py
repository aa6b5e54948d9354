"""Stripe as data: the document is valid, every fact has its source, and the life of each resource can be lived."""

from __future__ import annotations

import json
import os
import random
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlparse

import msgspec
import pytest
import yaml
from openapi_spec_validator import validate

from harness.contract.behaviour import Behaviour, Fact
from harness.contract.contract import Match
from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.faults.plan import parse_plan
from harness.mock.answer import Answer, answer, read
from harness.mock.authorise import issue
from harness.mock.state import State
from harness.model.message import Request
from harness.run.battery import scenarios_of
from tests.fakes import draw

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "contracts" / "stripe"
CORPUS = Path(os.environ.get("HARNESS_CORPUS", ROOT / ".." / "shared" / "corpus")) / "documents"
METHODS = ("get", "post", "delete")
NOW_S = 1_750_000_000.0
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
def stripe() -> Provider:
    return load_provider("stripe")


@pytest.fixture(scope="module")
def behaviour(stripe: Provider) -> Behaviour:
    return stripe.behaviour


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
    elif isinstance(node, msgspec.Struct):
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
        if method != "get" or not answer.get("$ref", "").endswith("List"):
            continue
        pages += 1
        assert {"limit", "starting_after", "ending_before"} <= request_parameters(document, path, operation)
        assert set(resolved(document, answer)["required"]) == {"object", "url", "has_more", "data"}
    assert pages == 8


def test_the_card_names_the_folder(stripe: Provider) -> None:
    assert (stripe.card.name, stripe.card.kind, stripe.service) == (FOLDER.name, "payment", "STRIPE")


@pytest.mark.parametrize(
    "name", ["rate_limited", "rate_limited_silently", "outage", "brownout", "flaky", "lost_answers"]
)
def test_the_plan_reads(stripe: Provider, name: str) -> None:
    plan = parse_plan(stripe.plans[name], path=name)
    assert plan.rules
    assert plan.says


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


def test_the_scenarios_put_stripes_own_header_to_the_test(stripe: Provider) -> None:
    own = {scenario.id: scenario for scenario in scenarios_of(stripe) if scenario.id in stripe.scenarios}
    assert set(own) == {"stripe_should_retry_false", "stripe_should_retry_true"}
    for scenario in own.values():
        assert scenario.plan is not None
        assert scenario.plan.faults == ("status.error",)
        assert "retry.only_what_should" in {expectation.check for expectation in scenario.expect}


# -- lives --------------------------------------------------------------------------------------------------------


class Client:
    """Stripe as one client meets it, without a socket between them. Time stands, or goes on by `pace_s` a request."""

    def __init__(
        self, provider: Provider, *, authorization: str = "Bearer sk_test_mine", pace_s: float = 1
    ) -> None:
        self.contract, self.behaviour = provider.contract, provider.behaviour
        self.state = State(draw)
        self.rng = random.Random(7)
        self.credentials = issue(self.contract, self.behaviour, self.rng)
        self.authorization = authorization
        self.now_s, self.pace_s = NOW_S, pace_s
        self.answers: list[Answer] = []

    def __call__(
        self,
        method: str,
        target: str,
        form: Mapping[str, object] | None = None,
        *,
        key: str = "",
        prefer: str = "",
    ) -> Any:
        """The decoded body of the answer; `last` is the whole of it."""
        path, _, query = target.partition("?")
        sent = {"host": "127.0.0.1:8000", "content-type": "application/x-www-form-urlencoded"}
        sent |= {"authorization": self.authorization} if self.authorization else {}
        sent |= {"idempotency-key": key} if key else {}
        sent |= {"prefer": prefer} if prefer else {}
        body = urlencode(form or {}).encode()
        request = Request(method, target, path, query, tuple(sent.items()), body)
        reading = read(request, contract=self.contract, behaviour=self.behaviour)
        self.now_s += self.pace_s
        done = answer(
            request,
            reading,
            contract=self.contract,
            behaviour=self.behaviour,
            state=self.state,
            credentials=self.credentials,
            now_s=self.now_s,
            rng=self.rng,
        )
        if isinstance(reading.match, Match):
            assert self.contract.deviations(reading.match.operation, done.response) == ()
        self.answers.append(done)
        return msgspec.json.decode(done.response.body)

    @property
    def last(self) -> Answer:
        return self.answers[-1]

    @property
    def status(self) -> int:
        return self.last.response.status

    def header(self, name: str) -> str | None:
        return self.last.response.header(name)


@pytest.fixture
def client(stripe: Provider) -> Client:
    return Client(stripe)


def test_a_customer_is_created_read_changed_and_deleted(client: Client) -> None:
    form = {
        "email": "ada@example.com",
        "metadata[plan]": "pro",
        "address[city]": "London",
        "expand[0]": "tax_ids",
    }
    made = client("POST", "/v1/customers", form)
    assert (made["object"], made["email"], made["metadata"]) == (
        "customer",
        "ada@example.com",
        {"plan": "pro"},
    )
    assert made["id"].startswith("cus_")
    assert client("GET", f"/v1/customers/{made['id']}") == made
    changed = client("POST", f"/v1/customers/{made['id']}", {"metadata[seats]": "3", "metadata[plan]": ""})
    assert changed["metadata"] == {"seats": "3"}
    gone = client("DELETE", f"/v1/customers/{made['id']}")
    assert gone == {"id": made["id"], "object": "customer", "deleted": True}
    missing = client("GET", f"/v1/customers/{made['id']}")["error"]
    assert client.status == 404
    assert (missing["code"], missing["message"]) == ("resource_missing", f"No such customer: '{made['id']}'")


def test_an_empty_value_clears_what_may_be_null(client: Client) -> None:
    form = {"email": "ada@example.com", "description": "", "metadata[a]": "1", "metadata[b]": "2"}
    form |= {"address[city]": "London", "address[line2]": "above the shop"}
    made = client("POST", "/v1/customers", form)
    assert made["description"] is None
    emptied = {"email": "", "metadata[a]": "", "address[line2]": "", "address[city]": "Paris"}
    changed = client("POST", f"/v1/customers/{made['id']}", emptied)
    assert changed["email"] is None
    assert changed["metadata"] == {"b": "2"}
    assert (changed["address"]["line2"], changed["address"]["city"]) == (None, "Paris")


def test_customers_are_listed_newest_first_page_by_page_each_once(client: Client) -> None:
    made = [client("POST", "/v1/customers", {"email": f"{n}@example.com"})["id"] for n in range(25)]
    seen: list[str] = []
    more, after = True, ""
    while more:
        page = client("GET", f"/v1/customers?limit=10{after}")
        seen += [customer["id"] for customer in page["data"]]
        more, after = page["has_more"], f"&starting_after={seen[-1]}"
    assert seen == made[::-1]
    before = client("GET", f"/v1/customers?limit=2&ending_before={seen[5]}")
    assert [customer["id"] for customer in before["data"]] == seen[3:5]


def test_a_list_is_filtered_by_email_and_by_time(client: Client) -> None:
    made = [client("POST", "/v1/customers", {"email": f"{n}@example.com"}) for n in range(3)]
    assert client("GET", "/v1/customers?email=1@example.com")["data"] == [made[1]]
    later = client("GET", f"/v1/customers?created[gt]={made[0]['created']}")["data"]
    assert later == [made[2], made[1]]


def test_the_same_key_has_one_effect_and_one_answer(client: Client) -> None:
    first = client("POST", "/v1/customers", {"email": "ada@example.com"}, key="k1")
    assert (client.last.effect, client.header("idempotent-replayed")) == (
        f"create customer {first['id']}",
        None,
    )
    assert client("POST", "/v1/customers", {"email": "ada@example.com"}, key="k1") == first
    assert (client.last.effect, client.header("idempotent-replayed")) == (None, "true")
    assert len(client("GET", "/v1/customers")["data"]) == 1


def test_the_same_key_with_other_parameters_is_an_idempotency_error(client: Client) -> None:
    client("POST", "/v1/customers", {"email": "ada@example.com"}, key="k1")
    refused = client("POST", "/v1/customers", {"email": "bob@example.com"}, key="k1")
    assert (client.status, refused["error"]["type"]) == (400, "idempotency_error")


def test_a_misspelt_parameter_is_refused_by_name(client: Client) -> None:
    refused = client("POST", "/v1/customers", {"address[line_1]": "12 Main Street"})["error"]
    assert (client.status, refused["code"], refused["param"]) == (400, "parameter_unknown", "address[line_1]")
    assert client.last.effect is None


def test_a_missing_parameter_is_named(client: Client) -> None:
    refused = client("POST", "/v1/payment_intents", {"currency": "usd"})["error"]
    assert (client.status, refused["code"], refused["param"]) == (400, "parameter_missing", "amount")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("Bearer sk_test_mine", 200),
        ("Bearer rk_live_mine", 200),
        ("Basic " + b64encode(b"sk_test_mine:").decode(), 200),
        ("Bearer pk_test_mine", 401),
        ("", 401),
    ],
)
def test_a_secret_key_is_asked_for(stripe: Provider, authorization: str, status: int) -> None:
    client = Client(stripe, authorization=authorization)
    body = client("GET", "/v1/customers")
    assert client.status == status
    if status == 401:
        assert body["error"]["type"] == "invalid_request_error"
        assert client.header("www-authenticate") == 'Basic realm="Stripe"'


def test_every_answer_names_its_request(client: Client) -> None:
    names = set()
    for target in ("/v1/customers", "/v1/customers", "/v1/customers/cus_none", "/v1/nowhere"):
        client("GET", target)
        names.add(client.header("request-id"))
    assert len(names) == 4
    assert all(name and name.startswith("req_") for name in names)


def test_the_hundred_and_first_request_in_a_second_is_too_many(stripe: Provider) -> None:
    client = Client(stripe, pace_s=0)
    statuses = []
    for _ in range(101):
        body = client("GET", "/v1/customers")
        statuses.append(client.status)
    assert statuses == [200] * 100 + [429]
    assert body["error"]["code"] == "rate_limit"
    assert (client.header("stripe-rate-limited-reason"), client.header("retry-after")) == (
        "global-rate",
        None,
    )


def test_a_payment_intent_is_confirmed_and_refunded(client: Client) -> None:
    form = {"amount": 1099, "currency": "usd", "automatic_payment_methods[enabled]": "true"}
    intent = client("POST", "/v1/payment_intents", form)
    assert (intent["status"], intent["amount_received"]) == ("requires_payment_method", 0)
    paid = client("POST", f"/v1/payment_intents/{intent['id']}/confirm", {"payment_method": "pm_card_visa"})
    assert (paid["status"], paid["amount_received"], paid["payment_method"]) == (
        "succeeded",
        1099,
        "pm_card_visa",
    )
    refund = client("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": 99})
    assert (refund["amount"], refund["status"], refund["reason"]) == (99, "succeeded", None)
    assert client("GET", f"/v1/refunds?payment_intent={intent['id']}")["data"] == [refund]


def test_a_canceled_payment_intent_says_when_and_why(client: Client) -> None:
    intent = client("POST", "/v1/payment_intents", {"amount": 500, "currency": "eur"})
    canceled = client(
        "POST", f"/v1/payment_intents/{intent['id']}/cancel", {"cancellation_reason": "duplicate"}
    )
    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "duplicate")
    assert canceled["canceled_at"] > intent["created"]


def test_a_charge_is_captured_in_full(client: Client) -> None:
    charge = client("POST", "/v1/charges", {"amount": 2000, "currency": "usd", "source": "tok_visa"})
    assert (charge["amount_captured"], charge["captured"], charge["paid"]) == (2000, True, True)


def test_a_subscription_has_the_prices_asked_for_and_is_canceled_by_a_delete(client: Client) -> None:
    customer = client("POST", "/v1/customers")["id"]
    form = {"customer": customer, "items[0][price]": "price_basic", "items[0][quantity]": 3}
    made = client("POST", "/v1/subscriptions", form)
    item = made["items"]["data"][0]
    assert (made["status"], item["price"]["id"], item["quantity"]) == ("active", "price_basic", 3)
    canceled = client("DELETE", f"/v1/subscriptions/{made['id']}?prorate=true")
    assert canceled["status"] == "canceled"
    assert client("GET", f"/v1/subscriptions/{made['id']}") == canceled


def test_an_item_is_added_to_a_subscription_and_taken_out(client: Client) -> None:
    item = client("POST", "/v1/subscription_items", {"subscription": "sub_1", "price": "price_extra"})
    assert client("GET", "/v1/subscription_items?subscription=sub_1")["data"] == [item]
    assert client("GET", "/v1/subscription_items?subscription=sub_2")["data"] == []
    assert client("DELETE", f"/v1/subscription_items/{item['id']}")["deleted"] is True


def test_an_invoice_is_finalized_and_paid(client: Client) -> None:
    invoice = client("POST", "/v1/invoices", {"customer": "cus_1", "auto_advance": "false"})
    statuses = [invoice["status"]]
    for step in ("finalize", "send", "pay"):
        invoice = client("POST", f"/v1/invoices/{invoice['id']}/{step}")
        statuses.append(invoice["status"])
    assert statuses == ["draft", "open", "open", "paid"]
    transitions = invoice["status_transitions"]
    assert transitions["paid_at"] > transitions["finalized_at"] > invoice["created"]


@pytest.mark.parametrize(("step", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible")])
def test_an_invoice_that_is_not_paid_ends_otherwise(client: Client, step: str, status: str) -> None:
    invoice = client("POST", "/v1/invoices", {"customer": "cus_1"})
    assert client("POST", f"/v1/invoices/{invoice['id']}/{step}")["status"] == status


def test_a_draft_is_deleted(client: Client) -> None:
    draft = client("POST", "/v1/invoices", {"customer": "cus_1"})["id"]
    assert client("DELETE", f"/v1/invoices/{draft}") == {"id": draft, "object": "invoice", "deleted": True}


def test_who_prefers_an_error_gets_it_as_stripe_words_it_and_nothing_is_done(stripe: Provider) -> None:
    client = Client(stripe)
    refused = client("POST", "/v1/customers", {"name": "Ada"}, key="k1", prefer="code=402")

    assert client.last.response.status == 402
    assert set(refused) == {"error"}
    assert refused["error"]["type"] == "card_error"
    assert client.last.effect is None
    assert client("POST", "/v1/customers", {"name": "Ada"}, key="k1")["name"] == "Ada"
