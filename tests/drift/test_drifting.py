"""A provider that has drifted, in one way at a time: each is caught beside the contract, and beside a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from harness.drift.rules.catalogue import RULES, family
from harness.drift.seen.observe import against_contract
from harness.drift.seen.taped import against_recording
from harness.model.change import Change
from tests.drift.pretend import Drift, Reply, contract, night, on, on_orders

RECORDED = night(0)
LIST, GET, CUSTOMER, RATES = (
    "GET /v1/orders",
    "GET /v1/orders/{order}",
    "GET /v1/customers/{customer}",
    "GET /v1/rates",
)

Found = tuple[str, str, str, str]
"""A rule, a level, an operation and a place in the answer's value."""


def found(changes: Iterable[Change]) -> set[Found]:
    return {(each.rule, each.level, each.place.operation, each.place.value) for each in changes}


def sets(name: str, value: Any) -> Drift:
    return on_orders(lambda order: order.update({name: value}))


def every(name: str, change: Callable[[Any], Any]) -> Drift:
    def one(order: dict[str, Any]) -> None:
        if name in order:
            order[name] = change(order[name])

    return on_orders(one)


def drops(name: str) -> Drift:
    return on_orders(lambda order: order.pop(name, None) and None)


def renames(name: str, new: str) -> Drift:
    def one(order: dict[str, Any]) -> None:
        if name in order:
            order[new] = order.pop(name)

    return on_orders(one)


def answers(
    status: int, value: Any = None, media: str = "application/json", **headers: str
) -> Callable[[Reply], None]:
    def change(reply: Reply) -> None:
        reply.status, reply.media = status, media
        reply.value = {"message": "no"} if value is None else value
        reply.headers |= {name.replace("_", "-"): text for name, text in headers.items()}

    return change


def says(**headers: str) -> Callable[[Reply], None]:
    def change(reply: Reply) -> None:
        reply.headers |= {name.replace("_", "-"): text for name, text in headers.items()}

    return change


def wraps(reply: Reply) -> None:
    reply.value = {"items": reply.value["data"], "next_page": None}


def in_lines(change: Callable[[dict[str, Any]], None]) -> Drift:
    def one(order: dict[str, Any]) -> None:
        for line in order["lines"]:
            change(line)

    return on_orders(one)


def in_customers(change: Callable[[dict[str, Any]], None]) -> Drift:
    return on(CUSTOMER, lambda reply: change(reply.value))


def half(order: dict[str, Any]) -> None:
    if order["id"][-1] in "13579":
        order["status"] = "held"


def as_seconds(text: str) -> int:
    return 1767225600 + len(text)


Case = tuple[Drift, set[Found], set[Found]]
"""A drift, what is found of it beside the contract, and what beside the recording alone."""


def at(rule: str, level: str, where: str, *, listed: bool = True, gotten: bool = True) -> set[Found]:
    """The same in the list and in the single order."""
    places = [(LIST, f"/data/*{where}")] * listed + [(GET, where)] * gotten
    return {(rule, level, operation, value) for operation, value in places}


