"""The promises of a receiver of webhooks, each kept, broken, short of evidence, and no concern of what happened."""

from __future__ import annotations

import pytest

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.contract.behaviour import UNKNOWN, Behaviour, Sending, Signature, Webhooks
from harness.model.finding import Finding, weigh
from harness.model.webhook import Attempt, Event, Sent, Trouble

FACTS = Behaviour(
    webhooks=Webhooks(
        source="https://docs.example/webhooks",
        signature=Signature(source="https://docs.example/verify", scheme="stripe", tolerance_s=300),
        delivery=Sending(source="https://docs.example/retries", timeout_s=3),
    )
)


def attempt(
    status: int | None = 200, *, took_s: float | None = 0.1, trouble: Trouble | None = None
) -> Attempt:
    ended_s = None if took_s is None else 5 + took_s
    return Attempt(1, 5.0, (), b"{}", 1.7e9, ended_s, status, trouble)


def sent(*attempts: Attempt | int, way: str = "once", effects: int = 0) -> Sent:
    made = tuple(attempt(each) if isinstance(each, int) else each for each in attempts)
    return Sent(1, Event("evt_1", "invoice.paid", b"{}"), "http://127.0.0.1:8000/hooks", way, made, effects)


def found(name: str, *webhooks: Sent, behaviour: Behaviour = FACTS, **parameters: object) -> list[Finding]:
    evidence = Evidence(calls=(), behaviour=behaviour, webhooks=webhooks)
    return list(CHECKS[f"webhooks.{name}"].function(evidence, **parameters))


REFUSED = attempt(None, trouble="refused")
GOING_ON = attempt(None, took_s=None)
TIMEOUT = attempt(None, took_s=3.0, trouble="timeout")


@pytest.mark.parametrize(
    ("name", "webhooks", "verdict"),
    [
        ("takes_events", [sent(200)], "pass"),
        ("takes_events", [sent(500, 503, 204)], "pass"),
        ("takes_events", [sent(200, 409, way="duplicate")], "pass"),
        ("takes_events", [sent(500, 500)], "fail"),
        ("takes_events", [sent(302)], "fail"),
        ("takes_events", [sent(TIMEOUT)], "fail"),
        ("takes_events", [sent(attempt(None, trouble="broken_off"))], "fail"),
        ("takes_events", [sent(REFUSED)], "inconclusive"),
        ("takes_events", [sent(GOING_ON)], "inconclusive"),
        ("takes_events", [sent(400, way="wrong_signature"), sent(500, way="out_of_order")], "not_applicable"),
        ("answers_in_time", [sent(attempt(500, took_s=2.9))], "pass"),
        ("answers_in_time", [sent(attempt(200, took_s=3.1))], "fail"),
        ("answers_in_time", [sent(TIMEOUT)], "fail"),
        ("answers_in_time", [sent(REFUSED)], "inconclusive"),
        ("answers_in_time", [sent(GOING_ON)], "inconclusive"),
        ("answers_in_time", [sent(attempt(None, trouble="broken_off"))], "not_applicable"),
        ("refuses_forged", [sent(200), sent(400, way="wrong_signature")], "pass"),
        ("refuses_forged", [sent(200), sent(401, way="unsigned"), sent(500, way="altered")], "pass"),
        ("refuses_forged", [sent(200), sent(400, way="unsigned"), sent(200, way="altered")], "fail"),
        ("refuses_forged", [sent(202, way="unsigned")], "fail"),
        ("refuses_forged", [sent(400, way="unsigned")], "inconclusive"),
        ("refuses_forged", [sent(500), sent(500, way="unsigned")], "inconclusive"),
        ("refuses_forged", [sent(200), sent(TIMEOUT, way="unsigned")], "inconclusive"),
        ("refuses_forged", [sent(200), sent(200, way="stale")], "not_applicable"),
        ("refuses_stale", [sent(200), sent(400, way="stale")], "pass"),
        ("refuses_stale", [sent(200, way="stale")], "fail"),
        ("refuses_stale", [sent(400, way="stale")], "inconclusive"),
        ("refuses_stale", [sent(200)], "not_applicable"),
        ("one_effect", [sent(200, 200, way="duplicate", effects=1)], "pass"),
        ("one_effect", [sent(500, 200, effects=1)], "pass"),
        ("one_effect", [sent(200, 409, way="replayed", effects=2)], "fail"),
        ("one_effect", [sent(200, effects=1), sent(200, 200, way="duplicate")], "inconclusive"),
        ("one_effect", [sent(200, 200, way="duplicate")], "not_applicable"),
        ("one_effect", [sent(200, effects=1), sent(REFUSED, 200, effects=1)], "not_applicable"),
        ("one_effect", [sent(400, 400, way="stale")], "not_applicable"),
    ],
)
def test_a_receiver_is_judged(name: str, webhooks: list[Sent], verdict: str) -> None:
    assert weigh(found(name, *webhooks)) == verdict


def test_what_was_taken_and_should_not_have_been_is_named_with_the_providers_rule() -> None:
    (finding,) = found("refuses_forged", sent(200, way="altered"))
    assert finding.observed == "invoice.paid evt_1, sent in the way 'altered', got a 200"
    assert finding.source == "https://docs.example/verify"


def test_a_time_of_ones_own_is_judged_by() -> None:
    (finding,) = found("answers_in_time", sent(attempt(200, took_s=1.5)), within_s=1)
    assert (finding.sight, finding.expected, finding.source) == ("broken", "an answer within 1 s", "")


@pytest.mark.parametrize("name", ["answers_in_time", "refuses_stale"])
def test_what_the_provider_does_not_say_is_not_judged(name: str) -> None:
    assert found(name, sent(200), sent(200, way="stale"), behaviour=UNKNOWN) == []
