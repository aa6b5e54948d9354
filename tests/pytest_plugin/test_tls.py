"""Providers that speak TLS inside a test: trusted where that is said, and spoiled like everything else."""

from __future__ import annotations

from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)


def test_a_client_that_trusts_it_is_answered_and_one_that_looks_refuses_a_bad_certificate(
    repository: Repository,
) -> None:
    done = repository.run("""
import os
import ssl

def get(stripe):
    trusting = ssl.create_default_context(cafile=stripe.ca_file)
    auth = (stripe.credentials["api_key"], "")
    return httpx.get(f"{stripe.url}/v1/customers", auth=auth, verify=trusting, trust_env=False)

def test_secure(mock_provider):
    stripe = mock_provider("stripe", tls=True)
    assert stripe.url.startswith("https:") and stripe.env["SSL_CERT_FILE"]
    assert get(stripe).status_code == 200
    stripe.fail_next("tls.expired")
    with pytest.raises(httpx.ConnectError):
        get(stripe)
    stripe.verify("tls.refuses_bad_certificate")

def test_in_the_environment(mock_provider):
    stripe = mock_provider("stripe", tls=True, env=True)
    assert os.environ["SSL_CERT_FILE"] == stripe.env["SSL_CERT_FILE"]
    context = ssl.create_default_context()
    assert httpx.get(stripe.url, verify=context).status_code == 404
""")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*stripe: GET / breaks the contract*"])


def test_plans_that_spoil_handshakes_take_tls(repository: Repository) -> None:
    done = repository.run("""
def test_next(mock_provider):
    mock_provider("stripe").fail_next("tls.expired")

def test_plan(mock_provider):
    mock_provider("stripe").plan([{"fault": "tls.expired"}])

def test_opened(mock_provider):
    mock_provider("stripe", plan=[{"fault": "tls.expired"}])
""")
    done.assert_outcomes(failed=3)
    assert str(done.stdout).count("spoils TLS handshakes; mock_provider(..., tls=True) has them") >= 3
