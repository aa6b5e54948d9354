"""What is wrong with a cassette: contract, by two judges; secrets; age."""

from __future__ import annotations

import json

import msgspec
import pytest

from harness.cassette.lint import DAY_S, Oddity, lint
from harness.cassette.recorded import Cassette, Facts, Recorded
from harness.cassette.redact import Redactor
from harness.contract.contract import Contract
from harness.contract.document import parse
from tests.cassette.planted import JSON, exchange
from tests.cassette.test_replay import NOW_S

DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "servers": [{"url": "https://api.acme.test"}],
    "paths": {
        "/v1/things": {
            "post": {
                "operationId": "CreateThing",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {
                    "200": {
                        "description": "made",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id"],
                                    "properties": {
                                        "id": {"type": "string"},
                                        "token": {"type": "string", "maxLength": 9},
                                    },
                                }
                            }
                        },
                    }
                },
            }
        }
    },
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(parse(json.dumps(DOCUMENT).encode(), name="things.json"))


def made(
    sent: object = None, answer: object = None, uri: str = "https://api.acme.test/v1/things"
) -> Recorded:
    body = json.dumps({"name": "a"} if sent is None else sent)
    return exchange(sent=(JSON,), body=body, answer={"id": "t1"} if answer is None else answer, uri=uri)


def linted(
    *exchanges: Recorded, contract: Contract | None = None, max_age_days: float | None = None
) -> list[Oddity]:
    max_age_s = None if max_age_days is None else max_age_days * DAY_S
    return lint(Cassette(exchanges), contract, now_s=NOW_S, max_age_s=max_age_s)


def told(oddities: list[Oddity]) -> list[tuple[str, str, str]]:
    return [(oddity.level, oddity.rule, oddity.judge) for oddity in oddities]


def test_what_the_contract_allows_is_fine(contract: Contract) -> None:
    assert linted(made(), made(), contract=contract, max_age_days=30) == []


def test_an_answer_that_breaks_it_is_an_error_by_both_judges(contract: Contract) -> None:
    found = linted(made(answer={"id": 1}), contract=contract)
    assert told(found) == [
        ("error", "response.type", "harness"),
        ("error", "response.openapi-core", "openapi-core"),
    ]
    assert found[0].at == ("interactions", "0", "response", "body", "string")
    assert "/id" in found[0].message
    assert "/id" in found[1].message


def test_a_request_that_breaks_it_is_an_error_unless_it_was_refused(contract: Contract) -> None:
    found = linted(made(sent={}), contract=contract)
    assert told(found) == [
        ("error", "request.required", "harness"),
        ("error", "request.openapi-core", "openapi-core"),
    ]
    refused = msgspec.structs.replace(
        made(sent={}), response=msgspec.structs.replace(made().response, status=400, body=b"")
    )
    levels = {oddity.rule: oddity.level for oddity in linted(refused, contract=contract)}
    assert levels["request.required"] == "warning"


def test_a_parameter_by_both_judges(contract: Contract) -> None:
    found = linted(made(uri="https://api.acme.test/v1/things?limit=many"), contract=contract)
    assert {oddity.judge for oddity in found} == {"harness", "openapi-core"}
    assert all("limit" in oddity.message for oddity in found)


def test_an_operation_that_the_contract_does_not_have(contract: Contract) -> None:
    (oddity,) = linted(made(uri="https://api.acme.test/v1/thing"), contract=contract)
    assert (oddity.rule, oddity.exchange) == ("operation", 1)
    assert "the nearest is POST /v1/things" in oddity.message


def test_a_mark_may_stand_where_the_contract_wants_something_else(contract: Contract) -> None:
    exchanges = Redactor().redacted([made(answer={"id": "t1", "token": "abc-123"})])
    assert b"<redacted:token-1>" in exchanges[0].response.body
    assert linted(*exchanges, contract=contract) == []


def test_secrets_are_errors_where_they_stand() -> None:
    recorded = made(sent={"password": "hunter2hunter2"})
    (oddity,) = linted(made(), recorded)
    assert (oddity.level, oddity.rule, oddity.exchange) == ("error", "secret", 2)
    assert oddity.at == ("interactions", "1", "request", "body")
    assert "request body /password" in oddity.message
    assert "hunter2" not in oddity.message


def test_age() -> None:
    old = msgspec.structs.replace(made(), recorded_at="2026-10-01T00:00:00Z")
    assert told(linted(old, max_age_days=60)) == []
    (oddity,) = linted(made(), old, max_age_days=30)
    assert (oddity.rule, oddity.level, oddity.exchange) == ("age", "error", 2)
    assert "recorded 52 days ago; no more than 30 are allowed" in oddity.message
    unknown = msgspec.structs.replace(made(), recorded_at="")
    assert told(linted(unknown, max_age_days=30)) == [("warning", "age", "harness")]
    dated = Cassette((unknown,), Facts(recorded_at="2026-01-01T00:00:00Z"))
    assert lint(dated, None, now_s=NOW_S, max_age_s=DAY_S)[0].level == "error"


def test_a_body_that_cannot_be_read_is_told() -> None:
    recorded = exchange(headers=(JSON, ("content-encoding", "br")), octets=b"\x0b\x02\x80abc")
    assert told(linted(recorded)) == [("warning", "unreadable", "harness")]
