"""The judge: from expectations and evidence to verdicts."""

from __future__ import annotations

import pytest

from harness.checks.all import CHECKS, FAMILIES
from harness.checks.registry import Evidence
from harness.errors import UnknownName, UsageError
from harness.model.finding import Verdict
from harness.registry import Entry
from harness.run.judge import Expectation, judge
from tests.evidence import KEY, attempt, call, evidence, write

AGAIN = "harness verify --seed 7"
PLANNED = {"faults_planned": ("status.error",)}


def verdicts(seen: Evidence, *checks: str) -> list[Verdict]:
    return list(judge([Expectation(check) for check in checks], seen, again=AGAIN))


def verdict(seen: Evidence, check: str, **parameters: object) -> Verdict:
    (found,) = judge([Expectation(check, parameters)], seen, again=AGAIN)
    return found


def test_a_broken_promise_fails_with_everything_that_a_report_line_needs() -> None:
    asked = attempt(429, response={"retry-after": "2"})
    assert verdict(evidence(call(asked, 0.4, 200)), "retry.honours_retry_after") == Verdict(
        check="retry.honours_retry_after",
        verdict="fail",
        observed="attempt 2 came 0.40 s after a 429 with Retry-After: 2",
        expected="at least 2 s",
        source="RFC 9110 section 10.2.3, https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3",
        again=AGAIN,
        attempts=(1, 2),
    )


def test_broken_outweighs_kept_and_says_how_many_more() -> None:
    seen = evidence(call(503, ok=True), call(503), call(503, ok=True), call(503, ok=True))
    found = verdict(seen, "contract.failure_reported")
    assert found.verdict == "fail"
    assert found.observed == "the call reported success after a 503 (and 2 more like it)"


def test_kept_outweighs_short() -> None:
    found = verdict(evidence(call(503, ending="cut"), call(503)), "contract.failure_reported")
    assert (found.verdict, found.observed) == (
        "pass",
        "the call failed after a 503: ClientError: it did not work",
    )


def test_short_is_inconclusive() -> None:
    assert verdict(evidence(call(503, ending="cut")), "contract.failure_reported").verdict == "inconclusive"


def test_nothing_is_not_applicable_and_says_the_promise() -> None:
    found = verdict(evidence(call(200)), "retry.refreshes_once")
    assert (found.verdict, found.observed) == (
        "not_applicable",
        "nothing in this scenario puts it to the test",
    )
    assert found.expected.startswith("after a 401")
    assert found.source.startswith("RFC 9110")


def test_a_family_stands_for_all_its_checks_and_none_is_judged_twice() -> None:
    found = verdicts(evidence(write(503)), "idempotency.same_key", "idempotency")
    assert [each.check for each in found] == [
        "idempotency.same_key",
        "idempotency.one_effect",
        "idempotency.only_with_key",
        "idempotency.same_body",
    ]


def test_every_check_is_in_a_family_that_can_be_named() -> None:
    names = [family.__name__.rpartition(".")[2] for family in FAMILIES]
    assert {each.check for each in verdicts(evidence(call(200)), *names)} == set(CHECKS.ids())


def test_every_check_has_a_source_and_a_promise() -> None:
    for entry in CHECKS:
        assert entry.facts["source"], entry.id
        assert entry.promise.endswith("."), entry.id


class TestNothingPlayed:
    def test_no_request_arrived(self) -> None:
        found = verdict(evidence(call(), **PLANNED), "retry.bounded")
        assert found.verdict == "inconclusive"
        assert found.observed == "status.error was planned, but no request arrived"

    def test_none_of_the_requests_got_it(self) -> None:
        found = verdict(evidence(call(200), **PLANNED), "contract.requests_conform")
        assert (found.verdict, found.observed) == (
            "inconclusive",
            "status.error was planned, but none of 1 request got it",
        )

    def test_a_promise_that_was_seen_broken_still_fails(self) -> None:
        assert verdict(evidence(call(stdout=KEY), **PLANNED), "secrets.not_in_output").verdict == "fail"

    def test_one_fault_that_was_played_is_enough(self) -> None:
        seen = evidence(call(503), faults_planned=("status.error", "timing.hung"))
        assert verdict(seen, "contract.failure_reported").verdict == "pass"


class TestParameters:
    ASKED = evidence(call(attempt(429, response={"retry-after": "2"}), 1.5, 200))

    def test_are_passed_on(self) -> None:
        assert verdict(self.ASKED, "retry.honours_retry_after").verdict == "fail"
        assert verdict(self.ASKED, "retry.honours_retry_after", slack_s=1).verdict == "pass"

    def test_go_to_those_of_a_family_that_have_them(self) -> None:
        found = judge([Expectation("retry", {"slack_s": 1.0})], self.ASKED, again=AGAIN)
        assert {v.check: v.verdict for v in found}["retry.honours_retry_after"] == "pass"

    def test_a_check_named_by_itself_goes_before_its_family(self) -> None:
        both = [Expectation("retry"), Expectation("retry.honours_retry_after", {"slack_s": 1.0})]
        for expectations in (both, both[::-1]):
            found = {v.check: v.verdict for v in judge(expectations, self.ASKED, again=AGAIN)}
            assert found["retry.honours_retry_after"] == "pass"

    @pytest.mark.parametrize(
        ("check", "parameters", "error", "message"),
        [
            ("retry.bonded", {}, UnknownName, "no check 'retry.bonded'; did you mean 'retry.bounded'?"),
            ("retri", {}, UnknownName, "no check 'retri'; did you mean 'retry'?"),
            (
                "retry.honours_retry_after",
                {"slak_s": 1},
                UnknownName,
                "no parameter of retry.honours_retry_after 'slak_s'; did you mean 'slack_s'?",
            ),
            (
                "retry.honours_retry_after",
                {"slack_s": "much"},
                UsageError,
                "retry.honours_retry_after: slack_s: expected `float`, got `str`",
            ),
            ("retry.bounded", {"x": 1}, UsageError, "retry.bounded has no parameters, so there is no 'x'"),
        ],
    )
    def test_mistakes_are_named(
        self, check: str, parameters: dict[str, object], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error) as caught:
            verdict(self.ASKED, check, **parameters)
        assert str(caught.value) == message


@pytest.mark.parametrize("entry", tuple(CHECKS), ids=lambda entry: entry.id)
def test_what_a_check_expects_ends_a_sentence(entry: Entry) -> None:
    assert entry.expected[0] == entry.promise[0].lower()
    assert ". " not in entry.expected
    assert not entry.expected.endswith(".")
