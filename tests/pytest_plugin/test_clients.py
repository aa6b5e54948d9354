"""Real clients in tests of their own, each against a promise that it keeps and one that it breaks."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext

import aiohttp
import httpx
import pytest
import requests
import stamina
import stripe as stripe_sdk
import tenacity
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from harness.pytest_plugin.fixtures import ProviderFactory
from harness.pytest_plugin.mocked import MockProvider

CUSTOMERS = "/v1/customers"


def key(stripe: MockProvider) -> tuple[str, str]:
    return stripe.credentials["api_key"], ""


def limited(mock_provider: ProviderFactory) -> MockProvider:
    """A provider that refuses one request with 429 and Retry-After: 1."""
    return mock_provider("stripe").fail_next(429, form="seconds", wait_s=1.0)


# requests, with urllib3's retries.


@pytest.mark.parametrize("honours", [True, False])
def test_requests(mock_provider: ProviderFactory, honours: bool) -> None:
    stripe = limited(mock_provider)
    retries = Retry(total=2, status_forcelist=[429], respect_retry_after_header=honours, backoff_factor=0)
    with requests.Session() as session, stripe.call("list"):
        session.mount("http://", HTTPAdapter(max_retries=retries))
        session.get(stripe.url + CUSTOMERS, auth=key(stripe), timeout=5).raise_for_status()
    if honours:
        stripe.verify("retry.honours_retry_after", "retry.recovers")
    else:
        with pytest.raises(AssertionError, match=r"FAIL retry.honours_retry_after: attempt 2 came 0\.\d+ s"):
            stripe.verify("retry.honours_retry_after", "retry.recovers")


# tenacity around httpx: nobody marks the call.


@pytest.mark.parametrize(("wait_s", "keeps"), [(1.1, True), (0.05, False)])
def test_tenacity(mock_provider: ProviderFactory, wait_s: float, keeps: bool) -> None:
    stripe = limited(mock_provider)
    # The test itself asks again: without the mark these would be calls of their own.
    retrying = tenacity.Retrying(
        wait=tenacity.wait_fixed(wait_s), stop=tenacity.stop_after_attempt(3), reraise=True
    )
    with stripe.call():
        for attempt in retrying:
            with attempt:
                httpx.get(stripe.url + CUSTOMERS, auth=key(stripe)).raise_for_status()
    if keeps:
        stripe.verify("retry.honours_retry_after")
    else:
        with pytest.raises(AssertionError, match=r"FAIL retry.honours_retry_after"):
            stripe.verify("retry.honours_retry_after")


# stamina: it tries again whatever the answer says.


@pytest.fixture
def retrying() -> None:
    """As in production, whatever another test has told stamina."""
    stamina.set_testing(False)


def test_stamina_repeats_what_must_not_be_repeated(mock_provider: ProviderFactory, retrying: None) -> None:
    stripe = mock_provider("stripe", plan=[404, 404, 404])

    @stamina.retry(on=httpx.HTTPError, attempts=3, wait_initial=0.01, wait_jitter=0.0)
    def latest() -> object:
        return httpx.get(stripe.url + CUSTOMERS, auth=key(stripe)).raise_for_status().json()

    with pytest.raises(httpx.HTTPStatusError), stripe.call():
        latest()
    with pytest.raises(AssertionError, match=r"FAIL retry.only_what_should: attempt 2 repeated a 404"):
        stripe.verify("retry.only_what_should")
    stripe.verify("retry.bounded", "contract.failure_reported")


# The provider's own SDK, which has keys and retries.


def test_the_sdk_does_one_thing_once(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe", plan="lost_answers")
    client = stripe_sdk.StripeClient(
        stripe.credentials["api_key"], base_addresses={"api": stripe.url}, max_network_retries=2
    )
    with stripe.call("create"):
        client.v1.customers.create({"email": "a@example.com"})
    stripe.verify("idempotency", "retry.recovers")
    assert [exchange.fault for exchange in stripe.journal] == ["connection.lost_answer", None]
    assert stripe.state["effects"] == 1


def test_a_post_without_a_key_does_it_twice(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe").fail_next("connection.lost_answer")
    with stripe.call("create"):
        for _ in range(2):
            try:
                httpx.post(stripe.url + CUSTOMERS, auth=key(stripe), data={"email": "a@example.com"})
            except httpx.TransportError:
                continue
            break
    with pytest.raises(AssertionError, match=r"FAIL idempotency.one_effect: 2 effects of one call"):
        stripe.verify("idempotency.one_effect")


# Asynchronous clients: the lane is played in another thread.


@pytest.mark.anyio
async def test_httpx_async(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe", plan="outage")
    async with httpx.AsyncClient(base_url=stripe.url, auth=key(stripe)) as client, stripe.call():
        answer = await client.get(CUSTOMERS)  # a 503 that nobody looks at
    assert answer.status_code == 503
    with pytest.raises(
        AssertionError, match=r"FAIL contract.failure_reported: the call reported success after a 503"
    ):
        stripe.verify("contract.failure_reported")


@pytest.mark.anyio
async def test_aiohttp_gives_up_a_silent_provider_or_does_not(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe", plan=[{"fault": "timing.hung"}])
    headers = {"authorization": f"Bearer {key(stripe)[0]}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        with pytest.raises(TimeoutError):
            async with stripe.call():
                await session.get(stripe.url + CUSTOMERS)
    stripe.verify("deadline")
    (exchange,) = stripe.journal
    assert exchange.outcome == "gone"


@pytest.mark.anyio
async def test_callers_side_by_side_are_no_retries_of_each_other(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe").fail_next(429, form="seconds", wait_s=1.0, times=2)

    async def patient() -> None:
        async with httpx.AsyncClient(base_url=stripe.url, auth=key(stripe)) as client:
            answer = await client.get(CUSTOMERS)
            await asyncio.sleep(float(answer.headers["retry-after"]) + 0.05)
            await client.get(CUSTOMERS)

    await asyncio.gather(patient(), patient())
    with pytest.raises(AssertionError, match=r"INCONCLUSIVE retry.honours_retry_after"):
        stripe.verify("retry.honours_retry_after")


@pytest.mark.parametrize("marked", [True, False])
def test_a_refused_connection_is_an_attempt_of_the_call(mock_provider: ProviderFactory, marked: bool) -> None:
    stripe = mock_provider("stripe", plan=[{"fault": "connection.refused"}])
    if not stripe.lane.sees_refusals:
        pytest.skip("it takes the right to watch the loopback interface")
    with pytest.raises(httpx.ConnectError), stripe.call() if marked else nullcontext():
        httpx.get(stripe.url + CUSTOMERS, auth=key(stripe))
    if marked:
        stripe.verify("contract.failure_reported")
    assert [exchange.fault for exchange in stripe.journal] == ["connection.refused"]


# A client that fails without an exception, and one in a thread.


def test_a_failure_told_by_what_the_client_returns(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe", plan="outage")
    with stripe.call() as call:
        answer = httpx.get(stripe.url + CUSTOMERS, auth=key(stripe))
        if answer.is_error:
            call.failed(answer.status_code)
    stripe.verify("contract.failure_reported")


def test_a_client_in_a_thread(mock_provider: ProviderFactory) -> None:
    stripe = mock_provider("stripe").fail_next(503)
    seen: list[int] = []

    def work() -> None:
        seen.extend(httpx.get(stripe.url + CUSTOMERS, auth=key(stripe)).status_code for _ in range(2))

    with stripe.call():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [503, 200]
    stripe.verify("retry.recovers")


def test_what_a_client_prints_is_judged_where_it_is_kept(
    mock_provider: ProviderFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    stripe = mock_provider("stripe")
    with stripe.call() as call:
        print(f"asking with {key(stripe)[0]}")
        httpx.get(stripe.url + CUSTOMERS, auth=key(stripe))
        call.output = capsys.readouterr().out
    with pytest.raises(AssertionError, match=r"FAIL secrets.not_in_output"):
        stripe.verify("secrets.not_in_output")
