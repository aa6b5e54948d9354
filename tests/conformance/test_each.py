"""`for_each_operation` in somebody's test suite."""

from __future__ import annotations

import json

import pytest

# pytester drops what was imported first within a run of its own, and much of this cannot be imported twice.
import harness.conformance.each  # noqa: F401
from tests.conformance.pretend import DOCUMENT, Orders, jsoned, order, orders

pytest_plugins = ("pytester",)

TEST = """
from harness import for_each_operation

@for_each_operation("orders.json", {how})
def test_contract(operation):
    operation.check()
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    (pytester.path / "orders.json").write_text(json.dumps(DOCUMENT))
    return pytester


def test_each_operation_that_reads_is_a_test(suite: pytest.Pytester, pretended: Orders) -> None:
    suite.makepyfile(TEST.format(how=f"base_url={pretended.url!r}"))
    result = suite.runpytest_inprocess("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_contract[[]listOrders[]] PASSED*", "*[[]getOrder[]] PASSED*"])


def test_a_breach_fails_with_its_pointer_and_the_way_to_see_it_again(
    suite: pytest.Pytester, pretended: Orders
) -> None:
    pretended.list = lambda request: orders(order(total="12"))
    suite.makepyfile(TEST.format(how=f"base_url={pretended.url!r}"))
    result = suite.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*listOrders breaks its contract*",
            "*FAIL conformance.body_fits: /data/0/total*",
            f"*again: curl -i {pretended.url}/orders",
            f"*harness check *orders.json --base-url {pretended.url} *--operations listOrders",
        ]
    )
    assert "harness/conformance" not in result.stdout.str(), "the traceback ends in the test"


def test_an_operation_alone_learns_its_ids_from_the_list(suite: pytest.Pytester, pretended: Orders) -> None:
    suite.makepyfile(TEST.format(how=f"base_url={pretended.url!r}, operations='getOrder'"))
    suite.runpytest_inprocess().assert_outcomes(passed=1)


def test_too_little_evidence_is_a_skip_that_says_why(suite: pytest.Pytester, pretended: Orders) -> None:
    pretended.list = lambda request: jsoned({"data": []}, x_total="0")
    suite.makepyfile(TEST.format(how=f"base_url={pretended.url!r}"))
    result = suite.runpytest_inprocess("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*inconclusive: *404*"])


def test_the_address_may_come_from_the_environment(
    suite: pytest.Pytester, pretended: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile(TEST.format(how="operations='list*'"))
    result = suite.runpytest_inprocess("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*HARNESS_CHECK_BASE_URL is not set*"])
    monkeypatch.setenv("HARNESS_CHECK_BASE_URL", pretended.url)
    suite.runpytest_inprocess().assert_outcomes(passed=1)


def test_what_writes_is_not_asked_by_accident(suite: pytest.Pytester, pretended: Orders) -> None:
    suite.makepyfile(TEST.format(how=f"base_url={pretended.url!r}, operations='createOrder'"))
    result = suite.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*createOrder: changes something at the provider; --writes*"])
    assert not pretended.requests


def test_an_unknown_provider_is_told_while_tests_are_collected(suite: pytest.Pytester) -> None:
    suite.makepyfile(TEST.replace("orders.json", "strip").format(how=""))
    result = suite.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no provider 'strip'; did you mean 'stripe'?*"])
