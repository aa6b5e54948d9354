"""What pytest reports: what clients did against a contract, what a failed test's providers saw, and the seed; and the
report of all tests."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import msgspec
import pytest

from harness.model.report import Report
from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

DEVIATING = """
def ask(stripe, path, **data):
    return httpx.post(f"{stripe.url}{path}", auth=(stripe.credentials["api_key"], ""), data=data)
"""


def test_requests_that_break_the_contract_fail_a_test_that_passed(repository: Repository) -> None:
    done = repository.run(
        DEVIATING
        + """
def test_body(mock_provider):
    ask(mock_provider("stripe"), "/v1/customers", emails="a@example.com")

def test_nowhere(mock_provider):
    ask(mock_provider("stripe"), "/v1/custmers")

def test_credential(mock_provider):
    httpx.get(mock_provider("stripe").url + "/v1/customers")
"""
    )
    done.assert_outcomes(failed=3)
    done.stdout.fnmatch_lines(
        [
            "stripe: POST /v1/customers (PostCustomers) breaks the contract: body /emails: *did you mean 'email'*",
            "*allow=[[]'PostCustomers body/emails'[]]",
            "again: pytest test_shop.py::test_body --harness-seed 7",
            "stripe: POST /v1/custmers breaks the contract: *did you mean *",
            "stripe: GET /v1/customers (GetCustomers) breaks the contract: security*",
            "FAILED test_shop.py::test_body - Failed: stripe: POST /v1/customers*",
        ]
    )


def test_what_is_allowed_does_not(repository: Repository) -> None:
    done = repository.run(
        DEVIATING
        + """
def test_body(mock_provider):
    ask(mock_provider("stripe", allow=["PostCustomers body/emails"]), "/v1/customers", emails="a@example.com")

@pytest.mark.provider("stripe", allow="unknown_operation")
def test_nowhere(provider):
    ask(provider, "/v1/custmers")

def test_other(mock_provider):
    ask(mock_provider("stripe", allow="security"), "/v1/custmers")
"""
    )
    done.assert_outcomes(passed=2, failed=1)


def test_a_failure_to_come_that_nothing_asked_for_fails_the_test(repository: Repository) -> None:
    done = repository.run("""
@pytest.mark.parametrize("allow", [(), ["unplayed"]])
def test_armed(mock_provider, allow):
    stripe = mock_provider("stripe", allow=allow).fail_next(503, operation="PostCharges")
    read(stripe)
""")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        ["stripe: fail_next(503, operation='PostCharges') was never played: none of 1 requests matched"]
    )


def test_what_comes_after_the_test_is_not_overlooked(repository: Repository) -> None:
    done = repository.run("""
@pytest.fixture
def stripe(mock_provider):
    stripe = mock_provider("stripe")
    yield stripe
    httpx.get(stripe.url + "/v1/nothing")

def test_passes(stripe):
    read(stripe)
""")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["stripe: GET /v1/nothing breaks the contract: *"])


def test_an_expected_failure_may_be_one_of_ours(repository: Repository) -> None:
    done = repository.run("""
@pytest.mark.xfail(strict=True)
def test_known(mock_provider):
    httpx.get(mock_provider("stripe").url + "/v1/nothing")
""")
    done.assert_outcomes(xfailed=1)


def test_a_failed_test_tells_what_its_provider_saw(repository: Repository) -> None:
    done = repository.run("""
def test_outage(mock_provider):
    stripe = mock_provider("stripe", plan="outage")
    assert read(stripe, waits=[0.1]) == []
