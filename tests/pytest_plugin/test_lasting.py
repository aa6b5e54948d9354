"""A provider that outlives a test: each test has its own requests, verdicts and plan, whatever the others did."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

APP = """
import os

@pytest.fixture(scope="session")
def stripe(session_provider):
    return session_provider("stripe", env=True)

class App:
    def __init__(self):
        self.url, self.auth = os.environ["STRIPE_BASE_URL"], (os.environ["STRIPE_API_KEY"], "")
    def get(self, path="/v1/customers"):
        return httpx.get(self.url + path, auth=self.auth).status_code

@pytest.fixture(scope="module")
def app(stripe):
    app = App()
    app.get()
    return app
"""


def test_each_test_sees_its_own_requests_and_begins_with_the_first_plan(repository: Repository) -> None:
    done = repository.run(f"""{APP}
def test_spoils(app, stripe):
    assert not stripe.journal
    stripe.plan("outage")
    assert app.get() == 503
    stripe.given("customer", id="cus_1")

def test_begins_anew(app, stripe):
    assert not stripe.journal and stripe.lane.plan is None
    stripe.fail_next(503)
    with stripe.call():
        assert [app.get(), app.get()] == [503, 200]
    assert [exchange.status for exchange in stripe.journal] == [503, 200]
    stripe.verify("retry.retries_transient")

def test_nothing_of_the_one_before_is_judged(app, stripe):
    app.get()
    verdicts = stripe.verify("retry", allow_inconclusive=True)
    assert all(verdict.verdict == "not_applicable" for verdict in verdicts)
""")
    done.assert_outcomes(passed=3)


def test_a_plan_that_the_app_begins_with_holds_for_each_test(repository: Repository) -> None:
    done = repository.run(f"""{APP}
@pytest.fixture(scope="session")
def spoiled(stripe):
    stripe.plan([503, "pass"])

@pytest.mark.parametrize("number", [1, 2])
def test_spoiled(spoiled, app, stripe, number):
    assert [app.get(), app.get()] == [503, 200]
    stripe.fail_next(503)
    stripe.heal()
    assert app.get() == 200
""")
    done.assert_outcomes(passed=2)


def test_a_test_fails_for_its_own_requests_alone(repository: Repository) -> None:
    done = repository.run(f"""{APP}
def test_good(app):
    assert app.get() == 200

def test_wrong(app):
    app.get("/v1/custmers")

@pytest.fixture
def late(app):
    yield
    app.get("/v1/custmers")

def test_late(late):
    pass

def test_unplayed(stripe):
    stripe.fail_next(503)

def test_good_again(app, stripe):
    assert len(stripe.journal) == 0

def test_last(late):
    pass
""")
    done.assert_outcomes(passed=4, failed=2, errors=2)
    done.stdout.fnmatch_lines([
        "*ERROR at teardown of test_late*",
        "stripe: GET /v1/custmers breaks the contract*",
        "*ERROR at teardown of test_last*",
        "*FAILURES*",
        "*test_wrong*",
        "*test_unplayed*",
        "stripe: fail_next(503) was never played*",
    ])  # fmt: skip


def test_a_test_that_has_nothing_to_do_with_it_is_told_nothing_of_it(repository: Repository) -> None:
    done = repository.run(f"""{APP}
def test_asks(app):
    app.get()
    assert False

def test_does_not():
    assert False
""")
    done.assert_outcomes(failed=2)
    assert str(done.stdout).count("harness: stripe") == 1


@pytest.mark.slow
def test_each_worker_has_its_own(repository: Repository) -> None:
    done = repository.run(
        f"""{APP}
@pytest.mark.parametrize("number", range(6))
def test_alone(app, stripe, number):
    stripe.fail_next(503, times=number + 1)
    assert [app.get() for _ in range(number + 2)] == [503] * (number + 1) + [200]
    assert len(stripe.journal) == number + 2
""",
        "-n2",
    )
    done.assert_outcomes(passed=6)


def test_it_is_gone_at_the_end_of_the_run(repository: Repository) -> None:
    done = repository.run(f"""{APP}
seen = []

@pytest.fixture(scope="session", autouse=True)
def afterwards():
    yield
    assert "STRIPE_BASE_URL" not in os.environ
    with pytest.raises(httpx.ConnectError):
        seen[0].get()

def test_app(app):
    seen.append(app)
""")
    done.assert_outcomes(passed=1)
