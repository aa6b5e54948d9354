"""Answers that are allowed are coped with, and broken ones are not believed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.checks.tolerance import BUSY, OTHERS, carries
from harness.model.call import Call
from harness.model.exchange import Fired
from harness.model.finding import Finding
from tests.evidence import Attempt, attempt, call, evidence, findings, only

ALLOWED, BROKEN = "tolerance.accepts_what_is_allowed", "tolerance.refuses_what_is_broken"


def odd(status: int = 200) -> Attempt:
    return attempt(status, fault="answer.exactly")


def spoiled() -> Attempt:
    return attempt(200, fault="answer.broken")


def giving(made: Call, value: object) -> Call:
    return msgspec.structs.replace(made, outcome=msgspec.structs.replace(made.outcome, value=value))


class TestWhatIsAllowed:
    def found(self, made: Call, **parameters: Any) -> Finding:
        return only(findings(ALLOWED, evidence(made), **parameters))

    def test_kept_by_success(self) -> None:
        assert self.found(call(odd())).sight == "kept"

    @pytest.mark.parametrize(
        ("error", "observed"),
        [
            ("KeyError: 'name'", "the call crashed: KeyError: 'name'"),
            ("ValidationError: 1 error", "the call took it for no valid answer: ValidationError: 1 error"),
        ],
    )
    def test_broken_by_a_crash(self, error: str, observed: str) -> None:
        found = self.found(call(odd(), ok=False, error=error))
        assert (found.sight, found.observed) == ("broken", observed)

    def test_broken_by_dying(self) -> None:
        assert self.found(call(odd(), ending="died", error="ended by SIGSEGV")).sight == "broken"

    def test_broken_by_hanging_on_an_answer(self) -> None:
        found = self.found(call(odd(), ending="cut", ended_s=9.0))
        assert (found.sight, found.observed) == (
            "broken",
            "the call hung: it had its answer, and did not end in 9 s",
        )

    def test_broken_by_going_round(self) -> None:
        assert self.found(call(*[odd()] * BUSY, ending="cut", ended_s=9.0)).sight == "broken"

    def test_waiting_between_a_few_requests_shows_nothing(self) -> None:
        assert self.found(call(odd(), 2.0, odd(), 4.0, odd(), ending="cut", ended_s=9.0)).sight == "short"

    def test_words_of_its_own_are_no_verdict(self) -> None:
        failed = call(odd(), ok=False, error="NoCustomers: there are none")
        assert self.found(failed).sight == "short"
        assert self.found(failed, declared=("NoCustomers",)).sight == "kept"
        assert self.found(failed, may_refuse=False).sight == "broken"
        assert self.found(failed, declared=("OtherError",), declared_only=True).sight == "broken"

    def test_a_status_other_than_the_usual_one_may_be_refused_and_must_not_crash_it(self) -> None:
        refused = call(odd(202), ok=False, error="NotReady: 202")
        assert self.found(refused, usual=200).sight == "kept"
        assert self.found(refused, usual=202).sight == "short"
        assert self.found(refused, usual=200, declared=("Other",), declared_only=True).sight == "broken"
        assert self.found(call(odd(202), ok=False, error="KeyError: 'id'"), usual=200).sight == "broken"

    def test_an_error_answer_may_fail_the_call_and_must_not_crash_it(self) -> None:
        assert self.found(call(odd(404), error="NotFound: 404")).sight == "kept"
        assert self.found(call(odd(404), error="KeyError: 'code'")).sight == "broken"
        assert self.found(call(odd(404), error="NotFound: 404"), declared_only=True).sight == "broken"

    def test_another_request_that_failed_is_to_blame(self) -> None:
        assert self.found(call(odd(), attempt(404, faults=()), error="NotFound: 404")).sight == "short"

    def test_the_normal_answer_beside_it_is_not_looked_at(self) -> None:
        other = attempt(200, fault="answer.exactly")
        made = call(other)
        normal = msgspec.structs.replace(made.attempts[0], faults=(Fired("answer.exactly", {}, OTHERS),))
        assert findings(ALLOWED, evidence(msgspec.structs.replace(made, attempts=(normal,)))) == ()

    def test_it_does_not_concern_a_call_without_such_an_answer(self) -> None:
        assert findings(ALLOWED, evidence(call(200), call(503))) == ()

    def test_short_where_nobody_told_how_it_ended(self) -> None:
        assert self.found(call(odd(), ending="unseen")).sight == "short"


class TestWhatIsBroken:
    def found(self, made: Call, **parameters: Any) -> Finding:
        return only(findings(BROKEN, evidence(made), **parameters))

    def test_kept_by_failing(self) -> None:
        assert self.found(call(spoiled(), ok=False, error="JSONDecodeError: Expecting value")).sight == "kept"
        assert self.found(call(spoiled(), ok=False, error="ShopError: no JSON")).sight == "kept"
        assert self.found(call(spoiled(), ok=True, fallback=True)).sight == "kept"

    def test_broken_by_success(self) -> None:
        found = self.found(call(spoiled(), ok=True))
        assert (found.sight, found.observed) == ("broken", "the call took it for success")

    def test_broken_by_a_crash_unless_it_is_declared(self) -> None:
        crashed = call(spoiled(), ok=False, error="KeyError: 'id'")
        assert self.found(crashed).sight == "broken"
        assert self.found(crashed, declared=("KeyError",)).sight == "kept"

    def test_broken_by_another_error_than_those_declared(self) -> None:
        failed = call(spoiled(), ok=False, error="OtherError: x")
        assert self.found(failed, declared=("ShopError",), declared_only=True).sight == "broken"
        assert self.found(failed, declared=("ShopError",)).sight == "kept"

    def test_broken_by_handing_on_what_stands_in_one_place(self) -> None:
        made = giving(call(spoiled(), ok=True), {"name": 12345})
        found = self.found(made, whole=False, instead=12345, healthy={"name": "Ada"})
        assert found.observed == "the call took it for success, and gave {'name': 12345}"

    def test_handing_on_a_value_of_the_right_type_is_no_verdict(self) -> None:
        made = giving(call(spoiled(), ok=True), {"total": -1})
        told = {"whole": False, "by_value": True, "instead": -1, "healthy": {"total": 5}}
        assert self.found(made, **told).sight == "short"
        crashed = call(spoiled(), ok=False, error="KeyError: -1")
        assert self.found(crashed, **told).sight == "broken"

    def test_one_that_does_not_use_the_place_may_succeed(self) -> None:
        made = giving(call(spoiled(), ok=True), {"id": "7"})
        assert self.found(made, whole=False, instead=12345, healthy={"id": "7"}).sight == "short"

    def test_success_after_other_requests_shows_nothing(self) -> None:
        assert self.found(call(spoiled(), attempt(200), ok=True)).sight == "short"


@pytest.mark.parametrize(
    ("value", "healthy", "instead"),
    [
        ({"a": 1}, {"a": "x"}, 1),
        ({"a": None}, {"a": "x"}, None),
        ({}, {"a": "x"}, None),
        ("Dear 12345", "Dear Ada", 12345),
        ({"a": "None"}, {"a": "x"}, None),
        ({"a": "yes"}, {"a": "True"}, "yes"),
        ("Dear None", "Dear Ada", None),
        ([1], ["x"], 1),
    ],
)
def test_a_value_carries_what_is_broken(value: object, healthy: object, instead: object) -> None:
    assert carries(value, healthy, instead)


@pytest.mark.parametrize(
    ("value", "healthy", "instead"),
    [
        ({"a": "x"}, {"a": "x"}, 1),
        ({"a": ""}, {"a": "x"}, None),
        ({"a": "unknown"}, {"a": "x"}, None),
        ({"a": "12345"}, {"a": "14.50"}, 12345),
        ({"a": "12345"}, {"a": "14.50"}, "12345"),
        ({"a": None}, {"a": None}, None),
        (None, None, None),
        ({"a": None}, None, None),
    ],
)
def test_a_value_without_it_or_with_a_default_does_not(
    value: object, healthy: object, instead: object
) -> None:
    assert not carries(value, healthy, instead)


def test_a_body_that_is_none_is_not_parsed_even_where_the_status_may_be_refused() -> None:
    refused = call(odd(202), ok=False, error="NotReady: try later")
    parsed = call(odd(204), ok=False, error="JSONDecodeError: Expecting value")
    assert only(findings(ALLOWED, evidence(refused), usual=200)).sight == "kept"
    assert only(findings(ALLOWED, evidence(parsed), usual=200)).sight == "broken"


def test_to_give_what_it_gives_without_the_provider_is_to_have_noticed() -> None:
    fell_back = giving(call(spoiled()), {"name": None})
    assert only(findings(BROKEN, evidence(fell_back), fallback=({"name": None},))).sight == "kept"
    assert only(findings(BROKEN, evidence(fell_back), fallback=("other",))).sight == "broken"
    assert only(findings(BROKEN, evidence(fell_back))).sight == "broken"