""")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*- harness: stripe -*",
            "stripe, plan outage, seed 7, http://127.0.0.1:*",
            "GetCustomers: 0.0* GET 503 | +0.1* GET 503 -> *",
            "again: pytest test_shop.py::test_outage --harness-seed 7",
        ]
    )


def test_a_seed_is_drawn_printed_and_repeated(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_luck(mock_provider):
            stripe = mock_provider("stripe")
            print(" drawn", stripe.seed, stripe.credentials["api_key"])
            assert mock_provider("stripe", seed=3).seed == 3
    """)

    def drawn(*flags: str) -> str:
        done = pytester.runpytest("-s", "-p", "no:cacheprovider", *flags)
        done.assert_outcomes(passed=1)
        (line,) = [line for line in done.outlines if " drawn " in line]
        seed = line.split()[line.split().index("drawn") + 1]
        done.stdout.fnmatch_lines([f"harness: seed {seed}"])
        return line

    first = drawn()
    seed = first.split()[first.split().index("drawn") + 1]
    assert drawn("--harness-seed", seed) == first
    pytester.makeini("[pytest]\nharness_seed = 11\n")
    assert " 11 " in drawn()
    assert " 5 " in drawn("--harness-seed", "5")
    pytester.makeini("[pytest]\nharness_seed = eleven\n")
    done = pytester.runpytest()
    done.stderr.fnmatch_lines(["*harness_seed is 'eleven'; expected a whole number, from 0*"])


SEVERAL = """
@pytest.mark.parametrize("number", range(4))
def test_read(mock_provider, number):
    stripe = mock_provider("stripe").fail_next(503)
    with stripe.call():
        read(stripe, waits=[0])
    stripe.verify("retry.recovers")

def test_impatient(mock_provider):
    stripe = mock_provider("stripe", plan="rate_limited")
    with stripe.call():
        read(stripe, waits=[0])
    stripe.verify("retry.honours_retry_after")

def test_other(mock_provider):
    read(mock_provider("stripe"))
    assert False

def test_alone(): ...
"""


# Workers start faster without what the run does not need.
WORKERS = ("-n", "2", "-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:pytest_httpserver")


@pytest.mark.parametrize("flags", [(), WORKERS], ids=["in one process", "in two workers"])
def test_the_report_has_every_test_that_met_a_provider(
    repository: Repository, flags: tuple[str, ...]
) -> None:
    done = repository.run(SEVERAL, "--harness-report", "out", *flags, seed=None)
    done.assert_outcomes(passed=5, failed=2)
    done.stdout.fnmatch_lines(["harness: 6 runs in *index.html*"])
    folder = repository.path / "out"
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html",
        "index.json",
        "index.md",
        "index.xml",
    ]
    report = msgspec.json.decode((folder / "index.json").read_bytes(), type=Report)
    assert [run.id for run in report.scenarios] == [
        "test_shop.py::test_impatient",
        "test_shop.py::test_other",
        *(f"test_shop.py::test_read[{number}]" for number in range(4)),
    ]
    assert {run.seed for run in report.scenarios} == {report.seed}
    done.stdout.fnmatch_lines([f"harness: seed {report.seed}"])
    assert (report.outcome, report.counts.fail) == ("fail", 1)
    assert report.counts.passed == 4 + 6  # recovers, and every client's requests fit the contract
    assert report.notes == ("test_shop.py::test_other failed for a reason of its own: see pytest's report",)
    suites = ElementTree.parse(folder / "index.xml").getroot()
    assert suites.get("failures") == "1"
    text = "".join(path.read_text("utf-8") for path in folder.iterdir())
    assert "sk_test_" not in text


def test_a_run_without_a_provider_writes_no_report(repository: Repository) -> None:
    done = repository.run("def test_alone(): ...\n", "--harness-report", "out")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["harness: no test met a mocked provider; no report was written"])
    assert not (repository.path / "out").exists()


def test_a_file_where_the_report_should_go_is_told_before_the_tests_run(repository: Repository) -> None:
    (repository.path / "out").write_text("")
    done = repository.run("def test_alone(): ...\n", "--harness-report", "out")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*--harness-report out: there is a file of that name*"])


def test_a_run_of_pytest_that_asks_for_nothing_loads_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_loaded():
            parts = {name.split(".")[1] for name in sys.modules if name.startswith("harness.")}
            assert parts == {"pytest_plugin"}
            heavy = {"msgspec", "jsonschema_rs", "rich", "click", "vcr", "yaml", "harness.pytest_plugin.mocked"}
            assert not heavy & set(sys.modules)
    """)
    done = pytester.runpytest_subprocess(*WORKERS[2:])
    done.assert_outcomes(passed=1)