CASES: dict[str, Case] = {
    "a required member is gone": (
        drops("paid"),
        at("seen.property.missing", "breaking", "/paid"),
        at("seen.property.gone", "breaking", "/paid", gotten=False),
    ),
    "an optional member is gone": (
        drops("weight"),
        at("seen.property.gone", "risky", "/weight", gotten=False),
        at("seen.property.gone", "breaking", "/weight", gotten=False),
    ),
    "a member is renamed": (
        renames("total", "amount"),
        at("seen.property.missing", "breaking", "/total") | at("seen.property.undeclared", "info", "/amount"),
        at("seen.property.gone", "breaking", "/total", gotten=False)
        | at("seen.property.new", "info", "/amount", gotten=False),
    ),
    "a member comes that nobody declared": (
        sets("risk", "low"),
        at("seen.property.undeclared", "info", "/risk"),
        at("seen.property.new", "info", "/risk", gotten=False),
    ),
    "a member comes where there should be no others": (
        in_lines(lambda line: line.update(tax=3)),
        at("seen.property.refused", "risky", "/lines/*/tax"),
        at("seen.property.new", "info", "/lines/*/tax"),
    ),
    "a flag becomes a text": (
        every("paid", lambda value: "yes" if value else "no"),
        at("seen.type.other", "breaking", "/paid"),
        at("seen.type.new", "breaking", "/paid"),
    ),
    "a number becomes a text": (
        every("weight", str),
        at("seen.type.other", "breaking", "/weight"),
        at("seen.type.new", "breaking", "/weight"),
    ),
    "a price gets cents": (
        every("total", lambda value: {**value, "amount": value["amount"] + 0.5}),
        at("seen.type.other", "breaking", "/total/amount"),
        at("seen.type.new", "breaking", "/total/amount", gotten=False),
    ),
    "an object becomes a number": (
        every("total", lambda value: value["amount"]),
        at("seen.type.other", "breaking", "/total"),
        at("seen.type.new", "breaking", "/total"),
    ),
    "a list becomes an object": (
        every("lines", lambda value: {"data": value}),
        at("seen.type.other", "breaking", "/lines"),
        at("seen.type.new", "breaking", "/lines"),
    ),
    "a member becomes null": (
        sets("due", None),
        at("seen.null.undeclared", "breaking", "/due"),
        at("seen.null.new", "breaking", "/due", gotten=False),
    ),
    "a member of a member is gone": (
        every("total", lambda value: {"amount": value["amount"]}),
        at("seen.property.missing", "breaking", "/total/currency"),
        at("seen.property.gone", "breaking", "/total/currency", gotten=False),
    ),
    "an enumeration grows": (
        on_orders(half),
        at("seen.enum.undeclared", "breaking", "/status"),
        at("seen.enum.new", "risky", "/status", gotten=False),
    ),
    "an enumeration changes its case": (
        every("status", str.upper),
        at("seen.enum.undeclared", "breaking", "/status"),
        at("seen.enum.new", "risky", "/status", gotten=False),
    ),
    "an open enumeration grows": (
        every("channel", lambda value: "phone"),
        at("seen.enum.grown", "info", "/channel"),
        at("seen.enum.new", "risky", "/channel", gotten=False),
    ),
    "times become seconds": (
        every("created", as_seconds),
        at("seen.type.other", "breaking", "/created"),
        at("seen.type.new", "breaking", "/created"),
    ),
    "times lose their zone": (
        every("created", lambda value: value[:19]),
        at("seen.format.other", "breaking", "/created"),
        at("seen.format.new", "breaking", "/created"),
    ),
    "days become times": (
        every("due", lambda value: f"{value}T00:00:00Z"),
        at("seen.format.other", "breaking", "/due"),
        at("seen.format.new", "breaking", "/due"),
    ),
    "seconds become milliseconds": (
        every("updated_at", lambda value: value * 1000),
        at("seen.format.new", "breaking", "/updated_at"),
        at("seen.format.new", "breaking", "/updated_at"),
    ),
    "keys are no uuids any more": (
        every("key", lambda value: value.replace("-", "")),
        at("seen.format.other", "breaking", "/key"),
        at("seen.format.new", "risky", "/key"),
    ),
    "a code is written otherwise": (
        every("code", str.lower),
        at("seen.pattern.other", "risky", "/code"),
        set(),
    ),
    "a number leaves its range": (
        every("weight", lambda value: -1 - value),
        at("seen.limit.passed", "breaking", "/weight"),
        set(),
    ),
    "a text grows beyond its length": (
        every("total", lambda value: {**value, "currency": "EURO"}),
        at("seen.limit.passed", "breaking", "/total/currency"),
        set(),
    ),
    "a list grows beyond its length": (
        every("lines", lambda value: [{"sku": "S1", "quantity": 1}] * 51),
        at("seen.limit.passed", "breaking", "/lines"),
        set(),
    ),
    "a list has other items": (
        every("lines", lambda value: [line["sku"] for line in value]),
        at("seen.type.other", "breaking", "/lines/*"),
        at("seen.type.new", "breaking", "/lines/*"),
    ),
    "a map has other values": (
        every("metadata", lambda value: {name: {"value": text} for name, text in value.items()}),
        at("seen.type.other", "breaking", "/metadata/*"),
        at("seen.type.new", "breaking", "/metadata/*"),
    ),
    "what is one of several is none of them": (
        every("customer", lambda value: 7),
        at("seen.value.unfit", "breaking", "/customer"),
        at("seen.type.new", "breaking", "/customer"),
    ),
    "the page has another frame": (
        on(LIST, wraps),
        {
            ("seen.property.missing", "breaking", LIST, "/data"),
            ("seen.property.missing", "breaking", LIST, "/has_more"),
            ("seen.property.undeclared", "info", LIST, "/items"),
            ("seen.property.undeclared", "info", LIST, "/next_page"),
            ("seen.object.other", "breaking", LIST, ""),
        },
        {("seen.object.other", "breaking", LIST, "")},
    ),
    "the page is a bare list": (
        on(LIST, lambda reply: setattr(reply, "value", reply.value["data"])),
        {("seen.type.other", "breaking", LIST, "")},
        {("seen.type.new", "breaking", LIST, "")},
    ),
    "an answer is XML": (
        on(RATES, answers(200, "<rates/>", "application/xml")),
        {("seen.media-type.undeclared", "breaking", RATES, "")},
        {("seen.media-type.new", "breaking", RATES, "")},
    ),
    "an answer is no longer JSON, though it says so": (
        on(RATES, lambda reply: setattr(reply, "value", "{'EUR': 1}")),
        {("seen.body.malformed", "breaking", RATES, "")},
        set(),
    ),
    "another status says that all is well": (
        on(RATES, lambda reply: setattr(reply, "status", 202)),
        {("seen.status.undeclared", "breaking", RATES, "")},
        {("seen.status.new", "breaking", RATES, "")},
    ),
    "an operation is gone": (
        on(RATES, answers(404)),
        {("seen.operation.gone", "breaking", RATES, "")},
        {("seen.operation.gone", "breaking", RATES, "")},
    ),
    "an operation is gone for good": (
        on(RATES, answers(410)),
        {("seen.operation.gone", "breaking", RATES, "")},
        {("seen.operation.gone", "breaking", RATES, "")},
    ),
    "a method is not allowed any more": (
        on(GET, answers(405)),
        {("seen.operation.gone", "breaking", GET, "")},
        {("seen.operation.gone", "breaking", GET, "")},
    ),
    "an operation has moved": (
        on(RATES, answers(301, location="/v2/rates")),
        {("seen.status.undeclared", "breaking", RATES, "")},
        {("seen.operation.moved", "breaking", RATES, "")},
    ),
    "a call is refused that was taken": (
        on(RATES, answers(422)),
        {("seen.status.undeclared", "risky", RATES, "")},
        {("seen.request.refused", "breaking", RATES, "")},
    ),
    "a value of a parameter is refused": (
        on(LIST, lambda reply: answers(400)(reply) if reply.query.get("status") == "paid" else None),
        set(),
        {("seen.request.refused", "breaking", LIST, "")},
    ),
    "a required header is gone": (
        on(LIST, lambda reply: reply.headers.__delitem__("x-total-count")),
        {("seen.header.missing", "breaking", LIST, "")},
        set(),
    ),
    "a header has another type": (
        on(LIST, says(x_total_count="many")),
        {("seen.header.unfit", "breaking", LIST, "")},
        set(),
    ),
    "an operation is deprecated": (
        on(RATES, says(deprecation="@1764547200")),
        {("seen.deprecation", "info", RATES, "")},
        {("seen.deprecation", "info", RATES, "")},
    ),
    "an operation will be gone": (
        on(RATES, says(sunset="Sat, 31 Dec 2026 23:59:59 GMT", link='<https://x.example/2>; rel="sunset"')),
        {("seen.sunset", "risky", RATES, "")},
        {("seen.sunset", "risky", RATES, "")},
    ),
    "an optional member of a customer is null": (
        in_customers(lambda customer: customer.update(email=None)),
        {("seen.null.undeclared", "breaking", CUSTOMER, "/email")},
        {("seen.null.new", "breaking", CUSTOMER, "/email")},
    ),
}


