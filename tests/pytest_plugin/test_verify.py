"""`verify`: a promise that is kept passes; what is broken, or cannot be told, fails with the evidence."""

from __future__ import annotations

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)


def test_a_kept_promise_passes(repository: Repository) -> None:
    done = repository.run("""
def test_patient(mock_provider):
    stripe = mock_provider("stripe").fail_next(429, form="seconds", wait_s=0.3)
    with stripe.call():
        read(stripe, waits=[1.1])
    assert [each.verdict for each in stripe.verify("retry.honours_retry_after", "retry.recovers")] == ["pass", "pass"]
""")
    done.assert_outcomes(passed=1)


def test_a_broken_one_fails_with_the_attempts_the_source_and_how_to_see_it_again(
    repository: Repository,
) -> None:
    done = repository.run("""
def test_impatient(mock_provider):
    stripe = mock_provider("stripe", plan="rate_limited")
    read(stripe, waits=[0.05])
    stripe.verify("retry.honours_retry_after")
""")
    done.assert_outcomes(failed=1)
    done.stdout.re_match_lines(
        [
            r'> +stripe\.verify\("retry\.honours_retry_after"\)',
            r"E +AssertionError: FAIL retry\.honours_retry_after: attempt 2 came 0\.\d\d s after a 429 with "
            r"Retry-After: 2; expected at least 2 s",
            r"E +\[RFC 9110 section 10\.2\.3\]",
            r"E +0\.\d\d GET 429 \| \+0\.\d\d GET 200 -> .*",
            r"E +again: pytest test_shop\.py::test_impatient --harness-seed 7",
            r"test_shop\.py:8: AssertionError",
        ]
    )


def test_what_was_not_put_to_the_test_is_no_pass(repository: Repository) -> None:
    done = repository.run("""
def test_healthy(mock_provider):
    stripe = mock_provider("stripe")
    read(stripe)
    stripe.verify("retry.honours_retry_after")
""")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*NOT APPLICABLE retry.honours_retry_after: nothing that happened puts it to the test: after an *"]
    )


def test_what_cannot_be_told_is_no_pass_unless_that_is_allowed(repository: Repository) -> None:
    done = repository.run("""
@pytest.mark.parametrize("allow_inconclusive", [False, True])
def test_unmarked(mock_provider, allow_inconclusive):
    stripe = mock_provider("stripe").fail_next(503)
    read(stripe, waits=[0])
    stripe.verify("retry.recovers", allow_inconclusive=allow_inconclusive)
""")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        ["*INCONCLUSIVE retry.recovers: *nobody told how the call ended*", "*with stripe.call():*"]
    )


def test_no_text_tells_a_credential_or_moves_the_readers_cursor(repository: Repository) -> None:
    done = repository.run("""
def test_in_the_address(mock_provider):
    stripe = mock_provider("stripe", allow="*")
    key = stripe.credentials["api_key"]
    httpx.get(f"{stripe.url}/v1/customers/{key}", auth=(key, ""))
    stripe.verify("secrets")

def test_printed(mock_provider):
    stripe = mock_provider("stripe")
    httpx.get(stripe.url + "/v1/customers?%1b[2J=1", auth=(stripe.credentials["api_key"], ""))
""")
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(
        ["E *FAIL secrets.not_in_url: *", "stripe: GET /v1/customers *unknown query parameter*"]
    )
    assert "sk_test_" not in done.stdout.str()
    assert "\x1b[2J" not in done.stdout.str()
