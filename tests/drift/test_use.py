"""Whose change is it? What a client was seen to send and to be answered, and what a team says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.nights.severity import severity
from harness.drift.nights.usage import Usage, declared, usage
from harness.drift.nights.use import Said, use_of
from harness.model.change import Level, Place, Severity, Use
from harness.model.exchange import Exchange
from tests.drift.nights import change

CHARGE = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string"},
        "refunds": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "shop", "version": "1"},
    "paths": {
        "/charges": {
            "get": {
                "operationId": "ListCharges",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "X-Team", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": {}}}},
                    "4XX": {"description": "", "content": {"application/json": {"schema": {}}}},
                },
            },
            "post": {
                "operationId": "CreateCharge",
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": {"amount": {"type": "integer"}}}
                        },
                        "application/json": {"schema": {"type": "object"}},
                    }
                },
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": CHARGE}}}
                },
            },
        },
        "/refunds": {"get": {"operationId": "ListRefunds", "responses": {"200": {"description": ""}}}},
    },
}
CONTRACT = Contract(parse(json.dumps(DOCUMENT).encode(), name="shop.json"))
JSON = ("content-type", "application/json")


def exchange(
    method: str = "GET",
    path: str = "/charges",
    *,
    query: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    status: int = 200,
    answer: object = None,
) -> Exchange:
    return Exchange(
        number=1,
        connection=1,
        at_s=0.0,
        method=method,
        path=path,
        query=query,
        request_headers=headers,
        request_body=body,
        status=status,
        response_headers=(JSON, ("retry-after", "2")),
        response_body=json.dumps(answer).encode() if answer is not None else b"",
    )


LISTED = exchange(
    query="limit=3",
    headers=(("x-team", "blue"),),
    answer={"data": [{"id": "ch_1", "status": "paid", "refunds": [], "metadata": {"order": "6"}}]},
)
CREATED = exchange(
    "POST",
    headers=(("content-type", "application/x-www-form-urlencoded"),),
    body=b"amount=2000",
    answer={"id": "ch_1", "shipping": None},
)


def seen(*exchanges: Exchange) -> Usage:
    return usage(CONTRACT, exchanges, sources=["a cassette"])


LIST, CREATE = "GET /charges", "POST /charges"
ANSWER, BODY = "response 200 application/json", "request body application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("rule", "operation", "part", "value", "expected"),
    [
        ("response.property.removed", LIST, ANSWER, "/data/*/status", "used"),
        ("response.property.removed", LIST, ANSWER, "/data/*/livemode", "unused"),
        ("response.property.type-changed", LIST, ANSWER, "/data/*/metadata/*", "used"),
        ("response.property.removed", LIST, ANSWER, "/data/*/refunds/*/id", "unknown"),
        ("response.enum.added", LIST, "response 200 text/csv", "", "used"),
        ("response.media-type.removed", LIST, "response 200 text/csv", "", "unused"),
        ("response.property.removed", LIST, "response 4XX application/json", "/error", "unused"),
        ("response.header.removed", LIST, "response 200 header Retry-After", "", "used"),
        ("response.header.removed", LIST, "response 200 header Link", "", "unused"),
        ("response.status.added", LIST, "response 202", "", "used"),
        ("seen.status.undeclared", LIST, "response 202", "", "used"),
        ("seen.operation.gone", LIST, "response 404", "", "used"),
        ("seen.enum.undeclared", LIST, ANSWER, "/data/*/status", "used"),
        ("seen.enum.undeclared", LIST, ANSWER, "/data/*/livemode", "unused"),
        ("request.parameter.removed", LIST, "query parameter limit", "", "used"),
        ("request.parameter.removed", LIST, "query parameter starting_after", "", "unused"),
        ("request.parameter.removed", LIST, "header parameter X-Team", "", "used"),
        ("request.parameter.became-required", LIST, "query parameter since", "", "used"),
        ("request.property.removed", CREATE, BODY, "/amount", "used"),
        ("request.property.removed", CREATE, BODY, "/currency", "unused"),
        ("request.property.became-required", CREATE, BODY, "/currency", "used"),
        ("request.property.became-required", CREATE, BODY, "/card/number", "unused"),
        ("request.property.became-required", CREATE, BODY, "/amount", "unused"),
        ("request.parameter.became-required", LIST, "query parameter limit", "", "unused"),
        ("request.body.removed", CREATE, "request body application/json", "", "unused"),
        ("response.property.removed", CREATE, ANSWER, "/shipping/city", "unused"),
        ("response.property.type-changed", CREATE, ANSWER, "/shipping", "used"),
        ("request.operation.removed", LIST, "", "", "used"),
        ("request.operation.removed", "GET /refunds", "", "", "unused"),
        (
            "response.property.removed",
            "webhook charge.paid",
            "request body application/json",
            "/id",
            "unused",
        ),
        ("request.security.added", "", "", "", "used"),
    ],
)
def test_use_is_told_by_what_was_sent_and_met(
    rule: str, operation: str, part: str, value: str, expected: Use
) -> None:
    changed = change(rule, operation=operation, part=part, value=value)
    assert use_of(changed, seen(LISTED, CREATED))[0] == expected


@pytest.mark.parametrize(("gone", "expected"), [("3", "used"), ("5", "unused"), ("[1]", "used")])
def test_a_value_that_is_no_longer_taken_hurts_whoever_sends_it(gone: str, expected: Use) -> None:
    part = "query parameter limit"
    changed = change("request.parameter.enum.removed", operation=LIST, part=part, value="", old_side=gone)
    assert use_of(changed, seen(LISTED))[0] == expected


def test_without_usage_nobody_knows() -> None:
    assert use_of(change(), None) == ("unknown", "")


def test_the_evidence_says_how_often() -> None:
    changed = change("response.property.removed", operation=LIST, part=ANSWER, value="/data/*/status")
    told = use_of(changed, seen(LISTED, LISTED))
    assert told == ("used", "/data/*/status of the response 200 application/json was met 2 times")


def test_an_answer_that_went_well_and_was_never_recorded_tells_nothing() -> None:
    changed = change("response.property.removed", operation=LIST, part=ANSWER, value="/data")
    assert use_of(changed, seen(exchange(status=401)))[0] == "unknown"


def test_of_several_places_the_one_that_is_used_counts() -> None:
    changed = change(
        "response.property.removed",
        operation="GET /refunds",
        part=ANSWER,
        value="/data/*/status",
        also=(Place(LIST, part=ANSWER, value="/data/*/status"),),
    )
    told = use_of(changed, seen(LISTED))
    assert told == ("used", "GET /charges: /data/*/status of the response 200 application/json was met once")


def test_what_is_sent_now_and_then_is_missed_where_it_must_be_sent() -> None:
    changed = change(
        "request.parameter.became-required", operation=LIST, part="query parameter limit", value=""
    )
    assert use_of(changed, seen(LISTED, exchange()))[0] == "used"


def test_a_report_tells_operations_and_no_more() -> None:
    told = usage(CONTRACT, [], asked=["CreateCharge", "GET /charges", "Gone"], sources=["report.json"])
    assert sorted(told.operations) == [LIST, CREATE]
    assert told.strays == 1
    assert use_of(change(operation=CREATE, part=BODY, value="/anything"), told)[0] == "used"


def test_a_request_for_no_operation_is_a_stray() -> None:
    assert seen(exchange(path="/elsewhere")).strays == 1


def test_who_says_that_the_client_relies_on_a_value_is_believed() -> None:
    said = Said(uses=("ListCharges#/data/*/livemode",))
    place = Place(LIST, "ListCharges", ANSWER, "/data/*/livemode")
    changed = change("response.property.removed", "risky")
    changed = type(changed)(changed.rule, changed.level, changed.message, (place,))
    use, evidence = use_of(changed, seen(LISTED), said)
    assert (use, severity("risky", use)) == ("relied", "fail")
    assert evidence == "the settings say that the client uses ListCharges#/data/*/livemode"


def test_what_a_value_stands_in_is_relied_on_with_it() -> None:
    said = Said(uses=("GET /charges#/data/*/status",))
    assert use_of(change(operation=LIST, part=ANSWER, value="/data"), None, said)[0] == "relied"
    assert use_of(change(operation=LIST, part=ANSWER, value="/date"), None, said)[0] == "unknown"


def test_an_operation_that_is_said_to_be_used_is_used_though_no_recording_has_it() -> None:
    said = Said(uses=("webhook *",))
    assert use_of(change(operation="webhook charge.paid"), seen(LISTED), said)[0] == "used"
    assert use_of(change(operation="webhook charge.paid"), seen(LISTED))[0] == "unused"


def test_what_is_said_to_be_ignored_is_unused_though_it_was_met() -> None:
    said = Said(ignores=("GET /charges#/data/*/status",))
    assert (
        use_of(change(operation=LIST, part=ANSWER, value="/data/*/status"), seen(LISTED), said)[0] == "unused"
    )
    assert use_of(change(operation=LIST, part=ANSWER, value="/data/*/id"), seen(LISTED), said)[0] == "used"


@pytest.mark.parametrize(
    ("level", "use", "expected"),
    [
        ("breaking", "used", "fail"),
        ("breaking", "relied", "fail"),
        ("breaking", "unknown", "fail"),
        ("breaking", "unused", "warn"),
        ("risky", "used", "info"),
        ("risky", "relied", "fail"),
        ("info", "relied", "info"),
    ],
)
def test_severity_is_level_and_use(level: Level, use: Use, expected: Severity) -> None:
    assert severity(level, use) == expected


@pytest.mark.parametrize(
    ("statuses", "status", "expected"),
    [
        (("200", "2XX", "default"), 200, "200"),
        (("2xx", "default"), 201, "2xx"),
        (("200", "default"), 500, "default"),
        (("200",), 500, "500"),
    ],
)
def test_a_status_falls_under_its_own_key_its_range_or_the_default(
    statuses: tuple[str, ...], status: int, expected: str
) -> None:
    assert declared(statuses, status) == expected
