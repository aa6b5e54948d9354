"""The fixtures in somebody's own tests: lanes, failures to come, the environment, marked tests."""

from __future__ import annotations

import os
from pathlib import Path

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

DOCUMENT = Path(__file__).parent.parent / "examples" / "openapi.yaml"


def test_a_provider_is_there_for_one_test_and_has_seen_nothing_of_another(repository: Repository) -> None:
    done = repository.run("""
seen = []

@pytest.mark.parametrize("number", [1, 2])
def test_alone(mock_provider, number):
    stripe = mock_provider("stripe")
    assert read(stripe) == []
    (exchange,) = stripe.journal
    assert (exchange.operation, exchange.status) == ("GetCustomers", 200)
    assert exchange.request_query == {"limit": ["1"]}
    assert exchange.response_json["data"] == []
    assert repr(exchange) == "<1: GET /v1/customers -> 200>"
    seen.append(stripe)

def test_its_port_is_closed_afterwards():
    for stripe in seen:
        with pytest.raises(httpx.ConnectError):
            read(stripe)
""")
    done.assert_outcomes(passed=3)


def test_a_test_may_ask_for_several(repository: Repository) -> None:
    (repository.path / "parcels.yaml").write_bytes(DOCUMENT.read_bytes())
    done = repository.run("""
def test_two(mock_provider):
    stripe, parcels = mock_provider("stripe"), mock_provider("parcels.yaml")
    read(stripe)
    assert httpx.get(f"{parcels.url}/parcels").status_code == 200
    assert (len(stripe.journal), len(parcels.journal)) == (1, 1)
""")
    done.assert_outcomes(passed=1)


def test_failures_to_come_come_in_order_and_healing_ends_them(repository: Repository) -> None:
    done = repository.run("""
def statuses(stripe, count):
    auth = (stripe.credentials["api_key"], "")
    return [httpx.get(f"{stripe.url}/v1/customers", auth=auth).status_code for _ in range(count)]

def test_in_order(mock_provider):
    stripe = mock_provider("stripe").fail_next(503).fail_next(429, times=2)
    assert statuses(stripe, 4) == [503, 429, 429, 200]

def test_before_the_plan(mock_provider):
    stripe = mock_provider("stripe", plan="outage").fail_next(500)
    assert statuses(stripe, 3) == [500, 503, 503]
    assert statuses(stripe.heal(), 2) == [200, 200]
    assert statuses(stripe.plan([{"fault": "status.error", "with": {"status": 502}, "nth": 1}]), 2) == [502, 200]

def test_after_a_request_that_came_before(mock_provider):
    stripe = mock_provider("stripe")
    assert statuses(stripe, 3) == [200, 200, 200]
    assert statuses(stripe.fail_next(503), 2) == [503, 200]
    stripe.fail_next("connection.closed", operation="GetCustomers")
    with pytest.raises(httpx.RemoteProtocolError):
        statuses(stripe, 1)

def test_what_was_done_is_remembered(mock_provider):
    stripe = mock_provider("stripe").fail_next("connection.lost_answer")
    auth = (stripe.credentials["api_key"], "")
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{stripe.url}/v1/customers", auth=auth, data={"email": "a@example.com"})
    assert stripe.state["effects"] == 1
    (exchange,) = stripe.journal
    assert exchange.request_form == {"email": ["a@example.com"]}
    assert exchange.effect.startswith("create customer")
""")
    done.assert_outcomes(passed=4)


def test_the_environment_is_set_on_request_and_given_back(repository: Repository) -> None:
    assert "STRIPE_BASE_URL" not in os.environ
    done = repository.run("""
import os

def test_set(mock_provider):
    stripe = mock_provider("stripe", env=True, timeout_s=1.5)
    assert os.environ["STRIPE_BASE_URL"] == stripe.url == stripe.env["STRIPE_BASE_URL"]
    assert os.environ["STRIPE_API_KEY"] == stripe.credentials["api_key"]
    assert os.environ["STRIPE_TIMEOUT_MS"] == "1500"

def test_not_asked_for(mock_provider):
    mock_provider("stripe")
    assert "STRIPE_BASE_URL" not in os.environ

@pytest.mark.provider("stripe", env=True)
def test_marked_and_nothing_taken():
    assert os.environ["STRIPE_BASE_URL"].startswith("http://127.0.0.1:")
""")
    done.assert_outcomes(passed=3)
    assert "STRIPE_BASE_URL" not in os.environ