KNOWN = contract()


@cache
def told(name: str) -> tuple[tuple[Change, ...], tuple[Change, ...], tuple[Change, ...]]:
    """What is told of a drift beside the contract, beside the recording alone, and beside it with the contract."""
    now = night(1, CASES[name][0])
    return (
        against_contract(KNOWN, now, RECORDED),
        against_recording(None, RECORDED, now),
        against_recording(KNOWN, RECORDED, now),
    )


def breaking(changes: Iterable[Found]) -> set[Found]:
    return {change for change in changes if change[1] == "breaking"}


@pytest.mark.parametrize("name", CASES)
def test_beside_the_contract(name: str) -> None:
    expected, changes = CASES[name][1], found(told(name)[0])
    assert expected - changes == set()
    assert breaking(changes - expected) == set()


@pytest.mark.parametrize("name", CASES)
def test_beside_a_recording(name: str) -> None:
    expected, changes = CASES[name][2], found(told(name)[1])
    assert expected - changes == set()
    assert breaking(changes - expected) == set()


@pytest.mark.parametrize("name", CASES)
def test_beside_both_it_is_told_and_told_once(name: str) -> None:
    one, _, other = told(name)
    assert one or other
    assert {each[:3] for each in found(one)} & {each[:3] for each in found(other)} == set()


@pytest.mark.parametrize("name", CASES)
def test_every_change_has_its_witness_and_a_rule_of_the_catalogue(name: str) -> None:
    for change in (change for changes in told(name) for change in changes):
        assert change.rule in RULES
        assert change.decided_by == "observation"
        assert change.witness is not None
        assert change.witness.text.startswith("GET /v1/")
        assert (change.witness.fits_old, change.witness.fits_new) != (True, True)


def test_every_rule_of_what_is_seen_is_found_somewhere() -> None:
    rules = {change.rule for name in CASES for changes in told(name) for change in changes}
    elsewhere = {"seen.header.gone", "seen.version.new"}
    assert {rule.id for rule in family("seen")} - rules == elsewhere
