"""What `allow` lets a client do, and what it does not."""

from __future__ import annotations

import pytest

from harness.errors import UnknownName
from harness.model.exchange import Deviation, Exchange
from harness.pytest_plugin.allowed import allowed, entry_for
from harness.pytest_plugin.complaints import complaints

OPERATIONS = ("PostCustomers", "GetCustomers", "PostCharges")

EMAIL = Deviation("body", "/email", "'emails' is not known here", "additionalProperties")
NOWHERE = Deviation("operation", "", "no operation GET /v1/customer", "unknown")
ADVICE = Deviation("body", "/id", "'id' is readOnly", "readOnly")


def asked(*deviations: Deviation, operation: str | None = "PostCustomers", number: int = 1) -> Exchange:
    method, path = ("POST", "/v1/customers") if operation else ("GET", "/v1/customer")
    return Exchange(
        number, 1, 0.0, operation=operation, method=method, path=path, status=400, deviations=deviations
    )


@pytest.mark.parametrize(
    "entry",
    ["body", "body/email", "PostCustomers", "Post*", "PostCustomers body", "PostCustomers body/email", "*"],
)
def test_an_entry_allows_what_it_names(entry: str) -> None:
    assert not allowed(entry, OPERATIONS).unexpected(asked(EMAIL))


@pytest.mark.parametrize(
    "entry",
    [
        "query",
        "body/emai",
        "body/email/x",
        "PostCharges",
        "PostCharges body",
        "security",
        "unknown_operation",
    ],
)
def test_and_nothing_else(entry: str) -> None:
    assert allowed([entry], OPERATIONS).unexpected(asked(EMAIL)) == (EMAIL,)


@pytest.mark.parametrize("entry", ["unknown_operation", "GET /v1/customer", "GET /v1/*"])
def test_requests_to_nowhere_are_allowed_by_their_kind_or_one_by_one(entry: str) -> None:
    assert not allowed(entry, OPERATIONS).unexpected(asked(NOWHERE, operation=None))


def test_advice_needs_no_allowance() -> None:
    assert not allowed((), OPERATIONS).unexpected(asked(ADVICE))


def test_what_would_allow_it_does() -> None:
    for exchange in (asked(EMAIL), asked(NOWHERE, operation=None)):
        (deviation,) = exchange.deviations
        assert not allowed([entry_for(exchange, deviation)], OPERATIONS).unexpected(exchange)


@pytest.mark.parametrize("entry", ["PostCustomer", "bod", "PostCustomers bdy", "GET", ""])
def test_an_entry_that_means_nothing_is_told(entry: str) -> None:
    with pytest.raises(UnknownName, match="no entry of allow"):
        allowed([entry], OPERATIONS)


def told(*exchanges: Exchange, unplayed: tuple[str, ...] = ()) -> list[str]:
    found = [(each, each.deviations) for each in exchanges]
    text = complaints("stripe", found, unplayed=unplayed, requests=len(exchanges), again="pytest x")
    return text.splitlines()


def test_a_complaint_says_what_came_what_is_wrong_and_what_would_allow_it() -> None:
    assert told(asked(EMAIL), asked(EMAIL, number=2), asked()) == [
        "stripe: POST /v1/customers (PostCustomers) breaks the contract: body /email: 'emails' is not known here "
        "(answered 400, 2 times)",
        "     where that is meant: allow=['PostCustomers body/email']",
        "again: pytest x",
    ]


def test_a_failure_that_was_never_played_is_one_too() -> None:
    assert told(asked(), unplayed=("fail_next(503)",))[0] == (
        "stripe: fail_next(503) was never played: none of 1 requests matched"
    )
    assert told(unplayed=("fail_next(503)",))[0].endswith("no request came")


def test_no_complaint_is_no_text() -> None:
    assert told(asked()) == []