def test_a_marked_test_has_its_provider_and_the_closest_marker_goes_first(repository: Repository) -> None:
    done = repository.run(
        """
@pytest.mark.provider("stripe", plan="outage")
class TestOutage:
    def test_of_the_class(self, provider):
        with pytest.raises(httpx.HTTPStatusError):
            read(provider)

    @pytest.mark.provider("stripe")
    def test_of_its_own(self, provider):
        assert read(provider) == []

@pytest.mark.provider("stripe")
@pytest.mark.provider("github")
def test_two(providers):
    assert sorted(providers) == ["github", "stripe"]
    assert read(providers["stripe"]) == []
""",
        "--strict-markers",
    )
    done.assert_outcomes(passed=3)


def test_names_that_others_use_too_stay_theirs(repository: Repository) -> None:
    done = repository.run("""
import os

@pytest.fixture
def provider():
    return "their own"

@pytest.fixture
def providers():
    return ["their own"]

@pytest.mark.provider("of something else", level=3)
def test_theirs(provider, providers):
    assert [provider] == providers

@pytest.mark.provider("stripe", env=True)
def test_ours_beside_them(provider):
    assert (provider, "STRIPE_BASE_URL" in os.environ) == ("their own", True)
""")
    done.assert_outcomes(passed=2)


def test_a_mistake_in_the_projects_settings_is_told_as_such(repository: Repository) -> None:
    (repository.path / "harness.toml").write_text("[policy.retry]\nmax_retrys = 2\n")
    done = repository.run("def test_any(mock_provider):\n    mock_provider('stripe')\n")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["E *harness.toml:2: *max_retrys*max_retries*"])
    assert "settings.py" not in done.stdout.str()


def test_mistakes_in_a_marker_are_told_without_a_traceback(repository: Repository) -> None:
    done = repository.run("""
@pytest.mark.provider("stripe", plan="outag")
def test_plan(provider): ...

@pytest.mark.provider("stripe", pan="outage")
def test_keyword(provider): ...

@pytest.mark.provider()
def test_nameless(provider): ...

@pytest.mark.provider("stripe")
@pytest.mark.provider("github")
def test_which(provider): ...

def test_unmarked(provider): ...
""")
    done.assert_outcomes(errors=5)
    done.stdout.fnmatch_lines(
        [
            "@pytest.mark.provider('stripe', ...): no plan 'outag'; did you mean 'outage'[?]",
            "@pytest.mark.provider('stripe', ...): no option 'pan'; did you mean 'plan'[?]",
            "a provider marker names one provider:*",
            "*several providers; the fixture `providers` has providers?'github'? and providers?'stripe'?",
            "mark the test with @pytest.mark.provider('stripe'), or use mock_provider",
        ]
    )
    assert "fixtures.py" not in done.stdout.str()


def test_a_mistake_in_a_test_is_shown_at_its_line(repository: Repository) -> None:
    done = repository.run("""
def test_name(mock_provider):
    mock_provider("strip")

def test_check(mock_provider):
    mock_provider("stripe").verify("retry.bound")

def test_parameter(mock_provider):
    mock_provider("stripe").verify("retry.bounded", "retry.honours_retry_after", slak_s=1)

def test_nothing(mock_provider):
    mock_provider("stripe").verify()

def test_two_at_once(mock_provider):
    stripe = mock_provider("stripe")
    with stripe.call("one"), stripe.call("two"):
        pass
""")
    done.assert_outcomes(failed=5)
    done.stdout.fnmatch_lines(
        [
            "E *no provider 'strip'; did you mean 'stripe'[?]",
            "E *no check 'retry.bound'; did you mean 'retry.bounded'[?]",
            "E *no parameter of * 'slak_s'; did you mean 'slack_s'[?]",
            "E *verify what[?]*a family: *retry*",
            "E *call 1 (one) is still going on*",
        ]
    )
    assert "mocked.py" not in done.stdout.str()


def test_the_policy_of_the_project_is_what_is_demanded(repository: Repository) -> None:
    test = """
def test_four_tries(mock_provider):
    stripe = mock_provider("stripe", plan="outage")
    with pytest.raises(httpx.HTTPStatusError), stripe.call():
        read(stripe, waits=[0, 0, 0])
    stripe.verify("retry.bounded")
"""
    repository.run(test).assert_outcomes(passed=1)
    (repository.path / "harness.toml").write_text("[policy.retry]\nmax_retries = 2\n")
    done = repository.run(test)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*FAIL retry.bounded: 3 retries*expected at most 2 retries*"])
