"""What a provider knows because a test says so, and what a test is told that did not say it."""

from __future__ import annotations

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

GET = """
def get(provider, path):
    key = provider.credentials["api_key"]
    return httpx.get(provider.url + path, headers={"authorization": f"Bearer {key}"})
"""


def test_a_client_finds_what_was_given(repository: Repository) -> None:
    done = repository.run(f"""{GET}
def test_found(mock_provider):
    stripe = mock_provider("stripe")
    assert get(stripe, "/v1/customers/cus_1").status_code == 404
    given = stripe.given("customer", id="cus_1", email="ada@example.com")
    assert get(stripe, "/v1/customers/cus_1").json() == given
    assert get(stripe, "/v1/customers").json()["data"] == [given]
    given["email"] = "somebody@example.com"
    assert get(stripe, "/v1/customers/cus_1").json()["email"] == "ada@example.com"
    assert stripe.state["effects"] == 0

def test_not_in_another_test(mock_provider):
    assert get(mock_provider("stripe"), "/v1/customers/cus_1").status_code == 404
""")
    done.assert_outcomes(passed=2)


def test_a_mistake_is_shown_at_the_line_of_the_test(repository: Repository) -> None:
    done = repository.run("""
def test_mistake(mock_provider):
    mock_provider("stripe").given("custmer", id="cus_1")
""")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines([
        "> *mock_provider(\"stripe\").given(\"custmer\", id=\"cus_1\")",
        "E *no kind of resource 'custmer'; did you mean 'customer'?",
    ])  # fmt: skip
    done.stdout.no_fnmatch_line("*own_side*")


def test_a_test_that_failed_is_told_what_the_provider_said_and_what_would_have_made_it_known(
    repository: Repository,
) -> None:
    done = repository.run(f"""{GET}
def test_stripe(mock_provider):
    assert get(mock_provider("stripe"), "/v1/customers/cus_1").status_code == 200

def test_github(mock_provider):
    github = mock_provider("github")
    assert get(github, "/repos/acme/shop/issues/7").status_code == 200

def test_below(mock_provider):
    assert get(mock_provider("github"), "/repos/acme/shop/issues").status_code == 200

def test_planned(mock_provider):
    stripe = mock_provider("stripe").fail_next(404)
    stripe.given("customer", id="cus_1")
    assert get(stripe, "/v1/customers/cus_1").status_code == 200

def test_told_by_verify(mock_provider):
    stripe = mock_provider("stripe")
    get(stripe, "/v1/customers/cus_1")
    stripe.verify("retry.retries_transient")
""")
    done.assert_outcomes(failed=5)
    done.stdout.fnmatch_lines([
        "*GET 404 No such customer: 'cus_1' ->*",
        "to have it there: stripe.given('customer', id='cus_1')",
        "*GET 404 Not Found ->*",
        "to have it there: github.given('issue', owner='acme', repo='shop', number=7)",
        "to have it there: github.given('repository', owner='acme', name='shop')",
        "*test_planned*",
        "*GET 404 ->*",
        "*NOT APPLICABLE retry.retries_transient*",
        "E *to have it there: stripe.given('customer', id='cus_1')",
    ])  # fmt: skip
    assert str(done.stdout).count("to have it there") == 4


def test_the_hint_gives_what_was_asked_for(repository: Repository) -> None:
    done = repository.run(f"""{GET}
@pytest.mark.parametrize("path", ["/repos/acme/shop/issues/7", "/repos/acme/shop/issues"])
def test_as_told(mock_provider, path):
    github = mock_provider("github")
    assert get(github, path).status_code == 404
    (hint,) = [line for line in github.story().splitlines() if line.startswith("to have it there: ")]
    eval(hint.partition(": ")[2], {{"github": github}})
    assert get(github, path).status_code == 200
""")
    done.assert_outcomes(passed=2)
